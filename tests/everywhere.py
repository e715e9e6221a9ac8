"""Looking for words in every byte of an installation, packed or not."""

import gzip
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
from backports import zstd


def held(words: Iterable[str], *folders: Path) -> dict[str, set[str]]:
    """Return which of the words stand anywhere below the folders, and in which files."""
    sought = re.compile("|".join(words).encode(), re.IGNORECASE)
    found: dict[str, set[str]] = {}
    for folder in folders:
        for path in (path for path in folder.rglob("*") if path.is_file()):
            for content in _contents(path):
                for word in set(sought.findall(content)):
                    found.setdefault(word.decode().lower(), set()).add(path.name)
    return found


def _contents(path: Path) -> Iterator[bytes]:
    raw = path.read_bytes()
    yield raw
    if path.suffix == ".zst":
        yield zstd.decompress(raw)
    elif path.suffix == ".gz":
        yield gzip.decompress(raw)
    elif path.suffix == ".parquet":
        yield repr(pq.read_table(path).to_pylist()).encode()
