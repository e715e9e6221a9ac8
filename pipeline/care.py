"""Tidy: deletes what the software leaves behind, above all what killed runs did."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pipeline.backup import alone_in
from pipeline.erased import forget_erased
from pipeline.landing import zone
from pipeline.settings import Settings
from pipeline.whole_file import LEFT_BEHIND

_UNFINISHED_FOR: Final = timedelta(days=1)
"""After which nobody can still be writing a file."""
_UNUSED_FOR: Final = timedelta(days=30)
"""After which the pace of a host says nothing: the longest wait is a day."""


def tidy(given: Settings, now: datetime | None = None) -> dict[str, Any]:
    """Return how much was deleted: `landing_leftovers, leftovers, explorer_copies, paces, caches,
    erased_lists`.

    Only what nothing needs any more goes: files that a killed process had begun, an explorer's copy
    of the posts that nobody serves, the pace of hosts not asked for a month, matchers of former
    catalogues, tables of languages asked for no more, lists of what was erased that outlived all
    texts. Nothing that is landed, stored or backed up is touched.
    """
    now = now or datetime.now(UTC)
    begun, used = now - _UNFINISHED_FOR, now - _UNUSED_FOR
    retention = given.load_charter().retention
    return {
        "landing_leftovers": _tidy_landing(given.landing, begun),
        "leftovers": _deleted(_leftovers(given), begun),
        "explorer_copies": _forget_copy(given.data / "explorer"),
        "paces": _deleted((given.data / "locks" / "pace").glob("*.json"), used),
        "caches": _deleted(_former(given.matchers), begun),
        "erased_lists": forget_erased(given.landing, retention.text, now),
    }


def _leftovers(given: Settings) -> Iterator[Path]:
    """Yield what is written under another name until it is whole; half a key is a secret, too."""
    yield from given.data.rglob(LEFT_BEHIND)
    yield from given.data.glob(".*.key-*")


def _former(folder: Path) -> Iterator[Path]:
    """Yield of each kind that is kept there between runs all but the newest."""
    for kind in ("links", "languages"):
        yield from sorted(folder.glob(f"{kind}-*.msgpack"), key=_written_at)[:-1]


def _tidy_landing(landing: str, before: datetime) -> int:
    """Return how many parts were begun before that moment and never ended; they are gone."""
    count = 0
    with zone(landing) as (fs, root):
        for path in fs.find(root):
            name = str(path).rsplit("/", 1)[-1]
            if name.startswith(".") and name.endswith(".tmp"):
                with suppress(FileNotFoundError):
                    if fs.modified(path) < before:
                        fs.rm_file(path)
                        count += 1
    return count


def _deleted(paths: Iterator[Path], before: datetime) -> int:
    count = 0
    for path in paths:
        with suppress(FileNotFoundError):
            if _written_at(path) < before:
                path.unlink()
                count += 1
    return count


def _written_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _forget_copy(folder: Path) -> int:
    """Return whether a killed explorer left its copy of the posts there; it is gone."""
    if not (folder / "views").exists():
        return 0
    with alone_in(folder) as is_alone:
        if is_alone:
            shutil.rmtree(folder / "views", ignore_errors=True)
    return int(is_alone)
