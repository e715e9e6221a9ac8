"""Legal hold: what an order names is set aside and seen by nobody; all else is deleted as ever."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from installed import killed_at
from quay import SITE, WORDS, left_in_bytes, native, quay, say, somebody

from contract.errors import FixSettings
from pipeline import hold as holding
from pipeline.access import accesses
from pipeline.alert_findings import findings
from pipeline.backup import backup
from pipeline.comply import comply
from pipeline.erase import erase
from pipeline.erased import erased_in
from pipeline.export import export
from pipeline.hold import LONGEST, held, hold, holds, release, release_again
from pipeline.refine import refine
from pipeline.register import register_of
from pipeline.restore import restore
from pipeline.search import search
from pipeline.settings import Settings
from warehouse.alerts import Finding
from warehouse.holding import Order
from warehouse.store import opened
from warehouse.tables import held_record, metadata, post, removal
from warehouse.tables import hold as orders

HELD = WORDS[0]
TODAY = datetime.now(UTC).date()
ORDER = Order("case 12", "law officer", "a claim for damages", TODAY, TODAY + timedelta(days=90))
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def given(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    return quay(tmp_path / "place", store_url, monkeypatch)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    return quay(tmp_path / "place", f"sqlite:///{tmp_path}/place/warehouse.db", monkeypatch)


def _hold(given: Settings, **changed: Any) -> dict[str, Any]:
    return hold(given, replace_order(**changed), "discourse", [native(HELD)])


def replace_order(**changed: Any) -> Order:
    return ORDER._replace(**changed)


def _rows(given: Settings, table: sa.Table) -> list[dict[str, Any]]:
    with opened(given.warehouse) as engine, engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def _end(given: Settings) -> None:
    """Have the order's last day be over."""
    with opened(given.warehouse) as engine, engine.begin() as connection:
        connection.execute(sa.update(orders).values(expires_on=f"{TODAY - timedelta(days=1)}"))


def test_a_held_post_that_is_removed_is_in_the_sealed_record_alone(
    given: Settings, tmp_path: Path, store_url: str
) -> None:
    word, post_id = somebody(given)
    before = {row["post_key"]: row for row in _rows(given, post)}
    assert hold(given, ORDER, "discourse", [post_id]) == {
        "order": "case 12", "since": f"{TODAY}", "until": f"{ORDER.expires_on}", "sealed": 1,
        "records": 1,
    }  # fmt: skip
    receipt = erase(given, "discourse", account=f"https://{SITE}/u/{word}-name")["receipt"]
    assert receipt["done_at"]
    assert receipt["posts"] == 1
    assert f"under order case 12 until {ORDER.expires_on}" in receipt["held"]
    tables = {name for name, table in metadata.tables.items() if word in str(_rows(given, table))}
    assert tables == {held_record.name}
    files = left_in_bytes([word], tmp_path, store_url)[word]
    assert len(files) <= 2, "the database's own file, on PostgreSQL the table and what it packs out"
    assert search(given, word) == []
    export(given, tmp_path / "exported", "csv", "personal")
    assert word not in "".join(p.read_text("utf-8") for p in (tmp_path / "exported").iterdir())
    assert refine(given, reparse=True)["posts_new"] == 0

    (sealed,) = held(given, "case 12", "law officer")
    was = before[sealed["post_key"]]
    assert sealed["is_intact"]
    assert sealed["record"]["post"]["text"] == was["text"]
    assert sealed["record"]["post"]["landing"] == was["landing"]
    assert sealed["record"]["post"]["created_at"] == was["created_at"].isoformat()
    assert sealed["record"]["source"]["purpose"] == "none"
    (entry,) = accesses(given, LONG_AGO)
    assert (entry["role"], entry["how"], entry["purpose"], entry["rows"]) == (
        "law officer", "held", "order case 12", 1)  # fmt: skip

    release(given, "case 12")
    with pytest.raises(FixSettings, match="released, goes with the next comply"):
        held(given, "case 12", "law officer")
    assert comply(given)["pending"] == 0
    assert left_in_bytes([word], tmp_path, store_url) == {}
    (receipted,) = [row for row in _rows(given, removal) if row["why"] == "hold ended"]
    assert receipted["done_at"]
    assert "1 sealed copies of order" in receipted["what"]
    assert holds(given)[0]["state"] == "released"


