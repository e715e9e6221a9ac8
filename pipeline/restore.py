"""Restore: puts a backup in the place of what is lost, and erases again what was erased since."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from contract.errors import FixSettings
from contract.mending import mended_first
from pipeline import landing
from pipeline.erased import Erased, erased_in, erased_of, note_erased
from pipeline.manifest import (
    CHARTER,
    ERASED,
    KEYS,
    STORE,
    Manifest,
    file_of,
    keys_held,
    parts_in,
    read_manifest,
    refuse_damage,
)
from pipeline.search import index_words
from pipeline.settings import Settings
from pipeline.tombstones import ERASURE_FILE
from pipeline.whole_file import write_whole
from transforms.pseudonyms import key_id
from warehouse.backup import Copied, is_empty, kind_of, put_back
from warehouse.store import knows

_log = logging.getLogger("goodguest.restore")
_UNDER_WAY: Final = "restoring"
"""In the folder of data while a restore is under way: which backup it is of."""


def restore(given: Settings, folder: Path, *, force: bool = False) -> dict[str, Any]:
    """Make warehouse and landing zone what they were when the backup was made.

    Nothing is changed before the whole backup is read and found to be undamaged. Landed parts that
    are not in the backup stay. A key, and a charter, that are there already stay. Cut short, it is
    run again. Returns `backup, made_at, revision, rows, parts` (`restored, present, missing`),
    `erased_again, keys, charter, seconds`. Raises FixSettings when the backup is of a newer
    version, of another database or under another key, or when the warehouse has rows and it is not
    forced; GoodguestError when the backup is damaged.
    """
    began = time.monotonic()
    manifest = read_manifest(folder)
    _refuse_unfit(given, folder, manifest)
    under_way = given.data / _UNDER_WAY
    is_begun = under_way.exists() and under_way.read_text("utf-8") == _name(manifest)
    if not (force or is_begun or is_empty(given.warehouse)):
        raise FixSettings(
            "the warehouse has rows; stop all that writes, and say --force to have the backup in "
            "its place, or name another warehouse in GOODGUEST_WAREHOUSE"
        )
    refuse_damage(folder, manifest)
    with mended_first(given.data):
        write_whole(under_way, _name(manifest).encode())
        keys = _put_keys(given, folder, manifest)
        charter = _put_charter(given, folder)
        _put_erased(given.landing, folder)
        parts = _put_parts(given.landing, folder)
        store = Copied(manifest.revision, manifest.rows, manifest.schema)
        revision = put_back(given.warehouse, folder / STORE, store, index_words)
        erased = _erase_again(given)
        under_way.unlink()
    return {
        "backup": str(folder),
        "made_at": f"{manifest.made_at:%Y-%m-%d %H:%M} UTC",
        "revision": revision,
        "rows": sum(manifest.rows.values()),
        "parts": parts,
        "erased_again": erased,
        "keys": keys,
        "charter": charter,
        "seconds": round(time.monotonic() - began, 1),
    }


def _refuse_unfit(given: Settings, folder: Path, manifest: Manifest) -> None:
    if manifest.database != kind_of(given.warehouse):
        raise FixSettings(
            f"{folder}: is of {manifest.database}, and GOODGUEST_WAREHOUSE names a store of "
            f"{kind_of(given.warehouse)}; name one of {manifest.database}"
        )
    if not knows(manifest.revision):
        raise FixSettings(
            f"{folder}: was made by a newer version, goodguest {manifest.goodguest} (revision "
            f"{manifest.revision}); install that version"
        )
    held = keys_held(given)
    for name, wanted in manifest.keys.items():
        if name in held and key_id(held[name]) != wanted:
            raise FixSettings(
                f"{given.data / name}: the key here is {key_id(held[name])}, and that of the backup"
                f" is {wanted}; put that in its place (or into {KEYS[name]}) first"
            )
    if ERASURE_FILE in manifest.keys.keys() - held.keys() - manifest.files.keys():
        raise FixSettings(
            f"{given.data / ERASURE_FILE}: is missing, and not in the backup; put it back first: "
            "without it accounts that were erased would be stored again"
        )


def _name(manifest: Manifest) -> str:
    return manifest.files[STORE].sha256


def _put_keys(given: Settings, folder: Path, manifest: Manifest) -> dict[str, str]:
    """Return what became of each key there was: restored, was there, or missing."""
    held = keys_held(given)
    found = {}
    for name in manifest.keys:
        found[name] = "was there" if name in held else "missing"
        if name in manifest.files and name not in held:
            write_whole(given.data / name, (folder / name).read_bytes(), 0o600)
            found[name] = "restored"
    return found


def _put_charter(given: Settings, folder: Path) -> str:
    """Return what became of the charter; one that is there is the agency's latest word."""
    if not given.charter.exists():
        # Whole: half a charter could be one that leaves out who opted out, and it would stay.
        write_whole(given.charter, (folder / CHARTER).read_bytes())
        return "restored"
    is_same = file_of(given.charter).sha256 == file_of(folder / CHARTER).sha256
    return "was there" if is_same else "was there, and differs from that of the backup"


def _put_erased(zone: str, folder: Path) -> None:
    """Have the landing zone know what it knew when the backup was made."""
    known = set(erased_in(zone))
    note_erased(zone, [e for e in erased_of((folder / ERASED).read_bytes()) if e not in known])


def _put_parts(zone: str, folder: Path) -> dict[str, int]:
    """Return how many parts were restored, were there, and are neither there nor copied."""
    counts = {"restored": 0, "present": 0, "missing": 0}
    present = {part.path for part in landing.parts(zone)}
    for part in parts_in(folder):
        if part.path in present:
            counts["present"] += 1
        elif part.sha256:
            landing.put(zone, part.path, (folder / "landing" / part.path).read_bytes())
            counts["restored"] += 1
        else:
            counts["missing"] += 1
    return counts


def _erase_again(given: Settings) -> int:
    erased: Sequence[Erased] = erased_in(given.landing)
    if not erased:
        return 0
    from pipeline.comply import erase_again

    return erase_again(given, erased)
