"""The landing zone: raw pages as received, in zstd-compressed JSON lines, on any fsspec path.

A part is a file `<source>/<date>/<run>-<number>.<digest>.jsonl.zst` of one or more pages. It is
written whole under another name and then moved, and its name holds the digest of its content: a
part that is there is complete, and another content is another part.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import fsspec
from backports import zstd
from fsspec import AbstractFileSystem

from contract.page import DamagedPage, Page, line_of_page, page_of_line

PART_BYTES_AT_MOST = 512 * 1024 * 1024
"""Of one part, decompressed: more is not a part that `land` wrote."""


@dataclass(frozen=True, slots=True)
class Part:
    """A landed file: `path` below the landing zone, and the digest its name carries."""

    path: str
    digest: str

    @property
    def source(self) -> str:
        """The source it was landed for."""
        return self.path.split("/", 1)[0]

    @property
    def day(self) -> datetime:
        """The day of its folder."""
        return datetime.fromisoformat(self.path.split("/")[1]).replace(tzinfo=UTC)

    @property
    def run(self) -> str:
        """The run that landed it."""
        return self.path.rsplit("/", 1)[-1].split(".")[0].rsplit("-", 1)[0]

    @property
    def number(self) -> int:
        """Its place in the run, from 1."""
        return int(self.path.rsplit("/", 1)[-1].split(".")[0].rsplit("-", 1)[1])


def land(landing: str, pages: Sequence[Page], run: str, day: datetime, number: int) -> Part:
    """Write the pages as part `number` of the run and return it; once returned, it is safe."""
    content = zstd.compress(b"".join(line_of_page(page) for page in pages))
    digest = sha256(content).hexdigest()[:16]
    folder = f"{pages[0].source}/{day:%Y-%m-%d}"
    path = f"{folder}/{run}-{number:06}.{digest}.jsonl.zst"
    fs, root = _zone(landing)
    fs.makedirs(f"{root}/{folder}", exist_ok=True)
    being_written = f"{root}/{folder}/.{run}-{number:06}.{os.getpid()}.tmp"
    with fs.open(being_written, "wb") as file:
        file.write(content)
        if "file" in _protocols(fs):
            file.flush()
            os.fsync(file.fileno())
    fs.mv(being_written, f"{root}/{path}")
    return Part(path, digest)


def parts(landing: str, sources: Sequence[str] | None = None) -> list[Part]:
    """Return what is landed for the sources (None: for all), oldest day first."""
    folders = [""] if sources is None else sources
    found = [part for folder in folders for part in _parts_below(landing, folder)]
    return sorted(found, key=lambda part: (part.day, part.path))


def parts_of_run(landing: str, source: str, run: str, day: datetime) -> list[Part]:
    """Return the parts a run that began on that day has landed so far, in order."""
    found = _parts_below(landing, f"{source}/{day:%Y-%m-%d}")
    return sorted((part for part in found if part.run == run), key=lambda part: part.number)


def pages_of(landing: str, part: Part) -> Iterator[tuple[int, Page | DamagedPage]]:
    """Yield each line's number, from 1, and its page, or what is wrong with it.

    What decompresses to more than any part may hold is damage too. Raises FileNotFoundError when
    the part is gone.
    """
    fs, root = _zone(landing)
    size, number = 0, 0
    with fs.open(f"{root}/{part.path}", "rb") as raw, zstd.open(raw, "rb") as lines:
        while True:
            try:
                line = lines.readline(PART_BYTES_AT_MOST - size + 1)
            except (zstd.ZstdError, EOFError) as error:
                yield number + 1, DamagedPage(f"{part.path}: cut or not zstd: {error}")
                return
            if not line:
                return
            size, number = size + len(line), number + 1
            if size > PART_BYTES_AT_MOST:
                yield number, DamagedPage(f"{part.path}: more than {PART_BYTES_AT_MOST} bytes")
                return
            try:
                yield number, page_of_line(line)
            except DamagedPage as damage:
                yield number, damage


def _parts_below(landing: str, folder: str) -> Iterator[Part]:
    # Not by a pattern: what stands in the path of the landing zone would be read as one.
    fs, root = _zone(landing)
    for path in fs.find(f"{root}/{folder}".rstrip("/")):
        if path.endswith(".jsonl.zst"):
            below = str(path)[len(root) :].lstrip("/")
            yield Part(below, below.rsplit(".", 3)[1])


def _zone(landing: str) -> tuple[AbstractFileSystem, str]:
    fs, root = fsspec.core.url_to_fs(landing)
    return fs, str(root).rstrip("/")


def _protocols(fs: AbstractFileSystem) -> tuple[str, ...]:
    return (fs.protocol,) if isinstance(fs.protocol, str) else tuple(fs.protocol)
