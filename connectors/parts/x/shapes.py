"""The shapes of what X sends, as far as it is used: decoded at once, or read with care.

An answer that has these shapes and no other fields is decoded straight into them. Whatever differs
is read field by field into the same shapes by `read_as`, which leaves out what does not fit.
"""

from collections.abc import Callable, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec
from msgspec import Raw, Struct

from connectors.decoding import NOT_JSON, Latest
from connectors.parts.x.fields import KNOWN, MOST, count_of, id_of

Id = str | int | None
"""Digits; some exports write numbers."""
Count = Annotated[int, msgspec.Meta(ge=0, le=MOST)] | None
Object = dict[str, Any]
_LEFT_ASIDE = Raw()
_Plain = str | int | float | bool | list[str | int | float | bool] | None
"""Holds no fields of its own that somebody would have to know."""


class Url(Struct):
    """An address in a text, which X has shortened."""

    url: str | None = None
    start: Count = None
    end: Count = None
    expanded_url: str | None = None
    unwound_url: str | None = None
    media_key: str | None = None


class Hashtag(Struct):
    """A hashtag in a text."""

    tag: str | None = None


class Entities(Struct, forbid_unknown_fields=True):
    """What X found in a text."""

    urls: list[Url] | None = None
    hashtags: list[Hashtag] | None = None
    annotations: Raw = _LEFT_ASIDE
    cashtags: Raw = _LEFT_ASIDE
    mentions: Raw = _LEFT_ASIDE


class Note(Struct, forbid_unknown_fields=True):
    """The whole text of a long post."""

    text: str | None = None
    entities: Entities | None = None


class Metrics(Struct):
    """How often a post was liked, answered, shared and seen."""

    like_count: Count = None
    reply_count: Count = None
    retweet_count: Count = None
    repost_count: Count = None
    quote_count: Count = None
    impression_count: Count = None


class Film(Struct):
    """One of the versions of a film."""

    url: str | None = None
    bit_rate: Count = None


class Seen(Struct):
    """A picture or a film."""

    media_key: str | None = None
    type: str | None = None
    url: str | None = None
    preview_image_url: str | None = None
    alt_text: str | None = None
    variants: list[Film] | None = None


class Attachments(Struct, forbid_unknown_fields=True):
    """What hangs on a post."""

    media_keys: list[str] | None = None
    media: list[Seen] | None = None
    poll_ids: _Plain = None


class Reference(Struct, forbid_unknown_fields=True):
    """The id of another post, and in which way it is referred to."""

    type: str | None = None
    id: Id = None


class User(Struct):
    """An account."""

    id: Id = None
    username: str | None = None
    name: str | None = None
    verified_type: str | None = None
    withheld: Object | None = None
    protected: bool | None = None


class Tweet(Struct, kw_only=True):
    """A post, with its fields named as of old and as since July 2026."""

    id: Id = None
    text: str | None = None
    author_id: Id = None
    author: User | None = None
    conversation_id: Id = None
    community_id: Id = None
    created_at: str | None = None
    in_reply_to_user_id: Id = None
    lang: str | None = None
    edit_history_tweet_ids: list[str] | None = None
    edit_history_post_ids: list[str] | None = None
    referenced_tweets: list[Reference] | None = None
    referenced_posts: list[Reference] | None = None
    note_tweet: Note | None = None
    note_post: Note | None = None
    entities: Entities | None = None
    attachments: Attachments | None = None
    public_metrics: Metrics | None = None
    geo: Object | None = None
    withheld: Object | None = None


def versions(tweet: Tweet, own: str | None) -> list[str]:
    """Return the ids of a post's versions, the first one first, its own among them."""
    said = tweet.edit_history_tweet_ids or tweet.edit_history_post_ids or []
    if len(said) == 1 and said[0] == own:
        return said
    held = {each for each in (*map(id_of, said), own) if each}
    return sorted(held, key=lambda each: (int(each), each))


class Included(Struct):
    """What a page says beside its posts."""

    users: list[User] | None = None
    media: list[Seen] | None = None
    places: list[Object] | None = None


_TweetAsSent = msgspec.defstruct(
    "_TweetAsSent",
    [
        ("id", str),
        ("text", str),
        *(
            (name, Raw, _LEFT_ASIDE) if below is None else (name, _Plain, None)
            for name, below in KNOWN["includes"]["tweets"].items()
            if name not in Tweet.__struct_fields__ and name != "__twarc"
        ),
    ],
    bases=(Tweet,),
    kw_only=True,
    forbid_unknown_fields=True,
)


class _IncludedAsSent(Included, forbid_unknown_fields=True):
    tweets: list[_TweetAsSent] = []  # type: ignore[valid-type]
    posts: list[_TweetAsSent] = []  # type: ignore[valid-type]
    polls: Raw = _LEFT_ASIDE
    topics: Raw = _LEFT_ASIDE


class Answer(Struct, forbid_unknown_fields=True):
    """An answer that holds posts and nothing that is not known."""

    data: list[_TweetAsSent]  # type: ignore[valid-type]
    includes: _IncludedAsSent | None = None
    errors: list[Any] | None = None
    meta: Raw = _LEFT_ASIDE
    twarc: Raw = msgspec.field(name="__twarc", default=_LEFT_ASIDE)


_decoder = msgspec.json.Decoder(Answer)


def _answer_of(body: bytes) -> Answer | None:
    try:
        return _decoder.decode(body)
    except NOT_JSON:
        return None


answer_of = Latest(_answer_of)
"""Returns the answer as X usually sends it, None for whatever differs."""

S = TypeVar("S", bound=Struct)


def read_as(shape: type[S], read: Any) -> S:
    """Return what an object of decoded JSON says in this shape; what does not fit is left out."""
    if not isinstance(read, dict):
        return shape()
    fits = _fits(shape)
    return shape(**{name: fits[name](read[name]) for name in fits if read.get(name) is not None})


@cache
def _fits(shape: type[Struct]) -> Mapping[str, Callable[[Any], Any]]:
    fields = msgspec.structs.fields(shape)
    return {field.name: _fit(field.type) for field in fields if field.type not in (Raw, _Plain)}


def _fit(kind: Any) -> Callable[[Any], Any]:
    """Return what makes of a value one of that kind."""
    if kind == Id:
        return lambda value: value
    if kind == Count:
        return count_of
    if isinstance(kind, UnionType):  # with None
        kind = get_args(kind)[0]
    if get_origin(kind) is list:
        (inner,) = get_args(kind)
        of_json, fit = str if inner is str else dict, _fit(inner)
        return lambda value: (
            [fit(each) for each in value if isinstance(each, of_json)]
            if isinstance(value, list)
            else []
        )
    if issubclass(of_json := get_origin(kind) or kind, Struct):
        return lambda value: read_as(kind, value)
    # True and False are no numbers here.
    return lambda value: value if type(value) is of_json else None
