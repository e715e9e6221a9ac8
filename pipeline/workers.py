"""Workers: processes that prepare batches beside this one, which writes them all."""

import gc
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from itertools import chain, pairwise
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Final

from contract.errors import GoodguestError
from pipeline import landing
from pipeline.prepare import Prepare
from pipeline.prepared import Prepared
from pipeline.tidying import tidying
from transforms.embedding_e5 import MultilingualE5

Parts = list[landing.Part]
_AHEAD: Final = 2
"""Batches of a process: one it works on, and the next."""
_own: Final[list[tuple[Prepare, Callable[[], None]]]] = []
"""In a worker, what it prepares with, and what it calls after each batch."""
_until_the_end: Final = ExitStack()


def prepared_by(prepare: Prepare, batches: Iterable[Parts], workers: int) -> Iterator[Prepared]:
    """Yield each batch prepared, in order, by so many processes, this one among them.

    What is under way and what waits for its turn are bounded. What fails is raised in its turn, so
    that what comes before it is written.
    """
    if workers == 1:
        yield from chain.from_iterable(map(prepare, batches))
        return
    batches = iter(batches)
    if (first := next(batches, None)) is None:
        return  # no model is loaded for nothing
    prepare.ready()
    batches = chain([first], batches)
    if MultilingualE5.has_threads:  # as in a run that makes matchers with it: the next finds them
        yield from chain.from_iterable(map(prepare, batches))
        return
    gc.freeze()  # a collection would touch, and so copy, what is shared
    others = workers - 1
    # Models and matchers are most of a process: a fork shares them, and is there at once.
    with ProcessPoolExecutor(others, get_context("fork"), _begin, (prepare,)) as pool:
        waiting: deque[Future[list[Prepared]]] = deque()
        try:
            for batch, following in pairwise(chain(batches, [[]])):
                under_way = sum(not one.done() for one in waiting)
                # The last one waits for nobody: there is nothing else to do meanwhile.
                is_own = under_way >= others * (_AHEAD if following else 1)
                waiting.append(_done(prepare, batch) if is_own else pool.submit(_prepare, batch))
                while waiting and (waiting[0].done() or len(waiting) > others * _AHEAD + 1):
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        except BrokenProcessPool as error:
            raise GoodguestError(
                "a worker was killed, perhaps for want of memory; what is written stays: "
                "run refine again, with fewer workers"
            ) from error
        finally:
            for one in waiting:
                one.cancel()  # else the pool would still prepare what nobody takes
            gc.unfreeze()


def _done(prepare: Prepare, batch: Parts) -> Future[list[Prepared]]:
    """Return what this process prepared itself, or why it could not, as it comes from others."""
    done: Future[list[Prepared]] = Future()
    try:
        done.set_result(list(prepare(batch)))
    except Exception as error:  # noqa: BLE001  # raised in its turn
        done.set_exception(error)
    return done


def _begin(prepare: Prepare) -> None:
    # One whose parent was killed would wait for work for ever.
    Thread(target=_leave_with, args=(parent_process(),), daemon=True).start()
    _own.append((prepare, _until_the_end.enter_context(tidying())))


def _leave_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _prepare(batch: Parts) -> list[Prepared]:
    prepare, tidy = _own[0]
    prepared = list(prepare(batch))
    tidy()
    return prepared
