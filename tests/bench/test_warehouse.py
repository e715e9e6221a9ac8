"""The measurement of the warehouse itself: it goes the whole way and sees what is wrong."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from bench import databases, page, questions
from bench.agency import agency_of
from bench.invented import held
from bench.warehouse import faults, measure
from bench.years import Years
from warehouse.queries import VIEWS

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_both_databases_are_measured_and_their_views_add_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(questions, "_RUNS", 1)
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)  # the server may run as another user
        measured = [measure(n, 2_000, Path(folder), weeks=8) for n in databases.DATABASES]
        assert list(Path(folder).iterdir()) == [], "nothing is left behind"
    assert faults(measured) == []
    asked = {a["view"] for a in measured[0]["answers"]}
    # No tie of the invented years ends, no post of theirs is removed, and no topic is sensitive.
    left_out = {"v_former_tie", "v_removal_latency", "v_sensitive_topic"}
    assert asked == {*VIEWS, "search"} - left_out, "every view is asked"
    lines = [[a["rows"] for a in one["answers"]] for one in measured]
    assert lines[0] == lines[1]
    assert min(lines[0]) > 0, "every question finds something"
    written = page.page_of("a command", {"posts": 5_000, "stages": []}, measured)
    assert written.count("| SQLite ") > 5
    assert written.count("\n| `v_") + written.count("\n| `search`") == len(lines[0])


def test_what_is_wrong_or_slow_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "QUESTIONS", questions.QUESTIONS[:1])
    monkeypatch.setattr(questions, "SEARCHES", ())

    def spoil(engine: sa.Engine) -> list[databases.Size]:
        with engine.begin() as connection:
            connection.exec_driver_sql("delete from post_tag")
        return []

    monkeypatch.setattr("bench.warehouse.sizes", spoil)
    measured = measure("sqlite", 1_000, tmp_path, weeks=2)
    measured["answers"][0]["seconds"] = 2.1
    assert faults([measured]) == [
        "sqlite: v_post_tag: found 0, expected 933",
        "sqlite: v_topic_week, a week: took 2.1 s, allowed are 2 s",
    ]


def test_the_years_are_the_same_each_time_and_need_little_memory() -> None:
    agency = agency_of(held())
    once, again = (Years(6_000, 4, agency, NOON) for _ in range(2))
    for one, other in zip(once.batches(), again.batches(), strict=True):
        assert one.posts.equals(other.posts)
        assert len(one.posts) < 5_500
    assert once.tally == again.tally
    assert once.tally.records > once.tally.posts > once.tally.counted > once.tally.copies > 200
