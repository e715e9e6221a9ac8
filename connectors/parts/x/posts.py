"""From the JSON of X to posts: every object of a page becomes one outcome."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from connectors.parts.x.fields import (
    FIRST_POST,
    LAST_POST,
    MOST,
    count_of,
    first_of,
    id_of,
    identity,
    moment_of,
    moment_of_id,
    objects,
    position,
    text,
    text_of,
    texts,
    versions,
)  # fmt: skip
from connectors.parts.x.text import body_of, language_of, links_of, media_of, tags_of, words_of
from contract.page import Page
from contract.post import AuthorKind, Outcome, Post, PostKind, Rejected, Skipped

_ORGANISATIONS = frozenset({"business", "government"})
"""Verified as what they say; `affiliation` and blue marks are people's too."""
_COMMUNITIES = "https://x.com/i/communities"


class Around(NamedTuple):
    """What a page says beside its posts, by id; `first` leads from any version to the first.

    `official` are the accounts that the charter says are organisations'.
    """

    page: Page
    tweets: dict[str, dict[str, Any]]
    users: dict[str, dict[str, Any]]
    places: dict[str, dict[str, Any]]
    media: dict[str, dict[str, Any]]
    first: dict[str, str]
    official: frozenset[str]


def around(page: Page, read: Any, tweets: list[Any]) -> Around:
    """Return what the page says beside its posts: in `includes`, or flat within each."""
    includes = first_of(read, "includes") or read
    known = [t for t in tweets if isinstance(t, dict)]
    held = [each for t in known if isinstance(each := t.get("author"), dict)]
    places = objects(includes, "places")
    # What was found goes before what is included: some addresses are whole in one of them only.
    by_id = {id_: t for t in reversed(known) if (id_ := id_of(t.get("id")))}
    accounts = first_of(page.cursor, "accounts")
    official = accounts.values() if isinstance(accounts, dict) else ()
    return Around(
        page=page,
        tweets=by_id,
        users={
            id_: user
            for user in (*objects(includes, "users"), *held)
            if (id_ := id_of(user.get("id")))
        },
        places={id_: place for place in places if (id_ := text(place, "id"))},
        media={key: m for m in objects(includes, "media") if (key := text(m, "media_key"))},
        first={v: history[0] for history in map(versions, by_id.values()) for v in history},
        official=frozenset(account for account in official if isinstance(account, str)),
    )


def outcomes_of_tweets(at: Around, own: list[Any], included: list[Any]) -> Iterator[Outcome]:
    """Yield an outcome for each post object, those found first, then those they refer to.

    A post both found and referred to is one post; so are the versions of an edited one.
    """
    met: set[str] = set()
    for tweet in (*own, *included):
        outcome = _outcome(at, tweet)
        if isinstance(outcome, Post):
            if outcome.native_id in met:
                outcome = Skipped(rule="same post again", native_id=outcome.native_id)
            met.add(str(outcome.native_id))
        yield outcome


def _outcome(at: Around, tweet: Any) -> Outcome:
    if not isinstance(tweet, dict):
        return Rejected(reason="not an object", detail=type(tweet).__name__)
    own_id = id_of(tweet.get("id"))
    if own_id is None:
        return Rejected(reason="bad id", detail=type(tweet.get("id")).__name__)
    history = versions(tweet)
    if own_id != history[-1]:
        return Skipped(rule="earlier version", native_id=history[0])
    if isinstance(tweet.get("text"), str):
        return _post(at, tweet, history)
    return Rejected(reason="bad text", native_id=history[0])


def _post(at: Around, tweet: dict[str, Any], history: list[str]) -> Post:
    native_id, *later = history
    referred = _referred(tweet)
    # X cuts the text of a retweet: the original says it whole.
    original = at.tweets.get(referred.get("retweeted") or "")
    said = original if original and text(original, "text") else tweet
    account = id_of(tweet.get("author_id"))
    author = at.users.get(account or "") or _held(tweet, "author")
    first = at.tweets.get(native_id, {} if later else tweet)
    root, community = id_of(tweet.get("conversation_id")), id_of(tweet.get("community_id"))
    reason = _withheld(at, tweet, said, author)
    return Post(
        platform=at.page.platform,
        source=at.page.source,
        native_id=native_id,
        kind=_kind(tweet, referred, root, history),
        url=f"https://x.com/i/web/status/{history[-1]}",
        community_id=f"x.com/communities/{community}" if community else "x.com",
        community_name=None if community else "X",
        community_url=f"{_COMMUNITIES}/{community}" if community else "https://x.com",
        author_id=account or identity(author, "id"),
        author_handle=text(author, "username"),
        author_name=text(author, "name") or text(author, "username"),
        author_kind=_author_kind(at, account, author),
        parent_id=_parent(at, referred, history),
        root_id=native_id if root in history else at.first.get(root or "", root),
        created_at=_written(moment_of(first.get("created_at")), native_id),
        edited_at=_written(moment_of(tweet.get("created_at")), later[-1]) if later else None,
        removed_at=at.page.received_at if reason else None,
        removal_reason=reason,
        observed_at=at.page.received_at,
        **({} if reason else _content(at, tweet, said, is_shared="retweeted" in referred)),
    )


