"""Readers who want no more: by one click, and by mail; and mails that come back."""

import mailbox
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import uvicorn
from mailbox_server import free_port
from sqlalchemy import Engine

from contract.errors import FixSettings
from pipeline.delivery import ending_of
from pipeline.returned import take_returned
from pipeline.settings import Settings
from pipeline.unsubscribing import unsubscribing
from warehouse.delivering import deliveries, note_delivery, unsubscribed

NAME, WEEK, ADA, BOB = "roads-weekly", "2026-W46", "ada@fernley.example", "bob@fernley.example"
CHARTER = f"""
agency: {{name: Fernley <Town>, contact: listening@fernley.example,
         privacy_notice: https://fernley.example/listening}}
purposes:
  roads: {{title: "Roads & <paths>", legal_basis: Act, dpia: D-1, owner: o, expires: 2099-01-01}}
sources:
  forum: {{platform: feed, url: "https://forum.example.org", purpose: roads}}
digests:
  {NAME}: {{purpose: roads, to: [{ADA}, {{mail: {BOB}, topics: [Potholes]}}]}}
  parks-weekly: {{purpose: roads, to: [{ADA}], language: de}}
"""


@pytest.fixture
def given(tmp_path: Path, store_url: str, engine: Engine) -> Settings:
    (tmp_path / "charter.yaml").write_text(CHARTER, encoding="utf-8")
    return Settings(tmp_path / "charter.yaml", tmp_path, store_url, str(tmp_path / "landing"), None)