def test_an_order_that_is_over_holds_nothing(
    given: Settings, tmp_path: Path, store_url: str
) -> None:
    word, post_id = somebody(given)
    hold(given, ORDER, "discourse", [post_id])
    erase(given, "discourse", post=post_id)
    comply(given)
    assert len(_rows(given, held_record)) == 1
    _end(given)
    comply(given)
    assert _rows(given, held_record) == []
    assert left_in_bytes([word], tmp_path, store_url) == {}
    assert holds(given)[0]["state"] == "expired"


def test_the_sealed_record_shows_that_somebody_changed_it(given: Settings) -> None:
    _hold(given)
    (row,) = _rows(given, held_record)
    assert row["sha256"] == sha256(row["record"].encode()).hexdigest()
    with opened(given.warehouse) as engine, engine.begin() as connection:
        record = json.loads(row["record"])
        record["post"]["text"] = "Nothing was said."
        connection.execute(sa.update(held_record).values(record=json.dumps(record)))
    assert [one["is_intact"] for one in held(given, "case 12", "law officer")] == [False]
    with opened(given.warehouse) as engine, engine.begin() as connection:
        connection.execute(sa.update(held_record).values(record="not even JSON"))
    (one,) = held(given, "case 12", "law officer")
    assert (one["is_intact"], one["record"]) == (False, {})
    with pytest.raises(FixSettings, match="--by: found nothing"):
        held(given, "case 12", " ")


def test_an_order_that_lacks_something_is_refused(here: Settings) -> None:
    for said, changed in (
        ("REF: found nothing", {"ref": " "}),
        ("--by: found nothing", {"by": ""}),
        ("--why: found nothing", {"why": ""}),
        ("--by: found an address.*name no person", {"by": "jane@agency.example"}),
        ("--why: found an address", {"why": "asked by jane@agency.example"}),
        ("--why: allowed is a line", {"why": "a claim\nBy somebody else"}),
        ("REF: allowed is a line of at most 300 signs", {"ref": "x" * 301}),
        ("is to come", {"ordered_on": TODAY + timedelta(days=1)}),
        ("--until: found", {"expires_on": TODAY - timedelta(days=1)}),
        ("two years from", {"expires_on": TODAY + LONGEST + timedelta(days=1)}),
    ):
        with pytest.raises(FixSettings, match=said):
            _hold(here, **changed)
    assert holds(here) == []


def test_only_posts_that_are_here_and_named_are_held(given: Settings) -> None:
    with pytest.raises(FixSettings, match="a new one names posts"):
        hold(given, ORDER)
    erase(given, "discourse", post=native(WORDS[1]))
    with opened(given.warehouse) as engine, engine.begin() as connection:
        is_it = post.c.native_id == native(WORDS[2])
        connection.execute(
            sa.update(post).where(is_it).values(removed_at=LONG_AGO, removal_reason="gone there")
        )
    for word, said in {
        WORDS[1]: "never read, or erased",
        WORDS[2]: "was removed on 2020-01-01",
    }.items():
        with pytest.raises(FixSettings, match=said):
            hold(given, ORDER, "discourse", [native(HELD), native(word)])
    assert _rows(given, held_record) == [], "all of them or none"
    with pytest.raises(FixSettings, match="no order case 13"):
        release(given, "case 13")


def test_an_order_is_renewed_and_lifted_for_good(given: Settings) -> None:
    _hold(given)
    later = replace_order(expires_on=TODAY + timedelta(days=200))
    assert hold(given, later)["until"] == f"{later.expires_on}"
    with opened(given.warehouse) as engine, engine.begin() as connection:
        connection.execute(sa.update(orders).values(made_at=LONG_AGO, ordered_on="2020-01-01"))
    assert hold(given, later, "discourse", [native(w) for w in WORDS])["sealed"] == 2
    assert holds(given)[0]["since"] == "2020-01-01", "however often it is renewed"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.hold.MOST", len(WORDS))
        assert hold(given, later, "discourse", [native(w) for w in WORDS])["sealed"] == 0
        patch.setattr("pipeline.hold.MOST", len(WORDS) - 1)
        with pytest.raises(FixSettings, match="make another one"):
            hold(given, later, "discourse", [native(HELD)])
    release(given, "case 12")
    with pytest.raises(FixSettings, match="a reference of its own"):
        hold(given, later)
    comply(given)
    assert len(_rows(given, post)) == len(WORDS), "what was held and stands there stays"


