"""The status page tells what `goodguest status` does, now, and says so when it cannot."""

from dataclasses import replace
from html import unescape
from typing import Any

from explored import HOSTILE, Explored, served

from contract.errors import FixSettings
from explorer.status import Status
from pipeline.status import status


def _page(explored: Explored, ask: Status | None, path: str = "/status") -> tuple[int, str]:
    with served(explored.database, ask) as url:
        answer = replace(explored, url=url).get(path)
    return answer.status_code, answer.text


def test_it_tells_what_the_command_tells(explored: Explored) -> None:
    page = " ".join(unescape(explored.get("/status").text).split())
    said = explored.get("/status.json").json()
    rows = status(explored.given)
    assert [row["source"] for row in said["sources"]] == [row["source"] for row in rows]
    for row, told in zip(rows, said["sources"], strict=True):
        assert told["posts_week"] == row["posts_week"]
        assert f'">{row["source"]}</a>' in page
        for problem in row["problems"]:
            assert problem["message"] in page
    assert '<a href="/status">Status</a>' in page


def test_what_stops_many_is_said_once_and_nothing_becomes_html(explored: Explored) -> None:
    first: dict[str, Any] = status(explored.given)[0]
    problem = {"state": "failed", "message": HOSTILE}
    rows = [{**first, "source": name, "state": "failed", "problems": [problem]} for name in "ab"]
    code, page = _page(explored, lambda: rows)
    assert code == 200
    assert page.count("&lt;script&gt;alert(1)") == 1
    assert "<script>" not in page
    assert "<strong>a, b</strong>" in page


def test_it_says_when_it_cannot_be_told(explored: Explored) -> None:
    def broken() -> list[dict[str, Any]]:
        raise FixSettings("charter.yaml: found nothing")

    for path in ("/status", "/status.json"):
        code, page = _page(explored, broken, path)
        assert code == 503
        assert "charter.yaml: found nothing" in page


def test_a_copy_alone_has_no_status(explored: Explored) -> None:
    code, page = _page(explored, None)
    assert code == 404
    assert "goodguest status" in page
    assert 'href="/status"' not in _page(explored, None, "/")[1]
