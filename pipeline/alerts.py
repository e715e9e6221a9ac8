"""Alerts: tells people what they have to act on, once, by mail and by webhook.

A notice is written before it is sent and noted after it was taken: whoever is killed in between
sends it once more, under the same Message-ID and the same ids of its events.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Engine

from contract.charter import Charter
from contract.errors import GoodguestError
from digest.alert_mail import message_of_alerts
from digest.mail import Sender
from digest.smtp import send, smtp_of_url
from pipeline.alert_findings import findings
from pipeline.alert_kinds import KINDS
from pipeline.alert_webhook import events_of, post_events
from pipeline.settings import Settings
from pipeline.sharing import ALERTS, in_turn
from warehouse import alerts
from warehouse.alerts import Channel, Finding, Notice
from warehouse.store import opened

_log = logging.getLogger("goodguest.alerts")
_STATUS_PAGE: Final = "/status"
"""Below the explorer."""
_MOST_LOGGED: Final = 50
_ORDER: Final = {kind.name: place for place, kind in enumerate(KINDS)}
_Send = Callable[[Notice], None]


def tell(given: Settings, now: datetime | None = None) -> dict[str, Any]:
    """Find what a person has to act on, and tell what was not told yet.

    Returns `found` (what is wrong now), `told`, `reminded` and `ended` (alerts in notices that
    every channel has by now), `channels`, and `failed` (by channel why it took nothing: the next
    run tries again). Raises FixSettings when charter or warehouse is wrong.
    """
    at = now or datetime.now(UTC)
    charter = given.load_charter()
    channels = _channels(given, charter)
    failed: dict[str, str] = {}
    # Two at once, as a late run's and the schedule's, would both send what is pending.
    with opened(given.warehouse) as engine, in_turn(given, engine, ALERTS):
        if given_up := alerts.give_up_notices(engine, at):
            _log.error("%d notices of alerts were taken by nobody for a week", given_up)
        # First what is left of earlier runs: a channel that takes it is no trouble any more.
        done = _deliver(engine, channels, failed, at)
        found = sorted(findings(given, charter, engine, at), key=_urgency)
        if alerts.settle(engine, found, at, is_told=bool(channels)):
            done += _deliver(engine, channels, failed, at)
    if not channels:
        _log_found(found)
    told = Counter(line.told for notice in done for line in notice.lines)
    return {
        "found": len(found),
        "told": told["began"],
        "reminded": told["lasts"],
        "ended": told["ended"],
        "channels": sorted(channels),
        "failed": failed,
    }


def open_alerts(given: Settings) -> list[dict[str, Any]]:
    """Return what a person has to act on now, the gravest first, with since when and when told.

    Nothing is written, and nobody is told.
    """
    at = datetime.now(UTC)
    charter = given.load_charter()
    with opened(given.warehouse) as engine:
        found = sorted(findings(given, charter, engine, at), key=_urgency)
        with engine.connect() as connection:
            kept = alerts.unclosed(connection)
    return [_open(finding, kept.get((finding.kind, finding.subject)), at) for finding in found]


def _open(finding: Finding, row: dict[str, Any] | None, now: datetime) -> dict[str, Any]:
    said = asdict(finding)
    del said["patience"]
    return {
        **said,
        "since_at": row["since_at"] if row else now,
        "told_at": row["told_at"] if row else None,
    }


def _urgency(finding: Finding) -> tuple[int, str]:
    return _ORDER[finding.kind], finding.subject


def _channels(given: Settings, charter: Charter) -> dict[Channel, _Send]:
    """Return how each channel that is configured takes a notice."""
    sender = Sender(charter.agency.name, charter.agency.contact)
    source = f"//{sender.contact.rpartition('@')[2]}/goodguest"
    page = given.explorer and given.explorer.rstrip("/") + _STATUS_PAGE
    smtp, to, webhook = given.smtp, charter.alerts.to, given.webhook
    channels: dict[Channel, _Send] = {}
    if smtp and to:
        channels["mail"] = lambda notice: _mail(notice, sender, page, smtp, to)
    if webhook:
        channels["webhook"] = lambda notice: post_events(webhook, events_of(notice, source, page))
    return channels


def _mail(notice: Notice, sender: Sender, page: str | None, smtp: str, to: Sequence[str]) -> None:
    send(message_of_alerts(notice, sender, page), smtp_of_url(smtp), to)


def _deliver(
    engine: Engine, channels: dict[Channel, _Send], failed: dict[str, str], now: datetime
) -> list[Notice]:
    """Send what is pending, the oldest first, and return what every channel has now.

    A channel that fails is noted in `failed` and left alone until the next run; the others go on.
    """
    done: list[Notice] = []
    for channel, send_to in channels.items():
        if channel in failed:
            continue
        for pending in alerts.pending_notices(engine, channel):
            try:
                send_to(pending)
            except GoodguestError as error:
                failed[channel] = str(error)
                _log.error("alerts by %s: %s", channel, error)
                break
            notice = alerts.note_taken(engine, pending, channel, channels.keys(), now)
            if notice.taken.issuperset(channels):
                done.append(notice)
    return done


def _log_found(found: Sequence[Finding]) -> None:
    if found:
        _log.warning(
            "%d alerts, and nobody is told: set GOODGUEST_SMTP and alerts.to in the charter, or "
            "GOODGUEST_WEBHOOK",
            len(found),
        )
    for finding in found[:_MOST_LOGGED]:
        _log.warning("%s: %s %s %s", finding.level, finding.kind, finding.subject, finding.message)
