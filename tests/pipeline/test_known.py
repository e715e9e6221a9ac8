"""What was read before is known again, before anything is done with its words."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pandas as pd
import pytest
import sqlalchemy as sa
from place import Place

from contract.errors import GoodguestError
from contract.page import Page
from pipeline import landing
from pipeline.completing import Complete
from pipeline.comply import clean
from pipeline.prepare import Prepared
from pipeline.refine import is_refined, refine
from pipeline.workers import prepared_by
from warehouse.store import opened
from warehouse.tables import due_step, metadata, post, post_metric

DAY = datetime(2026, 11, 20, tzinfo=UTC)
LAMP = "The lamp is out again, all week."


@pytest.fixture
def completed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The native ids of the posts that went through all transforms, as they do."""
    seen: list[str] = []
    through = Complete.__call__

    def noted(self: Complete, batch: pd.DataFrame) -> pd.DataFrame:
        seen.extend(batch["native_id"])
        return through(self, batch)

    monkeypatch.setattr(Complete, "__call__", noted)
    return seen


def _land(
    place: Place, name: str, hour: int, *posts: dict[str, Any], to: str = "town-forum"
) -> None:
    page = Page(
        source=to, platform="discourse", url=f"{place.address}/posts.json",
        received_at=DAY.replace(hour=hour), body=msgspec.json.encode({"latest_posts": posts}),
    )  # fmt: skip
    landing.land(place.given.landing, [page], name, DAY, 1)


def _post(number: int, words: str = LAMP, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "topic_id": 1, "topic_slug": "lamps", "post_number": number, "post_type": 1,
        "username": "moss", "created_at": DAY.isoformat(), "cooked": f"<p>{words}</p>", **more,
    }  # fmt: skip


def _rows(place: Place, table: sa.Table = post) -> list[Any]:
    with opened(place.given.warehouse) as engine, engine.connect() as connection:
        return list(connection.execute(sa.select(table).order_by(*table.primary_key)))


def _content(place: Place) -> dict[str, list[Any]]:
    when = {"loaded_at", "linked_at", "number", "first_used_at", "last_used_at"}
    with opened(place.given.warehouse) as engine, engine.connect() as connection:
        return {
            table.name: sorted(
                map(
                    repr, connection.execute(sa.select(*(c for c in table.c if c.name not in when)))
                )
            )
            for table in metadata.sorted_tables
            if table.name != "landing_part"
        }


def test_what_stands_in_the_store_is_not_completed_again(
    place: Place, completed: list[str]
) -> None:
    _land(place, "a", 9, _post(1), _post(2))
    assert refine(place.given)["posts_new"] == 2
    before = _content(place)
    completed.clear()
    again = refine(place.given, reparse=True)
    assert (again["posts_unchanged"], again["posts_new"] + again["posts_changed"]) == (2, 0)
    assert completed == []
    assert _content(place) == before


def test_a_later_sight_is_noted_without_reading_the_words(
    place: Place, completed: list[str]
) -> None:
    _land(place, "a", 9, _post(1, reads=3))
    refine(place.given)
    _land(place, "b", 11, _post(1, reads=8))
    completed.clear()
    assert refine(place.given)["posts_unchanged"] == 1
    assert completed == []
    (row,) = _rows(place)
    assert (row.first_seen_at.hour, row.last_seen_at.hour, row.observed_at.hour) == (9, 11, 11)
    assert "/b-" in row.landing
    assert LAMP in row.text
    assert [metric.views for metric in _rows(place, post_metric)] == [3, 8]


@pytest.mark.parametrize("words", [LAMP, "It is mended, many thanks to you."])
def test_an_earlier_sight_is_noted_and_its_older_words_are_not(
    place: Place, completed: list[str], words: str
) -> None:
    _land(place, "b", 11, _post(1, "It is mended, many thanks to you."))
    refine(place.given)
    _land(place, "a", 9, _post(1, words))
    completed.clear()
    assert refine(place.given)["posts_unchanged"] == 1
    assert bool(completed) == (words == LAMP), "only what says something else is looked at"
    (row,) = _rows(place)
    assert (row.first_seen_at.hour, row.last_seen_at.hour) == (9, 11)
    assert "mended" in row.text


