"""Tidy: what killed runs left goes, and nothing that is landed, stored or still being written."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from installed import DAY, heard, holdings, installed

from pipeline import erased, landing
from pipeline.backup import backup
from pipeline.care import tidy
from pipeline.language_cache import KeptTables
from pipeline.refine import refine
from pipeline.settings import Settings

NOTHING = {
    "landing_leftovers": 0,
    "leftovers": 0,
    "explorer_copies": 0,
    "paces": 0,
    "caches": 0,
    "erased_lists": 0,
}


@pytest.fixture
def given(tmp_path: Path) -> Settings:
    """Return an installation that read a page."""
    given = installed(tmp_path / "place", f"sqlite:///{tmp_path}/place/warehouse.db")
    heard(given, 1, 3)
    refine(given)
    # An earlier test of this process may have unpacked what refine reads languages with.
    KeptTables(given.matchers)(frozenset({"en"}))
    return given


def _left(path: Path, days: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    then = time.time() - timedelta(days=days).total_seconds()
    os.utime(path, (then, then))


def test_only_what_nothing_needs_goes(given: Settings, tmp_path: Path) -> None:
    made = backup(given, given.data / "backups")
    before = holdings(given)
    assert tidy(given) == NOTHING
    zone = Path(given.landing) / "discourse" / f"{DAY:%Y-%m-%d}"
    for days in (0.1, 2):
        _left(zone / f".run-000001.{days}.tmp", days)
        _left(given.data / "digests" / f".weekly.html-{int(days):08x}.tmp", days)
        _left(given.data / "notes" / f".of-the-operator-{days}.tmp", days)
        _left(given.data / f".erasure.key-{days}", days)
    for days in (3, 40):
        _left(given.data / "locks" / "pace" / f"{days}.json", days)
        for kind in ("links", "languages"):
            _left(given.matchers / f"{kind}-{days}.msgpack", days)
    _left(given.data / "explorer" / "views" / "views.sqlite", 0)
    erased.note_erased(given.landing, [erased.Erased("post", "a", "asked for", DAY)])
    assert tidy(given) == NOTHING | {
        "landing_leftovers": 1,
        "leftovers": 2,
        "explorer_copies": 1,
        "paces": 1,
        "caches": 4,
    }
    assert tidy(given) == NOTHING
    kept = sorted(file.name.partition("-")[0] for file in given.matchers.glob("*.msgpack"))
    assert kept == ["languages", "links"], "what the next run needs"
    assert len(list((given.data / "notes").iterdir())) == 2, "they are not ours"
    assert holdings(given) == before
    assert len(landing.parts(given.landing)) == 1
    assert Path(made["backup"]).is_dir()
    assert len(erased.erased_in(given.landing)) == 1
    retention = given.load_charter().retention.text
    later = datetime.now(UTC) + retention + timedelta(days=1)
    assert tidy(given, later)["erased_lists"] == 1
    assert erased.erased_in(given.landing) == []


def test_the_copy_of_an_explorer_at_work_stays(given: Settings) -> None:
    from pipeline.explore import _copied_alone

    with _copied_alone(given.data / "explorer") as copy:
        _left(copy / "views.sqlite", 3)
        assert tidy(given) == NOTHING
        assert copy.is_dir()
