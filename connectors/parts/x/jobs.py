"""One search, timeline or list of X, from its newest post back to where the window begins."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.answers import Answer
from connectors.decoding import decoded
from connectors.ends import BUDGET, COMPLETE, DEPTH, LEFT_OUT, LIMIT
from connectors.pace import moment_said
from connectors.parts.x.asking import A_POST_WITH_ALL, Talk, asked
from connectors.parts.x.fields import count, first_of, moment, objects, text
from connectors.parts.x.kinds import COST_OF_COUNTS, COUNTS, KINDS, Job, Kind, said
from contract.errors import FixSettings, OutOfBudget, SkipPage
from contract.page import Window

log = logging.getLogger("goodguest.x")

_RECENT = timedelta(days=7) - timedelta(minutes=2)
_NOT_YET = timedelta(seconds=30)
"""X wants a window to end 10 seconds ago, by its own clock."""
_FIRST_POST = datetime(2006, 3, 26, tzinfo=UTC)
_MAX_EMPTY = 10
_MAX_MENDED = 3
_MAX_COUNT_PAGES = 60
_NEARLY = 0.9
"""Of a timeline's depth: deleted posts are counted in it."""


def job_of(ask: str, what: str, window: Window, now: datetime) -> Job:
    """Return the job for that part of the window which X can be asked for."""
    earliest = {"recent": now - _RECENT, "archive": _FIRST_POST}.get(ask, window.since)
    since, until = max(window.since, earliest), min(window.until, now - _NOT_YET)
    job: Job = {"ask": ask, "what": what, "since": said(since), "until": said(until), "token": None,
           "oldest": None, "read": 0, "empty": 0, "mended": 0}  # fmt: skip
    if ask == "recent" and since > window.since:
        job["short"] = DEPTH
    if since >= until:
        return _ended(job, job.get("short", COMPLETE), said(max(since, window.until)))
    return job


