"""From the JSON of X to posts: every object of a page becomes one outcome."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from connectors.parts.x.fields import (
    FIRST_POST,
    LAST_POST,
    MOST,
    first_of,
    id_of,
    moment_of,
    moment_of_id,
    position,
    text,
    text_of,
    texts,
)  # fmt: skip
from connectors.parts.x.shapes import Included, Metrics, Object, Seen, Tweet, User, versions
from connectors.parts.x.text import body_of, language_of, links_of, media_of, tags_of, words_of
from contract.page import Page
from contract.post import AuthorKind, Outcome, Post, PostKind, Rejected, Skipped

_ORGANISATIONS = frozenset({"business", "government"})
"""Verified as what they say; `affiliation` and blue marks are people's too."""
_COMMUNITIES = "https://x.com/i/communities"
_NOBODY, _UNCOUNTED, _UNSAID = User(), Metrics(), Tweet()


class _Read(Struct, frozen=True):
    """A post, its id if it has one, and those of its versions."""

    tweet: Tweet
    id: str | None
    history: list[str]


class Around(NamedTuple):
    """What a page says beside its posts, by id; `first` leads from any version to the first.

    `official` are the accounts that the charter says are organisations'.
    """

    page: Page
    posts: dict[str, _Read]
    users: dict[str, User]
    places: dict[str, Object]
    media: dict[str, Seen]
    first: dict[str, str]
    official: frozenset[str]


def outcomes_of_tweets(
    page: Page, tweets: Sequence[Tweet | Rejected], included: Included
) -> Iterator[Outcome]:
    """Yield an outcome for each post: those found stand first, then those they refer to.

    A post both found and referred to is one post; so are the versions of an edited one.
    """
    read = [
        _Read(each, own := id_of(each.id), versions(each, own)) if isinstance(each, Tweet) else each
        for each in tweets
    ]
    at = _around(page, [each for each in read if isinstance(each, _Read)], included)
    met: set[str] = set()
    for each in read:
        outcome = _outcome(at, each) if isinstance(each, _Read) else each
        if isinstance(outcome, Post):
            if outcome.native_id in met:
                outcome = Skipped(rule="same post again", native_id=outcome.native_id)
            else:
                met.add(outcome.native_id)
        yield outcome


def _around(page: Page, read: list[_Read], included: Included) -> Around:
    held = [each.tweet.author for each in read if each.tweet.author]
    # What was found goes before what is included: some addresses are whole in one of them only.
    by_id = {each.id: each for each in reversed(read) if each.id}
    accounts = first_of(page.cursor, "accounts")
    official = accounts.values() if isinstance(accounts, dict) else ()
    return Around(
        page=page,
        posts=by_id,
        users={id_: user for user in (*(included.users or ()), *held) if (id_ := id_of(user.id))},
        places={id_: place for place in included.places or () if (id_ := text(place, "id"))},
        media={key: m for m in included.media or () if (key := text_of(m.media_key))},
        first={v: each.history[0] for each in by_id.values() for v in each.history},
        official=frozenset(account for account in official if isinstance(account, str)),
    )


def _outcome(at: Around, read: _Read) -> Outcome:
    if read.id is None:
        return Rejected(reason="bad id", detail=type(read.tweet.id).__name__)
    if read.id != read.history[-1]:
        return Skipped(rule="earlier version", native_id=read.history[0])
    if read.tweet.text is None:
        return Rejected(reason="bad text", native_id=read.history[0])
    return _post(at, read)


