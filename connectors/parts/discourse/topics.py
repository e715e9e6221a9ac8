"""A run over topics of a Discourse forum: what stands in its lists is read as they are walked.

A cursor holds where the walk stands and what is left of the list's present page, never a whole
list. Between runs it holds the Memory of `walk`: what need not be asked for again while it stays as
it is.
"""

import logging
from typing import Any

import msgspec

from connectors.answers import COME_BACK, Answer, page_of
from connectors.decoding import decoded
from connectors.ends import BOUND, LEFT_OUT, LIMIT
from connectors.http import Client
from connectors.parts.discourse.asking import posts_asked
from connectors.parts.discourse.lists import Job, mark_of_page
from connectors.parts.discourse.refs import reach_back, refs_of
from connectors.parts.discourse.selection import listings_of
from connectors.parts.discourse.walk import Memory, Run, is_patient, walk
from connectors.values import inside, items
from contract.charter import Source
from contract.errors import FixSettings, OddAnswer, RateLimited, RetryLater, SkipPage, StopSource
from contract.page import Pages, Window

log = logging.getLogger("goodguest.discourse")

_CHUNK = 20
_MAX_REST = 2000
"""Posts of one topic beyond its first 20 that are looked through in one run."""
_MAX_LATER = 50
_MAX_FAILURES = 5
"""So many answers in a row that cannot be had mean the forum, not a page of it."""


def topics(
    client: Client, name: str, source: Source, window: Window, cursor: dict[str, Any]
) -> Pages:
    """Yield a page for each answer with posts of the topics selected.

    What cannot be had is tried again when all else is read, and then left out. Raises RetryLater
    when nothing can be had, StopSource when none of the lists can.
    """
    base = str(source.url).rstrip("/")
    threads = _threads(name, source)
    memory, run = _resumed(cursor, window, threads)
    if run is None:
        run = Run(
            lists=listings_of(client, base, name, source.select),
            jobs=[Job(thread) for thread in threads],
            covered=memory.covered,
        )
    failures, has_read, refused = 0, "run" in cursor, None
    while run.jobs or run.lists or run.later:
        if not run.jobs and run.lists:
            why_not = walk(client, run, memory, window, threads)
            has_read, refused = has_read or not why_not, why_not or refused
            continue
        if not run.jobs:
            run.jobs, run.later, run.is_late = run.later, [], True
        job = run.jobs.pop(0)
        try:
            answer = posts_asked(client, *_request(base, job))
        except (SkipPage, RetryLater) as error:
            failures += isinstance(error, OddAnswer | RetryLater)
            if failures >= _MAX_FAILURES and not is_patient(client, window):
                run.ended(LEFT_OUT)
                break
            _put_off(client, run, memory, job, error, window, is_forum=failures >= _MAX_FAILURES)
            continue
        failures, has_read = 0, True
        if not _noted(run, memory, job, answer, window):
            continue
        yield page_of(
            answer,
            source=name,
            platform=source.platform,
            url=_request(base, job)[0],
            cursor={**msgspec.to_builtins(memory), "run": msgspec.to_builtins(run)},
        )
    if refused and not has_read:
        raise StopSource(f"{refused}; select something else, or ask the forum's owner to allow it")
    return run.stop()


def _threads(name: str, source: Source) -> frozenset[int]:
    odd = [thread for thread in source.select.threads if not thread.isdecimal()]
    if odd:
        raise FixSettings(
            f"sources.{name}.select.threads: found {odd[0]!r}; allowed are numbers of topics, as "
            "in their addresses"
        )
    return frozenset(int(thread) for thread in source.select.threads)


def _resumed(
    cursor: dict[str, Any], window: Window, threads: frozenset[int]
) -> tuple[Memory, Run | None]:
    """Return what is remembered, and the run that was cut short, if one was."""
    try:
        memory = msgspec.convert({k: v for k, v in cursor.items() if k != "run"}, Memory)
        if "run" in cursor:
            return memory, msgspec.convert(cursor["run"], Run)
    except msgspec.ValidationError:
        log.warning("the state is of another version: what it remembers is asked for again")
        return Memory(), None
    memory.begin(int(window.since.timestamp()), {f"h{thread}" for thread in threads})
    return memory, None


def _request(base: str, job: Job) -> tuple[str, dict[str, Any] | None]:
    # Never by post_number: past the end that gives the last page for ever.
    if job.only or job.is_begun:
        return f"{base}/t/{job.id}/posts.json", {"post_ids[]": job.posts[:_CHUNK]}
    return f"{base}/t/{job.id}.json", None


def _put_off(
    client: Client,
    run: Run,
    memory: Memory,
    job: Job,
    error: SkipPage | RetryLater,
    window: Window,
    *,
    is_forum: bool,
) -> None:
    """Keep a job for the end of the run, or leave it out if this is the end.

    Raises RetryLater when the forum asks for it, when it is `is_forum` that does not answer, and
    at the end while there is patience.
    """
    if isinstance(error, RateLimited) or (is_forum and isinstance(error, RetryLater)):
        raise error
    if is_forum:
        raise RetryLater(str(error), client.now() + COME_BACK) from error
    if run.is_late and isinstance(error, RetryLater) and is_patient(client, window):
        raise error
    memory.leave_out(job.seen)
    if run.is_late or len(run.later) >= _MAX_LATER:
        log.warning("left out: %s", error)
        run.ended(LEFT_OUT)
    else:
        run.later.append(job)


def _noted(run: Run, memory: Memory, job: Job, answer: Answer, window: Window) -> bool:
    """Write the progress after an answer into `run` and `memory`.

    Returns whether it is worth landing: a thread that stands as it stood is not.
    """
    read = decoded(answer.body) if answer.status == 200 else None
    said = read if isinstance(read, dict) else {}
    known = ("title", "category_id", "tags", "visible")
    head = {key: said[key] for key in known if said.get(key) is not None}
    run.topic = {**job.topic, **head, "id": said.get("id", job.id)}
    marks = job.seen or {f"h{job.id}": mark_of_page(said)}
    if not job.seen and all(memory.of(key) == mark for key, mark in marks.items()):
        return False
    rest = _rest(run, job, said, window) if said else []
    if rest:
        run.jobs.insert(
            0,
            msgspec.structs.replace(
                job, id=_id_of(said, job), posts=rest, seen=marks, is_begun=True, topic=run.topic
            ),
        )
    else:
        memory.add(marks)
    return True


def _id_of(said: dict[str, Any], job: Job) -> int:
    """Return the topic's id: an address may lead to the one it was merged into."""
    return said["id"] if isinstance(said.get("id"), int) else job.id


def _rest(run: Run, job: Job, said: dict[str, Any], window: Window) -> list[int]:
    """Return the ids of the topic's posts that are still wanted, newest first."""
    refs = refs_of(said)
    if job.only or job.is_begun:
        is_past = not job.only and reach_back(refs, window.since)
        return [] if is_past else job.posts[_CHUNK:]
    here, listed = {ref.id for ref in refs}, items(said, "post_stream", "stream")
    rest = [post for post in reversed(listed) if isinstance(post, int) and post not in here]
    # A topic of 10,000 posts and more does not list them.
    if inside(said, "post_stream", "isMegaTopic"):
        run.ended(LIMIT)
    elif len(rest) > _MAX_REST:
        run.ended(BOUND)
    return rest[:_MAX_REST]
