"""Copies: what is marked depends on the posts alone, not on when they came, nor in which order."""

import itertools
import multiprocessing
import os
import signal
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from batches import LONG, NOON, load, moved, post_of, rows

from contract.post import Post
from transforms.near_duplicates import is_copy
from warehouse import copies
from warehouse.cells import stale_week, uncompared_week
from warehouse.copies import mark_copies
from warehouse.months import drop_month
from warehouse.recount import recount
from warehouse.store import open_store, writing
from warehouse.tables import post

RELEASE = (
    "the council has agreed to mend the bridge over the mill stream before winter and asks "
    "everybody to use the long way round by the old school while the work goes on"
)
OTHER = (
    "volunteers are wanted to plant young trees along the canal next spring so come to the meeting "
    "in the library hall and bring gloves a spade and somebody who likes mud"
)
SPARE = ("again", "really", "just", "surely", "however", "perhaps", "nearly", "quite", "rather")
WEEK = timedelta(weeks=1)
Sketched = tuple[dict[str, Any], bytes]


def _marked(engine: sa.Engine) -> dict[str, str | None]:
    """Return by native id what each post is marked as a copy of, by native id too."""
    mark_copies(engine, is_copy)
    found = rows(engine, post)
    names = {row["post_key"]: row["native_id"] for row in found}
    return {row["native_id"]: names.get(row["near_duplicate_of"] or "") for row in found}


def _said(name: str, text: str, weeks: float, **fields: Any) -> Post:
    """Return a post published so many weeks after noon, and observed a year later."""
    given = {"observed_at": NOON + 40 * WEEK, "landing": f"forum/{name}#1", **fields}
    return post_of(name, text=text, created_at=NOON + weeks * WEEK, **given)


def _edited(text: str, dice: Random, most: int = 3) -> str:
    words = text.split()
    for _ in range(dice.randint(0, most)):
        at = dice.randint(0, len(words))
        words[at : at + dice.randint(0, 1)] = dice.choices(SPARE, k=dice.randint(0, 1))
    return " ".join(words)


def _history(dice: Random) -> list[Post]:
    """Return records of posts that are copied, edited, removed, seen earlier and seen again."""
    said = [RELEASE, OTHER, LONG, f"RT @someone: {RELEASE}", "Bins", f"{RELEASE[:90]}…"]
    records = []
    for number in range(dice.randint(4, 24)):
        name = f"{dice.randrange(16)}"
        text = dice.choice(said)
        if dice.random() < 0.6:
            text = _edited(text, dice)
            said.append(text)  # what was changed is changed again: chains
        at = NOON + dice.randint(-30, 0) * WEEK + timedelta(hours=dice.randint(0, 3))
        is_gone = dice.random() < 0.1
        records.append(post_of(
            name, text=text, source=dice.choice(("forum", "feed")), landing=f"forum/{number}#1",
            created_at=None if dice.random() < 0.2 else at,
            observed_at=at + timedelta(hours=dice.randint(0, 900)),
            removed_at=at + timedelta(hours=900) if is_gone else None,
        ))  # fmt: skip
    return records


def _by_the_rule(engine: sa.Engine) -> dict[str, str | None]:
    """Return what each post has to be marked as a copy of, found by reading all, one by one."""
    found = [row for row in rows(engine, post) if row["removed_at"] is None]
    found.sort(key=lambda r: (r["week"], r["created_at"] or r["first_seen_at"], r["post_key"]))
    originals: dict[str, str] = {}
    for place, row in enumerate(found):
        before = found[:place]
        same = [b for b in before if b["text_signature"] == row["text_signature"] != ""]
        monday = datetime.fromisocalendar(int(row["week"][:4]), int(row["week"][6:]), 1)
        since = "{}-W{:02}".format(*(monday - 8 * WEEK).isocalendar())
        parent = same[0] if same else _near(row, [b for b in before if b["week"] >= since])
        if parent is not None:
            originals[row["post_key"]] = originals.get(parent["post_key"], parent["post_key"])
    names = {row["post_key"]: row["native_id"] for row in rows(engine, post)}
    return {name: names.get(originals.get(key, "")) for key, name in names.items()}


