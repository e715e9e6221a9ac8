"""The measurement itself: it goes the whole way, loses nothing and sees when something is lost."""

import json
import tempfile
from pathlib import Path

import pytest

from bench.__main__ import bench
from bench.invented import invent
from bench.stages import WrongCount, by_stage, prepare


def test_every_stage_is_measured_and_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scratch, said = tmp_path / "scratch", tmp_path / "said.json"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    bench(posts=150, rounds=1, json_file=said)
    stages = json.loads(said.read_text())["stages"]
    assert len(stages) == len(capsys.readouterr().out.splitlines()) - 1 > 15
    assert (stages[0]["stage"], stages[0]["times_floor"]) == ("floor", 1)
    assert all(stage["times_floor"] > 0 for stage in stages)
    assert list(scratch.iterdir()) == []


def test_a_lost_page_is_seen(tmp_path: Path) -> None:
    holdings, forum = invent(150)
    assert (holdings, forum) == invent(150), "the same each time"
    given = prepare(tmp_path, holdings, forum._replace(pages=forum.pages[:-2]))
    with pytest.raises(WrongCount, match=r"rows of the floor: found \d+, expected 147"):
        by_stage(given, forum)
