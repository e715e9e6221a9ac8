"""Telling: on both roads, whatever fails, is killed or is meant badly on the way."""

import asyncio
import json
import logging
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from alerted import DOWN, HOUR, NOW, Hook, House, hooked, mails, text
from mailbox_server import Inbox, free_port, serving
from typer.testing import CliRunner

from pipeline import alerts
from pipeline.alerts import tell
from pipeline.cli import app
from warehouse.tables import alert, alert_notice, ingest_run

DAY = 24 * HOUR


def test_the_event_is_a_cloudevent(house: House, hook: Hook) -> None:
    house.with_channels(explorer="https://explorer.example.gov/").told(NOW, one=DOWN)
    (event,) = hook.received
    assert hook.kinds == ["application/cloudevents+json; charset=utf-8"]
    told = event.pop("data")
    assert re.fullmatch(r"[0-9a-f]{32}\.began\.1", event.pop("id"))
    assert event == {
        "specversion": "1.0",
        "source": "//example.gov/goodguest",
        "type": "goodguest.alert.began",
        "time": "2026-11-22T12:10:00+00:00",
        "datacontenttype": "application/json",
    }
    assert told["status_page"].startswith("https://explorer.example.gov/")
    (said,) = told["alerts"]
    assert said.keys() == {
        "alert_key", "kind", "about", "subject", "level", "message", "detail", "to_do", "since_at",
        "ended_at",
    }  # fmt: skip
    assert (said["kind"], said["subject"], said["level"]) == ("blocked", "one", "error")


