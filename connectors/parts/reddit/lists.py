"""What a run asks Reddit's lists for, and how far back a list has brought it."""

from datetime import datetime, timedelta
from typing import Any

from connectors.ends import BOUND, COMPLETE, DEPTH, LEFT_OUT, LIMIT
from connectors.parts.reddit.fields import count, fullname, moment
from connectors.parts.reddit.selection import Selected
from connectors.values import inside, items

Job = dict[str, Any]
"""A request: `path` and `params`. Of a list also `depth`, at how many items it may have been cut,
and how far it has come: `items`, `end`, the time it came back to, and `anchors`, items before the
last one. `threads` says
of which submissions the comments are read: of `new` or grown ones, or of `all`."""
Run = dict[str, Any]

PER_REQUEST = 100
_DEPTH, _DEPTH_OF_SEARCH = 500, 200
"""Lists end near 1,000 items, searches near 250. Of a list many may have been removed and are not
sent; and a community that wrote no more in all its time has its threads read for nothing."""
_ANCHORS = 5
_REMEMBERED = 1000
"""Submissions, the latest: as many as a list holds, lest threads be read again and again."""
_MAX_THREADS = 300
"""Of one run; the others are found to have grown by the next."""
_SPANS = (("day", 1), ("week", 7), ("month", 28), ("year", 365))
_GRAVER = (COMPLETE, LEFT_OUT, BOUND, LIMIT, DEPTH)


def first_jobs(select: Selected, seen: dict[str, int], since: datetime, now: datetime) -> list[Job]:
    """Return the lists to read, in order.

    A query is asked in each community by itself: so each has the depth of a whole search.
    """
    if select.query:
        params = {"q": select.query, "sort": "new", "t": _span(since, now), "type": "link"}
        jobs = [
            _list(f"r/{each}/search", {**params, "restrict_sr": "1"}, _DEPTH_OF_SEARCH, each)
            for each in select.communities
        ] or [_list("search", params, _DEPTH_OF_SEARCH)]
        jobs = [{**job, "threads": "new"} for job in jobs] + _remembered(seen)
    else:
        lists = [(each, kind) for each in select.communities for kind in ("comments", "new")]
        jobs = [_list(f"r/{each}/{kind}", {}, _DEPTH, each) for each, kind in lists]
    names = [f"t3_{each}" for each in select.threads]
    return jobs + _infos(names, "all")


def _list(path: str, params: dict[str, Any], depth: int, community: str | None = None) -> Job:
    named = {"community": community} if community else {}
    return {"path": path, "params": {**params, "limit": PER_REQUEST}, "depth": depth, **named}


def _infos(names: list[str], threads: str) -> list[Job]:
    return [
        {
            "path": "api/info",
            "params": {"id": ",".join(names[at : at + PER_REQUEST])},
            "threads": threads,
        }
        for at in range(0, len(names), PER_REQUEST)
    ]


def _remembered(seen: dict[str, int]) -> list[Job]:
    return _infos([f"t3_{each}" for each in seen], "new")


def _span(since: datetime, now: datetime) -> str:
    """Return the shortest span of the search that holds the window, an hour to spare."""
    age = now - since + timedelta(hours=1)
    return next((name for name, days in _SPANS if age <= timedelta(days=days)), "all")


def after_list(
    job: Job, read: Any, run: Run, seen: dict[str, int], since: datetime
) -> tuple[Run, dict[str, int]]:
    """Return the run and what is remembered once a page of a list is read."""
    found = [inside(child, "data") for child in items(read, "data", "children")]
    if "threads" in job:
        run, seen = _with_threads(job, found, run, seen, since)
    if "depth" not in job:
        return run, seen
    following, end = _following(job, found, inside(read, "data", "after"), since)
    if following:
        return {**run, "left": [following, *run["left"]]}, seen
    if end == COMPLETE:
        return run, seen
    if job["path"].endswith("/comments"):
        run = _with_comments_of_threads(run, seen)
    reached = [at for at in (moment(job, "end"), _end_of(found)) if at]
    return ended(run, end, min(reached, default=None)), seen


def ended(run: Run, end: str, reached: datetime | None = None) -> Run:
    """Return the run with the graver of its end and this one, and how far back all of it came."""
    moments = [at for at in (run["reached"], _timestamp(reached)) if at]
    end = max(run["end"], end, key=_GRAVER.index)
    return {**run, "end": end, "reached": max(moments, default=None)}


def _with_comments_of_threads(run: Run, seen: dict[str, int]) -> Run:
    """Return the run with the next list, the submissions of the same community, read with threads.

    What is remembered is asked for too: it may stand behind the window and have grown.
    """
    submissions, *left = run["left"]
    is_asked = any(each["path"] == "api/info" and each["threads"] == "new" for each in left)
    known = [] if is_asked else _remembered(seen)
    return {**run, "left": [{**submissions, "threads": "new"}, *left, *known]}


def _with_threads(
    job: Job, found: list[Any], run: Run, seen: dict[str, int], since: datetime
) -> tuple[Run, dict[str, int]]:
    """Return the run with the threads among these submissions that are to be read."""
    threads, seen, end = dict(run["threads"]), dict(seen), COMPLETE
    for data in found:
        name, comments = fullname(data, "name"), count(data, "num_comments")
        if name is None or not name.startswith("t3_") or comments is None:
            continue
        written = moment(data, "created_utc")
        is_new = written is not None and written >= since
        id = name[3:]
        if not (is_new or id in seen or job["threads"] == "all"):
            continue
        if comments != seen.setdefault(id, 0):
            if len(threads) < _MAX_THREADS:
                threads[id] = comments
            elif id not in threads:
                end = BOUND
    # Ids are numbers of base 36, given in order.
    kept = dict(sorted(seen.items(), key=lambda each: (len(each[0]), each[0]))[-_REMEMBERED:])
    return ended({**run, "threads": threads}, end), kept


def _following(job: Job, found: list[Any], after: Any, since: datetime) -> tuple[Job | None, str]:
    """Return the next page's job, or None and how the list ended."""
    items = job.get("items", 0)
    end, before = _end_of(found), moment(job, "end")
    if end and end < since:
        return None, COMPLETE
    is_stuck = before is not None and (end is None or end >= before)
    names = [name for d in found if (name := fullname(d, "name"))]
    anchors = [name for name in reversed(names) if name != after][:_ANCHORS]
    if is_stuck:
        # The item asked behind was removed: Reddit sends nothing, or begins anew.
        if items >= job["depth"] and not found:
            return None, DEPTH
        if not job["anchors"]:
            return None, LIMIT
        after, *anchors = job["anchors"]
    else:
        items += len(found)
        if not isinstance(after, str) or not names:
            return None, DEPTH if items >= job["depth"] else COMPLETE
    return {
        **job,
        "params": {**job["params"], "after": after},
        "items": items,
        "end": _timestamp(before if is_stuck else end),
        "anchors": anchors,
    }, COMPLETE


def _end_of(found: list[Any]) -> datetime | None:
    """Return the time a page comes back to: what it skips is not older than that.

    What is pinned stands first however old it is; an item let in late stands by its own time.
    """
    loose = [d for d in found if not (inside(d, "stickied") or inside(d, "promoted"))]
    times = [written for d in loose if (written := moment(d, "created_utc"))]
    return max(times[-_ANCHORS:], default=None)


def _timestamp(at: datetime | None) -> float | None:
    return at.timestamp() if at else None
