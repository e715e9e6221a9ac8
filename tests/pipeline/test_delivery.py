"""An issue goes to each of its readers once, through a real mail server, whatever is killed."""

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from mailbox_server import Inbox, serving
from sqlalchemy import Engine

from contract.charter_outcomes import Reader
from contract.errors import FixSettings, RetryLater
from digest.issue import Issue
from digest.mail import Content
from pipeline.delivery import deliver, states_of
from pipeline.settings import Settings
from warehouse.delivering import deliveries, unsubscribe

NAME, WEEK = "roads-weekly", "2026-W46"
READERS = tuple(Reader(mail=f"{who}@fernley.example") for who in ("ada", "bob", "cleo", "dan"))
ISSUE = Issue(
    name=NAME,
    week=WEEK,
    title="Roads",
    agency="Town of Fernley",
    contact="listening@fernley.example",
    privacy_notice="https://fernley.example/listening",
)


def content(_: Reader) -> Content:
    html = "<p>All quiet.</p>"
    return Content(
        issue=ISSUE, subject="Roads: quiet", html=html, text="All quiet.", chart=None, tables={}
    )


@pytest.fixture
def given(tmp_path: Path) -> Callable[..., Settings]:
    def with_server(smtp: str | None, **more: Any) -> Settings:
        return Settings(tmp_path / "charter.yaml", tmp_path, "", "", smtp, **more)

    return with_server


def _got(inbox: Inbox) -> Counter[str]:
    return Counter(address for envelope in inbox.received for address in envelope.rcpt_tos)


def test_each_reader_gets_a_mail_of_their_own_and_only_once(
    engine: Engine, given: Callable[..., Settings]
) -> None:
    inbox = Inbox()
    with serving(inbox) as url:
        settings = given(url, unsubscribe="https://mails.fernley.example/")
        for _ in range(2):
            counts = deliver(settings, engine, NAME, WEEK, READERS, content)
            assert counts == {"sent": 4}
    assert _got(inbox) == dict.fromkeys([reader.mail for reader in READERS], 1)
    mails = [message_from_bytes(each.content, policy=default) for each in inbox.received]
    assert len({mail["Message-ID"] for mail in mails}) == 4
    assert len({mail["List-Unsubscribe"] for mail in mails}) == 4
    assert all(isinstance(mail, EmailMessage) for mail in mails)
    said = b"".join(each.content for each in inbox.received)
    assert not any(reader.mail.encode() in said for reader in READERS)


def test_another_week_and_another_digest_are_mails_of_their_own(
    engine: Engine, given: Callable[..., Settings]
) -> None:
    inbox = Inbox()
    with serving(inbox) as url:
        for name, week in ((NAME, WEEK), (NAME, "2026-W47"), ("parks-weekly", WEEK)):
            deliver(given(url), engine, name, week, READERS[:1], content)
    assert len(inbox.received) == 3


def test_what_the_server_refuses_is_kept_and_what_it_puts_off_is_sent_later(
    engine: Engine, given: Callable[..., Settings]
) -> None:
    inbox = Inbox(bob="550 no such user", cleo="450 grey list")
    with serving(inbox) as url:
        with pytest.raises(RetryLater, match="put off 1 of 4 readers") as error:
            deliver(given(url), engine, NAME, WEEK, READERS, content)
        assert "@" not in str(error.value)
        assert states_of(engine, NAME, WEEK, READERS) == ["sent", "refused", "put off", "sent"]
        inbox.answers.clear()
        assert deliver(given(url), engine, NAME, WEEK, READERS, content) == {
            "sent": 3,
            "refused": 1,
        }
    assert _got(inbox) == {"ada@fernley.example": 1, "dan@fernley.example": 1,
                           "cleo@fernley.example": 1}  # fmt: skip
    with engine.connect() as conn:
        kept = deliveries(conn, NAME, WEEK)
    assert (kept["bob@fernley.example"].code, kept["bob@fernley.example"].tries) == ("550", 1)
    assert kept["cleo@fernley.example"].tries == 2


def test_content_that_is_put_off_is_sent_again(
    engine: Engine, given: Callable[..., Settings]
) -> None:
    inbox = Inbox(data="452 disk full")
    with serving(inbox) as url:
        with pytest.raises(RetryLater):
            deliver(given(url), engine, NAME, WEEK, READERS[:2], content)
        assert states_of(engine, NAME, WEEK, READERS[:2]) == ["put off", "put off"]
        inbox.answers.clear()
        inbox.received.clear()
        deliver(given(url), engine, NAME, WEEK, READERS[:2], content)
    assert len(inbox.received) == 2


def test_who_unsubscribed_gets_none(engine: Engine, given: Callable[..., Settings]) -> None:
    unsubscribe(engine, NAME, "ada@fernley.example")
    inbox = Inbox()
    with serving(inbox) as url:
        counts = deliver(given(url), engine, NAME, WEEK, READERS[:2], content)
        deliver(given(url), engine, "parks-weekly", WEEK, READERS[:1], content)
    assert counts == {"unsubscribed": 1, "sent": 1}
    assert _got(inbox) == {"bob@fernley.example": 1, "ada@fernley.example": 1}


def test_a_server_that_refuses_the_sender_leaves_all_waiting(
    engine: Engine, given: Callable[..., Settings]
) -> None:
    class Strict(Inbox):
        async def handle_MAIL(self, server, session, envelope, address, options) -> str:  # noqa: N802
            return "550 not you"

    with serving(Strict()) as url, pytest.raises(FixSettings, match="refuses the sender"):
        deliver(given(url), engine, NAME, WEEK, READERS, content)
    assert states_of(engine, NAME, WEEK, READERS) == ["waiting"] * 4


_SENDER = """
from pathlib import Path
from test_delivery import NAME, READERS, WEEK, content
from pipeline.delivery import deliver
from pipeline.settings import Settings
from warehouse.store import open_store
data = Path({data!r})
given = Settings(data / "charter.yaml", data, "", "", {smtp!r})
deliver(given, open_store({store!r}), NAME, WEEK, READERS, content)
"""


class Slow(Inbox):
    """Takes its time before it answers, so that a process can be killed meanwhile."""

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        self.received.append(envelope)
        return "250 OK"

    async def handle_MAIL(self, server, session, envelope, address, options) -> str:  # noqa: N802
        if len(self.received) == 2:
            await asyncio.sleep(5)
        envelope.mail_from = address
        return "250 OK"


@pytest.fixture
def killed(engine: Engine, store_url: str, tmp_path: Path) -> Slow:
    """Return the inbox of a sender that was killed between the second reader and the third."""
    inbox = Slow()
    with serving(inbox) as url:
        script = _SENDER.format(data=str(tmp_path), smtp=url, store=store_url)
        paths = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        sender = subprocess.Popen([sys.executable, "-c", script], env=paths)
        ends = time.monotonic() + 60
        while len(inbox.received) < 2 and time.monotonic() < ends:
            time.sleep(0.05)
        time.sleep(0.5)
        sender.kill()
        sender.wait()
    return inbox


def test_a_sender_killed_between_two_readers_sends_nothing_twice(
    killed: Slow, engine: Engine, given: Callable[..., Settings]
) -> None:
    assert states_of(engine, NAME, WEEK, READERS) == ["sent", "sent", "waiting", "waiting"]
    inbox = Inbox()
    with serving(inbox) as url:
        assert deliver(given(url), engine, NAME, WEEK, READERS, content) == {"sent": 4}
    assert _got(killed) + _got(inbox) == dict.fromkeys([reader.mail for reader in READERS], 1)
