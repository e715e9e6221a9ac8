"""What left the charter, and what expires: collecting ends at once, and the purge begins."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
import time_machine
import yaml
from everywhere import held
from listening import listening

from contract.errors import NotAllowed
from contract.page import Page
from pipeline import landing
from pipeline.check import findings
from pipeline.collect import collect_source
from pipeline.comply import comply
from pipeline.leaving import GRACE
from pipeline.refine import refine
from pipeline.settings import Settings
from warehouse.store import opened
from warehouse.tables import post, removal

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PERMISSION = {"by": "its owner", "on": "2026-01-01", "ref": "a letter"}
LAMPS, BINS = "qxbadger", "qxheron"


@pytest.fixture
def given(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return an installation that holds a post of a forum, and one of another."""
    silent: Any = lambda *_: iter(())  # noqa: E731
    monkeypatch.setattr("connectors.discourse.recheck", silent)
    given = listening(tmp_path / "place", store_url, ["discourse"])
    charter = _charter(given)
    forum = charter["sources"].pop("discourse") | {"permission": PERMISSION}
    charter["sources"] = {
        "lamps": {**forum, "url": "https://lamps.example"},
        "bins": {**forum, "url": "https://bins.example"},
    }
    _write(given, charter)
    with time_machine.travel(NOW, tick=False):
        for name, word in (("lamps", LAMPS), ("bins", BINS)):
            _heard(given, name, word)
        assert refine(given)["posts_new"] == 2
    return given


def _heard(given: Settings, name: str, word: str) -> None:
    url = f"https://{name}.example"
    posts = [{"id": 1, "topic_id": 1, "topic_slug": "s", "post_number": 1, "post_type": 1,
              "username": "a", "created_at": NOW.isoformat(), "topic_title": "T",
              "cooked": f"<p>It went out, says {word}.</p>"}]  # fmt: skip
    page = Page(source=name, platform="discourse", url=f"{url}/posts.json", received_at=NOW,
                body=msgspec.json.encode({"latest_posts": posts}))  # fmt: skip
    landing.land(given.landing, [page], f"run-{name}", NOW, 1)


def _charter(given: Settings) -> dict[str, Any]:
    charter: dict[str, Any] = yaml.safe_load(given.charter.read_text("utf-8"))
    return charter


def _write(given: Settings, charter: dict[str, Any]) -> None:
    given.charter.write_text(yaml.safe_dump(charter, sort_keys=False), "utf-8")


def _at(given: Settings, moment: datetime) -> dict[str, Any]:
    with time_machine.travel(moment, tick=False):
        return comply(given)


def _told(given: Settings, moment: datetime) -> list[tuple[str, str]]:
    with time_machine.travel(moment, tick=False):
        rows = findings(given)
    return [(row["level"], row["message"]) for row in rows if row["where"] == "charter"]


def _of(given: Settings, table: sa.Table, name: str) -> set[Any]:
    with opened(given.warehouse) as engine, engine.connect() as connection:
        return set(connection.scalars(sa.select(table.c[name])))


def test_what_left_the_charter_goes_after_a_week_and_is_told_before(given: Settings) -> None:
    charter = _charter(given)
    assert _told(given, NOW) == []
    del charter["sources"]["lamps"]
    _write(given, charter)
    [(level, message)] = _told(given, NOW + timedelta(days=1))
    assert (level, "lamps is in it no longer" in message) == ("warning", True)
    assert "its 1 posts still stand there, and comply removes them from 2026-11-30 on" in message
    idle = timedelta(days=10)
    assert _at(given, NOW + idle)["purged"] == 0, "nobody was told while nothing was done"
    assert _at(given, NOW + idle + GRACE - timedelta(minutes=1))["purged"] == 0
    assert held([LAMPS], given.data.parent)
    result = _at(given, NOW + idle + GRACE)
    assert (result["purged"], result["pending"]) == (1, 0)
    assert not held([LAMPS], given.data.parent), "in no byte"
    assert held([BINS], given.data.parent)
    assert _of(given, removal, "why") == {"source left"}
    assert _told(given, NOW + idle + GRACE) == []


def test_a_source_that_is_put_back_in_time_loses_nothing(given: Settings) -> None:
    charter = _charter(given)
    lamps = charter["sources"].pop("lamps")
    _write(given, charter)
    _at(given, NOW + timedelta(days=6))
    charter["sources"]["lamps"] = lamps
    _write(given, charter)
    _at(given, NOW + timedelta(days=8))
    assert held([LAMPS], given.data.parent)
    del charter["sources"]["lamps"]
    _write(given, charter)
    assert _at(given, NOW + timedelta(days=14))["purged"] == 0, "the week begins anew"


