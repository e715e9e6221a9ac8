"""The log of accesses: who asked what of posts, when, and under which purpose."""

import json
import multiprocessing
import os
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from quay import WORDS, change, quay

from contract.errors import FixSettings, MendFirst
from pipeline import access
from pipeline.access import Asking, accesses, asking, gather, note
from pipeline.cli import main
from pipeline.comply import comply
from pipeline.settings import Settings
from warehouse.store import opened
from warehouse.tables import access_log

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
WHO = Asking("analyst", "none")
Goodguest = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def given(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    return quay(tmp_path / "place", store_url, monkeypatch)


@pytest.fixture
def goodguest(
    given: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Goodguest:
    """Return the command line: exit code, JSON answer and standard error."""
    for name, value in {"CHARTER": given.charter, "DATA": given.data, "LANDING": given.landing,
                        "WAREHOUSE": given.warehouse}.items():  # fmt: skip
        monkeypatch.setenv(f"GOODGUEST_{name}", str(value))

    def run(*command: str) -> tuple[int, Any, str]:
        monkeypatch.setattr(sys, "argv", ["goodguest", "--json", *command])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), json.loads(said.out or "null"), said.err

    return run


def test_every_command_that_shows_posts_is_logged(
    given: Settings, goodguest: Goodguest, tmp_path: Path
) -> None:
    asked = (
        (("search", " ".join(WORDS)), "search", " ".join(WORDS), 0),
        (("search", WORDS[0]), "search", WORDS[0], 1),
        (("show", "v_post", "--limit", "2"), "show", "v_post --limit 2", 2),
        (("export", str(tmp_path / "views"), "--format", "csv", "--privacy", "personal"),
         "export", "--format csv --privacy personal", None),
    )  # fmt: skip
    for command, *_ in asked:
        code, _, err = goodguest(*command, "--as", "analyst", "--purpose", "none")
        assert code == 0, err
    assert goodguest("show", "v_topic_week")[0] == 0, "no single posts are in it"
    found = goodguest("accesses", "--since", "2020-01-01")[1]["accesses"][::-1]
    assert [(e["how"], e["question"], e["rows"]) for e in found] == [tuple(a[1:]) for a in asked]
    assert {(e["role"], e["purpose"]) for e in found} == {("analyst", "none")}


def test_a_purpose_that_the_charter_has_not_shows_nothing(
    given: Settings, goodguest: Goodguest, tmp_path: Path
) -> None:
    folder = tmp_path / "views"
    for command in (("search", WORDS[0]), ("export", str(folder), "--privacy", "personal")):
        code, said, err = goodguest(*command, "--purpose", "curiosity")
        assert (code, list(said)) == (2, ["error"])
        assert "found 'curiosity'; the charter has none" in err
    assert not folder.exists()
    assert accesses(given, LONG_AGO) == []


def test_whoever_says_no_purpose_may_see_all_and_is_logged_so(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(given, purposes={"other": {"title": "Other", "legal_basis": "None", "dpia": "none",
                                      "owner": "nobody", "expires": "2099-12-31"}})  # fmt: skip
    charter = given.load_charter()
    assert asking(charter, "analyst", None) == Asking("analyst", "none, other")
    assert asking(charter, None, "other").role.startswith("account ")
    monkeypatch.setenv("GOODGUEST_ROLE", "press officer")
    monkeypatch.setenv("GOODGUEST_PURPOSE", "other")
    assert asking(charter, None, None) == Asking("press officer", "other")
    monkeypatch.setenv("GOODGUEST_PURPOSE", "curiosity")
    with pytest.raises(FixSettings, match="the charter has none, other"):
        asking(charter, None, None)


def _ask(given: Settings, times: int) -> None:
    for number in range(times):
        note(given, WHO, "search", f"question {number}", number)


def _gather(given: Settings) -> None:
    with opened(given.warehouse) as engine:
        for _ in range(40):
            gather(given, engine)


def test_nothing_is_lost_while_many_ask_and_others_gather(given: Settings) -> None:
    context = multiprocessing.get_context("fork")
    asking_ones = [context.Process(target=_ask, args=(given, 200)) for _ in range(3)]
    asking_ones += [context.Process(target=_gather, args=(given,)) for _ in range(2)]
    for process in asking_ones:
        process.start()
    with opened(given.warehouse) as engine:
        while any(process.is_alive() for process in asking_ones):
            gather(given, engine)
        while list((given.data / "access").iterdir()):
            gather(given, engine)
    assert [process.exitcode for process in asking_ones] == [0] * 5
    assert len(accesses(given, LONG_AGO, 10_000)) == 600


def test_the_log_is_for_its_owner_and_keeps_what_a_cut_line_did_not_take(given: Settings) -> None:
    note(given, WHO, "search", "one\n\x1b[31mred" + "x" * 5_000, 1)
    path = given.data / "access" / "open.jsonl"
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)]
    assert modes == [0o600, 0o700]
    with path.open("a") as file:
        file.write('["half a li')
    note(given, WHO, "search", "two", 2)
    second, first = accesses(given, LONG_AGO)
    assert (second["question"], second["rows"]) == ("two", 2)
    assert first["question"].startswith("one  [31mred")
    assert len(first["question"]) == 1_000


def test_a_disk_that_takes_half_a_line_shows_nothing(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, line: write(file, line[: len(line) // 2]))
    with pytest.raises(MendFirst, match="the disk is full"):
        note(given, WHO, "search", "one", 1)
    monkeypatch.undo()
    note(given, WHO, "search", "two", 2)
    assert [entry["question"] for entry in accesses(given, LONG_AGO)] == ["two"]


def test_no_role_or_purpose_forges_a_line(given: Settings) -> None:
    forged = 'officer\n\x1b[2J\x00\udcff["' + "x" * 5_000
    note(given, Asking(forged, f"order {forged}"), "held", forged, 1)
    (entry,) = accesses(given, LONG_AGO)
    assert entry["role"].startswith('officer  [2J  ["x')
    assert (len(entry["role"]), len(entry["purpose"])) == (100, 1_000)
    assert str(entry).isprintable()


def test_what_was_gathered_twice_is_there_once(given: Settings) -> None:
    note(given, WHO, "search", "one", 1)
    folder = given.data / "access"
    (folder / "20260101T000000Z-killed.jsonl").write_bytes((folder / "open.jsonl").read_bytes())
    assert len(accesses(given, LONG_AGO)) == 1


def test_the_log_has_its_own_retention_and_comply_gathers(given: Settings) -> None:
    note(given, WHO, "search", "now", 1)
    comply(given)
    assert not list((given.data / "access").iterdir())
    old = {"access_key": "a", "asked_at": datetime.now(UTC) - timedelta(days=31), "role": "analyst",
           "purpose": "none", "how": "search", "question": "old", "rows": 1}  # fmt: skip
    with opened(given.warehouse) as engine, engine.begin() as connection:
        connection.execute(sa.insert(access_log).values(old))
    comply(given)
    assert {entry["question"] for entry in accesses(given, LONG_AGO)} == {"now", "old"}
    change(given, retention={"access": "P30D"})
    comply(given)
    assert {entry["question"] for entry in accesses(given, LONG_AGO)} == {"now"}


def test_a_full_log_shows_nothing(given: Settings, goodguest: Goodguest) -> None:
    note(given, WHO, "search", "x" * 100, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(access, "_MOST_BYTES", 100)
        code, said, err = goodguest("search", WORDS[0])
    assert (code, list(said)) == (1, ["error"])
    assert "have it gathered with: goodguest accesses" in err
