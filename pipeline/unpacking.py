"""Unpacking: the lines of a part, decompressed at once where that is little."""

from contextlib import suppress
from io import BufferedReader, BytesIO
from typing import IO, Final

from backports import zstd

_AT_ONCE: Final = 4 * 1024 * 1024
"""Bytes, packed or not: a stream is dearer than they are large."""
_BUFFER_BYTES: Final = 128 * 1024  # as much as zstd ever puts into one block


def unpacked(raw: IO[bytes]) -> IO[bytes]:
    """Return what was compressed into `raw`, to be read line by line.

    Reading raises ZstdError or EOFError where it is damaged or cut: what stands before can be read.
    """
    packed, decompressor = raw.read(_AT_ONCE), zstd.ZstdDecompressor()
    with suppress(zstd.ZstdError):
        content = decompressor.decompress(packed, _AT_ONCE)
        if decompressor.eof and not decompressor.unused_data and len(packed) < _AT_ONCE:
            return BytesIO(content)
    raw.seek(0)
    return BufferedReader(zstd.open(raw, "rb"), _BUFFER_BYTES)
