"""Backup: warehouse, landing zone and charter, as they are, in a folder of their own."""

import fcntl
import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final, Literal

import msgspec

from contract.errors import FixSettings, GoodguestError
from contract.mending import mended_first
from pipeline import landing
from pipeline.erased import content_of, erased_in
from pipeline.manifest import (
    CHARTER,
    ERASED,
    MANIFEST,
    PARTS,
    STORE,
    LandedPart,
    Manifest,
    copied,
    file_of,
    keys_held,
    write_manifest,
)
from pipeline.settings import Settings
from transforms.pseudonyms import key_id
from warehouse.backup import copy_store, kind_of
from warehouse.backup_sqlite import sync

_log = logging.getLogger("goodguest.backup")
_NAME: Final = "goodguest-%Y%m%dT%H%M%S%fZ"
_BEGUN: Final = ".goodguest-being-made-"
_MOST_ROUNDS: Final = 20
Landed = Literal["copied", "listed"]


def backup(
    given: Settings,
    folder: Path,
    *,
    landed: Landed = "copied",
    with_keys: bool = False,
    keep: timedelta | None = None,
) -> dict[str, Any]:
    """Write a backup into a new folder below this one, and return what it holds.

    Others go on collecting and refining. It is whole or absent. The landing zone is copied, or only
    listed; the keys, of pseudonyms and of erased accounts, are left out unless asked for. With
    `keep` whole backups that are older are deleted. Returns `backup` (its folder), `revision, rows,
    parts, bytes, keys` (by file: included or left out), `deleted, seconds`. Raises FixSettings when
    there is nothing to back up, GoodguestError when the warehouse is damaged, MendFirst when a disk
    is full.
    """
    began, now = time.monotonic(), datetime.now(UTC)
    given.load_charter()
    with mended_first(folder), _made_aside(folder) as aside:
        manifest, parts = _write(given, aside, landed, now, with_keys=with_keys)
        write_manifest(aside, manifest)
        for path in sorted(aside.rglob("*"), reverse=True):
            sync(path)
        sync(aside)
        made = folder / f"{now:{_NAME}}"
        aside.rename(made)
        sync(folder)
    return {
        "backup": str(made),
        "revision": manifest.revision,
        "rows": sum(manifest.rows.values()),
        "parts": len(parts),
        "bytes": sum(file.bytes for file in manifest.files.values())
        + sum(part.bytes for part in parts if part.sha256),
        "keys": {
            name: "included" if name in manifest.files else "left out" for name in manifest.keys
        },
        "deleted": _delete_old(folder, now - keep) if keep else 0,
        "seconds": round(time.monotonic() - began, 1),
    }


def _write(
    given: Settings, aside: Path, landed: Landed, now: datetime, *, with_keys: bool
) -> tuple[Manifest, list[LandedPart]]:
    # Before the landing zone: a cursor moves after its pages are landed, so that what is copied
    # later holds all that the warehouse has been told of.
    store = copy_store(given.warehouse, aside / STORE)
    shutil.copyfile(given.charter, aside / CHARTER)
    parts = _parts(given.landing, aside, landed)
    (aside / PARTS).write_bytes(b"".join(msgspec.json.encode(part) + b"\n" for part in parts))
    (aside / ERASED).write_bytes(content_of(erased_in(given.landing)))
    keys = keys_held(given)
    for name, key in keys.items() if with_keys else ():
        (aside / name).touch(mode=0o600)
        (aside / name).write_bytes(key)
    files = {path.name: file_of(path) for path in sorted(aside.iterdir()) if path.is_file()}
    manifest = Manifest(
        goodguest=version("goodguest"),
        made_at=now,
        database=kind_of(given.warehouse),
        schema=store.schema,
        revision=store.revision,
        rows=store.rows,
        landing=landed,
        keys={name: key_id(key) for name, key in keys.items()},
        files=files,
    )
    return manifest, parts


def _parts(zone: str, aside: Path, landed: Landed) -> list[LandedPart]:
    """Return what the landing zone holds, copied where that is asked for."""
    if landed == "listed":
        return [LandedPart(part.path, part.size) for part in landing.parts(zone)]
    held: dict[str, LandedPart] = {}
    for _ in range(_MOST_ROUNDS):
        found = {part.path: part for part in landing.parts(zone)}
        for path in held.keys() - found.keys():
            # It was deleted or written anew meanwhile: what it held may have to be gone.
            (aside / "landing" / path).unlink()
            del held[path]
        try:
            for path in sorted(found.keys() - held.keys()):
                held[path] = _copied_part(zone, path, aside / "landing" / path)
        except FileNotFoundError:
            continue
        return [held[path] for path in sorted(held)]
    raise GoodguestError(f"{zone}: it is rewritten faster than it can be copied; try again later")


def _copied_part(zone: str, path: str, target: Path) -> LandedPart:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        landing.zone(zone) as (fs, root),
        fs.open(f"{root}/{path}", "rb") as part,
        target.open("wb") as file,
    ):
        total = copied(part, file)
    if not total.sha256.startswith(path.split(".")[-3]):
        _log.warning("%s: is not what was landed; it is copied as it is", path)
    return LandedPart(path, total.bytes, total.sha256)


@contextmanager
def _made_aside(folder: Path) -> Iterator[Path]:
    """Yield a new folder inside the folder; what killed backups left there is deleted."""
    if folder.exists() and not folder.is_dir():
        raise FixSettings(f"{folder}: is a file; backups need a folder")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.glob(f"{_BEGUN}*"):
        with alone_in(left) as is_alone:
            if is_alone:
                shutil.rmtree(left, ignore_errors=True)
    aside = Path(mkdtemp(prefix=_BEGUN, dir=folder))
    try:
        with alone_in(aside):
            yield aside
    finally:
        # Where it became a backup, there is nothing of this name any more.
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def alone_in(folder: Path) -> Iterator[bool]:
    """Yield whether no other process says so of the folder, and say it until the end."""
    handle = None
    with suppress(FileNotFoundError):
        handle = os.open(folder, os.O_RDONLY)
    if handle is None:
        yield False
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_alone = True
    except BlockingIOError:
        is_alone = False
    try:
        yield is_alone
    finally:
        os.close(handle)


def _delete_old(folder: Path, before: datetime) -> int:
    """Return how many whole backups that began before that moment there were; they are gone."""
    old = [
        path.parent
        for path in folder.glob(f"goodguest-*/{MANIFEST}")
        if path.parent.name < f"{before:{_NAME}}"
    ]
    for made in old:
        # Half a backup is none, and what is left of it is deleted by the next one.
        shutil.rmtree(made.rename(folder / f"{_BEGUN}{made.name}"))
    return len(old)