def test_a_source_that_was_renamed_keeps_its_posts_and_is_asked_for_them(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def gone(client: Any, source: Any, posts: Any) -> Any:
        asked.extend(native_id for native_id, _ in posts)
        return iter(())

    monkeypatch.setattr("connectors.discourse.recheck", gone)
    charter = _charter(given)
    renamed = charter["sources"].pop("lamps")
    charter["sources"]["street-lamps"] = {**renamed, "url": "https://LAMPS.example/"}
    _write(given, charter)
    assert _at(given, NOW + timedelta(hours=1))["purged"] == 0
    assert _of(given, post, "source") == {"street-lamps", "bins"}
    assert any("lamps.example" in one for one in asked)
    assert _told(given, NOW + timedelta(hours=1)) == []
    assert _at(given, NOW + timedelta(days=30))["purged"] == 0


def test_another_purpose_takes_nothing_over(given: Settings) -> None:
    charter = _charter(given)
    charter["purposes"]["other"] = {**charter["purposes"]["none"], "dpia": "another"}
    charter["sources"]["street-lamps"] = {**charter["sources"].pop("lamps"), "purpose": "other"}
    _write(given, charter)
    _at(given, NOW)
    assert _of(given, post, "source") == {"lamps", "bins"}
    assert _at(given, NOW + GRACE)["purged"] == 1


def test_what_reads_something_else_of_the_site_takes_nothing_over(given: Settings) -> None:
    """Every source of X or Reddit has the one address."""
    charter = _charter(given)
    del charter["sources"]["lamps"]
    other = {
        **charter["sources"]["bins"],
        "url": "https://lamps.example",
        "select": {"tags": ["a"]},
    }
    charter["sources"]["others"] = other
    _write(given, charter)
    _at(given, NOW)
    assert _of(given, post, "source") == {"lamps", "bins"}
    assert _at(given, NOW + GRACE)["purged"] == 1


def test_the_charter_of_another_town_removes_nothing(given: Settings) -> None:
    charter = _charter(given)
    forum = charter["sources"]["lamps"]
    charter["sources"] = {"theirs": {**forum, "url": "https://theirs.example"}}
    charter["retention"] = {"raw": "P1D", "text": "P2D"}
    _write(given, charter)
    [(level, message)] = _told(given, NOW + timedelta(days=1))
    assert level == "error"
    assert "none of the sources that posts are held of is in this charter, and none" in message
    assert "bins, lamps" in message
    assert _at(given, NOW)["purged"] == 0
    with time_machine.travel(NOW, tick=False):
        _heard(given, "theirs", "qxotter")
        assert refine(given)["posts_new"] == 1
    assert _at(given, NOW + timedelta(days=8))["purged"] == 0, "though it holds posts by now"
    assert _at(given, NOW + timedelta(days=20))["purged"] == 0
    assert sorted(held([LAMPS, BINS], given.data.parent)) == [LAMPS, BINS]


def test_what_a_platform_approves_of_does_not_wait_a_week(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its posts could not be verified in the hours of its terms."""
    from connectors import discourse

    changed = {name: getattr(discourse.TERMS, name) for name in type(discourse.TERMS).__slots__}
    monkeypatch.setattr(discourse, "TERMS", type(discourse.TERMS)(**changed | {
        "needs_approval": True}))  # fmt: skip
    charter = _charter(given)
    del charter["sources"]["lamps"]
    charter["sources"]["bins"]["approval"] = {
        "by": "It", "on": "2026-01-01", "ref": "R", "expires": "2099-01-01", "clause": "1"
    }  # fmt: skip
    _write(given, charter)
    assert _at(given, NOW + timedelta(hours=23))["removed"] == 0
    assert _at(given, NOW + timedelta(hours=25))["removed"] == 1
    assert not held([LAMPS], given.data.parent)
    assert held([BINS], given.data.parent)


@pytest.mark.parametrize(
    ("zone", "hours"), [("UTC", 0), ("America/Los_Angeles", 8), ("Pacific/Auckland", -13)]
)
def test_a_purpose_ends_with_the_agencys_day_and_its_posts_with_the_next_comply(
    given: Settings, zone: str, hours: int
) -> None:
    charter = _charter(given)
    charter["agency"]["timezone"] = zone
    charter["purposes"]["none"]["expires"] = "2026-11-30"
    _write(given, charter)
    ends = datetime(2026, 12, 1, tzinfo=UTC) + timedelta(hours=hours)
    second = timedelta(seconds=1)
    with socket.create_server(("127.0.0.1", 0)) as listening_at:
        listening_at.setblocking(False)
        port = listening_at.getsockname()[1]
        charter["sources"]["lamps"] |= {
            "url": f"http://127.0.0.1:{port}", "private_addresses": True
        }  # fmt: skip
        _write(given, charter)
        with time_machine.travel(ends), pytest.raises(NotAllowed, match="expired on 2026-11-30"):
            collect_source(given, "lamps")
        with pytest.raises(BlockingIOError):
            listening_at.accept()
    assert _at(given, ends - second)["purged"] == 0
    assert held([LAMPS, BINS], given.data.parent)
    assert _at(given, ends)["purged"] == 2
    assert not held([LAMPS, BINS], given.data.parent)
    assert landing.parts(given.landing) == []


def test_a_run_ends_when_its_purpose_does(given: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    charter = _charter(given)
    charter["purposes"]["none"]["expires"] = "2026-11-30"
    _write(given, charter)
    landed: list[int] = []
    with time_machine.travel(datetime(2026, 11, 30, 23, 59, 50, tzinfo=UTC), tick=False) as clock:

        def pages(*_: Any) -> Any:
            for number in range(9):
                yield Page(
                    source="lamps",
                    platform="discourse",
                    url="https://lamps.example/p",
                    received_at=datetime.now(UTC),
                    body=b"{}",
                )
                landed.append(number)
                clock.shift(timedelta(seconds=4))

        monkeypatch.setattr("connectors.discourse.fetch", pages)
        with pytest.raises(NotAllowed, match="expired on 2026-11-30"):
            collect_source(given, "lamps")
    assert landed == [0, 1, 2], "of nine: none is asked for once the day is over"
