"""What is told: a house with every trouble there is, and nothing told beside it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from alerted import HOUR, NOW, PURPOSE, House

from pipeline.alert_findings import findings
from pipeline.alert_kinds import KINDS
from pipeline.states import _RULES, FINE
from warehouse.tables import (
    alert_notice,
    coverage,
    digest_delivery,
    digest_issue,
    held_record,
    hold,
    ingest_run,
    post,
    removal,
    source,
    spending,
    unknown_field,
)

CASES = yaml.safe_load((Path(__file__).parent / "data" / "alerts.yaml").read_text("utf-8"))
SOURCES: dict[str, dict[str, Any]] = CASES["sources"]
LONG_AGO = NOW - 90 * 24 * HOUR
_EMPTY = {str: "x", int: 0, float: 0.0, bool: False, datetime: NOW, dict: {}, list: []}


@pytest.fixture
def troubled(tmp_path: Path, store_url: str) -> Iterator[House]:
    house = House(
        tmp_path,
        store_url,
        {name: case.get("charter", {}) for name, case in SOURCES.items()},
        purposes={name: PURPOSE | said for name, said in CASES["purposes"].items()},
        digests=CASES["digests"],
        vocabulary={"topics": ["missing.ttl"]},
    ).with_channels(smtp="smtp://mail.example.gov", webhook="https://hook.example.gov/")
    for name, case in SOURCES.items():
        _fill(house, name, case)
    for issue in CASES["issues"]:
        row = {"digest": issue["digest"], "week": issue["week"]}
        row["sent_at"] = NOW if "sent" in issue else None
        house.insert(digest_issue, _row(digest_issue, row))
    for delivery in CASES["deliveries"]:
        house.insert(digest_delivery, _row(digest_delivery, delivery))
    house.insert(alert_notice, _row(alert_notice, {"made_at": NOW - 3 * HOUR}))
    begun = {"detected_at": NOW - 24 * HOUR, "what": "one"}
    ended = {"detected_at": LONG_AGO, "done_at": NOW, "removal_key": "done"}
    house.insert(removal, _row(removal, begun))
    house.insert(removal, _row(removal, ended))
    _order(house)
    _land(house)
    house.given.data.mkdir(exist_ok=True)
    key = house.given.data / "pseudonym.key"
    key.write_text("a key that is long enough", "utf-8")
    key.chmod(0o644)
    yield house
    house.engine.dispose()


def _fill(house: House, name: str, case: dict[str, Any]) -> None:
    known = {"source": name}
    with house.engine.begin() as connection:
        begun = sa.update(source).where(source.c.id == name).values(first_run_at=LONG_AGO)
        connection.execute(begun)
    if (run := case.get("run", {})) is not None:
        ended = NOW - run.get("hours", 0) * HOUR
        times = {"window_until_at": ended, "started_at": ended - HOUR / 4, "ended_at": ended}
        done = {"run_id": name, "status": "done", "stopped_because": "complete"}
        row = _row(ingest_run, known | times | done | run)
        row.pop("hours", None)
        house.insert(ingest_run, row)
    posts = [count for many, count in case.get("coverage", ()) for _ in range(many)]
    usual = posts[0] if posts else 0
    hours = [
        {"hour_at": NOW.replace(minute=0) - back * HOUR, "fetched": count, "expected": usual}
        for back, count in enumerate(reversed(posts), start=1)
    ]
    if hours:
        read = known | {"state": "complete"}
        house.insert(coverage, *(_row(coverage, read | hour) for hour in hours))
    if "spent" in case:
        charged = {"month": "2026-11", "posts_charged": case["spent"], "spending_key": name}
        house.insert(spending, _row(spending, known | charged))
    for number in range(case.get("fields", 0)):
        seen = {"field_key": f"{number}", "first_seen_at": NOW - HOUR, "path": f"new.{number}"}
        house.insert(unknown_field, _row(unknown_field, known | seen | {"platform": "discourse"}))
    if "seen" in case:
        seen = {"post_key": name, "platform": "feed", "last_seen_at": NOW - case["seen"] * HOUR}
        house.insert(post, _row(post, known | seen))


def _order(house: House) -> None:
    """Enter an order that ends soon, and one each that is released, is over, holds nothing."""
    for key, last, changed in (
        ("soon", "2026-12-24", {}),
        ("released", "2026-12-24", {"released_at": NOW}),
        ("over", "2026-11-20", {}),
        ("later", "2027-06-30", {}),
        ("empty", "2026-12-24", {}),
    ):
        order = {"hold_key": key, "expires_on": last, **changed}
        house.insert(hold, _row(hold, order))
        if key != "empty":
            house.insert(held_record, _row(held_record, {"hold_key": key}))


def _land(house: House) -> None:
    """Land a part that nobody refined, and one of a run that still runs."""
    folder = Path(house.given.landing) / "fine" / "2026-11-22"
    folder.mkdir(parents=True)
    for run in ("20261122T010000Z-0a0a0a0a", "putting-us-off", "20261122T110000Z-0b0b0b0b"):
        (folder / f"{run}-000001.abcdef.jsonl.zst").write_bytes(b"")


def _row(table: sa.Table, values: dict[str, Any]) -> dict[str, Any]:
    """Return a row with these values, and any others where there have to be some."""
    return {
        column.name: _EMPTY[column.info["type"]]
        for column in table.columns
        if not column.nullable and column.info["type"] in _EMPTY
    } | values


def test_every_trouble_is_found_and_nothing_else(troubled: House) -> None:
    found = findings(troubled.given, troubled.given.load_charter(), troubled.engine, NOW)
    said = {(f.kind, f.subject): f"{f.message} {f.detail or ''}" for f in found}
    wanted = {(case["kind"], case["subject"]): case["says"] for case in CASES["others"]}
    for name, case in SOURCES.items():
        if expected := case.get("finds"):
            wanted[expected["kind"], name] = expected["says"]
    assert (wanted.keys() - said.keys(), said.keys() - wanted.keys()) == (set(), set())
    assert not [(at, said[at]) for at, words in wanted.items() if words not in said[at]]
    assert {kind for kind, _ in wanted} == {kind.name for kind in KINDS}


def test_every_state_that_wants_a_person_is_a_kind() -> None:
    # What it says of deletion has kinds of its own, with the hours that are left.
    states = {name for name, _ in _RULES} - {*FINE, "unchecked"}
    assert states <= {kind.name for kind in KINDS}
    assert len({kind.name for kind in KINDS}) == len(KINDS)
