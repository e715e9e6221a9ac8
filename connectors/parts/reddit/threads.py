"""Reading a submission's whole thread on Reddit: its comments, more comments, deeper threads."""

from datetime import datetime
from typing import Any

from connectors.ends import BOUND
from connectors.parts.reddit.fields import fullname, things_in
from connectors.parts.reddit.lists import PER_REQUEST, Job, Run, ended
from connectors.parts.reddit.removals import removal_of, title_of
from connectors.values import texts

_PER_THREAD = 500
"""Comments Reddit sends with a submission at most."""
_MAX_REQUESTS = 40
"""Of one thread in one run."""
_MAX_REST = 2000
"""Comments of one thread that are still to be asked for at any time."""


def next_thread(run: Run) -> Run:
    """Return the run with something to ask: when nothing is left, the next thread."""
    if run["left"]:
        return run
    (id, comments), *others = run["threads"].items()
    job = {"thread": id, "comments": comments, "requests": 0, "more": [], "deeper": []}
    return {**run, "left": [{**job, **_whole(id)}], "threads": dict(others)}


def _whole(id: str, comment: str | None = None) -> Job:
    path = f"comments/{id}/_/{comment}" if comment else f"comments/{id}"
    return {"path": path, "params": {"limit": _PER_THREAD, "sort": "new"}, "deep": comment}


def after_thread(
    job: Job, read: Any, run: Run, seen: dict[str, int], since: datetime
) -> tuple[Run, dict[str, int]]:
    """Return the run and what is remembered once a page of a thread is read.

    Threads are read whole, however old the window lets their comments be.
    """
    id, title = job["thread"], job.get("title")
    asked, deep = job.get("asked", []), job.get("deep")
    more, deeper = list(job["more"]), list(job["deeper"])
    for kind, data in things_in(read):
        if kind == "t3":
            title = {f"t3_{id}": None if removal_of(data) else title_of(data, "title")}
        if kind != "more":
            continue
        ids = texts(data, "children")
        # What was asked for and comes back as more once again is not there.
        more += [each for each in ids if each not in asked and each not in more]
        parent = fullname(data, "parent_id")
        if not ids and parent and parent.startswith("t1_") and parent[3:] not in (deep, *deeper):
            deeper.append(parent[3:])
    requests = job["requests"] + 1
    if len(more) + len(deeper) > _MAX_REST or (requests >= _MAX_REQUESTS and (more or deeper)):
        run = ended(run, BOUND)
        more, deeper = more[:_MAX_REST], deeper[:_MAX_REST]
    if requests >= _MAX_REQUESTS or not (more or deeper):
        return run, {**seen, id: job["comments"]}
    job = {**job, "requests": requests, "title": title, "asked": more[:PER_REQUEST]}
    if more:
        job |= {"more": more[PER_REQUEST:], "deeper": deeper, **_rest(id, more[:PER_REQUEST])}
    else:
        job |= {"more": [], "deeper": deeper[1:], **_whole(id, deeper[0])}
    return {**run, "left": [job, *run["left"]]}, seen


def _rest(id: str, children: list[str]) -> Job:
    params = {
        "api_type": "json",
        "link_id": f"t3_{id}",
        "children": ",".join(children),
        "sort": "new",
        "limit_children": "false",
    }
    return {"path": "api/morechildren", "params": params, "deep": None}
