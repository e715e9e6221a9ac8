"""X's API v2 as the town has it: below /x, with the bearer token `sample-bearer-token`."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from samples.asking import Answer, Asked, Route
from samples.parts.x.asked import FIELDS, invalid, keyed, listed, moment, said, talk_of
from samples.parts.x.model import Status
from samples.parts.x.store import delivery, jobs, submission
from samples.parts.x.wire import matcher, problem, response


def _bad_window(asked: Asked, is_recent: bool) -> Answer | None:
    """Return X's refusal of a window; the town's day is as good as the clock's."""
    midnight = datetime.combine(asked.town.today, time(), UTC)
    now = talk_of(asked).clock()
    since, until = moment(asked, "start_time"), moment(asked, "end_time")
    earliest = min(midnight, now) - timedelta(days=7)
    if is_recent and since and since < earliest:
        words = f"'start_time' must be on or after {earliest:%Y-%m-%dT%H:%MZ}"
        return invalid(asked, "start_time", words)
    if until and until > max(midnight + timedelta(days=1), now) - timedelta(seconds=10):
        words = "'end_time' must be a minimum of 10 seconds prior to the request time."
        return invalid(asked, "end_time", words)
    return None


def _found(asked: Asked, is_recent: bool) -> list[Status]:
    fits = matcher(talk_of(asked), asked.query.get("query", [""])[0])
    since = moment(asked, "start_time")
    if is_recent and since is None:
        since = datetime.combine(asked.town.today, time(), UTC) - timedelta(days=7)
    until = moment(asked, "end_time")
    return [
        p
        for p in talk_of(asked).shown
        if (since is None or p.created_at >= since)
        and (until is None or p.created_at < until)
        and fits(p)
    ]


def _page(asked: Asked, posts: Sequence[Status], least: int, most: int) -> Answer:
    """Return a page of them; the token of the next is the id of the oldest on this one."""
    size = asked.whole("max_results", max(least, 10))
    if not least <= size <= most:
        words = f"The `max_results` value [{size}] is not between {least} and {most}"
        return invalid(asked, "max_results", words)
    name = "next_token" if "next_token" in asked.query else "pagination_token"
    token = asked.query.get(name, [""])[0]
    if token and (not token.startswith("b26v") or token[4:] not in talk_of(asked).posts):
        return invalid(asked, name, "Invalid pagination token")
    left = [p for p in posts if not token or int(p.id) < int(token[4:])]
    # X fills pages before it takes out what must not be shown: they are shorter than asked for.
    shown = left[: max(1, size * 9 // 10)]
    body = response(talk_of(asked), shown, {n: set(listed(asked, n)) for n in FIELDS})
    meta: dict[str, Any] = {"result_count": len(shown)}
    if shown:
        meta |= {"newest_id": shown[0].id, "oldest_id": shown[-1].id}
    if len(shown) < len(left):
        meta["next_token"] = f"b26v{shown[-1].id}"
    return said(asked, {**body, "meta": meta})


def _search(is_recent: bool, most: int) -> Callable[[Asked], Answer]:
    def answer(asked: Asked) -> Answer:
        refusal = _bad_window(asked, is_recent)
        return refusal or _page(asked, _found(asked, is_recent), 10, most)

    return answer


def _counts(is_recent: bool) -> Callable[[Asked], Answer]:
    def answer(asked: Asked) -> Answer:
        if refusal := _bad_window(asked, is_recent):
            return refusal
        posts = _found(asked, is_recent)
        days = Counter(f"{p.created_at:%Y-%m-%d}" for p in posts)
        data = []
        for day in sorted(days):
            midnight = datetime.fromisoformat(f"{day}T00:00:00Z")
            begins = max(midnight, moment(asked, "start_time") or midnight)
            ends = midnight + timedelta(days=1)
            ends = min(ends, moment(asked, "end_time") or ends)
            data.append({"start": f"{begins:%Y-%m-%dT%H:%M:%S}.000Z", "tweet_count": days[day],
                         "end": f"{ends:%Y-%m-%dT%H:%M:%S}.000Z"})  # fmt: skip
        return said(asked, {"data": data, "meta": {"total_tweet_count": len(posts)}})

    return answer


def _lookup(asked: Asked) -> Answer:
    talk, ids = talk_of(asked), listed(asked, "ids")
    if not 1 <= len(ids) <= 100:
        return invalid(asked, "ids", "The number of values in the `ids` query parameter list [0]")
    there = [i for i in ids if i in talk.posts and i not in talk.deleted]
    gone = [problem(i, "ids") for i in ids if i not in there]
    fields = {n: set(listed(asked, n)) for n in FIELDS}
    return said(asked, response(talk, [talk.posts[i] for i in there], fields, gone))


def _users(asked: Asked) -> Answer:
    names = {name.lower(): name for name in listed(asked, "usernames")}
    known = {a.username.lower(): a for a in talk_of(asked).accounts.values()}
    found = [known[n] for n in names if n in known]
    missing = [{"resource_type": "user", "parameter": "usernames", "value": written,
                "title": "Not Found Error",
                "type": "https://api.twitter.com/2/problems/resource-not-found"}
               for n, written in names.items() if n not in known]  # fmt: skip
    data = [{"id": a.id, "name": a.name, "username": a.username} for a in found]
    return said(asked, {k: v for k, v in (("data", data), ("errors", missing)) if v})


def _usage(asked: Asked) -> Answer:
    """Return what is counted against the key; being asked for it is not."""
    talk = talk_of(asked)
    data = {"project_id": "1", "project_cap": "10000", "cap_reset_day": 1,
            "project_usage": str(len(talk.posts))}  # fmt: skip
    wanted = set(listed(asked, "usage.fields")) | {"project_id"}
    return said(asked, {"data": {name: value for name, value in data.items() if name in wanted}})


def _timeline(asked: Asked) -> Answer:
    return _bad_window(asked, False) or _page(asked, _of(asked, asked.parts), 5, 100)


def _of(asked: Asked, authors: Sequence[str]) -> list[Status]:
    since, until = moment(asked, "start_time"), moment(asked, "end_time")
    return [
        p
        for p in talk_of(asked).shown
        if p.author.id in authors
        and (since is None or p.created_at >= since)
        and (until is None or p.created_at < until)
    ]


def _list(asked: Asked) -> Answer:
    members = talk_of(asked).lists.get(asked.parts[0])
    if members is None:
        kind = "https://api.twitter.com/2/problems/resource-not-found"
        error = {"resource_type": "list", "value": asked.parts[0], "type": kind}
        return said(asked, {"errors": [error]})
    return _page(asked, _of(asked, members), 1, 100)


ROUTES: tuple[Route, ...] = (
    (r"/x/2/tweets/search/recent", keyed(_search(True, 100))),
    (r"/x/2/tweets/search/all", keyed(_search(False, 500))),
    (r"/x/2/tweets/counts/recent", keyed(_counts(True))),
    (r"/x/2/tweets/counts/all", keyed(_counts(False))),
    (r"/x/2/tweets", keyed(_lookup)),
    (r"/x/2/users/by", keyed(_users)),
    (r"/x/2/users/(\d+)/tweets", keyed(_timeline)),
    (r"/x/2/lists/(\d+)/tweets", keyed(_list)),
    (r"/x/2/usage/tweets", keyed(_usage)),
    (r"/x/2/compliance/jobs", keyed(jobs)),
    (r"/x/store/(\d+)/submission", submission),
    (r"/x/store/(\d+)/delivery", delivery),
)  # fmt: skip