def _post(at: Around, read: _Read) -> Post:
    tweet, history, native_id = read.tweet, read.history, read.history[0]
    referred = _referred(tweet)
    said = _said(at, tweet, referred)
    account = id_of(tweet.author_id)
    author = at.users.get(account or "") or tweet.author or _NOBODY
    name = text_of(author.username)
    root, community = id_of(tweet.conversation_id), id_of(tweet.community_id)
    reason = _withheld(at, tweet, said, author)
    shown, said = (_UNSAID, _UNSAID) if reason else (tweet, said)
    words = words_of(said)
    # On a retweet X writes the numbers of the original: they would count twice.
    metrics = (None if "retweeted" in referred else shown.public_metrics) or _UNCOUNTED
    place, longitude, latitude = _place(at, shown.geo)
    return Post(
        platform=at.page.platform,
        source=at.page.source,
        native_id=native_id,
        kind=_kind(tweet, referred, root, history),
        url=f"https://x.com/i/web/status/{history[-1]}",
        community_id=f"x.com/communities/{community}" if community else "x.com",
        community_name=None if community else "X",
        community_url=f"{_COMMUNITIES}/{community}" if community else "https://x.com",
        author_id=account or id_of(author.id),
        author_handle=name,
        author_name=text_of(author.name) or name,
        author_kind=_author_kind(at, account, author),
        parent_id=_parent(at, referred, history),
        root_id=native_id if root in history else at.first.get(root or "", root),
        opt_out="protected" if author.protected else None,
        body=body_of(words),
        lang_declared=language_of(said),
        created_at=_written(at.posts.get(native_id), native_id),
        edited_at=_written(read, history[-1]) if len(history) > 1 else None,
        removed_at=at.page.received_at if reason else None,
        removal_reason=reason,
        place=place,
        latitude=latitude,
        longitude=longitude,
        likes=metrics.like_count,
        replies=metrics.reply_count,
        shares=_shares(metrics),
        # Posts older than the counter have 0.
        views=metrics.impression_count or None,
        tags=tags_of(words),
        links=links_of(words),
        media=media_of(shown.attachments, at.media) if shown.attachments and said is shown else (),
        observed_at=at.page.received_at,
    )


def _said(at: Around, tweet: Tweet, referred: dict[str, str]) -> Tweet:
    """Return the post that says it whole: X cuts the text of a retweet."""
    original = at.posts.get(referred["retweeted"]) if "retweeted" in referred else None
    return original.tweet if original and text_of(original.tweet.text) else tweet


def _shares(metrics: Metrics) -> int | None:
    old, quotes = metrics.retweet_count, metrics.quote_count
    reposts = metrics.repost_count if old is None else old
    if reposts is None and quotes is None:
        return None
    return min((reposts or 0) + (quotes or 0), MOST)


def _place(at: Around, geo: Object | None) -> tuple[str | None, float | None, float | None]:
    if geo is None:
        return None, None, None
    place = at.places.get(text(geo, "place_id") or "", geo)
    longitude, latitude = position(geo) or (None, None)
    return text(place, "full_name") or text(place, "name"), longitude, latitude


def _referred(tweet: Tweet) -> dict[str, str]:
    """Return the id of the first post it refers to in each way; one that is no id is none."""
    references = tweet.referenced_tweets or tweet.referenced_posts
    if not references:
        return {}
    named: dict[str | None, str | None] = {}
    for each in references:
        named.setdefault(each.type, id_of(each.id))
    return {kind: id_ for kind, id_ in named.items() if kind and id_}


def _kind(tweet: Tweet, referred: dict[str, str], root: str | None, history: list[str]) -> PostKind:
    # A reply to a post that is gone names the person only.
    is_orphan = root and root not in history and id_of(tweet.in_reply_to_user_id)
    return "reply" if is_orphan or "replied_to" in referred else "post"


def _parent(at: Around, referred: dict[str, str], history: list[str]) -> str | None:
    """Return the first id of what it answers, shares or quotes, in this order."""
    found = referred.get("replied_to") or referred.get("retweeted") or referred.get("quoted")
    return None if found is None or found in history else at.first.get(found, found)


def _author_kind(at: Around, account: str | None, author: User) -> AuthorKind:
    is_official = author.verified_type in _ORGANISATIONS
    return "organisation" if is_official or account in at.official else "unknown"


def _written(read: _Read | None, native_id: str) -> datetime | None:
    """Return when a version was written: as X says, or if that cannot be as its id tells."""
    said = moment_of(read.tweet.created_at) if read else None
    return said if said and FIRST_POST <= said <= LAST_POST else moment_of_id(native_id)


def _withheld(at: Around, tweet: Tweet, said: Tweet, author: User) -> str | None:
    """Return where and why it is withheld: X puts a sentence of its own in the text's place."""
    its_author = author if said is tweet else at.users.get(id_of(said.author_id) or "", _NOBODY)
    withheld = tweet.withheld or said.withheld or author.withheld or its_author.withheld
    if not withheld:
        return None
    where = ", ".join(sorted(set(texts(withheld, "country_codes")))[:20])
    what = "withheld for copyright" if withheld.get("copyright") is True else "withheld"
    return f"{what} in {where}" if where else what
