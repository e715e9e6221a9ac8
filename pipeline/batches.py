"""Batches: landed parts that are prepared and stored together."""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final

from pipeline.landing import Part

_BATCH_BYTES: Final = 3 * 512 * 1024
"""The most of the landing zone in a batch of one process, but for a part that is larger itself."""
_SHARED: Final = 0.85
"""The power of how many processes there are by which the batch of each is smaller."""


def batches_of(parts: Sequence[Part], workers: int = 1) -> Iterator[list[Part]]:
    """Yield the parts in their order, in batches of about the same size; no part is divided.

    As many for each of the workers: at the end none waits long for another. The more they are, the
    smaller are batches, for the memory of all; by less than that, for each costs time of its own.
    """
    whole = sum(part.size for part in parts)
    most = _BATCH_BYTES / workers**_SHARED
    size = max(1, whole / max(1, ceil(whole / most / workers) * workers))
    batch, done, due = list[Part](), 0, size
    for part in parts:
        batch.append(part)
        done += part.size
        if done >= due:
            yield batch
            batch, due = [], (done // size + 1) * size
    if batch:
        yield batch
