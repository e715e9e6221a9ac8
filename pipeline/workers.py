"""Workers: processes that prepare batches while this one writes those before."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Final

from contract.errors import GoodguestError
from pipeline import landing
from pipeline.completing import Complete
from pipeline.link import Tie
from pipeline.opted_out import Guard
from pipeline.prepare import Prepare, Prepared
from pipeline.settings import Settings, pseudonym_key
from pipeline.tidying import tidying
from warehouse.store import open_store

Parts = list[landing.Part]
_own: Final[list[Prepare]] = []
"""In a worker, what it prepares with."""


def prepared_by(
    prepare: Prepare, given: Settings, batches: Iterable[Parts], workers: int
) -> Iterator[Prepared]:
    """Yield each batch prepared, in order: by this process, or by so many workers if more than one.

    No more are under way than there are workers, and one to be written.
    """
    if workers == 1:
        yield from chain.from_iterable(map(prepare, batches))
        return
    prepare.ready()
    # A fork of a process with connections and threads would share what it must not.
    fresh = get_context("spawn")
    with ProcessPoolExecutor(workers, fresh, _begin, (given,)) as pool:
        waiting: deque[Future[list[Prepared]]] = deque()
        try:
            for batch in batches:
                waiting.append(pool.submit(_prepare, batch))
                if len(waiting) > workers:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        except BrokenProcessPool as error:
            raise GoodguestError(
                "a worker was killed, perhaps for want of memory; what is written stays: "
                "run refine again, with fewer workers"
            ) from error


def _begin(given: Settings) -> None:
    # One whose parent was killed would wait for work for ever.
    Thread(target=_leave_with, args=(parent_process(),), daemon=True).start()
    engine = open_store(given.warehouse)
    charter = given.load_charter()
    complete = Complete(charter, pseudonym_key(given))
    tie = Tie(engine, given.matchers, charter.ties)
    _own.append(Prepare(given.landing, engine, complete, tie, Guard(given, engine, charter)))


def _leave_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _prepare(batch: Parts) -> list[Prepared]:
    with tidying():
        return list(_own[0](batch))
