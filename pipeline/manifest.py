"""What a backup says of itself: what is in it, of when, and the sums by which damage shows."""

import os
from collections.abc import Iterator
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, NamedTuple, Protocol

import msgspec

from contract.errors import FixSettings, GoodguestError
from pipeline.landing import is_part
from pipeline.settings import KEY_FILE, KEY_VARIABLE, Settings
from pipeline.tombstones import ERASURE_FILE, ERASURE_VARIABLE

MANIFEST: Final = "manifest.json"
"""Written last: a folder without it is no backup."""
STORE, CHARTER, PARTS, ERASED = "warehouse", "charter.yaml", "landing.jsonl", "erased.jsonl"
KEYS: Final = {KEY_FILE: KEY_VARIABLE, ERASURE_FILE: ERASURE_VARIABLE}
"""The files of the keys, and the variables that can hold them instead."""
_ALWAYS: Final = frozenset({STORE, CHARTER, PARTS, ERASED})
_NAMES: Final = _ALWAYS | KEYS.keys()
_PIECE_BYTES: Final = 1024 * 1024
_FORMAT: Final = 1


class File(msgspec.Struct):
    """A file of the backup."""

    sha256: str
    bytes: int


class LandedPart(msgspec.Struct):
    """A part of the landing zone: its sum is there where it was copied."""

    path: str
    bytes: int
    sha256: str | None = None


class Manifest(msgspec.Struct, kw_only=True):
    """What stands in a backup's `manifest.json`."""

    format: int = _FORMAT
    goodguest: str
    made_at: datetime
    database: str
    schema: str | None
    revision: str
    rows: dict[str, int]
    landing: Literal["copied", "listed"]
    keys: dict[str, str]
    """The ids of the keys there were, by the name of their file."""
    files: dict[str, File]


class _Written(Protocol):
    def write(self, content: bytes, /) -> Any: ...


class Sum(NamedTuple):
    """Of some content."""

    sha256: str
    bytes: int


def copied(source: BinaryIO, target: _Written) -> Sum:
    """Write all of the source into the target, piece by piece, and return its sum."""
    digest, size = sha256(), 0
    while piece := source.read(_PIECE_BYTES):
        digest.update(piece)
        target.write(piece)
        size += len(piece)
    return Sum(digest.hexdigest(), size)


def file_of(path: Path) -> File:
    """Return the sum of a file."""
    with path.open("rb") as file:
        return File(file_digest(file, "sha256").hexdigest(), path.stat().st_size)


def keys_held(given: Settings) -> dict[str, bytes]:
    """Return the keys there are, by the name of their file; none is made."""
    found = {
        file: os.environ.get(variable, "").encode() or _content(given.data / file)
        for file, variable in KEYS.items()
    }
    return {file: key for file, key in found.items() if key}


def _content(path: Path) -> bytes:
    return path.read_bytes().strip() if path.exists() else b""


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it into the folder."""
    content = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (folder / MANIFEST).write_bytes(content + b"\n")


def read_manifest(folder: Path) -> Manifest:
    """Return what the backup says of itself.

    Raises FixSettings when the folder is no backup, or one in a form this code does not know.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
        manifest = msgspec.json.decode(content, type=Manifest)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FixSettings(
            f"{folder}: is no backup: there is no {MANIFEST} in it; name one of the folders that "
            "goodguest backup made"
        ) from error
    except msgspec.MsgspecError as error:
        raise _damage(folder / MANIFEST, str(error)) from error
    if manifest.format != _FORMAT:
        raise FixSettings(
            f"{folder}: the backup has form {manifest.format}, known is {_FORMAT}; restore it with "
            f"goodguest {manifest.goodguest}"
        )
    return manifest


def refuse_damage(folder: Path, manifest: Manifest) -> None:
    """Raise GoodguestError when a file of the backup is not what was written; nothing is changed.

    Reads all of it once.
    """
    for name in _ALWAYS - manifest.files.keys():
        raise _damage(folder / MANIFEST, f"it has no sum for {name}")
    for name, wanted in manifest.files.items():
        if name not in _NAMES:
            raise _damage(folder / MANIFEST, f"{name!r} is no file of a backup")
        _compare(folder / name, wanted.sha256)
    for part in parts_in(folder):
        # What came from elsewhere writes no file outside of the landing zone.
        if not is_part(part.path):
            raise _damage(folder / PARTS, f"{part.path!r} is no part of a landing zone")
        if part.sha256:
            _compare(folder / "landing" / part.path, part.sha256)


def parts_in(folder: Path) -> Iterator[LandedPart]:
    """Yield what the landing zone held."""
    decode = msgspec.json.Decoder(LandedPart).decode
    with (folder / PARTS).open("rb") as lines:
        for line in lines:
            try:
                yield decode(line)
            except msgspec.MsgspecError as error:
                raise _damage(folder / PARTS, str(error)) from error


def _compare(path: Path, wanted: str) -> None:
    if path.is_symlink():
        raise _damage(path, "it leads elsewhere, and a backup holds files")
    try:
        found = file_of(path).sha256
    except FileNotFoundError as error:
        raise _damage(path, "it is not there") from error
    if found != wanted:
        raise _damage(path, "its content is not what was written")


def _damage(path: Path, what: str) -> GoodguestError:
    return GoodguestError(f"{path}: the backup is damaged: {what}; restore another one")