@pytest.fixture
def click(given: Settings, engine: Engine) -> Iterator[Callable[..., requests.Response]]:
    """Yield a function that asks the page as it is served: method and path."""
    port = free_port()
    config = uvicorn.Config(unsubscribing(given, engine), port=port, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield lambda method, path: requests.request(method, f"http://127.0.0.1:{port}{path}", timeout=9)
    server.should_exit = True
    thread.join()


def _path(given: Settings, name: str, recipient: str) -> str:
    return f"/unsubscribe/{name}/{ending_of(given, name, recipient).token}"


def _gone(engine: Engine, name: str = NAME) -> set[str]:
    with engine.connect() as conn:
        return set(unsubscribed(conn, name))


def test_one_click_ends_one_digest_of_one_reader(
    given: Settings, engine: Engine, click: Callable[..., requests.Response]
) -> None:
    path = _path(given, NAME, ADA)
    asked = click("GET", path)
    assert asked.status_code == 200
    assert "No more mails of “Roads &amp; &lt;paths&gt;”?" in asked.text
    assert "<form" in asked.text
    assert _gone(engine) == set(), "programs that look at links end nothing"
    for _ in range(2):
        done = click("POST", path)
        assert done.status_code == 200
        assert "You get no more mails" in done.text
    assert _gone(engine) == {ADA}
    assert _gone(engine, "parks-weekly") == set()
    assert "@" not in asked.text + done.text
    german = click("GET", _path(given, "parks-weekly", ADA))
    assert '<html lang="de">' in german.text


@pytest.mark.parametrize(
    "path",
    ["/", "/unsubscribe/", f"/unsubscribe/{NAME}", f"/unsubscribe/{NAME}/", "/unsubscribe/no/a",
     f"/unsubscribe/{NAME}/{'0' * 24}", f"/unsubscribe/{NAME}/%C3%A4", "/../etc/passwd"],
)  # fmt: skip
def test_what_is_no_readers_address_ends_nothing(
    path: str, engine: Engine, click: Callable[..., requests.Response]
) -> None:
    assert click("POST", path).status_code == 404
    assert _gone(engine) == set()


def test_a_token_of_another_digest_ends_nothing(
    given: Settings, engine: Engine, click: Callable[..., requests.Response]
) -> None:
    token = ending_of(given, "parks-weekly", ADA).token
    assert click("POST", f"/unsubscribe/{NAME}/{token}").status_code == 404
    assert click("PUT", _path(given, NAME, ADA)).status_code == 405
    assert _gone(engine) == set()


def _report(given: Settings, recipient: str, status: str, whole: bool = True) -> bytes:
    token = ending_of(given, NAME, recipient).token
    returned = "message/rfc822" if whole else "text/rfc822-headers"
    return f"""From: MAILER-DAEMON@mail.fernley.example
To: listening@fernley.example
Subject: Undelivered Mail
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
MIME-Version: 1.0

--b
Content-Type: text/plain

It did not arrive.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.fernley.example

Final-Recipient: rfc822; somebody-else@fernley.example
Action: failed
Status: {status}

--b
Content-Type: {returned}

From: listening@fernley.example
Subject: Roads: quiet
Message-ID: <{NAME}.{WEEK}.{token}@fernley.example>

All quiet.

--b--
""".encode()


def _mail(subject: str) -> bytes:
    return f"From: {BOB}\nTo: listening@fernley.example\nSubject: {subject}\n\nHi\n".encode()


@pytest.mark.parametrize("whole", [True, False])
def test_a_mail_that_came_back_is_kept(
    given: Settings, engine: Engine, tmp_path: Path, whole: bool
) -> None:
    for reader in (ADA, BOB):
        note_delivery(engine, NAME, WEEK, reader, "sent", "250")
    file = tmp_path / "mail.eml"
    file.write_bytes(_report(given, BOB, "5.1.1", whole))
    assert take_returned(given, file) == {"bounced": 1}
    with engine.connect() as conn:
        kept = deliveries(conn, NAME, WEEK)
    assert (kept[BOB].state, kept[BOB].code) == ("bounced", "5.1.1")
    assert kept[ADA].state == "sent"


def test_a_box_of_mails_is_read_and_what_is_none_of_ours_is_left(
    given: Settings, engine: Engine, tmp_path: Path
) -> None:
    note_delivery(engine, NAME, WEEK, ADA, "sent", "250")
    token = ending_of(given, NAME, BOB).token
    box = mailbox.Maildir(tmp_path / "box")
    for content in (
        _report(given, ADA, "4.4.1"),
        _mail(f"unsubscribe {NAME} {token}"),
        _mail(f"unsubscribe {NAME} {'0' * 24}"),
        _mail("unsubscribe roads-weekly please"),
        _mail("Hello"),
        b"\xff\xfe no mail at all",
        _report(given, BOB, "5.1.1"),  # no issue went to that reader
    ):
        box.add(content)
    found = take_returned(given, tmp_path / "box")
    assert found == {"delayed": 1, "unsubscribed": 1, "other": 5}
    assert _gone(engine) == {BOB}
    with pytest.raises(FixSettings, match="a Maildir, an mbox, a mail, or -"):
        take_returned(given, tmp_path / "nothing")


_HEAD = "From: a@b\nSubject: Undelivered\nMIME-Version: 1.0\n"
_REPORT = _HEAD + 'Content-Type: multipart/report; boundary="b"\n\n--b\n'
_INSIDE = "Content-Type: message/rfc822\n\n"


@pytest.mark.parametrize(
    "content",
    [
        _HEAD + _INSIDE * 50_000,
        _REPORT + _INSIDE * 50_000,
        _REPORT + "Content-Type: text/plain\n\nhi\n--b\n" * 10_000,
        _REPORT + "Content-Type: text/rfc822-headers; charset=klingon\n\nMessage-ID: <a@b>\n",
        _REPORT + _INSIDE + "Message-ID: <\nStatus: 5\n--b--\n",
        _REPORT + f"Content-Type: message/delivery-status\n\nStatus:{' ' * 500_000}x\n--b--\n",
        f"Content-Type: {';' * 200_000}\n\nx",
        f"Subject: {'unsubscribe ' * 100_000}\n\nx",
        f"Subject: {'=?klingon?q?a?= ' * 100_000}\n\nx",
        f"Subject: unsubscribe{' ' * 1_000_000}x\n\n",
        "Subject: " + "a\n " * 300_000,
        "",
    ],
    ids=range(12),
)
def test_a_mail_made_to_break_what_reads_it_does_not(
    given: Settings, engine: Engine, tmp_path: Path, content: str
) -> None:
    box = mailbox.Maildir(tmp_path / "box")
    box.add(content.encode())
    token = ending_of(given, NAME, BOB).token
    box.add(_mail(f"unsubscribe {NAME} {token}"))
    began = time.process_time()
    assert take_returned(given, tmp_path / "box") == {"other": 1, "unsubscribed": 1}
    assert time.process_time() - began < 2


def test_what_a_returned_mail_holds_is_no_report(
    given: Settings, engine: Engine, tmp_path: Path
) -> None:
    note_delivery(engine, NAME, WEEK, BOB, "sent", "250")
    file = tmp_path / "mail.eml"
    late = _report(given, BOB, "4.4.1").replace(b"All quiet.", b"Status: 5.1.1")
    file.write_bytes(late.replace(b"\n", b"\r\n"))
    assert take_returned(given, file) == {"delayed": 1}
    folded = _report(given, BOB, "5.1.1").replace(b"Message-ID: ", b"Message-ID:\n ")
    file.write_bytes(folded.replace(b"@fernley.example>", b"@=\nfernley.example>"))
    assert take_returned(given, file) == {"bounced": 1}
