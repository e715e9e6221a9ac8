"""Erasure, retention, expired purposes and sources that may not be asked, on both stores."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from everywhere import held
from quay import SITE, WORDS, change, quay, say

from connectors import connector_of
from contract.errors import FixSettings
from pipeline import landing
from pipeline.comply import comply, erase_again
from pipeline.erase import erase
from pipeline.erased import erased_in
from pipeline.refine import refine
from pipeline.settings import Settings
from warehouse.rechecks import duties
from warehouse.retention import RULES
from warehouse.store import opened
from warehouse.tables import author, landing_part, metadata, post, removal

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def given(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return an installation that read three posts of three people on one page."""
    return quay(tmp_path / "place", store_url, monkeypatch, ["discourse", "reddit"])


def _rows(given: Settings, table: sa.Table) -> list[dict[str, Any]]:
    with opened(given.warehouse) as engine, engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def test_an_erased_post_does_not_come_back(given: Settings) -> None:
    first, *others = WORDS
    receipt = erase(given, "discourse", post=f"{SITE}/t/1/1")["receipt"]
    assert receipt["posts"] == 1
    assert receipt["done_at"] is not None
    assert not held([first], given.data)
    assert sorted(held(others, given.data)) == others, "what shared its page stays"
    say(given, WORDS, timedelta(minutes=70))
    assert refine(given)["skipped"] == 1
    assert len(_rows(given, post)) == len(others)
    assert held([first], given.data), "the page that came has it still"
    comply(given)
    assert not held([first], given.data)
    read = [row["skipped_by_rule"] for row in _rows(given, landing_part)]
    assert read == [{"removed": 1}, {"removed": 3}], "the others are older versions"
    assert refine(given, reparse=True)["posts_new"] == 0


def test_an_erased_account_does_not_come_back(given: Settings) -> None:
    first, *others = WORDS
    receipt = erase(given, "discourse", account=f"https://{SITE}/u/{first.upper()}-Name/")[
        "receipt"
    ]
    assert (receipt["posts"], receipt["posts_of_older_keys"]) == (1, 0)
    assert not held([first], given.data)
    assert len(_rows(given, author)) == len(others)
    assert first not in str(_rows(given, removal))
    say(given, ["qxother", first], timedelta(minutes=90))
    result = refine(given)
    assert (result["posts_new"], result["skipped"]) == (1, 1)
    comply(given)
    assert not held([first], given.data)
    (given.data / "erasure.key").write_text("another secret of enough letters", "utf-8")
    with pytest.raises(FixSettings, match="would be stored again"):
        refine(given, reparse=True)


def test_a_restored_backup_is_erased_again(given: Settings) -> None:
    erase(given, "discourse", post=f"{SITE}/t/1/1")
    kept = erased_in(given.landing)
    assert {one.why for one in kept} == {"erasure"}
    with opened(given.warehouse) as engine, engine.begin() as connection:
        for table in ("erased", "removal", "landing_part"):
            connection.execute(sa.text(f"delete from {table}"))
    say(given, WORDS, timedelta(minutes=75))
    assert refine(given)["posts_new"] == 1
    assert erase_again(given, kept) == 1
    assert not held(WORDS[:1], given.data)
    say(given, WORDS, timedelta(minutes=70))
    # The page of before that was read without it was cut once more, and is read as well.
    assert refine(given)["posts_new"] == 0
    assert not _rows(given, post)[0]["text"].count(WORDS[0])
    assert len(_rows(given, post)) == len(WORDS) - 1


def test_what_is_old_goes_and_what_was_counted_stays(given: Settings) -> None:
    old = ("qxcrane", "qxstoat")
    say(given, old, timedelta(days=400))
    refine(given)
    counted = "select sum(posts) from community_week"
    with opened(given.warehouse) as engine, engine.connect() as connection:
        before = connection.scalar(sa.text(counted))
    assert comply(given)["purged"] == len(old)
    assert not held(old, given.data)
    assert len(_rows(given, post)) == len(_rows(given, author)) == len(WORDS)
    assert len(landing.parts(given.landing)) == 1
    with opened(given.warehouse) as engine, engine.connect() as connection:
        assert connection.scalar(sa.text(counted)) == before == len(WORDS) + len(old)


def test_a_raw_page_goes_before_its_text_once_it_is_read(given: Settings) -> None:
    say(given, ["qxcrane"], timedelta(days=40))
    comply(given)
    assert len(landing.parts(given.landing)) == 2, "nobody has read it yet"
    refine(given)
    comply(given)
    assert len(landing.parts(given.landing)) == 1
    assert len(_rows(given, post)) == len(WORDS) + 1


def test_a_purpose_that_expired_is_purged(given: Settings) -> None:
    change(given, purposes={"none": {"expires": "2026-01-01"}})
    result = comply(given)
    assert result["purged"] == len(WORDS)
    assert "expired on 2026-01-01" in result["errors"]["discourse"]
    assert not held(WORDS, given.data)
    assert landing.parts(given.landing) == []


@pytest.mark.parametrize("wants_approval", [True, False])
def test_who_may_not_be_asked_is_not_asked(
    given: Settings, monkeypatch: pytest.MonkeyPatch, wants_approval: bool
) -> None:
    terms = connector_of("discourse").TERMS
    changed = {name: getattr(terms, name) for name in type(terms).__slots__}
    changed |= {"needs_approval": wants_approval, "needs_permission": True}
    monkeypatch.setattr("connectors.discourse.TERMS", type(terms)(**changed))
    change(given, sources={"discourse": {"permission": None}})
    monkeypatch.setattr("pipeline.rechecking.Client", None)
    assert comply(given)["past"] == 0, "it may stand for a day"
    with opened(given.warehouse) as engine, engine.begin() as connection:
        connection.execute(sa.update(post).values(last_seen_at=NOW - timedelta(hours=25)))
    result = comply(given)
    assert "permission" in result["errors"]["discourse"]
    gone = len(WORDS) if wants_approval else 0
    assert (result["removed"], result["past"]) == (gone, len(WORDS) - gone)
    assert bool(held(WORDS, given.data)) is not wants_approval


def test_duties_tell_what_is_late(given: Settings) -> None:
    terms = {"discourse": connector_of("discourse").TERMS}
    with opened(given.warehouse) as engine, engine.connect() as connection:
        (on_time,) = duties(connection, terms, NOW)
        (late,) = duties(connection, terms, NOW + timedelta(hours=24))
    assert (on_time.posts, on_time.past, late.past) == (len(WORDS), 0, len(WORDS))
    assert on_time.oldest_at == min(row["last_seen_at"] for row in _rows(given, post))
    assert on_time.deadline_at == on_time.oldest_at + timedelta(hours=24)


def test_every_table_has_a_rule_of_retention() -> None:
    assert RULES.keys() == metadata.tables.keys(), "say how long its rows are kept, or why for ever"
    for name, rule in RULES.items():
        if rule.why:
            continue
        assert rule.since in metadata.tables[name].c, name
