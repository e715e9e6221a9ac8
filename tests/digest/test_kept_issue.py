"""An issue that was given out is the same from then on, less what had to go."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fernley_store import CHARTER, EARLIER, NOW, WEEK, Town

from contract.errors import FixSettings, RetryLater
from digest.redacting import MARK
from digest.weeks import span
from pipeline.cleaning import redact_digests, redact_digests_before
from pipeline.digest import write_digest
from pipeline.settings import Settings
from warehouse.calendar import week_of_day
from warehouse.tables import digest_issue, post

NAME = "roads-weekly"
SAID = "The hole by the bakery is back, and it is deeper than it was before they filled it."


@pytest.fixture
def given(engine: sa.Engine, store_url: str, tmp_path: Path) -> Settings:
    """Return the settings of a town with a week to tell of."""
    with engine.begin() as conn:
        town = Town(conn)
        for week in (*EARLIER, WEEK):
            town.read(week)
        for week in EARLIER:
            town.say(8, week, topics=("Potholes",))
        town.say(30, topics=("Potholes",))
        town.say(topics=("Potholes",), score=0.9, text=SAID)
        town.say(12, topics=("Lighting",))
    charter = tmp_path / "charter.yaml"
    _write(charter)
    data = tmp_path / "data"
    data.mkdir()
    return Settings(charter, data, store_url, str(data / "landing"), None)


def _write(path: Path, **changes: Any) -> None:
    said = {**CHARTER.model_dump(mode="json", exclude_none=True), **changes}
    path.write_text(json.dumps(said), encoding="utf-8")


def files(given: Settings, **how: Any) -> dict[str, bytes]:
    """Return the files of the issue by name, written to an empty folder."""
    for path in (given.data / "digests").glob("*"):
        path.unlink()
    write_digest(given, NAME, week=WEEK, send=True, **how)
    return {path.name: path.read_bytes() for path in sorted((given.data / "digests").iterdir())}


def change(engine: sa.Engine, *statements: sa.Update) -> None:
    with engine.begin() as conn:
        for statement in statements:
            conn.execute(statement)


def test_a_month_later_it_has_the_same_bytes_unless_it_is_counted_anew(
    given: Settings, engine: sa.Engine
) -> None:
    first = files(given)
    assert {name.removeprefix(f"{NAME}-{WEEK}") for name in first} >= {
        ".html", ".txt", ".png", ".issue.json", ".numbers.json", "-topics.csv",
    }  # fmt: skip
    with engine.begin() as conn:
        made_at = conn.scalar(sa.select(digest_issue.c.made_at))
        Town.say(_late(conn), 5, topics=("Potholes",), score=1.0, text="It came late. " * 9)
    assert files(given) == first
    with engine.begin() as conn:
        assert conn.scalar(sa.select(digest_issue.c.made_at)) == made_at
    anew = files(given, anew=True)
    said = json.loads(anew[f"{NAME}-{WEEK}.issue.json"])
    before = json.loads(first[f"{NAME}-{WEEK}.issue.json"])
    assert (before["posts"], said["posts"]) == (43, 48)
    assert said["snapshot"]["first_counted_at"] == before["snapshot"]["counted_at"]
    assert files(given) == anew


def _late(conn: sa.Connection) -> Town:
    town = Town.__new__(Town)
    town.conn, town.number = conn, iter(range(50_000, 60_000))
    return town


def test_what_had_to_go_is_marked_and_the_numbers_stay(given: Settings, engine: sa.Engine) -> None:
    first = files(given)
    assert SAID.encode() in first[f"{NAME}-{WEEK}.txt"]
    with engine.begin() as conn:
        (key,) = conn.scalars(sa.select(post.c.post_key).where(post.c.text == SAID))
    assert redact_digests(given, {"another"}) == 0
    left = given.data / "digests" / f".{NAME}-{WEEK}.txt-0123abcd.tmp"
    left.write_text(SAID)  # as a killed process leaves it
    assert redact_digests(given, {key}) == 1
    assert not left.exists()
    gone = files(given)
    for content in gone.values():
        assert b"the bakery" not in content
    assert MARK in json.loads(gone[f"{NAME}-{WEEK}.issue.json"])["quotes"][0]["text"]
    assert gone[f"{NAME}-{WEEK}.numbers.json"] == first[f"{NAME}-{WEEK}.numbers.json"]
    with engine.begin() as conn:
        assert "the bakery" not in str(conn.scalars(sa.select(digest_issue.c.content)).all())
    assert redact_digests_before(given, "2027-W01") == 1
    assert redact_digests_before(given, "2027-W01") == 0
    assert b"says something" not in files(given)[f"{NAME}-{WEEK}.txt"]


def test_it_shows_nothing_that_was_removed_or_became_sensitive(
    given: Settings, engine: sa.Engine
) -> None:
    assert b"Post 6" in (first := files(given)[f"{NAME}-{WEEK}.issue.json"])
    change(engine, sa.update(post).where(post.c.text == SAID).values(removed_at=NOW))
    removed = files(given)[f"{NAME}-{WEEK}.issue.json"]
    assert b"the bakery" in first
    assert b"the bakery" not in removed
    _write(given.charter, sensitive={"topics": ["Lighting"], "min_authors": 5})
    hidden = files(given)[f"{NAME}-{WEEK}.issue.json"]
    assert json.loads(hidden)["topics"] == json.loads(first)["topics"]
    assert b"Post 6" not in hidden


def test_the_next_issue_says_what_the_last_one_said(given: Settings, engine: sa.Engine) -> None:
    write_digest(given, NAME, week=EARLIER[-1], send=True)
    with engine.begin() as conn:
        Town.say(_late(conn), 2, week=EARLIER[-1], topics=("Potholes",))
    since = write_digest(given, NAME, week=WEEK)["numbers"]["since"]
    assert (since["posts_then"], since["posts_now"]) == (8, 10)


def test_a_week_that_is_not_over_is_counted_each_time(given: Settings, engine: sa.Engine) -> None:
    week = week_of_day(datetime.now(UTC).date())
    assert write_digest(given, NAME, week=week)["is_kept"] is False
    with engine.begin() as conn:
        Town.say(_late(conn), 2, week=week)
    assert write_digest(given, NAME, week=week)["numbers"]["posts"] == 2


def test_a_week_that_is_not_over_is_not_mailed_nor_one_to_come_written(given: Settings) -> None:
    today = datetime.now(UTC).date()
    # Its readers would have had their mail of the week, and get none when all of it is there.
    with pytest.raises(RetryLater, match="is not over") as told:
        write_digest(given, NAME, week=week_of_day(today), send=True)
    assert told.value.at == span(week_of_day(today))[1], "then a scheduler tries again"
    with pytest.raises(FixSettings, match="is to come"):
        write_digest(given, NAME, week=week_of_day(today + timedelta(days=7)))
    assert not list(given.data.rglob("*.html"))


def test_a_reader_of_some_topics_gets_these_alone(given: Settings, engine: sa.Engine) -> None:
    to = [{"mail": "lamps@fernley.example", "topics": ["Lighting"]}]
    _write(given.charter, digests={NAME: {"purpose": "roads", "to": to}})
    write_digest(given, NAME, week=WEEK, send=True)
    with engine.begin() as conn:
        content = conn.scalar(sa.select(digest_issue.c.content))
    assert content
    (narrower,) = content["narrower"].values()
    assert (narrower["posts"], narrower["scope"]) == (12, ["Lighting"])
    assert content["issue"]["posts"] == 43
