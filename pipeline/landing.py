"""The landing zone: raw pages as received, in zstd-compressed JSON lines, on any fsspec path.

A part is a file `<source>/<date>/<run>-<number>.<digest>.jsonl.zst` of one or more pages. It is
written whole under another name and then moved, and its name holds the digest of its content: a
part that is there is complete, and another content is another part.
"""

import logging
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from io import BufferedReader

import fsspec
from backports import zstd
from fsspec import AbstractFileSystem

from connectors import CONNECTORS
from contract.page import DamagedPage, Page, line_of_page, page_of_line

PART_BYTES_AT_MOST = 512 * 1024 * 1024
"""Of one part, decompressed: more is not a part that `land` wrote."""
_BUFFER_BYTES = 1024 * 1024
_log = logging.getLogger("goodguest.landing")
_ENDING = ".jsonl.zst"
_PART = re.compile(
    rf"[^/]+/(?P<day>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})"
    rf"/[^/.]+-[0-9]+\.(?P<digest>[0-9a-f]+){re.escape(_ENDING)}"
)
"""The path of a part, below the landing zone."""
_MOST_NAMED = 5
"""Of files that are no parts."""
_PLATFORMS = frozenset(connector.TERMS.platform for connector in CONNECTORS)


@dataclass(frozen=True, slots=True)
class Part:
    """A landed file: `path` below the landing zone, the digest its name carries, its bytes."""

    path: str
    digest: str
    size: int = field(default=0, compare=False)

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
    lines = b"".join(line_of_page(page) for page in pages)
    content = zstd.compress(lines, options={zstd.CompressionParameter.checksum_flag: 1})
    digest = sha256(content).hexdigest()[:16]
    folder = f"{pages[0].source}/{day:%Y-%m-%d}"
    path = f"{folder}/{run}-{number:06}.{digest}{_ENDING}"
    fs, root = _zone(landing)
    fs.makedirs(f"{root}/{folder}", exist_ok=True)
    being_written = f"{root}/{folder}/.{run}-{number:06}.{os.getpid()}.tmp"
    with fs.open(being_written, "wb") as file:
        file.write(content)
        if "file" in _protocols(fs):
            file.flush()
            os.fsync(file.fileno())
    fs.mv(being_written, f"{root}/{path}")
    return Part(path, digest, len(content))


def parts(landing: str, sources: Sequence[str] | None = None) -> list[Part]:
    """Return what is landed for the sources (None: for all), oldest day first.

    Of other files that look like parts a warning tells.
    """
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
    with (
        fs.open(f"{root}/{part.path}", "rb") as raw,
        zstd.open(raw, "rb") as opened,
        BufferedReader(opened, _BUFFER_BYTES) as lines,
    ):
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
                yield number, _page(part, line)
            except DamagedPage as damage:
                yield number, damage


def _page(part: Part, line: bytes) -> Page:
    page = page_of_line(line)
    if page.source != part.source or page.platform not in _PLATFORMS:
        raise DamagedPage(f"{part.path}: a page of another source, or of no platform known here")
    return page


def _parts_below(landing: str, folder: str) -> Iterator[Part]:
    # Not by a pattern: what stands in the path of the landing zone would be read as one.
    fs, root = _zone(landing)
    stray = []
    for path, info in fs.find(f"{root}/{folder}".rstrip("/"), detail=True).items():
        below = str(path)[len(root) :].lstrip("/")
        if not below.endswith(_ENDING):
            continue
        named = _PART.fullmatch(below)
        if named and _is_day(named["day"]):
            yield Part(below, named["digest"], info["size"])
        else:
            stray.append(below)
    if stray:
        _log.warning(
            "what is no part of the landing zone by its name is not read: %r (%d in all)",
            stray[:_MOST_NAMED],
            len(stray),
        )


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _zone(landing: str) -> tuple[AbstractFileSystem, str]:
    fs, root = fsspec.core.url_to_fs(landing)
    return fs, str(root).rstrip("/")


def _protocols(fs: AbstractFileSystem) -> tuple[str, ...]:
    return (fs.protocol,) if isinstance(fs.protocol, str) else tuple(fs.protocol)
