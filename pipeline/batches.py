"""Batches: landed parts that are prepared and stored together."""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final

from pipeline.landing import Part

_BATCH_BYTES: Final = 3 * 512 * 1024
"""The most of the landing zone in a batch of each process together, but for parts of more."""


def batches_of(parts: Sequence[Part], workers: int = 1) -> Iterator[list[Part]]:
    """Yield the parts in their order, in batches of about the same size; no part is divided.

    As many for each of the workers: at the end none waits long for another. The more they are, the
    smaller are batches, for the memory of all.
    """
    whole = sum(part.size for part in parts)
    size = max(1, whole / max(1, ceil(whole / _BATCH_BYTES) * workers))
    batch, done, due = list[Part](), 0, size
    for part in parts:
        batch.append(part)
        done += part.size
        if done >= due:
            yield batch
            batch, due = [], (done // size + 1) * size
    if batch:
        yield batch
