"""The landing zone: raw pages as received, in zstd-compressed JSON lines, on any fsspec path.

A part is a file `<source>/<date>/<run>-<number>.<digest>.jsonl.zst` of one or more pages. It is
put whole into an object store, elsewhere written under another name and then moved; and its name
holds the digest of its content: a part that is there is complete, and another content is another
part.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import IO, Final

import fsspec
from backports import zstd
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from connectors import CONNECTORS
from contract.errors import FixSettings
from contract.mending import AWAY, mended_first, mending
from contract.page import DamagedPage, Page, line_of_page, page_of_line
from pipeline.unpacking import unpacked
from pipeline.whole_file import write_whole

PART_BYTES_AT_MOST = 512 * 1024 * 1024
"""Of one part, decompressed: more is not a part that `land` wrote."""
_log = logging.getLogger("goodguest.landing")
_ENDING = ".jsonl.zst"
_PART = re.compile(
    rf"[^/]+/(?P<day>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})"
    rf"/[^/.]+-[0-9]+\.(?P<digest>[0-9a-f]+){re.escape(_ENDING)}"
)
"""The path of a part, below the landing zone."""
_PASSWORD = re.compile("://[^/@]*:[^/]*@")
_MOST_NAMED = 5
"""Of files that are no parts."""
_PUTS_WHOLE: Final = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "memory"})
"""Object stores: what is put there is seen whole or not at all, and a move is a second copy."""
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
    return _put(landing, f"{pages[0].source}/{day:%Y-%m-%d}", f"{run}-{number:06}", lines)


def land_again(landing: str, part: Part, lines: bytes) -> Part:
    """Write these lines as the part is to be, and return it; the part as it was stays till then."""
    folder, name = part.path.rsplit("/", 1)
    return _put(landing, folder, name.split(".")[0], lines)


def still_there(landing: str, parts: Sequence[Part]) -> list[Part]:
    """Return those of the parts that stand there: others were cut or purged since."""
    with zone(landing) as (fs, root):
        if not _puts_whole(fs):
            return [part for part in parts if fs.exists(f"{root}/{part.path}")]
    # One request for a day's parts, not one for each.
    folders = {part.path.rsplit("/", 1)[0] for part in parts}
    found = {part for folder in folders for part in _parts_below(landing, folder)}
    return [part for part in parts if part in found]


def remove(landing: str, part: Part) -> None:
    """Delete a part, if it is there."""
    with mended_first(landing), zone(landing) as (fs, root), suppress(FileNotFoundError):
        fs.rm_file(f"{root}/{part.path}")


def _put(landing: str, folder: str, name: str, lines: bytes) -> Part:
    content = zstd.compress(lines, options={zstd.CompressionParameter.checksum_flag: 1})
    digest = sha256(content).hexdigest()[:16]
    path = f"{folder}/{name}.{digest}{_ENDING}"
    put(landing, path, content)
    return Part(path, digest, len(content))


def put(landing: str, path: str, content: bytes) -> None:
    """Write a file below the landing zone: whole or not at all, and safe once this returns."""
    with mended_first(landing), zone(landing) as (fs, root):
        if _puts_whole(fs):
            fs.pipe_file(f"{root}/{path}", content)
        elif isinstance(fs, LocalFileSystem):
            write_whole(Path(f"{root}/{path}"), content)
        else:
            _write_then_move(fs, f"{root}/{path}", content)


def try_out(landing: str) -> None:
    """Return if a file can be put into the landing zone and removed again; else raise OSError.

    Raises FixSettings where nothing here can reach such an address.
    """
    with zone(landing) as (fs, root):
        # Others try it at the same time; and what a killed one leaves, tidy knows by its end.
        probe = f"{root}/.writable-{token_hex(4)}.tmp"
        if not _puts_whole(fs):
            fs.makedirs(root, exist_ok=True)
        fs.pipe_file(probe, b"")
        fs.rm_file(probe)


def parts(landing: str, sources: Sequence[str] | None = None) -> list[Part]:
    """Return what is landed for the sources (None: for all), oldest day first.

    Of other files that look like parts a warning tells.
    """
    folders = [""] if sources is None else sources
    found = [part for folder in folders for part in _parts_below(landing, folder)]
    return sorted(found, key=lambda part: (part.day, part.path))


def is_part(path: str) -> bool:
    """Return whether the path, below a landing zone, is one that a part can have."""
    named = _PART.fullmatch(path)
    return bool(named and _is_day(named["day"]))


def parts_of_run(landing: str, source: str, run: str, day: datetime) -> list[Part]:
    """Return the parts a run that began on that day has landed so far, in order."""
    found = _parts_below(landing, f"{source}/{day:%Y-%m-%d}")
    return sorted((part for part in found if part.run == run), key=lambda part: part.number)


def pages_of(landing: str, part: Part) -> Iterator[tuple[int, Page | DamagedPage]]:
    """Yield each line's number, from 1, and its page, or what is wrong with it.

    What decompresses to more than any part may hold is damage too. Raises FileNotFoundError when
    the part is gone.
    """
    size, number = 0, 0
    with _raw(landing, part) as raw, unpacked(raw) as lines:
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
    with zone(landing) as (fs, root):
        found = fs.find(f"{root}/{folder}".rstrip("/"), detail=True)
    stray = []
    for path, info in found.items():
        below = str(path)[len(root) :].lstrip("/")
        if not below.endswith(_ENDING):
            continue
        if is_part(below):
            yield Part(below, below.split(".")[-3], info["size"])
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


@contextmanager
def _raw(landing: str, part: Part) -> Iterator[IO[bytes]]:
    """Open a part: one of an object store is fetched whole, with one request."""
    with zone(landing) as (fs, root):
        path = f"{root}/{part.path}"
        if _puts_whole(fs) and 0 < part.size <= PART_BYTES_AT_MOST:
            # With where to begin it is not asked first how large the part is.
            yield BytesIO(fs.cat_file(path, start=0))
        else:
            with fs.open(path, "rb") as raw:
                yield raw


def _write_then_move(fs: AbstractFileSystem, path: str, content: bytes) -> None:
    folder, name = path.rsplit("/", 1)
    there = f"{folder}/.{name}.{token_hex(4)}.tmp"
    fs.makedirs(folder, exist_ok=True)
    try:
        with fs.open(there, "wb") as file:
            file.write(content)
        fs.mv(there, path)
    except OSError:
        # Where the disk is full, half a part must not take the room that is left.
        with suppress(OSError):
            fs.rm_file(there)
        raise


@contextmanager
def zone(landing: str) -> Iterator[tuple[AbstractFileSystem, str]]:
    """Yield the file system and the path in it; raise MendFirst where the storage is away.

    Raises FixSettings where the address holds a password: messages name the address.
    """
    if _PASSWORD.search(landing):
        raise FixSettings(
            "GOODGUEST_LANDING: the address holds a password; allowed is one without, and its "
            "password where its library looks: AWS_SECRET_ACCESS_KEY, FSSPEC_SFTP_PASSWORD"
        )
    try:
        # A listing kept in memory would hide what other processes have landed since.
        fs, root = fsspec.core.url_to_fs(landing, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        raise FixSettings(
            f"GOODGUEST_LANDING: found {landing}, which nothing here can read ({error}); allowed "
            "are a folder, and s3://BUCKET/FOLDER with the extra: pip install 'goodguest[team]'"
        ) from error
    try:
        yield fs, str(root).rstrip("/")
    except _errors_of(fs) as error:
        raise mending(landing, AWAY._replace(what=f"it cannot be used ({error})")) from error
    except FileNotFoundError as error:
        # A bucket is nothing that is made in passing: its rules on keeping and access come first.
        if "bucket" not in str(error):
            raise
        raise FixSettings(f"{landing}: there is no such bucket; make it first") from error


def _errors_of(fs: AbstractFileSystem) -> tuple[type[Exception], ...]:
    """Return what a file system raises that is no OSError."""
    if "s3" not in _protocols(fs):
        return ()
    from botocore.exceptions import BotoCoreError  # comes with s3fs

    return (BotoCoreError,)


def _puts_whole(fs: AbstractFileSystem) -> bool:
    return not _PUTS_WHOLE.isdisjoint(_protocols(fs))


def _protocols(fs: AbstractFileSystem) -> tuple[str, ...]:
    return (fs.protocol,) if isinstance(fs.protocol, str) else tuple(fs.protocol)
