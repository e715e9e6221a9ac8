"""What is unpacked at once is what a stream of it says, and where it is damaged too."""

from io import BytesIO
from random import Random

import pytest
from backports import zstd

from pipeline.unpacking import unpacked

LARGE = b"".join(b"%d\n" % number for number in range(1_000_000))
LITTLE = b"a line\nand another\n"
PACKED = zstd.compress(LITTLE, options={zstd.CompressionParameter.checksum_flag: 1})


@pytest.mark.parametrize("content", [b"", b"\n", LITTLE, LARGE, Random(1).randbytes(5 << 20)])
def test_what_was_packed_is_read_line_by_line(content: bytes) -> None:
    with unpacked(BytesIO(zstd.compress(content))) as lines:
        assert list(lines) == list(BytesIO(content))


def test_what_was_packed_one_after_the_other_is_read_whole() -> None:
    with unpacked(BytesIO(PACKED + PACKED)) as lines:
        assert lines.read() == LITTLE + LITTLE


@pytest.mark.parametrize("packed", [PACKED[:-1], PACKED[:-6], PACKED[:-4] + b"\0" * 4, b"x", LARGE])
def test_what_is_damaged_or_cut_says_so_when_it_is_read(packed: bytes) -> None:
    with unpacked(BytesIO(packed)) as lines, pytest.raises((zstd.ZstdError, EOFError)):
        lines.read()
