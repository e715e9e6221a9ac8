"""Tidying: unused objects are collected between batches, not in the midst of them or of a start."""

import atexit
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Final

_EVERY: Final = 8
"""Batches: what a query leaves for the collector holds on to the keys it was asked with."""


@contextmanager
def loading() -> Iterator[None]:
    """Leave out of every collection what is there at the end: modules, which stay.

    Python would look through all of them a dozen times while they load: a sixth of the time. Nor
    does it at the end of the process, when all memory goes anyway.
    """
    atexit.register(gc.freeze)
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


@contextmanager
def tidying() -> Iterator[Callable[[], None]]:
    """Yield what is to be called after each batch; until the end nothing else collects objects.

    Python would look through all of a batch each time it has grown by a quarter, which takes a
    third of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    batches = count(1)

    def tidy() -> None:
        if next(batches) % _EVERY == 0:
            gc.collect()
            # What is left is models and matchers, mostly: to look through them again is the cost.
            gc.freeze()

    try:
        yield tidy
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()