def _content(
    at: Around, tweet: dict[str, Any], said: dict[str, Any], *, is_shared: bool
) -> dict[str, Any]:
    words = words_of(said)
    # On a retweet X writes the numbers of the original: they would count twice.
    metrics = {} if is_shared else _held(tweet, "public_metrics") or {}
    reposts = count_of(first_of(metrics, "retweet_count", "repost_count"))
    quotes = count_of(metrics.get("quote_count"))
    is_shown = reposts is not None or quotes is not None
    return {
        "body": body_of(words),
        "lang_declared": language_of(said),
        "likes": count_of(metrics.get("like_count")),
        "replies": count_of(metrics.get("reply_count")),
        "shares": min((reposts or 0) + (quotes or 0), MOST) if is_shown else None,
        # Posts older than the counter have 0.
        "views": count_of(metrics.get("impression_count")) or None,
        "tags": tags_of(words),
        "links": links_of(words),
        "media": media_of(tweet, at.media) if said is tweet else (),
        **(_place(at, geo) if isinstance(geo := tweet.get("geo"), dict) else {}),
    }


def _place(at: Around, geo: dict[str, Any]) -> dict[str, Any]:
    place = at.places.get(text(geo, "place_id") or "", geo)
    longitude, latitude = position(geo) or (None, None)
    return {
        "place": text(place, "full_name") or text(place, "name"),
        "longitude": longitude,
        "latitude": latitude,
    }


def _held(tweet: Any, name: str) -> dict[str, Any] | None:
    held = first_of(tweet, name)
    return held if isinstance(held, dict) else None


def held_references(tweet: Any) -> list[dict[str, Any]]:
    """Return the posts it refers to that stand within it."""
    return [each for each in _references(tweet) if text_of(each.get("text"))]


def _references(tweet: Any) -> list[dict[str, Any]]:
    return objects(tweet, "referenced_tweets", "referenced_posts")


def _referred(tweet: dict[str, Any]) -> dict[str, str]:
    """Return the id of the first post it refers to in each way; one that is no id is none."""
    named: dict[str | None, str | None] = {}
    for each in _references(tweet):
        named.setdefault(text_of(each.get("type")), id_of(each.get("id")))
    return {kind: id_ for kind, id_ in named.items() if kind and id_}


def _kind(
    tweet: dict[str, Any], referred: dict[str, str], root: str | None, history: list[str]
) -> PostKind:
    # A reply to a post that is gone names the person only.
    is_orphan = id_of(tweet.get("in_reply_to_user_id")) and root and root not in history
    return "reply" if "replied_to" in referred or is_orphan else "post"


def _parent(at: Around, referred: dict[str, str], history: list[str]) -> str | None:
    """Return the first id of what it answers, shares or quotes, in this order."""
    found = referred.get("replied_to") or referred.get("retweeted") or referred.get("quoted")
    return None if found is None or found in history else at.first.get(found, found)


def _author_kind(at: Around, account: str | None, author: Any) -> AuthorKind:
    is_official = text(author, "verified_type") in _ORGANISATIONS
    return "organisation" if is_official or account in at.official else "unknown"


def _written(said: datetime | None, native_id: str) -> datetime | None:
    """Return when a version was written: as X says, or if that cannot be as its id tells."""
    return said if said and FIRST_POST <= said <= LAST_POST else moment_of_id(native_id)


def _withheld(at: Around, tweet: Any, said: Any, author: Any) -> str | None:
    """Return where and why it is withheld: X puts a sentence of its own in the text's place."""
    holders = [tweet, author]
    if said is not tweet:
        holders = [tweet, said, author, at.users.get(identity(said, "author_id") or "")]
    for holder in holders:
        withheld = holder.get("withheld") if holder else None
        if isinstance(withheld, dict) and withheld:
            where = ", ".join(sorted(set(texts(withheld, "country_codes")))[:20])
            what = "withheld for copyright" if withheld.get("copyright") is True else "withheld"
            return f"{what} in {where}" if where else what
    return None
