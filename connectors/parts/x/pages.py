"""What a page of X holds: posts, counts, users, compliance lines or a problem."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from connectors.parts.x.fields import (
    first_of,
    identity,
    moment_of_id,
    objects,
    text,
    text_of,
    texts,
)  # fmt: skip
from connectors.parts.x.posts import outcomes_of_tweets
from connectors.parts.x.shapes import Answer, Included, Tweet, read_as
from contract.page import Page
from contract.post import Outcome, Post, Rejected, Skipped

# https://docs.x.com/x-api/compliance/batch-compliance
_REASONS = {
    "deleted": "deleted",
    "deactivated": "account deactivated",
    "protected": "account made private",
    "suspended": "account suspended",
    "bounced": "account bounced",
}
_REMOVING_EVENTS = {"delete": "deleted", "drop": "dropped", "withheld": "withheld"}
_OTHER_EVENTS = ("undrop", "tweet_edit")
_GEO = "scrub_geo"
# https://docs.x.com/x-api/fundamentals/response-codes-and-errors
_PROBLEMS = {
    "resource-not-found": "not found on X",
    "not-authorized-for-resource": "not public on X",
    "not-authorized-for-field": "field not public on X",
    "disallowed-resource": "not allowed by X",
    "resource-unavailable": "not available on X",
}
_MARKS = (
    (("tweet_count", "start"), "count"),
    (("post_count", "start"), "count"),
    (("username", "id"), "user"),
    (("state", "id"), "space"),
    (("upload_url",), "compliance job"),
    (("download_url",), "compliance job"),
    (("type", "status", "id"), "compliance job"),
    (("name", "id"), "list"),
    (("bookmarked",), "answer to a command"),
    (("hidden",), "answer to a command"),
    (("deleted",), "answer to a command"),
)
"""Names whose presence tells what an object is that is no post, the surest first."""


def outcomes_of_answer(page: Page, answer: Answer) -> Iterator[Outcome]:
    """Yield an outcome for each record of an answer as X usually sends it."""
    if (included := answer.includes) is None:
        yield from outcomes_of_tweets(page, answer.data, Included())
    else:
        tweets = [*answer.data, *included.tweets, *included.posts]
        yield from outcomes_of_tweets(page, tweets, included)
    yield from map(_of_problem, answer.errors or ())


def outcomes_of(page: Page, read: Any) -> Iterator[Outcome]:
    """Yield an outcome for each record of a decoded page, whatever it looks like."""
    if isinstance(read, list):
        # Pages gathered in one file, or R's export of posts alone.
        responses = [each for each in read if isinstance(each, dict) and "data" in each]
        for response in responses:
            yield from _of_response(page, response)
        records = [each for each in read if not isinstance(each, dict) or "data" not in each]
        yield from _records(page, {}, records, [])
    elif not isinstance(read, dict):
        yield Rejected(reason="not a page of X", detail=type(read).__name__)
    elif _is_record(read):
        yield from _records(page, read, [read], [])
    elif any(name in read for name in ("data", "includes", "errors", "meta", "users", "tweets")):
        yield from _of_response(page, read)
    elif text(read, "title") and (text(read, "detail") or text(read, "type")):
        yield Skipped(rule="error page")
    else:
        names = ", ".join(sorted(read)[:8])[:100]
        yield Rejected(reason="not a page of X", detail=f"object with {names or 'nothing'}")


def _is_record(read: dict[str, Any]) -> bool:
    return identity(read, "id") is not None and "data" not in read


def _of_response(page: Page, read: dict[str, Any]) -> Iterator[Outcome]:
    data = first_of(read, "data")
    own = data if isinstance(data, list) else [] if data is None else [data]
    # R's exports keep what was included in a file of its own.
    holder = first_of(read, "includes") or read
    included = objects(holder, "tweets") + objects(holder, "posts")
    yield from _records(page, read, own, included)
    if holder is read:
        yield from (Skipped(rule="user") for _ in objects(read, "users"))
    errors = first_of(read, "errors")
    for error in errors if isinstance(errors, list) else [] if errors is None else [errors]:
        yield _of_problem(error)


def _records(page: Page, read: Any, own: list[Any], included: list[Any]) -> Iterator[Outcome]:
    """Yield what becomes of records of any kind; posts are seen together, to be tied."""
    records = []
    for record in own:
        if other := _of_other(page, record):
            yield other
        else:
            records.append(record)
    # Flattened lines hold what they refer to within themselves.
    held = chain.from_iterable(map(_held_within, records))
    tweets = [_tweet(record) for record in chain(records, included, held)]
    holder = first_of(read, "includes") or read
    yield from outcomes_of_tweets(page, tweets, read_as(Included, holder))


def _held_within(record: Any) -> list[dict[str, Any]]:
    """Return the posts it refers to that stand within it."""
    references = objects(record, "referenced_tweets", "referenced_posts")
    return [each for each in references if text_of(each.get("text"))]


def _tweet(record: Any) -> Tweet | Rejected:
    if isinstance(record, dict):
        return read_as(Tweet, record)
    return Rejected(reason="not an object", detail=type(record).__name__)


def _of_other(page: Page, record: Any) -> Outcome | None:
    """Return the outcome of a record that is no post, None for a post."""
    if not isinstance(record, dict) or "text" in record:
        return None
    if text(record, "action") or text(record, "event"):
        return _of_compliance_line(page, record)
    if rule := next((r for names, r in _MARKS if all(n in record for n in names)), None):
        return Skipped(rule=rule)
    if event := next((e for e in (*_REMOVING_EVENTS, *_OTHER_EVENTS) if e in record), None):
        return _of_compliance_event(page, event, record[event])
    is_of_account = any(name.startswith("user_") or name == _GEO for name in record)
    return Skipped(rule="account event") if is_of_account else None


def _of_compliance_line(page: Page, line: dict[str, Any]) -> Outcome:
    """Return the post as removed; where only its place is to go, that it is to be read again."""
    native_id = identity(line, "id")
    if native_id is None:
        return Rejected(reason="bad id", detail="compliance line")
    reason = text(line, "reason") or "deleted"
    if reason == _GEO:
        return Skipped(rule="place to be removed", native_id=native_id)
    if (text(line, "action") or text(line, "event")) != "delete":
        return Rejected(reason="unknown action", native_id=native_id)
    return _removed(page, native_id, _REASONS.get(reason, "removed"))


def _of_compliance_event(page: Page, event: str, said: Any) -> Outcome:
    native_id = identity(first_of(said, "tweet", "post"), "id")
    if native_id is None:
        # An answer to the command to delete a post has the same name.
        is_answer = isinstance(said, bool)
        return Skipped(rule="answer to a command") if is_answer else Rejected(reason="bad id")
    if event not in _REMOVING_EVENTS:
        return Skipped(rule="compliance event", native_id=native_id)
    where = ", ".join(sorted(set(texts(said, "withheld_in_countries")))[:20])
    reason = _REMOVING_EVENTS[event]
    return _removed(page, native_id, f"{reason} in {where}" if where else reason)


def _of_problem(error: Any) -> Rejected:
    """Return a part of the answer that is missing; X's sentences name people, so none is kept."""
    kind = (text(error, "type") or "").rsplit("/", 1)[-1]
    about = text(error, "resource_type")
    is_post = about in ("tweet", "post")
    return Rejected(
        reason=_PROBLEMS.get(kind, "missing part"),
        detail=" ".join(p for p in (about, text(error, "parameter")) if p)[:100],
        native_id=identity(error, "resource_id", "value") if is_post else None,
    )


def _removed(page: Page, native_id: str, reason: str) -> Post:
    """Return the post as removed; more is not known of it."""
    return Post(
        platform=page.platform, source=page.source, native_id=native_id, kind="post",
        url=f"https://x.com/i/web/status/{native_id}", created_at=moment_of_id(native_id),
        removed_at=page.received_at, removal_reason=reason, observed_at=page.received_at,
    )  # fmt: skip
