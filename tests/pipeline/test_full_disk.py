"""A disk of one's own that fills up: nothing is lost, and what is there afterwards is whole."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from installed import heard, holdings, installed
from place import TODAY, Place
from stores import made_and_let_go

from bench.server import own_server
from contract.errors import MendFirst
from pipeline import landing
from pipeline.backup import backup
from pipeline.collect import collect_source
from pipeline.export import export
from pipeline.importing import import_files
from pipeline.refine import refine
from pipeline.restore import restore
from pipeline.settings import Settings
from warehouse import runs
from warehouse.store import opened
from warehouse.tables import ingest_run, post

MIDNIGHT = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
FULL = r"the disk is full \([\d.,]+ of [\d.,]+ MB are free.*make room there.*goes on by itself"
_PIECE = b"\0" * 4096


class Disk:
    """A file system of some megabytes, in memory, that can be filled and emptied."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filling = folder / "filling"

    def fill(self, *, but: int = 0) -> None:
        """Fill it up to the last byte, or to some bytes less."""
        with self._filling.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(_PIECE)
            except OSError:
                file.truncate(max(0, file.tell() - but))

    def make_room(self) -> None:
        """Delete what it was filled with."""
        self._filling.unlink()


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[Disk]:
    """Yield a disk that is mounted there, or skip."""
    folder.mkdir(mode=0o755)
    size = f"size={megabytes}m"
    command = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs root, who may mount a disk in memory")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Return a disk of 24 MB."""
    with mounted(tmp_path / "disk", 24) as disk:
        yield disk


@pytest.fixture
def here(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return an installation that has all it has on that disk."""
    monkeypatch.setenv("GOODGUEST_KEY", "a key that is the same in all stores")
    return installed(disk.folder / "place", f"sqlite:///{disk.folder}/place/warehouse.db")


def undisturbed(given: Settings, folder: Path) -> dict[str, Any]:
    """Return what a store holds that reads the same landing zone with room enough."""
    url = f"sqlite:///{folder}/other.db"
    made_and_let_go(url)
    other = replace(given, warehouse=url)
    refine(other)
    return holdings(other)


def test_a_page_is_landed_whole_or_not_at_all(here: Settings, disk: Disk) -> None:
    disk.fill()
    with pytest.raises(MendFirst, match=FULL) as told:
        heard(here, 1, 50)
    assert here.landing in str(told.value)
    kept = landing.parts(here.landing)
    left = [path for path in Path(here.landing).rglob("*") if path.is_file()]
    assert len(left) == len(kept), "no half is left behind"
    disk.make_room()
    heard(here, 1, 50)


def test_collect_goes_on_where_the_disk_was_full(place: Place, disk: Disk) -> None:
    name = "town-forum"
    whole = place.elsewhere("whole")
    collect_source(whole.given, name, until=MIDNIGHT)
    given = replace(place.given, landing=str(disk.folder / "landing"))
    disk.fill(but=40_000)
    with pytest.raises(MendFirst, match=FULL):
        collect_source(given, name, until=MIDNIGHT)
    kept = landing.parts(given.landing)
    assert kept, "what was landed before stays"
    with opened(given.warehouse) as engine:
        assert runs.state_of(engine, name) is None
        assert runs.last_until(engine, name) is None
    disk.make_room()
    collect_source(given, name, until=MIDNIGHT)
    after = landing.parts(given.landing)
    assert {part.path for part in kept} <= {part.path for part in after}

    def bodies(zone: str) -> list[bytes]:
        return [p.body for part in landing.parts(zone) for _, p in landing.pages_of(zone, part)]

    assert sorted(bodies(given.landing)) == sorted(bodies(whole.given.landing)), "each once"
    with opened(given.warehouse) as engine, engine.connect() as connection:
        assert connection.execute(sa.select(ingest_run.c.status)).scalars().all() == ["done"]


@pytest.mark.parametrize("room", [0, 300_000])
def test_refine_goes_on_where_the_disk_was_full(
    here: Settings, disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr("pipeline.batches._BATCH_BYTES", 1)
    for first in range(1, 401, 50):
        heard(here, first, 50)
    wanted = undisturbed(here, tmp_path)
    disk.fill(but=room)
    with pytest.raises(MendFirst, match=FULL) as told:
        refine(here)
    assert here.warehouse in str(told.value)
    disk.make_room()
    with opened(here.warehouse) as engine, engine.connect() as connection:
        posts = connection.scalar(sa.select(sa.func.count()).select_from(post))
        assert (posts or 0) % 50 == 0, "a batch is stored whole or not at all"
        assert connection.exec_driver_sql("pragma integrity_check").scalar() == "ok"
        assert not connection.exec_driver_sql("pragma foreign_key_check").all()
    refine(here)
    assert holdings(here) == wanted


def test_every_other_stage_says_so_and_goes_on(here: Settings, disk: Disk, tmp_path: Path) -> None:
    heard(here, 1, 50)
    refine(here)
    made = Path(backup(here, tmp_path / "backups")["backup"])
    before = holdings(here)
    archive = tmp_path / "archive.json"
    archive.write_text('{"latest_posts": []}')
    stages: dict[str, Callable[[], Any]] = {
        "import": lambda: import_files(here, "discourse", [archive]),
        "export csv": lambda: export(here, disk.folder / "csv", "csv"),
        "export sqlite": lambda: export(here, disk.folder / "sqlite", "sqlite", "personal"),
        "export parquet": lambda: export(here, disk.folder / "parquet"),
        "backup": lambda: backup(here, disk.folder / "backups"),
        "restore": lambda: restore(here, made, force=True),
    }
    disk.fill()
    for name, stage in stages.items():
        with pytest.raises(MendFirst, match="the disk is full"):
            pytest.fail(f"{name}: {stage()}")
    disk.make_room()
    disk.fill(but=300_000)
    assert holdings(here) == before, "reading needs little"
    disk.make_room()
    for stage in stages.values():
        stage()
    assert holdings(here) == before


def test_the_command_line_tells_it_without_a_traceback(here: Settings, disk: Disk) -> None:
    heard(here, 1, 50)
    disk.fill()
    environment = {
        **os.environ,
        "GOODGUEST_CHARTER": str(here.charter),
        "GOODGUEST_DATA": str(here.data),
        "GOODGUEST_WAREHOUSE": here.warehouse,
        "GOODGUEST_LANDING": here.landing,
    }
    for command in ("refine", "explore", "backup"):
        arguments = [str(disk.folder / "backups")] if command == "backup" else []
        done = subprocess.run(
            [sys.executable, "-m", "pipeline.cli", command, *arguments],
            env=environment, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        assert "the disk is full" in done.stderr, command
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_full_disk_under_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOODGUEST_KEY", "a key that is the same in all stores")
    monkeypatch.setattr("pipeline.batches._BATCH_BYTES", 1)
    # A socket's path has to be short.
    folder = Path(tempfile.mkdtemp(prefix="full-")) / "disk"
    folder.parent.chmod(0o755)  # as root the server runs as another user
    try:
        with mounted(folder, 160) as disk, own_server(folder, is_durable=False) as server:
            with server.connect() as connection:
                connection.execute("create database full_disk")
            url = f"postgresql+psycopg://goodguest@/full_disk?host={server.folder}"
            given = installed(tmp_path / "place", url)
            for first in range(1, 401, 50):
                heard(given, first, 50)
            disk.fill(but=100_000)
            with pytest.raises(MendFirst, match="the disk is full; make room there"):
                refine(given)
            disk.make_room()
            refine(given)
            assert len(holdings(given)["post"]) == 400
    finally:
        shutil.rmtree(folder.parent)
