"""Answers to requests: a person gets all that is held of them, anybody else nothing of anybody."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from quay import SITE, WORDS, change, native, quay, somebody

from contract.errors import FixSettings
from contract.page import Page
from contract.post import Post
from pipeline import landing
from pipeline.access import accesses
from pipeline.comply import comply
from pipeline.disclose import Request, disclose_subject
from pipeline.disclose_foi import disclose_foi
from pipeline.erase import erase
from pipeline.hold import hold
from pipeline.settings import Settings
from warehouse.holding import Order
from warehouse.store import opened
from warehouse.tables import author, digest_issue, published_cell, published_week

NOW = datetime.now(UTC)
ASKED = Request("SAR 7", "data protection officer")
WHO = f"https://{SITE}/u/{WORDS[0].upper()}-name"


@pytest.fixture
def given(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    return quay(tmp_path / "place", store_url, monkeypatch)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    return quay(tmp_path / "place", f"sqlite:///{tmp_path}/place/warehouse.db", monkeypatch)


def _said(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "answer.json").read_text("utf-8"))
    return found


def test_a_person_gets_all_of_theirs_and_nothing_of_others(given: Settings, tmp_path: Path) -> None:
    today = NOW.date()
    order = Order("case 12", "law officer", "a claim", today, today + timedelta(days=9))
    hold(given, order, "discourse", [native(WORDS[0])])
    out = tmp_path / "answer"
    result = disclose_subject(given, "discourse", [WHO], ASKED, out)
    assert (result["posts"], result["as_received"], result["held_by_order"]) == (1, 1, 1)
    said = _said(out)
    (whole,) = said["posts"]
    assert WORDS[0] in whole["post"]["text"]
    assert whole["source"]["legal_basis"] == "None"
    assert [whole["post"]["author_key"]] == said["pseudonyms"]
    assert WORDS[0] in said["as_received"][0]["author_id"]
    assert f"under order case 12 until {order.expires_on}" in said["held_by_order"][0]
    assert said["kept_days"]["posts"] == 365
    assert set(whole["post"]) <= set(said["fields"]["post"]), "every field is explained"
    shown = "".join(path.read_text("utf-8") for path in out.iterdir())
    assert not any(word in shown for word in WORDS[1:])
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    (entry,) = accesses(given, NOW - timedelta(hours=1))
    assert (entry["how"], entry["role"], entry["rows"]) == ("subject access", ASKED.by, 1)
    assert entry["purpose"] == "request SAR 7"
    assert WORDS[0] not in str(entry).lower(), "the log does not name who asked"


def test_what_is_sealed_and_gone_is_told_of(given: Settings, tmp_path: Path) -> None:
    today = NOW.date()
    word, post_id = somebody(given)
    hold(given, Order("case 13", "court", "a claim", today, today), "discourse", [post_id])
    with opened(given.warehouse) as engine, engine.connect() as connection:
        before = connection.scalar(sa.select(sa.func.count()).select_from(author))
    erase(given, "discourse", post=post_id)
    who = f"https://{SITE}/u/{word}-name"
    result = disclose_subject(given, "discourse", [who], ASKED, tmp_path / "answer")
    assert before == len(WORDS) + 1
    assert (result["posts"], result["held_by_order"]) == (0, 1)
    assert "lamp" not in (tmp_path / "answer" / "answer.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("platform", "accounts", "asked", "said"),
    [
        ("discourse", [WHO], Request(" ", "officer"), "--ref: found nothing"),
        ("discourse", [WHO], Request("SAR 7", ""), "--by: found nothing"),
        ("discourse", [], ASKED, "name the account"),
        ("myspace", [WHO], ASKED, "myspace"),
    ],
)
def test_a_request_that_is_not_documented_gets_nothing(
    here: Settings, tmp_path: Path, platform: str, accounts: list[str], asked: Request, said: str
) -> None:
    with pytest.raises(FixSettings, match=said):
        disclose_subject(here, platform, accounts, asked, tmp_path / "answer")
    assert not (tmp_path / "answer").exists()
    assert accesses(here, NOW - timedelta(hours=1)) == []


def test_an_answer_overwrites_nothing(here: Settings, tmp_path: Path) -> None:
    (tmp_path / "answer").mkdir()
    (tmp_path / "answer" / "mine.txt").write_text("mine")
    with pytest.raises(FixSettings, match="holds something"):
        disclose_subject(here, "discourse", [WHO], ASKED, tmp_path / "answer")
    with pytest.raises(FixSettings, match="holds something"):
        disclose_foi(here, ASKED, tmp_path / "answer")
    assert [path.name for path in (tmp_path / "answer").iterdir()] == ["mine.txt"]
    for target in (tmp_path / "elsewhere", tmp_path / "nowhere"):
        link = tmp_path / f"to-{target.name}"
        link.symlink_to(target)
        (tmp_path / "elsewhere").mkdir(exist_ok=True)
        with pytest.raises(FixSettings, match="leads elsewhere"):
            disclose_foi(here, ASKED, link)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_name_that_two_accounts_had_gives_neither(
    here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = [
        Post(platform="x", native_id=n, kind="post", author_id=who, author_handle=name, text=n)
        for n, who, name in (("1", "71", "Lamplighter"), ("2", "72", "lamplighter"),
                             ("3", "72", "ferry"))
    ]  # fmt: skip
    monkeypatch.setattr(landing, "parts", lambda *_: [None])
    page = Page(source="x", platform="x", url="https://x.example", received_at=NOW, body=b"")
    monkeypatch.setattr(landing, "pages_of", lambda *_: [(0, page)])
    monkeypatch.setattr("pipeline.account.outcomes_of", lambda _: posts)
    for names in (["@lamplighter"], ["72", "https://x.com/lamplighter"]):
        with pytest.raises(FixSettings, match=r"a name that 2 accounts of x had") as refusal:
            disclose_subject(here, "x", names, ASKED, tmp_path / "answer")
        assert "lamplighter" not in str(refusal.value), "no message names anybody"
    assert not (tmp_path / "answer").exists()
    for names in (["72"], ["@ferry", "72"]):
        out = tmp_path / "".join(names)
        assert disclose_subject(here, "x", names, ASKED, out)["as_received"] == 2


def test_erasure_deletes_answers_below_the_data(here: Settings) -> None:
    out = here.data / "answers" / "7"
    disclose_subject(here, "discourse", [WHO], ASKED, out)
    assert erase(here, "discourse", account=WHO)["receipt"]["posts"] == 1
    assert list(out.iterdir()) == []


def _published(given: Settings) -> None:
    week = {"week": "2026-W40", "purpose": "none", "posts": 40, "coverage": 1.0, "min_authors": 10,
            "cells": 2, "cells_shown": 1, "method": "1", "published_at": NOW}  # fmt: skip
    cell = {"kind": "topic", "week": "2026-W40", "purpose": "none", "subject": "urn:lamps",
            "name": "lamps", "posts": 20}  # fmt: skip
    issue = {"digest": "weekly", "week": "2026-W40", "numbers": {"posts": 1234567}, "made_at": NOW}
    with opened(given.warehouse) as engine, engine.begin() as connection:
        connection.execute(sa.insert(published_week).values(week))
        connection.execute(
            sa.insert(published_cell),
            [cell, {**cell, "kind": "community", "subject": "c", "name": "the quay"}],
        )
        connection.execute(sa.insert(digest_issue).values(issue))


def test_anybody_gets_published_figures_and_nothing_of_a_person(
    given: Settings, tmp_path: Path
) -> None:
    _published(given)
    change(given, digests={"weekly": {"purpose": "none", "to": ["reader@agency.example"]}},
           alerts={"to": ["watch@agency.example"]})  # fmt: skip
    today = NOW.date()
    hold(given, Order("case 12", "court", "a claim", today, today), "discourse", [native(WORDS[0])])
    asked = Request("FOI 3", "information officer")
    result = disclose_foi(given, asked, tmp_path / "all")
    assert (result["figures"], result["weeks"]) == (2, 1)
    said = _said(tmp_path / "all")
    assert said["digests"][0]["digest"] == "weekly"
    assert said["charter"]["purposes"]["none"]["dpia"] == "none"
    assert said["register"]["holds"][0]["by"] == "court"
    shown = "".join(path.read_text("utf-8") for path in (tmp_path / "all").iterdir())
    with opened(given.warehouse) as engine, engine.connect() as connection:
        authors = list(connection.scalars(sa.select(author.c.author_key)))
    assert len(authors) == len(WORDS)
    for secret in (*WORDS, *authors, "case 12", "reader@", "watch@", "a letter", "1234567", "/t/1"):
        assert secret not in shown, secret
    assert any("min_authors" in each["why"] for each in said["withheld"])
    (entry,) = accesses(given, NOW - timedelta(hours=1))
    assert (entry["how"], entry["purpose"]) == ("freedom of information", "request FOI 3")
    assert disclose_foi(given, asked, tmp_path / "none", week="2026-W41")["figures"] == 0
    with pytest.raises(FixSettings, match="nothing goes by 'bridges'"):
        disclose_foi(given, asked, tmp_path / "topic", topic="bridges")


def test_the_answers_can_be_read_by_anybody(
    here: Settings, tmp_path: Path, browser: Browser
) -> None:
    _published(here)
    disclose_subject(here, "discourse", [WHO], ASKED, tmp_path / "subject")
    disclose_foi(here, ASKED, tmp_path / "foi")
    comply(here)
    for name in ("subject", "foi"):
        for width, scheme in ((390, "light"), (1280, "dark")):
            page = browser.new_page(
                viewport={"width": width, "height": 900},
                color_scheme=scheme,  # type: ignore[arg-type]
            )
            page.goto(f"file://{tmp_path / name / 'answer.html'}")
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.close()
