"""Check finds what would keep a run from working, and tells nobody a secret."""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
import yaml
from place import Place
from stores import made_and_let_go

from contract.charter_yaml import _Yaml
from contract.credentials import variable_of
from contract.errors import FixSettings
from pipeline.check import findings
from pipeline.credentials import in_environment
from pipeline.opt_out import opt_out
from pipeline.probing import said_to
from pipeline.settings import KEY_FILE, Settings, pseudonym_key
from samples.connections import CONNECTIONS

NO_MAIL = "set GOODGUEST_SMTP"
PLANTED = "planted-secret-4711"
KEYS = {
    "town-x": "make a new one in the developer console",
    "town-reddit": "check client_id and client_secret",
    "museum-flickr": "put the right one into the connection",
}
"""What is said of a wrong key."""


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.probing.sleep", lambda seconds: None)


def found(given: Settings, *, probing: bool = False) -> list[tuple[str, str, str]]:
    """Return the findings, but that the sample's digests are not mailed."""
    rows = findings(given, probing=probing)
    return [tuple(row.values()) for row in rows if NO_MAIL not in row["message"]]


def edited(given: Settings, **sections: Any) -> dict[str, Any]:
    """Write the charter anew with what is given in the place of its sections, and return it."""
    charter: dict[str, Any] = yaml.load(given.charter.read_text("utf-8"), _Yaml) | sections
    given.charter.write_text(yaml.safe_dump(charter, sort_keys=False), "utf-8")
    return charter


def asked_of_the_town(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name == "samples.server"]


def test_each_platform_is_asked_once_and_nothing_is_spent(
    place: Place, store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made_and_let_go(store_url)
    sources = edited(place.given)["sources"]
    blog = {**sources["neighbourhood-blog"], "platform": "wordpress", "select": {}}
    blog["url"] += "/blog"
    sources = {**sources, "blog": blog}
    edited(place.given, sources=sources)
    assert found(replace(place.given, warehouse=store_url), probing=True) == []
    said = [r.getMessage() for r in caplog.records if r.name == "goodguest.check"]
    platforms = {source["platform"] for source in sources.values()}
    assert len(said) == len(platforms) >= 7
    assert "streets-flickr, museum-flickr: Flickr takes the key" in said
    assert any(f"counts {len(place.town.x.posts)} of 10,000 posts since day 1" in s for s in said)
    asked = [each for each in asked_of_the_town(caplog) if "robots.txt" not in each]
    assert len(asked) == len(platforms) + 1, "one each, and Reddit's token"
    engine = sa.create_engine(store_url)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("select count(*) from spending")) == 0
        assert connection.scalar(sa.text("select count(*) from ingest_run")) == 0
    engine.dispose()


