"""Workers: processes that prepare batches beside this one, which writes them all."""

import gc
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from pipeline.prepared import Prepared, Put, Tray
from pipeline.tidying import tidying
from transforms.embedding_e5 import MultilingualE5

Parts = list[landing.Part]
_AHEAD: Final = 2
"""Batches of a process: one it works on, and the next."""
_Told = list[Prepared] | tuple[int, Put]
"""What a process prepared itself, or which tray another has put it on, and what `put` said."""
_own: Final[list[tuple[Prepare, Sequence[Tray], Callable[[], None]]]] = []
"""In a worker, what it prepares with and hands over on, and what it calls after each batch."""
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
    trays = [Tray() for _ in range(others * _AHEAD + 3)]
    # Models and matchers are most of a process: a fork shares them, and is there at once.
    with ProcessPoolExecutor(others, get_context("fork"), _begin, (prepare, trays)) as pool:
        try:
            yield from _Turns(prepare, pool, others, trays).prepared(batches)
        except BrokenProcessPool as error:
            raise GoodguestError(
                "a worker was killed, perhaps for want of memory; what is written stays: "
                "run refine again, with fewer workers"
            ) from error
        finally:
            gc.unfreeze()


class _Turns:
    """Batches that wait for their turn: some prepared by this process, some on trays by others."""

    def __init__(
        self, prepare: Prepare, pool: ProcessPoolExecutor, others: int, trays: Sequence[Tray]
    ) -> None:
        self._prepare, self._pool, self._others, self._trays = prepare, pool, others, trays
        self._free = list(range(len(trays)))
        self._waiting: deque[Future[_Told]] = deque()

    def prepared(self, batches: Iterable[Parts]) -> Iterator[Prepared]:
        """Yield each batch in its turn."""
        waiting = self._waiting
        try:
            for batch, following in pairwise(chain(batches, [[]])):
                self._give(batch, is_last=not following)
                while waiting and (waiting[0].done() or len(waiting) >= len(self._trays)):
                    yield from self._taken()
            while waiting:
                yield from self._taken()
        finally:
            for one in waiting:
                one.cancel()  # else the pool would still prepare what nobody takes

    def _give(self, batch: Parts, *, is_last: bool) -> None:
        """Have a batch prepared by whoever is free, or else here."""
        under_way = sum(not one.done() for one in self._waiting)
        # The last one waits for nobody: there is nothing else to do meanwhile.
        if under_way >= self._others * (1 if is_last else _AHEAD):
            self._waiting.append(_done(self._prepare, batch))
        else:
            self._waiting.append(self._pool.submit(_prepare, batch, self._free.pop()))

    def _taken(self) -> list[Prepared]:
        told = self._waiting.popleft().result()
        if isinstance(told, list):
            return told
        number, put = told
        self._free.append(number)
        return self._trays[number].taken(put)


def _done(prepare: Prepare, batch: Parts) -> Future[_Told]:
    """Return what this process prepared itself, or why it could not, as it comes from others."""
    done: Future[_Told] = Future()
    try:
        done.set_result(list(prepare(batch)))
    except Exception as error:  # noqa: BLE001  # raised in its turn
        done.set_exception(error)
    return done


def _begin(prepare: Prepare, trays: Sequence[Tray]) -> None:
    # One whose parent was killed would wait for work for ever.
    Thread(target=_leave_with, args=(parent_process(),), daemon=True).start()
    _own.append((prepare, trays, _until_the_end.enter_context(tidying())))


def _leave_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _prepare(batch: Parts, number: int) -> _Told:
    prepare, trays, tidy = _own[0]
    put = trays[number].put(list(prepare(batch)))
    tidy()
    return number, put