def step(talk: Talk, name: str, job: Job, jobs_left: int) -> tuple[Answer | None, str, Job]:
    """Return the next answer to land, if any, the route it came from, and the job after it."""
    kind, budget = KINDS[job["ask"]], talk.client.budget
    if job["ask"] in COUNTS and not job.get("counted"):
        try:
            return _counted(talk, name, job, budget.left() // jobs_left)
        except SkipPage:
            return None, "", {**job, "counted": True}
        except OutOfBudget:
            return None, "", _ended(job, BUDGET)
    most = min(kind.most, budget.left(*A_POST_WITH_ALL))
    if most < kind.least:
        return None, "", _ended(job, BUDGET)
    try:
        cost = A_POST_WITH_ALL.times(most)
        answer = asked(talk, cost, lambda api: kind.ask(api, job, most))
    except OutOfBudget:
        # Another run of the source was quicker.
        return None, "", _ended(job, BUDGET)
    except SkipPage as left_out:
        log.warning("%s: left out: %s", name, left_out)
        return None, "", _ended(job, LEFT_OUT)
    if answer.status == 404:
        return answer, kind.route.format(job["what"]), _ended(job, LEFT_OUT)
    if answer.status != 200:
        return None, "", _mended(name, job, answer)
    return answer, kind.route.format(job["what"]), _after(kind, job, decoded(answer.body))


def _after(kind: Kind, job: Job, read: Any) -> Job:
    posts, token = objects(read, "data"), text(first_of(read, "meta"), "next_token")
    moments = [said(at) for post in posts if (at := moment(post, "created_at"))]
    oldest = min([*moments, job["oldest"] or job["until"]])
    job = {**job, "read": job["read"] + len(posts), "oldest": oldest, "mended": 0,
           "empty": 0 if posts else job["empty"] + 1}  # fmt: skip
    is_past = job["ask"] == "list" and moments and max(moments) < job["since"]
    if is_past or token is None:
        is_refused = not job["read"] and objects(read, "errors")
        is_deep = kind.depth and not is_past and job["read"] >= _NEARLY * kind.depth
        if is_deep and oldest > job["since"]:
            return _ended(job, DEPTH)
        if is_refused:
            return _ended(job, LEFT_OUT)
        return _ended(job, job.get("short", COMPLETE), job["since"])
    if token == job["token"] or job["empty"] >= _MAX_EMPTY:
        return _ended(job, LIMIT)
    return {**job, "token": token}


def _counted(talk: Talk, name: str, job: Job, share: int) -> tuple[Answer | None, str, Job]:
    """Return the days' counts, and the job cut to the newest days that its share may pay for."""
    ask = job["ask"]
    answer = asked(talk, COST_OF_COUNTS[ask], lambda api: COUNTS[ask](api, job))
    if answer.status == 404:
        return None, "", {**job, "counted": True}
    if answer.status != 200:
        return None, "", _mended(name, job, answer)
    read = decoded(answer.body)
    total, share = job.get("total", 0), job.get("share", share)
    days = sorted(objects(read, "data"), key=lambda day: text(day, "start") or "", reverse=True)
    pages, token = job.get("count_pages", 0) + 1, text(first_of(read, "meta"), "next_token")
    job = {**job, "share": share, "count_pages": pages, "count_token": token, "mended": 0}
    for day in days:
        begins, ends = moment(day, "start"), moment(day, "end")
        total += count(day, "tweet_count", "post_count") or 0
        if total > share and begins and ends:
            # Of the newest day itself as much is read as can be paid.
            since = said(begins if said(ends) >= job["until"] else ends)
            job["count_token"] = None
            if since > job["since"]:
                job |= {"since": since, "short": BUDGET}
            break
    is_counted = job["count_token"] is None or pages >= _MAX_COUNT_PAGES
    route = KINDS[job["ask"]].route.replace("search", "counts")
    return answer, route, {**job, "total": total, "counted": is_counted}


def _mended(name: str, job: Job, answer: Answer) -> Job:
    """Return the job asked anew where it stood: its token has expired, or clocks differ.

    Raises FixSettings with X's own words about anything else.
    """
    read = decoded(answer.body)
    errors = objects(read, "errors")
    words = " ".join(w for e in errors if (w := text(e, "message", "detail")))
    words = words or text(read, "detail") or f"answered {answer.status}"
    about = {n for e in errors if isinstance(p := first_of(e, "parameters"), dict) for n in p}
    job = {**job, "mended": job["mended"] + 1}
    if job["token"] and (about & {"next_token", "pagination_token"} or "token" in words):
        return _anew(job)
    theirs = _clock_of(answer)
    if job["mended"] <= _MAX_MENDED and (about & {"end_time"} or "end_time" in words):
        return {**job, "until": min(job["until"], said(theirs - _NOT_YET * job["mended"]))}
    if job["mended"] <= _MAX_MENDED and (about & {"start_time"} or "start_time" in words):
        since = max(job["since"], said(theirs - _RECENT + _NOT_YET * job["mended"]))
        return {**job, "since": since, "short": job.get("short", DEPTH)}
    raise FixSettings(f"sources.{name}.select: X does not take {job['ask']} as asked: {words}")


def _anew(job: Job) -> Job:
    """Return the job without its token, up to the second of the oldest post read."""
    oldest = job["oldest"] or job["until"]
    until = said(datetime.fromisoformat(oldest) + timedelta(seconds=1))
    if job["ask"] == "list" or until >= job["until"]:
        return _ended(job, LIMIT)
    return {**job, "token": None, "until": until}


def _clock_of(answer: Answer) -> datetime:
    """Return the time by the answer's own clock, else by ours."""
    return moment_said(answer.headers.get("date", ""), answer.received_at) or answer.received_at


def _ended(job: Job, because: str, reached: str | None = None) -> Job:
    reached = reached or job["oldest"] or job["until"]
    return {"end": because, "reached": None if because == COMPLETE else reached}
