"""Files that are there whole or as they were, and accounts found while pages are written anew."""

import resource
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from installed import heard, installed, killed_at
from msgspec import structs

from contract.errors import MendFirst
from contract.page import DamagedPage, Page, line_of_page
from pipeline import account, landing, whole_file
from pipeline.backup import backup
from pipeline.restore import restore
from pipeline.settings import Settings
from pipeline.whole_file import LEFT_BEHIND, write_whole


@pytest.fixture
def given(tmp_path: Path) -> Settings:
    return installed(tmp_path / "place", f"sqlite:///{tmp_path}/place/warehouse.db")


def test_a_kill_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    write_whole(path, b"old")
    assert killed_at(whole_file.os, "fsync", lambda: write_whole(path, b"new"))
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.rglob(LEFT_BEHIND))) == 1, "which tidy knows by its name"


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_who_may_read_it_is_said(tmp_path: Path, mode: int) -> None:
    write_whole(tmp_path / "new" / "page.html", b"said", mode)
    assert (tmp_path / "new" / "page.html").stat().st_mode & 0o777 == mode


def test_a_charter_is_restored_whole_or_not_at_all(given: Settings, tmp_path: Path) -> None:
    # Half a charter may be one that leaves out who opted out; and a second restore would keep it.
    made = Path(backup(given, tmp_path / "backups")["backup"])
    new = tmp_path / "new"
    store, zone = f"sqlite:///{new}/warehouse.db", str(new / "landing")
    there = Settings(new / "charter.yaml", new, store, zone, None)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(MendFirst, match="may grow no more"):
            restore(there, made)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not there.charter.exists()
    assert restore(there, made)["charter"] == "restored"
    assert there.charter.read_bytes() == given.charter.read_bytes()


def test_what_is_left_of_a_backup_that_was_being_deleted_goes_with_the_next(
    given: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    backup(given, folder)
    rmtree = shutil.rmtree

    def cut_short(path: Path, **how: bool) -> None:
        if (path / "landing.jsonl").exists():
            (path / "landing.jsonl").unlink()
            raise KeyboardInterrupt
        rmtree(path, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "rmtree", cut_short)
        with pytest.raises(KeyboardInterrupt):
            backup(given, folder, keep=timedelta(microseconds=1))
    last = Path(backup(given, folder)["backup"])
    assert len(list(folder.iterdir())) == len(list(folder.glob("*/manifest.json"))) == 2
    assert (last / "landing.jsonl").exists()


def test_an_account_is_found_in_a_part_that_is_written_anew_meanwhile(given: Settings) -> None:
    heard(given, 1, 1)
    second = heard(given, 10, 1)
    found = account.landed_by(given, ["discourse"], lambda _: True)
    assert next(found).native_id.endswith("/1/1")
    ((_, page),) = landing.pages_of(given.landing, second)
    assert isinstance(page, Page)
    landing.land_again(given.landing, second, line_of_page(structs.replace(page, cursor={"a": 1})))
    landing.remove(given.landing, second)
    assert [post.native_id.rpartition(".example")[2] for post in found] == ["/t/10/1"]


def test_a_part_that_goes_away_while_it_is_read_is_not_read_twice(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard(given, 1, 2)
    read, gone = landing.pages_of, [FileNotFoundError()]

    def going(zone: str, part: landing.Part) -> Iterator[tuple[int, Page | DamagedPage]]:
        yield from read(zone, part)
        while gone:
            raise gone.pop()

    monkeypatch.setattr(landing, "pages_of", going)
    found = [post.native_id for post in account.landed_by(given, ["discourse"], lambda _: True)]
    assert len(found) == len(set(found)) == 2
