"""The explorer can only be read, only from this machine, and not for long."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests
from explored import KEY, Explored

from explorer.questions import QUESTIONS


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[", "0.0.0.0", "a@b"]
)
def test_it_answers_to_no_other_name(host: str, explored: Explored) -> None:
    headers = {"Host": host, **explored.cookie}
    answer = requests.get(explored.url, headers=headers, timeout=30)
    assert answer.status_code in (400, 421)
    assert "posts" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:1"])
def test_it_answers_to_its_own(host: str, explored: Explored) -> None:
    assert requests.get(explored.url, headers={"Host": host, **explored.cookie}, timeout=30).ok


def test_it_answers_only_who_has_its_address(explored: Explored) -> None:
    name, _, _ = explored.cookie["Cookie"].partition("=")
    for path in ("/", "/goodguest/v_post", "/goodguest.json?sql=select+1", "/static/style.css",
                 "/?key=", "/?key=wrong", f"/?key={KEY}x"):  # fmt: skip
        for cookie in ("", f"{name}=", f"{name}=wrong", f"x{name}={KEY}", f"{name}={KEY[:-1]}"):
            answer = requests.get(explored.url + path, headers={"Cookie": cookie}, timeout=30)
            assert answer.status_code == 403
            assert "goodguest explore" in answer.text
    led = requests.get(explored.address, allow_redirects=False, timeout=30)
    assert (led.status_code, led.headers["location"]) == (303, "/")
    assert led.headers["set-cookie"] == f"{name}={KEY}; Path=/; HttpOnly; SameSite=Strict"
    assert led.headers["referrer-policy"] == "no-referrer"
    with requests.Session() as browser:
        page = browser.get(explored.address, timeout=30)
        assert (page.status_code, page.url) == (200, f"{explored.url}/")
        assert KEY not in page.text


@pytest.mark.parametrize("path", ["/", "/goodguest/v_post", "/nope", "/static/style.css"])
def test_every_answer_has_the_headers(path: str, explored: Explored) -> None:
    headers = explored.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["cache-control"] == "private, no-store"
    assert "set-cookie" not in headers
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_it_can_only_be_read(method: str, explored: Explored) -> None:
    assert requests.request(method, f"{explored.url}/goodguest", timeout=30).status_code == 405


@pytest.mark.parametrize(
    "sql",
    ["delete from v_post", "drop table v_post", "attach '/etc/passwd' as x",
     "pragma writable_schema", "with a as (select 1) delete from v_post",
     "select writefile('x', 'y')", "select load_extension('x')", "create table x (y)",
     "select 1; delete from v_post", "vacuum into '/tmp/x.db'", "pragma database_list",
     "select readfile('/etc/passwd')", "select edit('x')", "select * from pragma_compile_options",
     "select 1; attach '/etc/passwd' as x"],
)  # fmt: skip
def test_no_query_writes(sql: str, explored: Explored) -> None:
    before = explored.database.read_bytes()
    assert explored.get("/goodguest", sql=sql).status_code == 400
    assert explored.database.read_bytes() == before


@pytest.mark.parametrize(
    "path",
    ["?sql=select+*+from+nope+where+text='Jane'", "?sql=select+:a+%2B&a=Jane",
     ".json?sql=select+nope+from+v_post+where+text='Jane'", ".csv?sql=select+'Jane'+from+nope",
     "/v_post?_where=Jane+Jane", "/v_post?_facet=Jane", "/v_post.csv?_where=Jane+Jane",
     "?sql=select+zeroblob(20000000)"],
)  # fmt: skip
def test_a_query_that_fails_is_answered_and_printed_nowhere(
    path: str, explored: Explored, capfd: pytest.CaptureFixture[str]
) -> None:
    assert explored.get(f"/goodguest{path}").status_code == 400
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "sql", ["select instr({}, {} || 'b')", "select replace({}, {} || 'b', '')"]
)
def test_no_function_runs_on_where_no_limit_reaches(sql: str, explored: Explored) -> None:
    """Time is looked at between a query's steps: on long values one step took minutes."""
    long, half = (f"printf('%.*c', {length}, 'a')" for length in (9_000_000, 4_500_000))
    began = time.monotonic()
    explored.get("/goodguest.json", sql=sql.format(long, half))
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("form", ["", ".json", ".csv"])
def test_a_long_query_is_stopped(form: str, explored: Explored) -> None:
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
    began = time.monotonic()
    answer = explored.get(f"/goodguest{form}", sql=endless, _timelimit="60000")
    assert answer.status_code == 400
    assert "two seconds" in answer.text
    assert time.monotonic() - began < 10


def test_a_query_returns_so_many_rows_and_says_so(explored: Explored) -> None:
    page = explored.get("/goodguest", sql="select a.rowid from v_post a, v_post b limit 5000").text
    assert "The first 1,000 rows; the query has more." in page
    assert page.count("<tr><td") == 1000


@pytest.mark.parametrize(
    "path", ["/-/settings", "/-/metadata.json", "/-/plugins", "/-/permissions", "/-/auth-token",
             "/goodguest.db", "/_internal", "/_memory", "/goodguest/-/post/x", "/static/../site.py",
             "/static/%2e%2e/site.py", "//evil.example/", "//evil.example/.."],
)  # fmt: skip
def test_nothing_else_is_served(path: str, explored: Explored) -> None:
    assert explored.get(path).status_code in (403, 404)


def test_no_question_reads_a_whole_table_of_posts(explored: Explored) -> None:
    for question in QUESTIONS:
        given = dict.fromkeys(question.asks_for, "x")
        with closing(sqlite3.connect(explored.database)) as connection:
            plan = connection.execute(f"explain query plan {question.sql}", given).fetchall()
        scanned = [row[3] for row in plan if re.match(r"SCAN (post|tie|other|v_post\w*)", row[3])]
        assert all("COVERING INDEX" in step for step in scanned), (question.name, scanned)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_command_serves_until_it_is_told_to_end(
    ending: signal.Signals, explored: Explored
) -> None:
    goodguest = [sys.executable, "-m", "pipeline.cli", "--json", "explore", "--port"]
    taken = explored.url.rsplit(":", 1)[1]
    given = explored.given
    settings = {
        "GOODGUEST_CHARTER": str(given.charter),
        "GOODGUEST_DATA": str(given.data),
        "GOODGUEST_WAREHOUSE": given.warehouse,
    }
    runs: dict[str, Any] = {
        "cwd": Path(__file__).parents[2],
        "env": {**os.environ, **settings},
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
    }
    copy = given.data / "explorer" / "views" / "goodguest.db"
    process = subprocess.Popen([*goodguest, taken], **runs)
    try:
        assert process.stdout
        said = json.loads(process.stdout.readline())
        assert said["rows"]["v_post"] > 1000
        address, _, key = said["url"].partition("?key=")
        assert not address.endswith(f":{taken}/")
        assert len(key) == 32
        assert requests.get(address, timeout=30).status_code == 403
        with requests.Session() as browser:
            assert browser.get(said["url"], timeout=30).ok
        assert copy.stat().st_mode & 0o777 == 0o600
        assert copy.parent.stat().st_mode & 0o077 == 0
        second = subprocess.run([*goodguest, taken], **runs, check=False)
        assert second.returncode == 2
        assert "another `goodguest explore` serves" in second.stdout
    finally:
        process.send_signal(ending)
        _, complaints = process.communicate(timeout=60)
    assert (process.returncode, complaints) == (0, "")
    assert not copy.parent.exists()