def test_other_methods_complete_all_anew(
    place: Place, completed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _land(place, "a", 9, _post(1), _post(2))
    refine(place.given)
    first = {row.native_id: row for row in _rows(place)}
    completed.clear()
    monkeypatch.setenv("GOODGUEST_KEY", "another key than the one before")
    assert refine(place.given, reparse=True)["posts_changed"] == 2
    assert len(completed) == 2
    for row in _rows(place):
        was = first[row.native_id]
        assert row.author_key != was.author_key
        assert row.row_hash != was.row_hash
    completed.clear()
    assert refine(place.given, reparse=True)["posts_unchanged"] == 2
    assert completed == []


def test_of_two_versions_on_one_page_the_same_stays(place: Place, completed: list[str]) -> None:
    _land(place, "a", 9, _post(1, "The first lamp is out."), _post(1, "The second lamp is out."))
    refine(place.given)
    before = _content(place)
    completed.clear()
    assert refine(place.given, reparse=True)["posts_unchanged"] == 2
    assert completed == []
    assert _content(place) == before


def test_what_was_changed_meanwhile_is_completed_after_all(
    place: Place, completed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _land(place, "a", 9, _post(1))
    refine(place.given)
    _land(place, "b", 11, _post(1))
    completed.clear()

    def overtaken(*given: Any) -> Iterator[Prepared]:
        for batch in prepared_by(*given):
            with opened(place.given.warehouse) as engine, engine.begin() as connection:
                ten = DAY.replace(hour=10)
                edit = {"text": "Edited.", "row_hash": "e" * 32, "content_hash": "e" * 32}
                connection.execute(sa.update(post).values(**edit, observed_at=ten))
            yield batch

    monkeypatch.setattr("pipeline.refine.prepared_by", overtaken)
    assert refine(place.given)["posts_changed"] == 1
    assert len(completed) == 1
    (row,) = _rows(place)
    assert LAMP in row.text
    assert row.observed_at.hour == 11


def test_workers_write_what_one_process_writes(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.batches._BATCH_BYTES", 1)
    for hour in range(6):
        posts = [_post(n, f"Lamp {n} is out again, as it was at {hour % 2}.") for n in range(1, 9)]
        _land(place, f"r{hour}", hour, *posts[hour : hour + 3])
    other = place.elsewhere("alone")
    alone = replace(other.given, landing=place.given.landing)
    monkeypatch.setenv("GOODGUEST_KEY", "the same key for both of them")
    many, one = refine(place.given, workers=2), refine(alone)
    times = {"seconds", "posts_per_second", "peak_rss_mb"}
    assert {k: v for k, v in many.items() if k not in times} == {
        k: v for k, v in one.items() if k not in times
    }
    assert _content(place) == _content(replace(other, given=alone))


def test_a_killed_worker_is_told_and_nothing_is_lost(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.batches._BATCH_BYTES", 1)
    for hour in range(4):
        _land(place, f"r{hour}", hour, _post(hour + 1))

    def killed(pool: ProcessPoolExecutor, *given: Any) -> Any:
        for process in pool._processes.values():
            process.kill()
        return submit(pool, *given)

    submit = ProcessPoolExecutor.submit
    with monkeypatch.context() as patch:
        patch.setattr(ProcessPoolExecutor, "submit", killed)
        with pytest.raises(GoodguestError, match="a worker was killed"):
            refine(place.given, workers=2)
    assert refine(place.given)["posts_new"] == 4


def test_what_a_killed_run_left_is_done_by_the_next(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "The lamp at the old bridge is out again and nobody has come to mend it all week."
    _land(place, "a", 9, _post(1, words), _post(2, f"{words} Please help."))

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.refine.due_for", killed)
        with pytest.raises(KeyboardInterrupt):
            refine(place.given)
    assert not is_refined(place.given), "copies are not marked yet"
    assert _rows(place, due_step) == [("count fetched", "town-forum")]
    refine(place.given)
    assert is_refined(place.given)
    assert _rows(place, due_step) == []
    assert [row.near_duplicate_of is None for row in _rows(place)].count(False) == 1
    _land(place, "b", 11, _post(1, "It was mended."))
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.refine.link_posts", killed)
        with pytest.raises(KeyboardInterrupt):
            refine(place.given)
    steps = [step for step, _ in _rows(place, due_step)]
    assert steps == ["cut versions", "forget words"]
    refine(place.given)
    assert [step for step, _ in _rows(place, due_step)] == ["cut versions"], "comply's to do"


@pytest.mark.parametrize("hours", [(9, 11), (11, 9)], ids=["in order", "the newer first"])
@pytest.mark.parametrize("at_once", [True, False], ids=["in one batch", "one after the other"])
def test_what_a_post_said_before_is_left_for_comply_to_cut(
    place: Place, hours: tuple[int, int], *, at_once: bool
) -> None:
    said = {9: _post(1, "My brother's lamp is out."), 11: _post(1)}
    for name, hour in zip("ab", hours, strict=True):
        posts = [said[hour], _post(2, "As it was.")]
        _land(place, name, hour, *posts)
        if not at_once:
            refine(place.given)
    refine(place.given)
    edited = {row.post_key for row in _rows(place) if row.text == LAMP}
    assert edited == {subject for step, subject in _rows(place, due_step) if step == "cut versions"}
    with opened(place.given.warehouse) as engine:
        clean(place.given, engine)
    landed = [
        page.body
        for part in landing.parts(place.given.landing)
        for _, page in landing.pages_of(place.given.landing, part)
        if isinstance(page, Page)
    ]
    assert [b"brother" in body for body in landed].count(True) == 0
    assert [LAMP.encode() in body for body in landed].count(True) == 1
    assert [b"As it was" in body for body in landed].count(True) == 2
