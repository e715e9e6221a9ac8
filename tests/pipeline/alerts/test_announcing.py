"""The webhook hears of an issue once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alerted import Hook, hooked
from sqlalchemy import Engine

from contract.errors import RetryLater
from digest.issue import Issue
from pipeline import alert_webhook
from pipeline.announcing import announce
from pipeline.settings import Settings

ISSUE = Issue(
    name="roads-weekly",
    week="2026-W46",
    title="Roads",
    agency="Town of Fernley",
    contact="listening@fernley.example",
    privacy_notice="https://fernley.example/listening",
    posts=12,
)


@pytest.fixture
def given(tmp_path: Path, hook: Hook) -> Iterator[Settings]:
    with hooked(hook) as url:
        yield Settings(tmp_path / "charter.yaml", tmp_path, "", "", None, webhook=url)


def test_an_issue_is_told_once(given: Settings, engine: Engine, hook: Hook) -> None:
    said = ("Roads: quiet", ["12 posts this week."])
    assert announce(given, engine, ISSUE, *said)
    assert not announce(given, engine, ISSUE, *said)
    (event,) = hook.received
    assert hook.ids == ["digest.roads-weekly.2026-W46"]
    assert event["type"] == "goodguest.digest.made"
    assert event["source"] == "//fernley.example/goodguest"
    assert event["data"]["summary"] == ["12 posts this week."]
    assert event["data"]["posts"] == 12


def test_one_that_is_away_is_told_at_the_next_call(
    given: Settings, engine: Engine, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_webhook, "_WAITS", ())
    hook.answers = [503]
    with pytest.raises(RetryLater):
        announce(given, engine, ISSUE, "", [])
    assert announce(given, engine, ISSUE, "", [])
    assert len(hook.received) == 1


def test_without_a_webhook_nobody_is_told(given: Settings, engine: Engine, hook: Hook) -> None:
    assert not announce(replace(given, webhook=None), engine, ISSUE, "", [])
    assert not hook.asked