def test_a_webhook_that_is_down_stops_no_mail_and_gets_all_later(
    house: House, inbox: Inbox, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    hook.answers = [503] * 3
    done = house.told(NOW, one=DOWN)
    assert hook.asked == 3
    assert done["told"] == 0
    assert "answered 503" in done["failed"]["webhook"]
    assert "t0ken" not in f"{done} {caplog.text}"
    assert len(inbox.received) == 1
    (row,) = house.rows(alert)
    assert row["told_at"] is None
    hook.answers = [500, 500, 500]
    done = house.told(NOW + 2 * HOUR, one=DOWN)
    assert [mail["Subject"] for mail in mails(inbox)][1:] == [
        "1 new alert. Worst: webhook not reached"
    ]
    done = house.told(NOW + 3 * HOUR, one=DOWN)
    assert (done["told"], done["failed"]) == (2, {})
    assert len(inbox.received) == 2
    kinds = [event["data"]["alerts"][0]["kind"] for event in hook.received]
    assert kinds == ["blocked", "webhook not reached"]
    assert all(row["told_at"] == NOW + 3 * HOUR for row in house.rows(alert))


def test_one_that_tells_beside_another_sends_nothing_twice(
    house: House, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.read(NOW, one=DOWN)
    is_sending = Event()

    async def slowly(self: Inbox, server: Any, session: Any, envelope: Any) -> str:
        self.received.append(envelope)
        is_sending.set()
        await asyncio.sleep(3)
        return "250 OK"

    def tell_beside() -> dict[str, Any]:
        assert is_sending.wait(30)
        return tell(house.given, NOW)

    monkeypatch.setattr(Inbox, "handle_DATA", slowly)
    with ThreadPoolExecutor(1) as threads:
        beside = threads.submit(tell_beside)
        told = [tell(house.given, NOW), beside.result()]
    assert [each["told"] for each in told] == [1, 0]
    assert len(inbox.received) == 1


def test_a_mail_server_that_is_down_stops_no_webhook(
    house: House, inbox: Inbox, hook: Hook
) -> None:
    inbox.answers["data"] = "452 disk full"
    done = house.told(NOW, one=DOWN)
    assert "puts off the mail" in done["failed"]["mail"]
    assert len(hook.received) == 1
    inbox.answers.clear()
    inbox.received.clear()
    assert house.told(NOW + HOUR / 2, one=DOWN)["told"] == 1
    assert (len(inbox.received), len(hook.received)) == (1, 1)


def test_a_mail_server_that_is_down_for_long_keeps_nothing_from_the_webhook(
    house: House, inbox: Inbox, hook: Hook
) -> None:
    inbox.answers["data"] = "452 disk full"
    untaken = {"lines": [], "posted_at": NOW, "mailed_at": None, "done_at": None}
    house.insert(
        alert_notice,
        *(untaken | {"notice_key": f"n{n}", "made_at": NOW - n * HOUR / 60} for n in range(1, 30)),
    )
    house.told(NOW, one=DOWN)
    assert [event["data"]["alerts"][0]["subject"] for event in hook.received] == ["one"]


def test_a_clock_that_was_ahead_keeps_nothing_untold(house: House, hook: Hook) -> None:
    house.told(NOW + 365 * DAY, one=DOWN)
    house.told(NOW + 365 * DAY + HOUR)  # ended, and not closed: it may come back
    hook.received.clear()
    with house.engine.begin() as connection:
        connection.execute(sa.delete(ingest_run))
    for hours in (1, 2, 9):
        house.told(NOW + hours * HOUR)
    assert {"lasts", "ended"} & {event["type"].rpartition(".")[2] for event in hook.received}
    hook.received.clear()
    house.told(NOW + 10 * HOUR, one=DOWN)
    assert [event["type"] for event in hook.received] == ["goodguest.alert.began"]


def test_what_nobody_takes_for_a_week_is_given_up(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.with_channels(smtp=None, webhook=f"http://127.0.0.1:{free_port()}/")
    house.told(NOW, one=DOWN)
    house.told(NOW + 8 * DAY, one=DOWN)
    assert "1 notices of alerts were taken by nobody" in caplog.text
    first, second = sorted(house.rows(alert_notice), key=lambda row: row["made_at"])
    assert first["done_at"]
    assert not first["posted_at"]
    assert second["lines"][0]["told"] == "lasts"
    house.told(NOW + 120 * DAY, one=DOWN)
    assert first["notice_key"] not in {row["notice_key"] for row in house.rows(alert_notice)}


@pytest.mark.parametrize("channel", ["mail", "webhook"])
def test_killed_between_sending_and_noting_it_goes_out_again_under_the_same_name(
    house: House, inbox: Inbox, hook: Hook, channel: str
) -> None:
    house.read(NOW, one=DOWN)
    house.engine.dispose()
    child = get_context("fork").Process(target=_tell_and_die, args=(house.given, channel))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    house.read(NOW + HOUR, one=DOWN, two=DOWN)
    assert tell(house.given, NOW + HOUR)["told"] == 2
    assert tell(house.given, NOW + HOUR * 1.5)["told"] == 0
    sent, ids = mails(inbox), hook.ids
    same = sent[: 2 if channel == "mail" else 1]
    assert len(sent) == len(same) + 1
    assert len({mail["Message-ID"] for mail in sent}) == 2
    assert len({each.content for each in inbox.received}) == 2  # to the byte
    assert all("two" not in text(mail) for mail in same)
    assert len(ids) == (3 if channel == "webhook" else 2)
    assert len(set(ids)) == 2


def _tell_and_die(given: Any, channel: str) -> None:
    real = alerts.alerts.note_taken

    def note_taken(engine: Any, notice: Any, taken: str, *more: Any) -> Any:
        if taken == channel:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(engine, notice, taken, *more)

    alerts.alerts.note_taken = note_taken
    tell(given, NOW)


def test_three_hundred_sources_at_once_are_one_mail_and_few_events(
    tmp_path: Path, store_url: str, inbox: Inbox, hook: Hook
) -> None:
    names = [f"source-{number:03}" for number in range(300)]
    house = House(tmp_path, store_url, {name: {} for name in names})
    with serving(inbox) as smtp, hooked(hook) as webhook:
        house.with_channels(smtp=smtp, webhook=webhook)
        assert house.told(NOW, **dict.fromkeys(names, DOWN))["told"] == 300
        assert house.told(NOW + HOUR, **dict.fromkeys(names, DOWN))["told"] == 0
        for hours in (2, 9):
            house.told(NOW + hours * HOUR)
    house.engine.dispose()
    first, last = mails(inbox)
    assert first["Subject"] == "300 new alerts. Worst: blocked: 300 sources"
    assert last["Subject"] == "300 ended"
    assert "and 288 more" in text(first)
    assert len(inbox.received[0].content) < 10_000
    began = [event for event in hook.received if event["type"] == "goodguest.alert.began"]
    assert [len(event["data"]["alerts"]) for event in began] == [40] * 7 + [20]
    assert {a["subject"] for event in began for a in event["data"]["alerts"]} == set(names)
    assert max(len(json.dumps(event)) for event in hook.received) < 64 * 1024
    assert len(set(hook.ids)) == len(hook.ids)


def test_a_reason_from_outside_stays_words(house: House, inbox: Inbox, hook: Hook) -> None:
    hostile = (
        "error: <script>alert(1)</script> {{ 7*7 }}\r\nBcc: x@evil.example\r\n\r\n"
        "\x1b[31m\u202egnp\x00 <img src=x onerror=alert(2)>" + "x" * 100_000
    )
    house.told(NOW, one=hostile)
    (mail,) = mails(inbox)
    assert mail["Bcc"] is None
    assert inbox.received[0].rcpt_tos == ["ops@example.gov"]
    html, plain = mail.get_body(("html",)).get_content(), text(mail)
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    for form in (html, plain, hook.received[0]["data"]["alerts"][0]["message"]):
        assert not set(form) & {"\x1b", "\u202e", "\x00"}
        assert "x" * 400 not in form
    assert not re.search(r"(src|href)=\"?http", html)


def test_nobody_to_tell_keeps_and_logs_until_there_is_one(
    house: House, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    smtp = house.given.smtp
    house.with_channels(smtp=None, webhook=None)
    with caplog.at_level(logging.WARNING):
        done = house.told(NOW, one=DOWN)
    # The second is that the charter names readers, and no mail leaves.
    assert (done["found"], done["told"], done["channels"]) == (2, 0, [])
    assert "nobody is told" in caplog.text
    assert "blocked one" in caplog.text
    assert not house.rows(alert_notice)
    house.with_channels(smtp=smtp).told(NOW + HOUR, one=DOWN)
    assert "Since 22 November 2026, 12:10 UTC." in text(mails(inbox)[0])


def test_the_command_lists_tells_and_ends_with_1_while_an_error_is_open(
    house: House, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.cli.alerts.settings", lambda: house.given)
    monkeypatch.setattr("pipeline.alerts.datetime", SimpleNamespace(now=lambda _: NOW))
    house.read(NOW)
    said = CliRunner().invoke(app, ["alerts"])
    assert (said.exit_code, said.stdout) == (0, "Nothing is wrong.\n")
    house.read(NOW, one=DOWN)
    listed = CliRunner().invoke(app, ["--json", "alerts"])
    assert listed.exit_code == 1
    (row,) = json.loads(listed.stdout)["alerts"]
    assert (row["kind"], row["subject"], row["told_at"]) == ("blocked", "one", None)
    assert not inbox.received
    sent = json.loads(CliRunner().invoke(app, ["--json", "alerts", "--send"]).stdout)
    assert (sent["told"], sent["failed"]) == (1, {})
    assert sent["alerts"][0]["told_at"]
    assert len(inbox.received) == 1
    assert "blocked" in CliRunner().invoke(app, ["alerts"]).stdout
