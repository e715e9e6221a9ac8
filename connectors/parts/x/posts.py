"""From the JSON of X to posts: every object of a page becomes one outcome."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from msgspec.structs import replace

from connectors.parts.x.fields import (
    FIRST_POST,
    LAST_POST,
    count,
    first_of,
    identity,
    moment,
    moment_of_id,
    objects,
    position,
    text,
    texts,
    versions,
)  # fmt: skip
from connectors.parts.x.text import body_of, language_of, links_of, media_of, tags_of
from contract.page import Page
from contract.post import AuthorKind, Outcome, Post, PostKind, Rejected, Skipped

_ORGANISATIONS = frozenset({"business", "government"})
_COMMUNITIES = "https://x.com/i/communities"


class Around(NamedTuple):
    """What a page says beside its posts, by id; `first` leads from any version to the first."""

    page: Page
    tweets: dict[str, dict[str, Any]]
    users: dict[str, dict[str, Any]]
    places: dict[str, dict[str, Any]]
    media: dict[str, dict[str, Any]]
    first: dict[str, str]


def around(page: Page, read: Any, tweets: list[Any]) -> Around:
    """Return what the page says beside its posts: in `includes`, or flat within each."""
    includes = first_of(read, "includes") or read
    known = [t for t in tweets if isinstance(t, dict)]
    users = objects(includes, "users") + [u for t in known if (u := _held(t, "author"))]
    places = objects(includes, "places")
    # What was found goes before what is included: some addresses are whole in one of them only.
    by_id = {id_: t for t in reversed(known) if (id_ := identity(t, "id"))}
    return Around(
        page=page,
        tweets=by_id,
        users={id_: user for user in users if (id_ := identity(user, "id"))},
        places={id_: place for place in places if (id_ := text(place, "id"))},
        media={key: m for m in objects(includes, "media") if (key := text(m, "media_key"))},
        first={v: history[0] for history in map(versions, by_id.values()) for v in history},
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
    own_id = identity(tweet, "id")
    if own_id is None:
        return Rejected(reason="bad id", detail=type(tweet.get("id")).__name__)
    history = versions(tweet)
    if own_id != history[-1]:
        return Skipped(rule="earlier version", native_id=history[0])
    if isinstance(first_of(tweet, "text"), str):
        return _post(at, tweet, history)
    return Rejected(reason="bad text", native_id=history[0])


def _post(at: Around, tweet: dict[str, Any], history: list[str]) -> Post:
    native_id, *later = history
    retweeted = _referred(tweet, "retweeted")
    # X cuts the text of a retweet: the original says it whole.
    original = at.tweets.get(retweeted or "")
    said = original if original and text(original, "text") else tweet
    author = at.users.get(identity(tweet, "author_id") or "") or _held(tweet, "author")
    first = at.tweets.get(native_id, {} if later else tweet)
    root, community = identity(tweet, "conversation_id"), identity(tweet, "community_id")
    thread = Post(
        platform=at.page.platform,
        source=at.page.source,
        native_id=native_id,
        kind=_kind(tweet, history),
        url=f"https://x.com/i/web/status/{history[-1]}",
        community_id=f"x.com/communities/{community}" if community else "x.com",
        community_name=None if community else "X",
        community_url=f"{_COMMUNITIES}/{community}" if community else "https://x.com",
        author_id=identity(tweet, "author_id") or identity(author, "id"),
        author_name=text(author, "name") or text(author, "username"),
        author_kind=_author_kind(at.page, tweet, author),
        parent_id=_parent(at, tweet, retweeted, history),
        root_id=native_id if root in history else at.first.get(root or "", root),
        created_at=_written(moment(first, "created_at"), native_id),
        edited_at=_written(moment(tweet, "created_at"), later[-1]) if later else None,
        observed_at=at.page.received_at,
    )
    if reason := _withheld(at, tweet, said, author):
        return replace(thread, removed_at=at.page.received_at, removal_reason=reason)
    return replace(thread, **_content(at, tweet, said))


def _content(at: Around, tweet: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    geo, is_own = first_of(tweet, "geo"), said is tweet
    place = at.places.get(text(geo, "place_id") or "", geo)
    point = position(geo)
    # On a retweet X writes the numbers of the original: they would count twice.
    metrics = first_of(tweet, "public_metrics") if _referred(tweet, "retweeted") is None else None
    shared = [count(metrics, "retweet_count", "repost_count"), count(metrics, "quote_count")]
    return {
        "body": body_of(said),
        "lang_declared": language_of(said),
        "place": text(place, "full_name") or text(place, "name"),
        "longitude": point[0] if point else None,
        "latitude": point[1] if point else None,
        "likes": count(metrics, "like_count"),
        "replies": count(metrics, "reply_count"),
        "shares": None if shared == [None, None] else min(sum(s or 0 for s in shared), 2**63 - 1),
        # Posts older than the counter have 0.
        "views": count(metrics, "impression_count") or None,
        "tags": tags_of(said),
        "links": links_of(said),
        "media": media_of(tweet, at.media) if is_own else (),
    }


def _held(tweet: Any, name: str) -> dict[str, Any] | None:
    held = first_of(tweet, name)
    return held if isinstance(held, dict) else None


def held_references(tweet: Any) -> list[dict[str, Any]]:
    """Return the posts it refers to that stand within it."""
    return [each for each in _references(tweet) if text(each, "text")]


def _references(tweet: Any) -> list[dict[str, Any]]:
    return objects(tweet, "referenced_tweets", "referenced_posts")


def _referred(tweet: dict[str, Any], kind: str) -> str | None:
    named = (identity(r, "id") for r in _references(tweet) if text(r, "type") == kind)
    return next(named, None)


def _kind(tweet: dict[str, Any], history: list[str]) -> PostKind:
    is_answer, root = _referred(tweet, "replied_to"), identity(tweet, "conversation_id")
    # A reply to a post that is gone names the person only.
    is_orphan = identity(tweet, "in_reply_to_user_id") and root and root not in history
    return "reply" if is_answer or is_orphan else "post"


def _parent(
    at: Around, tweet: dict[str, Any], retweeted: str | None, history: list[str]
) -> str | None:
    """Return the first id of what it answers, shares or quotes, in this order."""
    found = _referred(tweet, "replied_to") or retweeted or _referred(tweet, "quoted")
    return None if found is None or found in history else at.first.get(found, found)


def _author_kind(page: Page, tweet: dict[str, Any], author: Any) -> AuthorKind:
    accounts = first_of(page.cursor, "accounts")
    named = accounts.values() if isinstance(accounts, dict) else ()
    is_official = text(author, "verified_type") in _ORGANISATIONS
    return "organisation" if is_official or identity(tweet, "author_id") in named else "unknown"


def _written(said: datetime | None, native_id: str) -> datetime | None:
    """Return when a version was written: as X says, or if that cannot be as its id tells."""
    return said if said and FIRST_POST <= said <= LAST_POST else moment_of_id(native_id)


def _withheld(at: Around, tweet: Any, said: Any, author: Any) -> str | None:
    """Return where and why it is withheld: X puts a sentence of its own in the text's place."""
    of_said = at.users.get(identity(said, "author_id") or "")
    for holder in (tweet, said, author, of_said):
        withheld = first_of(holder, "withheld")
        if isinstance(withheld, dict) and withheld:
            where = ", ".join(sorted(set(texts(withheld, "country_codes")))[:20])
            what = "withheld for copyright" if withheld.get("copyright") is True else "withheld"
            return f"{what} in {where}" if where else what
    return None
