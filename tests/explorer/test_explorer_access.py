"""What is asked of posts in the explorer is in the log of accesses before it is answered."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from explored import KEY, Explored, served
from quay import WORDS, quay

from explorer.site import prepared
from pipeline import access
from pipeline.access import Asking, accesses, note
from pipeline.export import export
from pipeline.settings import Settings

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Served(NamedTuple):
    """An installation, and its explorer."""

    given: Settings
    site: Explored

    def logged(self) -> list[dict[str, Any]]:
        """Return what the log says, the first first."""
        return accesses(self.given, LONG_AGO)[::-1]


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    return quay(tmp_path / "place", f"sqlite:///{tmp_path}/place/warehouse.db", monkeypatch)


@pytest.fixture
def site(given: Settings, tmp_path: Path) -> Iterator[Served]:
    export(given, tmp_path / "views", "sqlite", "personal")
    database = tmp_path / "views" / "goodguest.db"
    prepared(database)
    noting = partial(note, given, Asking("analyst", "none"), "explorer")
    with served(database, None, noting) as url:
        yield Served(given, Explored(given, database, url))


def test_each_question_about_posts_is_logged_and_nothing_else(site: Served) -> None:
    (key,) = site.site.rows("select post_key from v_post where text like ?", f"%{WORDS[0]}%")[0]
    asked = {
        f"/goodguest/-/search?q={WORDS[0]}": 1,
        "/goodguest/-/search?q=nobodysaysso": 0,
        f"/goodguest/-/post/{key}": 1,
        "/goodguest/v_post": 3,
        f"/goodguest/v_post.json?text__contains={WORDS[1]}": 1,
        "/goodguest/v_post.csv": 3,
        "/goodguest?sql=select text as t from v_post": 3,
        "/goodguest.csv?sql=select upper(text) as t from v_post limit 2": 2,
        "/~67oodguest.json?sql=select substr(text, 2) as t from v_post": 3,
    }
    for path in (*asked, "/", "/goodguest/v_topic_week", "/static/style.css", "/status",
                 "/goodguest/v_community_week.csv", "/goodguest/-/search"):  # fmt: skip
        assert site.site.get(path).status_code in (200, 404), path
    logged = site.logged()
    assert {entry["question"]: entry["rows"] for entry in logged} == asked
    assert {(e["role"], e["purpose"], e["how"]) for e in logged} == {
        ("analyst", "none", "explorer")
    }
    for url in (site.site.url, f"{site.site.url}/goodguest/-/search?q=lamp"):
        assert requests.get(url, timeout=30).status_code == 403
    assert len(site.logged()) == len(asked), "who may not ask fills no log"


def test_what_cannot_be_logged_is_not_answered(
    site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "_MOST_BYTES", 600)
    answers = [site.site.get("/goodguest/-/search", q=WORDS[0]) for _ in range(8)]
    assert [answer.status_code for answer in answers].count(503) >= 3
    for answer in answers:
        assert (WORDS[0] in answer.text) is (answer.status_code == 200)
    assert "goodguest accesses" in answers[-1].text
    assert (site.given.data / "access" / "open.jsonl").stat().st_size < 1_500
    kept = len([answer for answer in answers if answer.ok])
    assert len(site.logged()) == kept
    assert site.site.get("/goodguest/-/search", q=WORDS[0]).ok, "gathered, there is room again"


def test_the_log_outlives_a_killed_explorer(given: Settings) -> None:
    environment = {
        **os.environ, "GOODGUEST_CHARTER": str(given.charter), "GOODGUEST_DATA": str(given.data),
        "GOODGUEST_WAREHOUSE": given.warehouse, "GOODGUEST_ROLE": "press officer",
    }  # fmt: skip
    command = [sys.executable, "-m", "pipeline.cli", "--json", "explore", "--port", "24011"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            with requests.Session() as browser:
                browser.get(url, timeout=30)
                address = url.partition("/?")[0]
                found = browser.get(f"{address}/goodguest/-/search?q={WORDS[0]}", timeout=30)
                assert WORDS[0] in found.text
        finally:
            os.kill(process.pid, signal.SIGKILL)
    entry, opened = accesses(given, LONG_AGO)
    assert (opened["question"], opened["rows"]) == ("opened", len(WORDS))
    assert (entry["role"], entry["purpose"], entry["rows"]) == ("press officer", "none", 1)
    assert entry["question"] == f"/goodguest/-/search?q={WORDS[0]}"
    assert KEY not in str(entry)
