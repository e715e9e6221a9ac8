"""Backup and restore: the same rows and views again, whole or not at all, on both databases."""

import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from installed import DAY, heard, holdings, installed, killed_at
from stores import lose_store

from contract.errors import FixSettings, GoodguestError, MendFirst
from pipeline import backup as backing
from pipeline import erased, landing
from pipeline import refine as refining
from pipeline import restore as restoring
from pipeline.backup import backup
from pipeline.cli import main
from pipeline.erase import erase
from pipeline.manifest import MANIFEST, file_of
from pipeline.refine import refine
from pipeline.restore import restore
from pipeline.settings import KEY_FILE, Settings, pseudonym_key
from warehouse import backup_postgresql as on_postgresql
from warehouse import backup_sqlite
from warehouse.backup import copy_store
from warehouse.store import downgrade, open_store, opened, writing
from warehouse.tables import TIES, source

SECRET = "goose-that-opens-it"


@pytest.fixture
def given(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return an installation that read thirty posts."""
    monkeypatch.delenv("GOODGUEST_KEY", raising=False)
    given = installed(tmp_path / "place", store_url)
    heard(given, 1, 30)
    refine(given)
    return given


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of one on SQLite that read three posts, to be copied."""
    folder = tmp_path_factory.mktemp("filled")
    given = installed(folder, f"sqlite:///{folder}/warehouse.db")
    heard(given, 1, 3)
    refine(given)
    return folder


@pytest.fixture
def small(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return a copy of it."""
    monkeypatch.delenv("GOODGUEST_KEY", raising=False)
    place = shutil.copytree(filled, tmp_path / "place")
    return Settings(
        charter=place / "charter.yaml",
        data=place,
        warehouse=f"sqlite:///{place}/warehouse.db",
        landing=str(place / "landing"),
        smtp=None,
    )


def lose(given: Settings, *, key: bool = True) -> None:
    lose_store(given.warehouse)
    shutil.rmtree(given.landing)
    if key:
        (given.data / KEY_FILE).unlink()


def test_what_is_lost_comes_back_the_same(given: Settings, tmp_path: Path) -> None:
    before, key = holdings(given), pseudonym_key(given)
    assert len(before["v_post"]) == 30
    made = backup(given, tmp_path / "backups", with_keys=True)
    assert (made["parts"], made["keys"], made["deleted"]) == (1, {KEY_FILE: "included"}, 0)
    lose(given)
    result = restore(given, Path(made["backup"]))
    assert holdings(given) == before
    assert (result["rows"], result["revision"]) == (made["rows"], made["revision"])
    assert result["parts"] == {"restored": 1, "present": 0, "missing": 0}
    assert (pseudonym_key(given), result["keys"]) == (key, {KEY_FILE: "restored"})
    assert stat.S_IMODE((given.data / KEY_FILE).stat().st_mode) == 0o600
    heard(given, 31, 5)
    assert refine(given)["posts_new"] == 5, "it goes on where it was"
    assert refine(given, reparse=True)["posts_changed"] == 0


def test_it_is_of_one_moment_while_others_write(
    given: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[dict[str, Any]] = []
    prepared_by = refining.prepared_by

    def backed_up_between(*arguments: Any) -> Iterator[Any]:
        for batch in prepared_by(*arguments):
            yield batch
            with opened(given.warehouse) as engine, writing(engine) as connection:
                connection.execute(sa.update(source).values(owner=f"{len(made)}"))
                made.append(backup(given, tmp_path / "backups"))

    monkeypatch.setattr(refining, "prepared_by", backed_up_between)
    monkeypatch.setattr("pipeline.batches._BATCH_BYTES", 1)
    heard(given, 31, 10)
    heard(given, 41, 10)
    refine(given)
    monkeypatch.undo()
    refine(given)
    undisturbed = holdings(given)
    assert len(made) == 2
    for one, posts, owner in zip(made, (40, 50), ("nobody", "0"), strict=True):
        assert json.loads((Path(one["backup"]) / MANIFEST).read_text())["rows"]["post"] == posts
        lose(given, key=False)
        restore(given, Path(one["backup"]))
        with opened(given.warehouse) as engine, engine.connect() as connection:
            assert set(connection.scalars(sa.select(source.c.owner))) == {owner}
        refine(given)
        assert holdings(given) == undisturbed


@pytest.mark.parametrize(
    ("module", "step"),
    [(backing, "copy_store"), (backing, "_parts"), (backing, "write_manifest"), (backing, "sync")],
)
def test_a_killed_backup_is_none(small: Settings, tmp_path: Path, module: Any, step: str) -> None:
    folder = tmp_path / "backups"
    assert killed_at(module, step, lambda: backup(small, folder), is_done=True)
    (left,) = folder.iterdir()
    with pytest.raises(FixSettings, match="is no backup: there is no"):
        restore(small, folder)
    assert not left.name.startswith("goodguest-")
    made = backup(small, folder)
    assert [str(path) for path in folder.iterdir()] == [made["backup"]], "what was left is gone"


RESTORING = (
    (restoring, "_put_keys"), (restoring, "_put_parts"), (restoring, "put_back"),
    (restoring, "index_words"),
)  # fmt: skip
ON_SQLITE = ((backup_sqlite, "_let_go"), (backup_sqlite, "sync"))


@pytest.mark.slow
def test_a_killed_restore_is_repeated(given: Settings, tmp_path: Path) -> None:
    made = Path(backup(given, tmp_path / "backups", with_keys=True)["backup"])
    before = holdings(given)
    is_sqlite = given.warehouse.startswith("sqlite")
    for module, step in (*RESTORING, *(ON_SQLITE if is_sqlite else ())):
        lose(given)
        assert killed_at(module, step, lambda: restore(given, made), is_done=True), step
        restore(given, made)
        assert holdings(given) == before, step
        assert not list(given.data.glob("restoring"))


@pytest.mark.slow
def test_a_store_is_never_half_restored(small: Settings, tmp_path: Path) -> None:
    made = Path(backup(small, tmp_path / "backups")["backup"])
    before = holdings(small)
    heard(small, 4, 3)
    refine(small)
    after = holdings(small)
    for module, step in (*ON_SQLITE, (restoring, "put_back")):
        for is_done in (False, True):
            assert killed_at(
                module, step, lambda: restore(small, made, force=True), is_done=is_done
            )
            is_there = module is restoring and is_done
            assert holdings(small) == (before if is_there else after), step


def test_a_store_with_rows_is_replaced_only_when_forced(given: Settings, tmp_path: Path) -> None:
    made = Path(backup(given, tmp_path / "backups")["backup"])
    before = holdings(given)
    heard(given, 31, 5)
    refine(given)
    after = holdings(given)
    with pytest.raises(FixSettings, match=r"the warehouse has rows; .*--force"):
        restore(given, made)
    assert holdings(given) == after
    restore(given, made, force=True)
    assert holdings(given) == before
    assert refine(given)["posts_new"] == 5, "what was landed since is still landed"
    assert holdings(given) == after


def test_an_older_backup_is_brought_up_and_a_newer_one_refused(
    given: Settings, tmp_path: Path
) -> None:
    before = holdings(given)
    engine = open_store(given.warehouse)
    downgrade(engine, "0006")
    engine.dispose()
    made = Path(backup(given, tmp_path / "backups")["backup"])
    lose(given, key=False)
    assert restore(given, made)["revision"] > "0006"
    # Under which charter something was done is kept since a later revision.
    later = {"alert", "charter_version", "ingest_run", "landing_part", *map(str, TIES.values())}
    kept = {name for name in before if not name.startswith("v_")} - later
    after = holdings(given)
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert all(len(after[str(t)]) == len(before[str(t)]) for t in TIES.values())
    manifest = (made / MANIFEST).read_text().replace('"0006"', '"9999"')
    (made / MANIFEST).write_text(manifest)
    with pytest.raises(FixSettings, match=r"newer version, goodguest .*install that version"):
        restore(given, made, force=True)
    assert holdings(given) == after


@pytest.mark.parametrize("name", ["warehouse", "landing.jsonl", "erased.jsonl", "landing", "gone"])
def test_a_damaged_backup_changes_nothing(small: Settings, tmp_path: Path, name: str) -> None:
    made = Path(backup(small, tmp_path / "backups")["backup"])
    before = holdings(small)
    damaged = next((made / "landing").rglob("*.zst")) if name == "landing" else made / name
    if name == "gone":
        (made / "warehouse").unlink()
    else:
        damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    with pytest.raises(GoodguestError, match=r"the backup is damaged: .*; restore another"):
        restore(small, made, force=True)
    assert holdings(small) == before


def test_a_damaged_warehouse_is_not_backed_up_and_is_replaced(
    small: Settings, tmp_path: Path
) -> None:
    made = Path(backup(small, tmp_path / "backups")["backup"])
    before = holdings(small)
    store = tmp_path / "place" / "warehouse.db"
    content = bytearray(store.read_bytes())
    content[8192:40_960] = os.urandom(40_960 - 8192)
    store.write_bytes(content)
    with pytest.raises(GoodguestError, match=r"the warehouse is damaged .*goodguest restore"):
        backup(small, tmp_path / "backups")
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [made.name]
    store.write_bytes(b"nothing of a database" * 1000)
    restore(small, made, force=True)
    assert holdings(small) == before


def test_an_open_store_is_not_replaced(
    small: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_sqlite, "_PATIENCE_SECONDS", 0.1)
    made = Path(backup(small, tmp_path / "backups")["backup"])
    with opened(small.warehouse) as engine, engine.connect() as connection:
        connection.execute(sa.select(source)).all()
        with pytest.raises(MendFirst, match="another process has held it"):
            restore(small, made, force=True)
    assert restore(small, made, force=True)["rows"]


def test_the_key_is_a_secret_and_its_absence_is_told(
    small: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for name, value in (("CHARTER", small.charter), ("DATA", small.data),
                        ("WAREHOUSE", small.warehouse), ("LANDING", small.landing)):  # fmt: skip
        monkeypatch.setenv(f"GOODGUEST_{name}", str(value))
    key = pseudonym_key(small)

    def said(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["goodguest", *arguments])
        with pytest.raises(SystemExit, match="0"):
            main()
        return " ".join(capsys.readouterr().err.split())

    assert "The keys are not in this backup" in said("backup", str(tmp_path / "b"))
    (made,) = (tmp_path / "b").iterdir()
    assert not [file for file in made.rglob("*") if file.is_file() and key in file.read_bytes()]
    lose(small)
    assert "key of the pseudonyms is missing" in said("restore", str(made))
    assert not (small.data / KEY_FILE).exists()
    (small.data / KEY_FILE).write_text("another key of sufficient length")
    with pytest.raises(FixSettings, match=r"the key here is .*; put that in its place"):
        restore(small, made, force=True)


def test_what_was_erased_since_is_told_to_comply(
    small: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[erased.Erased]] = []
    one = erased.Erased("post", "a" * 32, "asked for", DAY)
    other = erased.Erased("account", "b" * 32, "asked for", DAY + timedelta(hours=1))
    erased.note_erased(small.landing, [one])
    made = Path(backup(small, tmp_path / "backups")["backup"])
    erased.note_erased(small.landing, [other])
    monkeypatch.setattr(restoring, "_erase_again", lambda given: told.append(
        erased.erased_in(given.landing)))  # fmt: skip
    restore(small, made, force=True)
    shutil.rmtree(small.landing)
    restore(small, made, force=True)
    assert told == [[one, other], [one]], "the list in the landing zone is kept, or comes back"
    assert len(landing.parts(small.landing)) == 1


def test_what_a_person_had_erased_since_does_not_come_back(given: Settings, tmp_path: Path) -> None:
    made = Path(backup(given, tmp_path / "backups")["backup"])
    erase(given, "discourse", post="discourse.example/1")
    erase(given, "discourse", account="discourse.example/u/moss")
    after = texts(given)
    assert 0 < len(after) < 29
    restore(given, made, force=True)
    assert texts(given) == after
    refine(given, reparse=True)
    assert texts(given) == after, "nor by reading again what the backup had landed"


def texts(given: Settings) -> list[str]:
    with opened(given.warehouse) as engine, engine.connect() as connection:
        return sorted(connection.scalars(sa.text("select text from v_post")))


def test_old_backups_go_only_when_asked(small: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    old = Path(backup(small, folder)["backup"])
    long_ago = datetime.now(UTC) - timedelta(days=31)
    old = old.rename(folder / f"goodguest-{long_ago:%Y%m%dT%H%M%S%fZ}")
    (folder / "goodguest-notes").mkdir()
    assert backup(small, folder)["deleted"] == 0
    assert backup(small, folder, keep=timedelta(days=30))["deleted"] == 1
    assert not old.exists()
    assert len(list(folder.iterdir())) == 3


def test_the_landing_zone_may_be_listed_only(small: Settings, tmp_path: Path) -> None:
    made = Path(backup(small, tmp_path / "backups", landed="listed")["backup"])
    assert not (made / "landing").exists()
    assert restore(small, made, force=True)["parts"] == {"restored": 0, "present": 1, "missing": 0}
    shutil.rmtree(small.landing)
    assert restore(small, made, force=True)["parts"]["missing"] == 1


def test_no_path_leads_out_of_the_landing_zone(small: Settings, tmp_path: Path) -> None:
    made = Path(backup(small, tmp_path / "backups")["backup"])
    line = (made / "landing.jsonl").read_text()
    (made / "landing.jsonl").write_text(line.replace('"path":"', '"path":"../../'))
    manifest = json.loads((made / MANIFEST).read_text())
    manifest["files"]["landing.jsonl"]["sha256"] = file_of(made / "landing.jsonl").sha256
    (made / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(GoodguestError, match="is no part of a landing zone"):
        restore(small, made, force=True)


def test_postgresql_wants_its_programs_and_tells_no_password(
    given: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if given.warehouse.startswith("sqlite"):
        pytest.skip("of PostgreSQL alone")
    commands: list[list[str]] = []
    run = on_postgresql.subprocess.run

    def seen(command: list[str], **named: Any) -> Any:
        commands.append(command)
        assert named["env"]["PGPASSWORD"] == SECRET
        return run(command, **named)

    monkeypatch.setattr(on_postgresql.subprocess, "run", seen)
    with_secret = replace(
        given, warehouse=given.warehouse.replace("goodguest@", f"goodguest:{SECRET}@")
    )
    backup(with_secret, tmp_path / "backups")
    assert not [word for command in commands for word in command if SECRET in word]
    monkeypatch.setattr(on_postgresql, "_DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FixSettings, match=r"found no pg_dump, .* install its client programs"):
        copy_store(given.warehouse, tmp_path / "none")