def test_a_restore_does_not_bring_back_what_a_lifted_order_held(
    given: Settings, tmp_path: Path, store_url: str
) -> None:
    word, post_id = somebody(given)
    hold(given, ORDER, "discourse", [post_id])
    erase(given, "discourse", post=post_id)
    made = Path(backup(given, tmp_path / "backups")["backup"])
    restore(given, made, force=True)
    assert held(given, "case 12", "law officer")[0]["record"]["post"]["text"]
    release(given, "case 12")
    comply(given)
    assert "hold" in {one.kind for one in erased_in(given.landing)}
    restore(given, made, force=True)
    assert _rows(given, held_record) == []
    assert holds(given)[0]["state"] == "released"
    assert left_in_bytes([word], given.data, store_url) == {}


def test_a_restore_does_not_end_an_order_that_was_renewed_since(
    here: Settings, tmp_path: Path
) -> None:
    word, post_id = somebody(here)
    hold(here, ORDER, "discourse", [post_id])
    erase(here, "discourse", post=post_id)
    _end(here)
    made = Path(backup(here, tmp_path / "backups")["backup"])
    with opened(here.warehouse) as engine, engine.begin() as connection:
        connection.execute(sa.update(orders).values(expires_on=f"{TODAY}"))
    hold(here, ORDER)
    restore(here, made, force=True)
    assert holds(here)[0]["until"] == f"{ORDER.expires_on}"
    assert word in held(here, "case 12", "law officer")[0]["record"]["post"]["text"]


def test_a_renewal_that_is_cut_short_before_a_restore_knows_of_it_is_none(here: Settings) -> None:
    _hold(here)
    later = replace_order(expires_on=TODAY + timedelta(days=200))
    assert killed_at(holding, "note_erased", lambda: hold(here, later))
    assert holds(here)[0]["until"] == f"{ORDER.expires_on}"
    assert hold(here, later)["until"] == f"{later.expires_on}"


def test_the_register_and_the_alerts_tell_of_orders_and_not_what_they_hold(here: Settings) -> None:
    _hold(here)
    now = datetime.now(UTC)
    found = register_of(here, now)
    assert found["holds"] == [
        {"by": "law officer", "why": "a claim for damages", "since": f"{TODAY}",
         "until": f"{ORDER.expires_on}", "records": "fewer than 10"}
    ]  # fmt: skip
    assert not any(word in str(found) for word in (HELD, SITE + "/t", "case 12"))
    with opened(here.warehouse) as engine:
        charter = here.load_charter()

        def told(at: datetime) -> list[Finding]:
            return [f for f in findings(here, charter, engine, at) if f.kind == "hold ending"]

        assert told(now) == []
        (ending,) = told(now + timedelta(days=31))
        assert str(ORDER.expires_on) in (ending.detail or ending.message)
        assert told(now + timedelta(days=91)) == []


def test_a_hold_does_not_let_what_was_erased_come_back(here: Settings) -> None:
    _hold(here)
    erase(here, "discourse", post=native(HELD))
    say(here, WORDS)
    refine(here)
    assert HELD not in str(_rows(here, post))


def test_a_post_is_named_by_its_address_as_well(here: Settings) -> None:
    address = next(row["url"] for row in _rows(here, post) if row["native_id"] == native(HELD))
    assert hold(here, ORDER, "discourse", [address])["sealed"] == 1
    assert erase(here, "discourse", post=address)["receipt"]["posts"] == 1
    assert HELD not in str(_rows(here, post))
    with pytest.raises(FixSettings, match="never read, or erased"):
        hold(here, ORDER._replace(ref="case 13"), "discourse", [address])


def test_a_later_order_of_the_same_reference_is_not_lifted_with_the_first(here: Settings) -> None:
    _hold(here)
    release(here, "case 12")
    comply(here)
    with opened(here.warehouse) as engine, engine.begin() as connection:
        connection.execute(sa.delete(orders))  # as retention does, years later
    _hold(here)
    with opened(here.warehouse) as engine:
        assert release_again(engine, erased_in(here.landing), datetime.now(UTC)) == 0
    assert holds(here)[0]["state"] == "in force"
