"""The monthly report: its numbers add up, and it names nobody."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from quay import WORDS, native, quay

from contract.errors import FixSettings
from pipeline.access import Asking, note
from pipeline.erase import erase
from pipeline.hold import hold, release
from pipeline.report import last_month, report_of, write_due_report, write_report
from pipeline.settings import Settings
from warehouse.holding import Order
from warehouse.store import opened
from warehouse.tables import removal

NOW = datetime.now(UTC)
MONTH = f"{NOW:%Y-%m}"


@pytest.fixture
def given(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    return quay(tmp_path / "place", store_url, monkeypatch)


def _live(given: Settings) -> None:
    today = NOW.date()
    for ref, word in (("case 1", WORDS[1]), ("case 2", WORDS[2])):
        hold(given, Order(ref, "court", "a claim", today, today), "discourse", [native(word)])
    release(given, "case 2")
    erase(given, "discourse", post=native(WORDS[0]))
    for purpose, rows in (("none", 2), ("none", 3), ("other", None)):
        note(given, Asking("analyst", purpose), "search", WORDS[1], rows)
    late = {"removal_key": "x", "what": "x", "why": "gone there", "platform": "discourse",
            "places": [], "done_at": NOW, "duty_hours": 24, "source": "discourse"}  # fmt: skip
    with opened(given.warehouse) as engine, engine.begin() as connection:
        for number, hours in enumerate((1, 2, 30)):
            row = {**late, "removal_key": f"{number}", "latency_seconds": hours * 3600.0}
            connection.execute(sa.insert(removal).values(row))


def test_its_numbers_are_those_of_the_month(given: Settings) -> None:
    _live(given)
    found = report_of(given, MONTH, datetime.now(UTC))
    assert [(r["source"], r["posts_new"]) for r in found["read"]] == [("discourse", 2)]
    gone = {r["why"]: r for r in found["removed"]}
    assert (gone["gone there"]["removed"], gone["gone there"]["in_time"]) == (3, 2)
    assert (gone["gone there"]["median_hours"], gone["gone there"]["longest_hours"]) == (2, 30)
    assert gone["erasure"]["removed"] == 1
    assert found["holds"] == {"entered": 2, "released": 1, "in_force": 1, "records": 1}
    assert [(u["purpose"], u["times"], u["rows"]) for u in found["accesses"]] == [
        ("none", 2, 5), ("other", 1, 0)]  # fmt: skip
    assert found["left_out"] == [{"rule": "removed", "records": 1}]
    assert not any(word in str(found) for word in (*WORDS, "case 1"))
    before = report_of(given, "2020-01", NOW)
    assert (before["removed"], before["read"], before["accesses"]) == ([], [], [])


def test_it_is_written_once_a_month_and_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, browser: Browser
) -> None:
    given = quay(tmp_path / "place", f"sqlite:///{tmp_path}/place/warehouse.db", monkeypatch)
    _live(given)
    first = write_due_report(given)
    assert first is not None
    assert first["month"] == last_month(NOW)
    assert json.loads(Path(first["files"][1]).read_text())["is_whole"]
    assert write_due_report(given) is None
    for out in (None, tmp_path / "mine.html"):
        written = write_report(given, MONTH, out)["files"]
        assert {Path(file).stat().st_mode & 0o777 for file in written} == {0o600}
        for width in (390, 1280):
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.goto(f"file://{written[0]}")
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.close()
    wrong = "allowed are months"
    for month, said in {
        **dict.fromkeys(("2026-13", "0000-01", "٢٠٢٦-10", "2026-1"), wrong),
        "9999-12": "is to come",
    }.items():
        with pytest.raises(FixSettings, match=said):
            write_report(given, month)
    with pytest.raises(FixSettings, match="the name of a page"):
        write_report(given, MONTH, tmp_path / "report.pdf")


def test_the_last_month_is_the_one_before() -> None:
    assert last_month(datetime(2026, 1, 1, tzinfo=UTC)) == "2025-12"
    assert last_month(datetime(2026, 3, 31, 23, tzinfo=UTC)) == "2026-02"
