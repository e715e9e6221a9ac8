"""An export stands whole in its folder or not at all."""

import fcntl
import json
import os
import signal
import sys
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import frictionless
import pyarrow.parquet as pq
import pytest
from exported import READERS
from stores import made_and_let_go

import pipeline.export
import pipeline.sheets
from contract.errors import FixSettings
from pipeline.cli import main
from pipeline.export import export
from pipeline.settings import Settings
from warehouse.queries import VIEWS
from warehouse.store import opened
from warehouse.views import columns_of

EMPTY = dict.fromkeys(VIEWS, 0) | {"v_sensitive_topic": 1}


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    """Return the settings of a store nothing was read into."""
    charter = Path(__file__).parents[2] / "samples" / "charter.yaml"
    url = f"sqlite:///{tmp_path}/warehouse.db"
    made_and_let_go(url)
    return Settings(charter, tmp_path, url, str(tmp_path / "landing"), None)


@pytest.mark.parametrize("form", ["parquet", "csv", "sqlite"])
def test_an_empty_store_has_the_same_columns(empty: Settings, tmp_path: Path, form: str) -> None:
    result = export(empty, tmp_path / "out", form, "personal")
    # The sources are registered when first read; the charter's topic is not known yet.
    assert result["rows"] == EMPTY
    for view in VIEWS:
        frame = READERS[form](tmp_path / "out", view)
        assert len(frame) == EMPTY[view]
        with opened(empty.warehouse) as engine, engine.connect() as connection:
            assert list(frame.columns) == columns_of(connection, view)
    assert frictionless.validate(str(tmp_path / "out" / "datapackage.json")).valid


def test_it_writes_only_where_an_export_may_stand(empty: Settings, tmp_path: Path) -> None:
    out = tmp_path / "of analysts" / "views"
    csv_files = {Path(name).name for name in export(empty, out, "csv")["files"]}
    (out / "my notes.txt").write_text("kept")
    export(empty, out, "sqlite")
    assert {path.name for path in out.iterdir()} == {
        "goodguest.db", "datapackage.json", "dictionary.md", "my notes.txt"}  # fmt: skip
    assert "v_post.csv" in csv_files

    (foreign := tmp_path / "foreign").mkdir()
    (foreign / "v_post.csv").write_text("mine")
    with pytest.raises(FixSettings, match="holds files that are not an export's"):
        export(empty, foreign)
    (foreign / "datapackage.json").write_text('{"resources": [{"path": "v_post.csv"}]}')
    with pytest.raises(FixSettings, match="not an export's"):
        export(empty, foreign, "csv")
    assert (foreign / "v_post.csv").read_text() == "mine"
    with pytest.raises(FixSettings, match=r"is a file"):
        export(empty, foreign / "v_post.csv")
    with pytest.raises(FixSettings, match="found 'xlsx'; allowed are parquet, csv, sqlite"):
        export(empty, out, "xlsx")
    with pytest.raises(FixSettings, match="found 'secret'; allowed are open, internal, personal"):
        export(empty, out, "csv", "secret")


def test_two_do_not_write_into_one_folder(empty: Settings, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(empty, out, "csv")
    lock = os.open(out, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with pytest.raises(FixSettings, match="another export is being written there"):
        export(empty, out, "csv")
    os.close(lock)
    export(empty, out, "csv")


def test_parquet_without_pyarrow_says_what_to_install(
    empty: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(FixSettings, match=r"pip install 'goodguest\[analysts\]'"):
        export(empty, tmp_path / "out")
    assert not (tmp_path / "out" / "datapackage.json").exists()
    assert export(empty, tmp_path / "out", "csv")["rows"]["v_post"] == 0


def _killed_at(given: Settings, folder: Path, what: str, time: int) -> None:
    """Export, and kill this process when it does a thing for so many times."""
    calls = count(1)
    does = getattr(pipeline.export, what)

    def do(*args: Any) -> Any:
        if next(calls) == time:
            os.kill(os.getpid(), signal.SIGKILL)
        return does(*args)

    setattr(pipeline.export, what, do)
    export(given, folder, "parquet")


@pytest.mark.parametrize("former", [None, "csv"])
@pytest.mark.parametrize(("what", "time"), [("chunks_of", 13), ("_settle", 1), ("_settle", 9)])
def test_a_killed_export_leaves_nothing_half(
    empty: Settings, tmp_path: Path, former: str | None, what: str, time: int
) -> None:
    out = tmp_path / "out"
    if former:
        export(empty, out, former)
    process = get_context("fork").Process(target=_killed_at, args=(empty, out, what, time))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert (out / "datapackage.json").exists() == bool(former)
    placed = list(out.glob("*.parquet"))
    assert len(placed) == (7 if time == 9 else 0)
    assert all(pq.ParquetFile(path).metadata.num_rows == 0 for path in placed)
    result = export(empty, out, "parquet")
    assert {str(path) for path in out.iterdir()} == set(result["files"])


def test_the_command_answers(
    empty: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("GOODGUEST_WAREHOUSE", empty.warehouse)
    monkeypatch.setenv("GOODGUEST_CHARTER", str(empty.charter))
    out = str(tmp_path / "out")
    monkeypatch.setattr(sys, "argv", ["goodguest", "--json", "export", out, "--format", "csv"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == EMPTY
    assert f"{out}/v_post.csv" in told["files"]
    monkeypatch.setattr(sys, "argv", ["goodguest", "export", out, "--format", "xlsx"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
