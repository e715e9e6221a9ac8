"""Export: the analysts' views as files, with what they mean, from one moment of the warehouse."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from contract.errors import FixSettings
from contract.mending import mended_first
from pipeline.datapackage import (
    DESCRIPTOR,
    DICTIONARY,
    Export,
    descriptor_in,
    descriptor_of,
    dictionary_of,
    files_of,
)
from pipeline.protecting import refuse_unprotected
from pipeline.settings import Settings
from pipeline.sheet_database import write_database
from pipeline.sheet_files import write_csv, write_parquet
from pipeline.sheets import LEVELS, Sheet, SheetRows, Sheets, chunks_of, sheets_of, utc_text
from warehouse.protecting import topics_protected
from warehouse.store import check_revision, opened
from warehouse.views import platforms_read, snapshot

_WRITERS: Final[dict[str, Callable[[Path, Sheets, Mapping[str, str]], dict[str, int]]]] = {
    "parquet": write_parquet,
    "csv": write_csv,
    "sqlite": write_database,
}
_BEING_WRITTEN: Final = ".being-written"


def export(
    given: Settings, folder: Path, form: str = "parquet", privacy: str = "internal"
) -> dict[str, Any]:
    """Write all analysts' views into the folder, in place of a former export.

    Returns `files`, `rows` by view, and `left_out`: sentences on what is above the privacy class
    asked for. Raises FixSettings for a word it does not know, a folder that holds something else
    or is being written to, a package that is missing, or a sensitive topic that is not known.
    """
    _check("format", form, _WRITERS)
    _check("privacy", privacy, LEVELS)
    charter = given.load_charter()
    with opened(given.warehouse) as engine:
        refuse_unprotected(engine, charter)
        about = {
            "agency": charter.agency.name,
            "exported_at": utc_text(datetime.now(UTC)),
            "privacy": privacy,
            "revision": check_revision(engine),
            "version": version("goodguest"),
        }
        with mended_first(folder), _made_aside(folder) as aside:
            written = _write(engine, aside, form, about)
            descriptor = descriptor_of(written, aside)
            (aside / DICTIONARY).write_text(dictionary_of(written), "utf-8")
            shown = json.dumps(descriptor, indent=2, ensure_ascii=False)
            (aside / DESCRIPTOR).write_text(shown + "\n", "utf-8")
            _put_in_place(aside, folder, files_of(descriptor))
    return {
        "files": sorted(str(folder / name) for name in files_of(descriptor)),
        "rows": written.rows,
        "left_out": written.left_out,
    }


def _check(option: str, found: str, allowed: Collection[str]) -> None:
    if found not in allowed:
        raise FixSettings(f"--{option}: found {found!r}; allowed are {', '.join(allowed)}")


def _write(engine: sa.Engine, folder: Path, form: str, about: Mapping[str, str]) -> Export:
    with snapshot(engine) as connection:
        sheets, left_out = sheets_of(connection, about["privacy"])
        with closing(_read(connection, sheets)) as read:
            rows = _WRITERS[form](folder, read, about)
        platforms = platforms_read(connection)
        protected, _ = topics_protected(connection)
    return Export(form, about, sheets, rows, left_out, platforms, protected)


def _read(connection: sa.Connection, sheets: Sequence[Sheet]) -> Generator[SheetRows]:
    # Closed at once when writing fails: a cursor must not outlive its connection.
    for sheet in sheets:
        with closing(chunks_of(connection, sheet)) as chunks:
            yield sheet, chunks


@contextmanager
def _made_aside(folder: Path) -> Iterator[Path]:
    """Yield a folder inside the folder, for files that are not whole yet; nobody else has it."""
    aside = folder / _BEING_WRITTEN
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise FixSettings(f"{folder}: is a file; an export needs a folder") from error
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # What a killed export left behind is an export's too.
        if any(folder.iterdir()) and not aside.exists() and descriptor_in(folder) is None:
            raise FixSettings(
                f"{folder}: holds files that are not an export's; name a folder that is new, "
                "empty or holds a former export"
            )
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        try:
            yield aside
        finally:
            shutil.rmtree(aside, ignore_errors=True)  # what failed half way holds posts too
    except BlockingIOError as error:
        raise FixSettings(f"{folder}: another export is being written there") from error
    finally:
        os.close(lock)


def _put_in_place(aside: Path, folder: Path, names: Collection[str]) -> None:
    """Replace the files of the former export; its Data Package last, so that it stays known."""
    former = descriptor_in(folder)
    for name in sorted(names, key=lambda name: (name == DESCRIPTOR, name)):
        if name == DESCRIPTOR:
            for gone in files_of(former or {"resources": []}) - set(names):
                (folder / Path(gone).name).unlink(missing_ok=True)
        _settle(aside / name, folder / name)
    aside.rmdir()


def _settle(written: Path, name: Path) -> None:
    written.chmod(0o600)
    with written.open("rb") as file:
        os.fsync(file.fileno())
    written.replace(name)
