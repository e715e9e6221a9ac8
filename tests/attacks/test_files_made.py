"""Every file that a command makes is for the account that runs it, whatever its umask is."""

import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from house import WEEK, goodguest, harmed
from listening import listening

PUBLIC = "open"
"""The folder of what is for everybody: open data, and the register."""


def modes(folder: Path) -> dict[str, str]:
    """Return the files and folders below that others than their owner may use, and how."""
    return {
        str(path.relative_to(folder)): stat.filemode(path.stat().st_mode)
        for path in folder.rglob("*")
        if PUBLIC not in path.parts and path.stat().st_mode & 0o077
    }


def test_others_read_nothing_that_is_made(
    store_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    made = tmp_path / "house"
    given = replace(harmed(made, store_url), data=made / "data", landing=str(made / "new"))
    before = modes(made)
    monkeypatch.delenv("GOODGUEST_KEY", raising=False)
    out = made / "out"
    for words in (
        ("search", "lamps"),
        ("import", "discourse", str(made / "landing")),
        ("refine", "--reparse"),
        ("digest", "weekly", "--week", WEEK, "--out", str(out / "digest"), "--preview"),
        ("export", str(out / "views"), "--format", "sqlite", "--privacy", "personal"),
        ("review", "export", str(out / "ties.csv")),
        ("network", "none", WEEK, str(out / "week.gexf")),
        ("publish", "--out", str(out / PUBLIC)),
        ("register", "--out", str(out / PUBLIC / "of" / "register.html")),
        ("backup", str(out / "backups"), "--with-keys"),
    ):
        said = goodguest(given, capfd, monkeypatch, *words)
        assert said.code == 0, (words, said.err)
    assert modes(made).items() <= before.items()
    # A web server under another account reads them.
    for path in (out / PUBLIC, *(out / PUBLIC).rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path
    kinds = {path.suffix for path in made.rglob("*") if path.is_file()}
    assert {".key", ".zst", ".html", ".png", ".db", ".csv", ".gexf", ".jsonl"} <= kinds


def test_what_sqlite_keeps_beside_a_new_store_is_private_too(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = listening(tmp_path / "house", f"sqlite:///{tmp_path}/other.db", ["feed"])
    store = tmp_path / "new" / "warehouse.db"
    given = replace(given, warehouse=f"sqlite:///{store}")
    assert goodguest(given, capfd, monkeypatch, "init").code == 0
    with closing(sqlite3.connect(store)) as writer:
        writer.execute("create table t (x)")
        assert len(list(store.parent.iterdir())) == 3
        assert not modes(store.parent)
