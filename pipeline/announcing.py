"""Announcing: tells the webhook that an issue of a digest was made, once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine

from contract.errors import FixSettings, RetryLater
from digest.issue import Issue
from pipeline.alert_webhook import Event, post_events
from pipeline.settings import Settings
from warehouse.delivering import WEBHOOK, deliveries, note_delivery


def announce(
    given: Settings, engine: Engine, issue: Issue, subject: str, summary: Sequence[str]
) -> bool:
    """Return whether the webhook was told of the issue now; False where it knew, or there is none.

    Raises FixSettings or RetryLater when it takes nothing: calling again tries again, and a
    receiver knows an event that comes twice by its id.
    """
    if not given.webhook:
        return False
    with engine.connect() as conn:
        known = deliveries(conn, issue.name, issue.week).get(WEBHOOK)
    if known and known.state == "sent":
        return False
    try:
        post_events(given.webhook, [event_of(issue, subject, summary)])
    except (FixSettings, RetryLater):
        note_delivery(engine, issue.name, issue.week, WEBHOOK, "put off")
        raise
    note_delivery(engine, issue.name, issue.week, WEBHOOK, "sent")
    return True


def event_of(issue: Issue, subject: str, summary: Sequence[str]) -> Event:
    """Return the issue as a CloudEvent 1.0: what it says first, and no word of a post."""
    domain = issue.contact.rpartition("@")[2]
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": f"digest.{issue.name}.{issue.week}",
        "source": f"//{domain}/goodguest",
        "type": "goodguest.digest.made",
        "subject": issue.name,
        "datacontenttype": "application/json",
        "data": {
            "digest": issue.name,
            "week": issue.week,
            "title": issue.title,
            "subject": subject,
            "summary": list(summary),
            "posts": issue.posts,
            "authors": issue.authors,
            "coverage": issue.coverage,
            "page": f"{issue.name}-{issue.week}.html",
        },
    }
    if issue.snapshot:
        event["time"] = issue.snapshot.counted_at.isoformat()
    return event
