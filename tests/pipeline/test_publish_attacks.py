"""An attacker's notebook: all that was ever published, and what is known besides, lead to nobody.

The attacker has the files of every release, sees the communities as anybody does, and knows the
charter. Not closed are a person with several accounts, and who makes up the rest of a crowd.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
from published import CHARTER, MONDAY, NOW, ROADS, TREES, WEEK, insert, numbers, read, say, town

from contract.charter_file import load_charter
from contract.errors import FixSettings
from pipeline import publication_files
from pipeline.publish import publish
from pipeline.settings import Settings
from pipeline.whole_file import write_whole
from warehouse.months import hold_months
from warehouse.runs import register_sources
from warehouse.store import opened
from warehouse.tables import (
    author,
    community,
    post,
    post_topic,
    published_cell,
    published_week,
    topic,
)

WEEKLY = timedelta(days=7)
Out = Callable[..., Path]


@pytest.fixture
def given(tmp_path: Path, store_url: str) -> Settings:
    return town(tmp_path, store_url)


@pytest.fixture
def out(given: Settings, tmp_path: Path) -> Out:
    """Return what publishes some weeks later, into a folder of its own."""

    def release(weeks: int = 0) -> Path:
        folder = tmp_path / f"out{weeks}"
        publish(given, folder, NOW + weeks * WEEKLY)
        return folder

    return release


def _change_charter(given: Settings, *changes: tuple[str, str]) -> None:
    text = CHARTER
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    given.charter.write_text(text, encoding="utf-8")
    with opened(given.warehouse) as engine:
        register_sources(engine, load_charter(given.charter))


def _tie(given: Settings, keys: list[str], topic: str) -> None:
    tie = {"score": 1.0, "method": "label", "evidence": {}, "model_version": "1"}
    insert(given, post_topic, [
        {"post_key": key, "topic_uri": topic, "linked_at": MONDAY, **tie} for key in keys
    ])  # fmt: skip


def _update(given: Settings, statement: sa.Update) -> None:
    with opened(given.warehouse) as engine, engine.begin() as connection:
        connection.execute(statement)


def test_a_purpose_of_a_new_name_counts_no_old_week_anew(given: Settings, out: Out) -> None:
    say(given, range(12), ROADS)
    first = numbers(out())
    say(given, [50], ROADS)
    _change_charter(
        given, ("roads: {title", "streets: {title"), ("purpose: roads", "purpose: streets")
    )
    after = out(1)
    assert numbers(after) == first
    assert {row["purpose"] for row in read(after, "weeks.csv")} == {"roads"}


def test_fewer_authors_asked_for_later_reveal_no_old_number(given: Settings, out: Out) -> None:
    say(given, range(12), ROADS)
    say(given, range(20, 24), TREES)
    say(given, range(30, 40), None)
    first = (out() / "posts.csv").read_bytes()
    _change_charter(given, ("min_authors: 5", "min_authors: 2"))
    assert (out(1) / "posts.csv").read_bytes() == first


def test_a_tie_made_later_and_an_older_week_read_later_change_nothing(
    given: Settings, out: Out
) -> None:
    silent = say(given, range(30, 40), None)
    say(given, range(12), ROADS)
    first = (out() / "posts.csv").read_bytes()
    _tie(given, silent[:6], TREES)
    say(given, range(60, 80), ROADS, MONDAY - WEEKLY)
    assert (out(1) / "posts.csv").read_bytes() == first


def test_a_week_of_few_is_as_one_of_nobody(given: Settings, out: Out) -> None:
    # Else a line without a number says that somebody spoke, and its counts of how much.
    say(given, [1], ROADS)
    say(given, range(12), ROADS, MONDAY + WEEKLY)
    folder = out(1)
    assert [row["week"] for row in read(folder, "weeks.csv")] == ["2026-W47"]
    shown = b"".join(path.read_bytes() for path in folder.glob("*.csv"))
    assert WEEK.encode() not in shown


def test_no_count_says_whether_a_subject_without_a_line_was_spoken_of(
    given: Settings, out: Out
) -> None:
    say(given, range(12), ROADS)
    say(given, range(30, 40), None)
    say(given, [1], TREES, MONDAY + WEEKLY)
    say(given, range(12), ROADS, MONDAY + WEEKLY)
    say(given, range(30, 39), None, MONDAY + WEEKLY)
    one, other = read(out(1), "weeks.csv")
    differing = {name for name in one if one[name] != other[name]}
    assert differing <= {"week", "published_at"}
    assert "per cent" not in (out(1) / "datapackage.json").read_text()


def test_a_topic_and_the_community_that_holds_it_betray_nobody(given: Settings, out: Out) -> None:
    seen = {"observed_at": MONDAY, "platform": "discourse"}
    insert(given, community, [{"community_key": "d", "native_id": "2", "name": "D", **seen}])
    say(given, range(30, 50), None)
    # All of the community but one spoke of roads.
    say(given, range(11), ROADS, community_key="d")
    say(given, [11], None, community_key="d")
    rows = {row["subject"]: int(row["posts"]) for row in read(out(), "posts.csv")}
    assert rows == {"d": 12, "c": 20}


def test_narrower_topics_do_not_leave_a_few_of_a_broader_one(given: Settings, out: Out) -> None:
    wide = "https://example.gov/t/works"
    insert(given, topic, [{"uri": wide, "vocabulary": "town", "is_deprecated": False}])
    keys = say(given, range(12), ROADS) + say(given, range(12, 22), TREES)
    _tie(given, [*keys, *say(given, [22, 23], None)], wide)
    say(given, range(30, 50), None)
    shown = numbers(out())
    left = shown.get((WEEK, wide), 0) - shown.get((WEEK, ROADS), 0) - shown.get((WEEK, TREES), 0)
    assert left >= 5 or (WEEK, wide) not in shown


def test_nobody_counts_twice_after_a_change_of_keys(given: Settings, out: Out) -> None:
    _update(given, sa.update(author).where(author.c.author_key < "a2").values(key_id="old"))
    say(given, range(20, 23), TREES)
    say(given, range(10, 13), TREES)  # the same three before the change
    say(given, range(30, 50), None)
    assert numbers(out()) == {}


def test_an_organisation_does_not_hide_who_wrote_most(given: Settings, out: Out) -> None:
    say(given, range(5), ROADS)
    for number in range(6):
        say(given, [1], ROADS, native_id=f"more{number}")
        say(given, [99], ROADS, native_id=f"town{number}")
    say(given, range(30, 60), None)
    assert numbers(out()) == {}


def test_coverage_counts_what_was_read_then(given: Settings, out: Out) -> None:
    say(given, range(12), ROADS)
    (week,) = read(out(), "weeks.csv")
    assert week["coverage"] == "0.0"


def test_two_runs_at_once_publish_a_week_once(given: Settings, tmp_path: Path) -> None:
    say(given, range(12), ROADS)
    say(given, range(12), ROADS, MONDAY - WEEKLY)
    weeks: list[int] = []

    def run(number: int) -> None:
        weeks.append(publish(given, tmp_path / f"run{number}", NOW)["weeks"])

    threads = [Thread(target=run, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(weeks) == 2
    assert len(weeks) == 3


@pytest.mark.parametrize(
    "cut_at", ["posts.csv", "dcat-us.json", "dcat-ap.jsonld", "datapackage.json"]
)
def test_what_was_cut_short_is_finished_with_the_same_numbers(
    given: Settings, out: Out, monkeypatch: pytest.MonkeyPatch, cut_at: str
) -> None:
    say(given, range(12), ROADS)

    def cut(path: Path, *written: Any) -> None:
        if path.name == cut_at:
            raise KeyboardInterrupt
        write_whole(path, *written)

    with monkeypatch.context() as patched:
        patched.setattr(publication_files, "write_whole", cut)
        with pytest.raises(KeyboardInterrupt):
            out()
    say(given, [50], ROADS)
    assert numbers(out()) == {(WEEK, ROADS): 12}


def test_nothing_of_a_former_release_stays_beside(given: Settings, out: Out) -> None:
    say(given, range(12), ROADS)
    assert (out() / "dcat-us.json").exists()
    _change_charter(given, (', url: "https://data.example.gov/said"', ""))
    assert not (out() / "dcat-us.json").exists()


def test_a_year_of_releases_says_the_same_of_each_week(given: Settings, out: Out) -> None:
    mondays = [MONDAY - back * WEEKLY for back in range(0, 52, 4)]
    with opened(given.warehouse) as engine, engine.begin() as connection:
        hold_months(connection, sorted({f"{monday:%Y-%m}" for monday in mondays}))
    for monday in mondays:
        say(given, range(12), ROADS, monday)
    first = numbers(out())
    assert len(first) == len(mondays)
    _update(given, sa.update(post).where(post.c.author_key == "a1").values(removed_at=NOW))
    assert numbers(out(1)) == first
    with opened(given.warehouse) as engine, engine.begin() as connection:
        # Kept for years and then dropped: what is left of it is not counted again.
        connection.execute(sa.delete(published_cell).where(published_cell.c.week < WEEK))
        connection.execute(sa.delete(published_week).where(published_week.c.week < WEEK))
    assert numbers(out(2)) == {(WEEK, ROADS): 12}


@pytest.mark.parametrize("since", ["", WEEK])
def test_a_restored_warehouse_takes_back_what_it_published(
    given: Settings, tmp_path: Path, since: str
) -> None:
    say(given, range(12), ROADS)
    say(given, range(12), ROADS, MONDAY + WEEKLY)
    publish(given, tmp_path / "out", NOW + WEEKLY)
    before = [(tmp_path / "out" / name).read_bytes() for name in ("weeks.csv", "posts.csv")]
    with opened(given.warehouse) as engine, engine.begin() as connection:
        for table in (published_cell, published_week):
            connection.execute(sa.delete(table).where(table.c.week > since))
    say(given, [50], ROADS)
    say(given, [50], ROADS, MONDAY + WEEKLY)
    assert publish(given, tmp_path / "out", NOW + WEEKLY)["weeks"] == 0
    after = [(tmp_path / "out" / name).read_bytes() for name in ("weeks.csv", "posts.csv")]
    assert after == before


def test_a_release_that_somebody_edited_is_not_taken_back(given: Settings, out: Out) -> None:
    say(given, range(12), ROADS)
    (out() / "weeks.csv").write_text("week;posts\n2026-W50;12\n")
    with pytest.raises(FixSettings, match="put back those of the last release"):
        out()
