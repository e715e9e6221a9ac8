"""What an issue is given out as: files, feed, preview, mails, an event; and its rehearsal."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import feedparser
import pytest
import sqlalchemy as sa
from fernley_store import CHARTER, EARLIER, WEEK, Town
from mailbox_server import Inbox, serving

from contract.errors import FixSettings
from pipeline import announcing
from pipeline.digest import rehearse_digest, write_digest
from pipeline.settings import Settings
from pipeline.whole_file import LEFT_BEHIND

NAME = "roads-weekly"
ONE_DATABASE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def given(engine: sa.Engine, store_url: str, tmp_path: Path) -> Settings:
    with engine.begin() as conn:
        town = Town(conn)
        for week in (*EARLIER, WEEK):
            town.read(week)
            town.say(8, week, topics=("Potholes",))
        town.say(6, topics=("Lighting",))
    said = CHARTER.model_dump(mode="json", exclude_none=True)
    said["digests"][NAME]["to"] = [
        "all@fernley.example",
        {"mail": "lamps@fernley.example", "topics": ["Lighting"]},
    ]
    (tmp_path / "charter.yaml").write_text(json.dumps(said), encoding="utf-8")
    (tmp_path / "data").mkdir()
    landing = str(tmp_path / "data" / "landing")
    return Settings(tmp_path / "charter.yaml", tmp_path / "data", store_url, landing, None)


def test_a_reader_of_some_topics_gets_these_alone_and_nobody_twice(given: Settings) -> None:
    inbox = Inbox()
    with serving(inbox) as url:
        for _ in range(2):
            result = write_digest(replace(given, smtp=url), NAME, week=WEEK, send=True)
    assert result["sent"] == 2
    by_reader = {envelope.rcpt_tos[0]: envelope.content.decode() for envelope in inbox.received}
    assert len(inbox.received) == 2
    assert "Potholes" in by_reader["all@fernley.example"]
    assert "Potholes" not in by_reader["lamps@fernley.example"]
    assert "Lighting" in by_reader["lamps@fernley.example"]


def test_a_rehearsal_asks_the_server_and_sends_nothing(given: Settings) -> None:
    inbox = Inbox()
    with serving(inbox) as url:
        assert rehearse_digest(replace(given, smtp=url), NAME, week=WEEK) == {"waiting": 2}
    assert inbox.received == []
    with pytest.raises(FixSettings, match="set GOODGUEST_SMTP"):
        rehearse_digest(given, NAME, week=WEEK)


def test_files_feed_and_preview_stand_beside_each_other(given: Settings) -> None:
    for week in (EARLIER[-1], WEEK):
        files = write_digest(given, NAME, week=week, preview=True)["files"]
    names = {Path(file).name for file in files}
    assert all(Path(file).exists() for file in files)
    assert {f"{NAME}.atom", f"{NAME}.html", f"{NAME}-{WEEK}.preview.html"} <= names
    feed = feedparser.parse((given.data / "digests" / f"{NAME}.atom").read_bytes())
    assert [entry.link for entry in feed.entries] == [
        f"{NAME}-{WEEK}.html",
        f"{NAME}-{EARLIER[-1]}.html",
    ]


def test_the_webhook_hears_of_it_when_it_is_sent_and_once(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    take: Callable[..., None] = lambda _, events: told.extend(events)  # noqa: E731
    monkeypatch.setattr(announcing, "post_events", take)
    hooked = replace(given, webhook="https://hook.example/")
    write_digest(hooked, NAME, week=WEEK)
    assert told == []
    for _ in range(2):
        write_digest(hooked, NAME, week=WEEK, send=True)
    assert [event["id"] for event in told] == [f"digest.{NAME}.{WEEK}"]


_BESIDE = """
from pathlib import Path
from pipeline.digest import write_digest
from pipeline.settings import Settings
data = Path({data!r})
given = Settings(data.parent / "charter.yaml", data, {store!r}, str(data / "landing"), {smtp!r})
write_digest(given, {name!r}, week={week!r}, send=True)
"""


def _sender(given: Settings, smtp: str) -> subprocess.Popen[bytes]:
    script = _BESIDE.format(
        data=str(given.data), store=given.warehouse, smtp=smtp, name=NAME, week=WEEK
    )
    paths = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, "-c", script], env=paths, stderr=subprocess.DEVNULL)


class Slow(Inbox):
    """Takes its time, so that whoever sends beside another would find the same readers waiting."""

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802
        await asyncio.sleep(0.3)
        envelope.rcpt_tos.append(address)
        return "250 OK"


def test_two_that_send_at_a_time_send_each_reader_one_mail(given: Settings) -> None:
    inbox = Slow()
    with serving(inbox) as url:
        both = [_sender(given, url) for _ in range(2)]
        assert [each.wait(60) for each in both] == [0, 0]
    sent = sorted(envelope.rcpt_tos[0] for envelope in inbox.received)
    assert sent == ["all@fernley.example", "lamps@fernley.example"]


@ONE_DATABASE
@pytest.mark.parametrize("after", [2, 12])
def test_killed_while_it_writes_it_goes_on_and_leaves_no_half_file(
    given: Settings, after: int
) -> None:
    inbox, folder = Inbox(), given.data / "digests"
    with serving(inbox) as url:
        killed = _sender(given, url)
        while killed.poll() is None and len(list(folder.glob("*"))) < after:
            time.sleep(0.001)
        killed.kill()
        killed.wait()
        sending = replace(given, smtp=url)
        write_digest(sending, NAME, week=WEEK, send=True)
        first = {path.name: path.read_bytes() for path in folder.iterdir()}
        write_digest(sending, NAME, week=WEEK, send=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    hidden = {name for name in first if name.startswith(".")}
    assert hidden == {path.name for path in folder.glob(LEFT_BEHIND)}, "which tidy takes away"
    assert len(inbox.received) == 2