def test_a_wrong_key_is_named_and_shown_to_nobody(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for source in KEYS:
        held = dict.fromkeys(CONNECTIONS[source], PLANTED)
        monkeypatch.setenv(variable_of(source), json.dumps(held))
    rows = found(place.given, probing=True)
    assert {where for _, where, _ in rows} == {f"sources.{name}" for name in KEYS}
    for level, where, message in rows:
        assert level == "error"
        assert KEYS[where.removeprefix("sources.")] in message
    ours = [(r.getMessage(), r.exc_text) for r in caplog.records if r.name != "samples.server"]
    assert ours
    assert PLANTED not in f"{rows} {ours}"


def test_what_is_not_allowed_is_not_asked(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    written = place.given.charter.read_text("utf-8")
    place.given.charter.write_text(written.replace("2035-12-31", "2026-01-31"), "utf-8")
    rows = found(place.given, probing=True)
    assert rows
    assert {level for level, _, _ in rows} == {"error"}
    assert asked_of_the_town(caplog) == []
    with pytest.raises(Exception, match="expired on 2026-01-31"):
        said_to(place.given, "x", "town_x", CONNECTIONS["town-x"])
    assert asked_of_the_town(caplog) == []


def test_airflows_own_variable_is_read_and_its_store_is_left_to_it(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    sources = edited(place.given)["sources"]
    edited(place.given, sources={"town-x": sources["town-x"]})
    monkeypatch.delenv(variable_of("town-x"))
    [(level, where, message)] = found(place.given, probing=True)
    assert (level, where) == ("note", "sources.town-x")
    assert "airflow connections test town_x" in message
    token = CONNECTIONS["town-x"]["bearer_token"]
    for content in (
        json.dumps({"conn_type": "generic", "password": token}),
        json.dumps({"conn_type": "goodguest_x", "extra": {"bearer_token": token}}),
        json.dumps({"conn_type": "goodguest_x", "extra": json.dumps({"bearer_token": token})}),
        f"goodguest-x://:{token}@",
        f"generic:///?bearer_token={token}",
    ):
        caplog.clear()
        monkeypatch.setenv("AIRFLOW_CONN_TOWN_X", content)
        assert found(place.given, probing=True) == []
        assert "town-x: X takes the key" in caplog.text


@pytest.mark.parametrize(
    "content",
    [
        f"{{{PLANTED}",
        f'{{"password": ["{PLANTED}"',
        f'{{"extra": "{PLANTED}"}}',
        f"x://:{PLANTED}@[",
        f"x://℀:{PLANTED}@a℀/",
        f"x:///?__extra__={PLANTED}",
    ],
)
def test_a_variable_that_cannot_be_read_is_not_repeated(
    content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_TOWN_X", content)
    with pytest.raises(FixSettings, match="AIRFLOW_CONN_TOWN_X: ") as caught:
        in_environment("town_x")
    error: BaseException | None = caught.value
    while error is not None:
        assert PLANTED not in f"{error!r} {error.args}"
        error = error.__cause__ or error.__context__


def test_a_schedulers_connection_is_tested_for_the_source_that_names_it(place: Place) -> None:
    said = said_to(place.given, "x", "town_x", {"password": CONNECTIONS["town-x"]["bearer_token"]})
    assert said.startswith("X takes the key")
    held = {"login": "sample-client", "password": "sample-secret"}
    assert "asked for the source town-reddit" in said_to(place.given, "reddit", "other", held)
    with pytest.raises(Exception, match="does not take the bearer token") as caught:
        said_to(place.given, "x", "town_x", {"password": PLANTED})
    assert PLANTED not in str(caught.value)
    with pytest.raises(FixSettings, match="no bearer_token"):
        said_to(place.given, "x", "town_x", {})
    sources = edited(place.given)["sources"]
    edited(place.given, sources={n: s for n, s in sources.items() if s["platform"] != "x"})
    with pytest.raises(FixSettings, match="no source of the charter is read from X"):
        said_to(place.given, "x", "town_x", {"password": PLANTED})


@contextmanager
def answering(status: int, *, drop_by_drop: bool = False, **headers: str) -> Iterator[str]:
    """Run a site whose every answer is this one, an empty feed."""
    gone = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            body = b" " * drop_by_drop * 9999 + b"<rss version='2.0'><channel></channel></rss>"
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            while drop_by_drop and not gone.wait(0.2):
                self.wfile.write(b" ")
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        gone.set()
        server.shutdown()
        server.server_close()
        thread.join()


def one_feed(place: Place, url: str) -> Settings:
    sources = edited(place.given)["sources"]
    edited(place.given, sources={"news": {**sources["riverside-news"], "url": url}}, digests={})
    return place.given


def now(minutes: int = 0) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (403, {}, ("error", "answered 403; see that sources.news.url is right, and ask who runs")),
        (404, {}, ("error", "answered 404; see that sources.news.url and select are right")),
        (429, {"Retry-After": "3600"}, ("warning", "its limit is used up until then")),
        (503, {"Retry-After": "40"}, ("error", "it would take more than 20 seconds")),
        (200, {"Date": -120}, ("warning", "clock is 120 minutes ahead")),
        (200, {"Date": 120}, ("warning", "clock is 119 minutes behind")),
        (200, {"Date": -9, "Age": "500"}, None),
        (200, {"Date": "a fine day"}, None),
    ],
)
def test_what_a_site_answers_is_told_by_what_to_do(
    place: Place, status: int, headers: dict[str, str | int], expected: tuple[str, str] | None
) -> None:
    # The list above was read when the tests were collected: a time in it would be long past.
    sent = {n: now(said) if isinstance(said, int) else said for n, said in headers.items()}
    with answering(status, **sent) as url:
        rows = found(one_feed(place, url), probing=True)
    if expected is None:
        assert rows == []
        return
    [(level, _, message)] = rows
    assert (level, expected[1] in message) == (expected[0], True), rows


def test_a_site_that_moved_or_is_not_there_is_named(place: Place) -> None:
    with answering(200) as there, answering(301, Location=f"{there}/feed") as here:
        [(level, where, message)] = found(one_feed(place, here), probing=True)
    assert (level, where) == ("warning", "sources.news")
    assert f"it has moved to {there}; write so in sources.news.url" in message
    [(level, where, message)] = found(place.given, probing=True)
    assert (level, where) == ("error", "sources.news")
    assert "see that sources.news.url is right and that this machine can reach it" in message


def test_a_site_that_answers_drop_by_drop_holds_nobody_up(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.probing.PATIENCE", 1.0)
    begun = time.monotonic()
    with answering(200, drop_by_drop=True) as url:
        [(level, _, message)] = found(one_feed(place, url), probing=True)
    assert (level, "no answer that can be used" in message) == ("error", True)
    assert time.monotonic() - begun < 15


def test_a_warehouse_that_is_wrong_keeps_everybody_from_being_asked(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    given = replace(place.given, warehouse=f"sqlite:///{place.folder}/new.db")
    [(level, where, message)] = found(given, probing=True)
    assert (level, where) == ("error", "warehouse")
    assert "goodguest init" in message
    assert asked_of_the_town(caplog) == []


def test_what_ends_soon_is_told_as_early_as_the_charter_says(place: Place) -> None:
    edited(place.given, alerts={"before": "P30D"})
    with time_machine.travel(date(2035, 11, 30)):
        assert found(place.given) == []
    with time_machine.travel(date(2035, 12, 2)):
        rows = found(place.given)
    assert {level for level, _, _ in rows} == {"warning"}
    assert ("warning", "sources.town-x", "approval GEU-0001 expires on 2035-12-31: renew it in"
            " time; 29 days are left, then nothing is asked of the platform") in rows  # fmt: skip
    assert ("warning", "sources.museum-flickr", "purpose museum-knowledge expires on 2035-12-31: "
            "renew it in time; 29 days are left, then nothing is collected for it and its posts "
            "are removed") in rows  # fmt: skip
    edited(place.given, alerts={})
    with time_machine.travel(date(2035, 11, 1)):
        assert len(found(place.given)) == len(rows), "60 days ahead where it does not say"
    with time_machine.travel(date(2035, 10, 31)):
        assert found(place.given) == []


def test_a_purpose_that_sounds_like_judging_persons_is_told(place: Place) -> None:
    purposes = edited(place.given)["purposes"]
    purposes["public-services"]["title"] = "Vetting of applicants for the fire service"
    purposes["museum-knowledge"]["legal_basis"] = "Was fordert das Gesetz von Bewerbern?"
    edited(place.given, purposes=purposes)
    rows = found(place.given)
    assert [(level, where) for level, where, _ in rows] == [
        ("warning", "purposes.public-services.title"),
        ("warning", "purposes.museum-knowledge.legal_basis"),
    ]
    assert "found 'Vetting': persons are not judged with what they write" in rows[0][2]


def test_settings_that_would_stay_silent_are_told(place: Place) -> None:
    assert {f["message"].partition(" have ")[0] for f in findings(place.given)} == {
        "digest town-weekly and digest roads-weekly"
    }
    wrong = {"webhook": PLANTED, "explorer": "https://[x", "unsubscribe": "http://town.example"}
    given = replace(place.given, smtp="smtp://mail.example", **wrong)
    edited(given, alerts={"to": ["operations@aberwennol.example"]})
    rows = found(given)
    assert [(level, message.partition(":")[0]) for level, _, message in rows] == [
        ("error", "GOODGUEST_WEBHOOK"),
        ("error", "GOODGUEST_EXPLORER"),
        ("error", "GOODGUEST_UNSUBSCRIBE"),
    ]
    assert PLANTED not in str(rows)
    [mailless] = [f for f in findings(place.given) if NO_MAIL in f["message"]]
    assert mailless["message"].startswith("alerts, digest town-weekly and digest roads-weekly")


def test_keys_that_no_run_could_use_are_told_and_none_is_made(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(place.given) == []
    assert list(place.given.data.glob("*.key")) == []
    hashed = opt_out(place.given, "reddit", "u/somebody")["hash"]
    with monkeypatch.context() as patch:
        patch.setenv("GOODGUEST_KEY", "k" * 100)
        patch.setenv("GOODGUEST_ERASURE_KEY", "short")
        assert [message for _, _, message in found(place.given)] == [
            "GOODGUEST_KEY: found a key of 100 bytes; allowed are 16 to 64",
            "GOODGUEST_ERASURE_KEY: found a key of 5 bytes; allowed are 16 to 64",
        ]
    edited(place.given, opt_outs={"accounts": {"reddit": [hashed]}})
    assert found(place.given) == []
    monkeypatch.setenv("GOODGUEST_ERASURE_KEY", "another secret, by which nobody is known")
    [(level, _, message)] = found(place.given)
    assert (level, "who opted out would be read" in message) == ("error", True)


def test_a_key_that_others_can_read_and_a_disk_that_fills_are_told(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    pseudonym_key(place.given)
    assert found(place.given) == []
    key = place.given.data / KEY_FILE
    key.chmod(0o640)
    assert [message for _, _, message in found(place.given)] == [
        f"{key}: other accounts can read it; chmod 600 it"
    ]
    key.chmod(0o600)
    total, looked_at = 2_000_000_000_000, []

    def usage(free: int, folder: Path) -> Any:
        looked_at.append(folder)
        return SimpleNamespace(total=total, free=free)

    for free, is_told in ((999_999_999, True), (9_000_000_000, True), (90_000_000_000, False)):
        monkeypatch.setattr("pipeline.check.shutil.disk_usage", partial(usage, free))
        assert [where for _, where, _ in found(place.given)] == ["disk"] * is_told
    assert len(looked_at) == 3, "data, landing and store share a disk"