def _near(row: dict[str, Any], before: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    if row["sketch"] is None:
        return None
    own = bytes.fromhex(row["sketch"])
    sketched = [(b, bytes.fromhex(b["sketch"])) for b in before if b["sketch"]]
    groups = []
    for number in range(8):
        groups += [range(4 * number, 4 * number + 4), range(number, 32, 8)]
    for group in groups:
        alike = [(b, s) for b, s in sketched if all(s[at] == own[at] for at in group)]
        for b, s in _tried(alike):
            if sum(s[at] == own[at] for at in range(32)) >= 12 and _is_copy(row, b):
                return b
    begins = [(b, s) for b, s in sketched if (s[32] & 127, s[33:]) == (own[32] & 127, own[33:])]
    for b, s in _tried(begins):
        if (s[32] | own[32]) & 128 and _is_copy(row, b):
            return b
    return None


def _tried(bucket: list[Sketched]) -> list[Sketched]:
    last = len(bucket) - 1
    return [bucket[at] for at in (0, min(1, last), last, max(last - 1, 0))] if bucket else []


def _is_copy(one: dict[str, Any], other: dict[str, Any]) -> bool:
    a, b = ((p["kind"], p["title"], p["text"]) for p in (one, other))
    return is_copy(a, b)


@pytest.mark.parametrize("seed", range(4))
def test_order_split_and_room_change_nothing(
    town: sa.Engine, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = Random(seed)
    records = _history(dice)
    dice.shuffle(records)
    while records:
        monkeypatch.setattr(copies, "_AT_ONCE", dice.choice((1, 5, 500_000)))
        size = dice.randint(1, 8)
        load(town, records[:size])
        del records[:size]
        if dice.random() < 0.7 or not records:
            assert _marked(town) == _by_the_rule(town)
    assert not rows(town, uncompared_week)


def test_a_copy_is_found_across_sources_runs_and_weeks(town: sa.Engine) -> None:
    load(town, [_said("1", RELEASE, 0)])
    assert _marked(town) == {"1": None}
    load(town, [
        _said("near", f"RT @someone: {RELEASE}", 8, source="feed"),
        _said("cut off", f"{RELEASE[:90]}…", 1 / 168, source="square"),
        _said("exact", f"{RELEASE.upper()}!", 20, source="feed"),
        _said("too late", f"{RELEASE} at last", 9),
        _said("other", OTHER, 1),
    ])  # fmt: skip
    marks = {"1": None, "near": "1", "cut off": "1", "exact": "1", "other": None}
    # In the ninth week it is near the one of the eighth, whose words came from the first.
    assert _marked(town) == marks | {"too late": "1"}
    load(town, [_said("near", OTHER, 8, source="feed", observed_at=NOON + 50 * WEEK)])
    assert _marked(town) == marks | {"near": "other", "too late": None}


def test_what_an_original_was_passes_to_the_next_of_its_chain(town: sa.Engine) -> None:
    second = f"{RELEASE} says our paper"
    load(town, [_said("1", RELEASE, 0), _said("2", second, 6), _said("3", f"{second} today", 12)])
    assert _marked(town) == {"1": None, "2": "1", "3": "1"}
    recount(town)
    load(town, [_said("1", "", 0, removed_at=NOON + 50 * WEEK, observed_at=NOON + 50 * WEEK)])
    assert _marked(town) == {"1": None, "2": None, "3": "2"}
    assert [row["week"] for row in rows(town, stale_week)] == ["2026-W46", "2026-W52", "2027-W05"]
    load(town, [_said("0", second, 5)])
    assert _marked(town) == {"0": None, "1": None, "2": "0", "3": "0"}


def test_what_has_not_changed_is_not_compared(town: sa.Engine) -> None:
    load(town, [_said("1", RELEASE, 0), _said("2", RELEASE, 1)])
    assert mark_copies(town, is_copy) == 1
    load(town, [_said("1", RELEASE, 0, observed_at=NOON + WEEK, likes=3)])
    asked: list[str] = []
    sa.event.listen(town, "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert mark_copies(town, is_copy) == 0
    assert len([statement for statement in asked if statement != "BEGIN"]) == 1


def test_a_flood_is_compared_once_a_post(town: sa.Engine) -> None:
    dice = Random(7)
    load(town, [_said(f"{number}", _edited(RELEASE, dice, 1), 0) for number in range(600)])
    compared = 0

    def counting(one: Any, other: Any) -> bool:
        nonlocal compared
        compared += 1
        return is_copy(one, other)

    assert mark_copies(town, counting) == 599
    assert compared < 1_200
    assert len({row["near_duplicate_of"] for row in rows(town, post)}) == 2


def test_a_killed_run_is_finished_by_the_next(
    town: sa.Engine, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "_AT_ONCE", 1)
    dice = Random(3)
    load(town, moved([record for _ in range(4) for record in _history(dice)], "forum/k"))
    town.dispose()

    def run(last: int) -> None:
        engine, ran = open_store(store_url), itertools.count(1)

        def count(*given: Any) -> None:
            if next(ran) == last:
                os.kill(os.getpid(), signal.SIGKILL)

        sa.event.listen(engine, "before_cursor_execute", count)
        mark_copies(engine, is_copy)

    for statement in (40, 120):
        process = multiprocessing.get_context("fork").Process(target=run, args=(statement,))
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        assert rows(town, uncompared_week)
        town.dispose()
    assert _marked(town) == _by_the_rule(town)


def test_copies_of_what_a_month_took_with_it_find_another_original(town: sa.Engine) -> None:
    load(town, [
        _said("first", RELEASE, -4), _said("second", f"{RELEASE} says our paper", 0),
        _said("third", RELEASE, 1), _said("other", OTHER, -4), _said("fourth", OTHER, 30),
    ])  # fmt: skip
    assert set(_marked(town).values()) == {None, "first", "other"}
    recount(town)
    with writing(town) as connection:
        assert drop_month(connection, "2026-10") == 2
    # Before anything is compared none of them points at what is gone, and each chain counts once.
    counted_once = [row["native_id"] for row in rows(town, post) if not row["near_duplicate_of"]]
    assert sorted(counted_once) == ["fourth", "second"]
    assert _marked(town) == {"second": None, "third": "second", "fourth": None}
    assert _marked(town) == _by_the_rule(town)
