"""Digests of several words, made of the digests of each: so that no words are joined for it."""

import zlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from transforms.ranges import Indexes

Digests = NDArray[np.uint32]
_MOST_BYTES: Final = 128
"""Words of more are rare, and take as many steps as it takes."""
_SPACE: Final = np.uint32(zlib.crc32(b" "))


def _shifts() -> Digests:
    """Return what each byte of a digest adds to it when so many bytes follow, of no value.

    A CRC is linear, so that of two texts is that of the first, shifted, with that of the second.
    """
    single = np.array([zlib.crc32(bytes([n])) for n in range(256)], np.uint32)
    step = single ^ single[0]
    bits = np.arange(256, dtype=np.uint32) << np.arange(0, 32, 8, dtype=np.uint32)[:, None]
    shifts = [bits]
    for _ in range(_MOST_BYTES):
        shifts.append(shifts[-1] >> np.uint32(8) ^ step[shifts[-1] & np.uint32(0xFF)])
    return np.array(shifts)


_SHIFTS: Final = _shifts()


def digests_of(words: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the digest of each word and its length in bytes."""
    encoded = [word.encode("utf-8", "surrogatepass") for word in words]
    return list(map(zlib.crc32, encoded)), list(map(len, encoded))


def joined(digests: Digests, lengths: Indexes) -> Digests:
    """Return of each row of words the digest of all of them, with a space between."""
    whole = digests[:, 0]
    for digest, length in zip(digests.T[1:], lengths.T[1:], strict=True):
        whole = _shifted(whole, np.ones_like(length)) ^ _SPACE
        whole = _shifted(whole, length) ^ digest
    return whole


def _shifted(digests: Digests, lengths: Indexes) -> Digests:
    while (lengths > _MOST_BYTES).any():
        digests = _shifted(digests, np.minimum(lengths, _MOST_BYTES))
        lengths = np.maximum(lengths - _MOST_BYTES, 0)
    shifted = np.zeros_like(digests)
    for place in range(4):
        byte = digests >> np.uint32(8 * place) & np.uint32(0xFF)
        shifted ^= _SHIFTS[lengths, place, byte]
    return shifted
