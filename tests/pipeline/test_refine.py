"""Beside posts: fields nobody reads, and what a platform wants said where its posts are shown."""

import json
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from place import Place

from connectors import discourse
from contract.page import Page
from contract.post import Skipped
from pipeline import landing
from pipeline.cli import main
from pipeline.parse import parse
from pipeline.refine import refine
from warehouse.store import opened
from warehouse.tables import landing_part, rejected, unknown_field

DAY = datetime(2026, 11, 20, tzinfo=UTC)


def _land(place: Place, number: int, hour: int, **more: Any) -> None:
    """Land a page of one post with more fields than are known."""
    post = {
        "id": number, "topic_id": 1, "topic_slug": "lamps", "post_number": number,
        "post_type": 1, "username": "moss", "created_at": DAY.isoformat(),
        "cooked": "<p>The lamp is out again, all week.</p>", **more,
    }  # fmt: skip
    page = Page(
        source="town-forum", platform="discourse", url=f"{place.address}/posts.json",
        received_at=DAY.replace(hour=hour), body=msgspec.json.encode({"latest_posts": [post]}),
    )  # fmt: skip
    landing.land(place.given.landing, [page], f"run{number}", DAY, 1)


def _warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the warnings; that no catalogue is loaded is told as an error."""
    return [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]


def test_a_field_nobody_reads_is_told_once(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "goodguest.refine")
    _land(place, 1, 9, mood="cross")
    _land(place, 2, 8, mood={"name": "cross"})
    first = refine(place.given)
    assert first["unknown_fields"] == ["discourse latest_posts.mood"]
    assert first["posts_new"] == 2
    assert [message.split(" (")[0] for message in _warned(caplog)] == [
        "discourse sends latest_posts.mood, which nobody reads"
    ]
    caplog.clear()
    assert refine(place.given, reparse=True)["unknown_fields"] == []
    _land(place, 3, 7, mood="merry", **{"h" * 999: 1})
    assert refine(place.given)["unknown_fields"] == [f"discourse latest_posts.{'h' * 187}"]
    assert len(_warned(caplog)) == 1
    with opened(place.given.warehouse) as engine, engine.connect() as connection:
        seen = {row.path: row for row in connection.execute(sa.select(unknown_field))}
    mood = seen["latest_posts.mood"]
    assert (mood.platform, mood.source) == ("discourse", "town-forum")
    assert mood.first_seen_at == DAY.replace(hour=7), "the earliest page, in whatever order"
    assert mood.landing.startswith("town-forum/2026-11-20/run3-")


def test_names_of_fields_are_told_on_one_line_and_not_too_many(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "goodguest.refine")
    _land(place, 1, 9, **{f"k{n:04}": 1 for n in range(3_000)}, **{"a\nERROR forged\u2028": 1})
    _land(place, 2, 8, mood="cross")
    assert len(refine(place.given)["unknown_fields"]) == 1_000
    (told,) = _warned(caplog)
    assert told.startswith("discourse sends latest_posts.a\ufffdERROR forged\ufffd, ")
    assert " and 990 more, which nobody reads (" in told
    assert told.count("latest_posts.") == 10
    assert told.isprintable()


def _land_records(place: Place, run: str, *counts: int) -> landing.Part:
    """Land a page of so many empty records each."""
    pages = [
        Page(source="town-forum", platform="discourse", url=f"{place.address}/posts.json",
             received_at=DAY, body=b'{"latest_posts":[%s]}' % b",".join([b"{}"] * count))
        for count in counts
    ]  # fmt: skip
    return landing.land(place.given.landing, pages, run, DAY, 1)


def test_a_page_of_too_many_records_is_one_that_is_rejected(place: Place) -> None:
    _land_records(place, "run1", 20_000, 20_001, 1)
    assert refine(place.given)["rejected"] == 20_002
    with opened(place.given.warehouse) as engine, engine.connect() as connection:
        reasons = Counter(connection.scalars(sa.select(rejected.c.reason)))
        records = connection.scalar(sa.select(landing_part.c.records))
    assert reasons == {"bad topic_id": 20_001, "too many records": 1}
    assert records == 20_002


def test_what_is_held_of_a_page_of_too_many_records_is_bounded(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def endless(page: Page) -> Iterator[Skipped]:
        for number in count():
            read.append(number)
            yield Skipped(rule="one more")

    part = _land_records(place, "run1", 1)
    monkeypatch.setattr(discourse, "parse", endless)
    (records,) = parse(place.given.landing, [part], lambda source: "1")
    assert (len(read), records.count, records.parts[0].records) == (20_001, 1, 1)


def test_not_too_many_records_are_read_at_once(place: Place) -> None:
    parts = [_land_records(place, f"run{n}", 20_000) for n in range(4)]
    read = parse(place.given.landing, parts, lambda source: "1")
    assert [records.count for records in read] == [60_000, 20_000]


def test_what_a_platform_wants_said_stands_beside_its_rows(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    says = "This uses the Forum API and nobody there has endorsed it."
    terms = replace(discourse.TERMS, notice=says)
    monkeypatch.setattr("connectors.notices.CONNECTORS", (SimpleNamespace(TERMS=terms),))
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)

    def show(*arguments: str) -> tuple[str, str]:
        monkeypatch.setattr("sys.argv", ["goodguest", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0
        said = capsys.readouterr()
        return said.out, " ".join(said.err.split())

    assert show("show", "v_community_week") == ("No rows.\n", "")
    _land(place, 1, 9)
    refine(place.given)
    capsys.readouterr()
    rows, beside = show("show", "v_community_week")
    assert "discourse" in rows
    assert (says in rows, beside) == (False, says)
    as_json, beside = show("--json", "show", "v_community_week")
    assert (json.loads(as_json)["notices"], beside) == ([says], "")
    assert json.loads(show("--json", "show")[0])["notices"] == []
