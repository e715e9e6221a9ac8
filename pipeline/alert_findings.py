"""What a person has to act on now, gathered from the charter, the warehouse and the landing zone.

Words are fixed phrases, names of the charter and numbers: nothing people wrote, and no secret.
"""

import re
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from croniter import croniter
from sqlalchemy import Connection, Engine

from connectors import connector_of
from connectors.ends import BUDGET
from contract.charter import Charter
from contract.errors import MendFirst
from digest.weeks import week_before
from pipeline import check, landing
from pipeline.alert_kinds import finding
from pipeline.settings import Settings
from pipeline.status import status
from warehouse.alerts import Channel, Finding, untaken_since
from warehouse.delivering import unreached
from warehouse.holding import holds_of
from warehouse.load import known_parts
from warehouse.watched import first_read_at, issue_of, unended_runs, unfinished_removals

_SHARED: Final = {
    "forbidden": "{message}",
    "never read": "The charter has it read, and it never was.",
    "spent": "What the charter lets it cost this month is spent.",
    "failed": "Its last run failed: {fact} ({title}).",
    "blocked": "It refuses us ({title}).",
    "late": "A run that was due did not come.",
    "silent": "It fell silent, though it is read.",
    "dropped": "It brings far fewer posts than it did.",
    "rejecting": "Many of its records cannot be read.",
    "nearly spent": "What the charter lets it cost this month is nearly spent.",
    "unexpected": "It brings more or less than the charter expects.",
    "drifted": "It sends fields that nobody reads ({title}).",
}
"""By state of a source what all that are in it have in common, for the same cause."""
_WHOLE: Final = ("forbidden", "never read", "blocked")
"""Their message holds no fact of the source alone."""
_ALIKE: Final = (("spent", "failed", "late"), ("silent", "dropped", "unexpected"))
"""Of each, only the first is told: the others follow from it."""
_STOPPED: Final = {"error: refused": "blocked", BUDGET: "spent"}
"""What a run that failed says of itself, where that is a kind of its own."""
_CHECKED: Final = {"error": "set-up broken", "warning": "set-up at risk"}
_SOON: Final = 0.25
"""Of the hours in which a removal must be honoured; a sweep comes twice in them."""
_REMOVAL_TAKES: Final = timedelta(hours=24)
_DIGEST_TAKES: Final = timedelta(hours=8)
_REFINE_TAKES: Final = timedelta(hours=6)
_CHANNEL_TAKES: Final = timedelta(hours=1)
_UNTAKEN: Final[dict[Channel, str]] = {"mail": "mail not taken", "webhook": "webhook not reached"}
_LANDED: Final = re.compile(r"(?:import)?(\d{8}T\d{6})")
"""How the name of a run begins."""


def findings(given: Settings, charter: Charter, engine: Engine, now: datetime) -> list[Finding]:
    """Return what a person has to act on, of a kind and a subject one."""
    found = [*_of_charter(charter, charter.today(now)), *_of_check(given)]
    expired = {(f.kind, f.subject) for f in found}
    for row in status(given, now):
        found += [*_of_source(row, expired), *_of_duty(row, now)]
    with engine.connect() as connection:
        found += _removals(connection, now)
        found += _holds(connection, charter, now.date())
        found += _digests(given, charter, connection, now)
        found += _channels(given, charter, connection, now)
        found += _unrefined(given, connection, now)
    return list({(f.kind, f.subject): f for f in found}.values())


def _of_charter(charter: Charter, today: date) -> Iterator[Finding]:
    """Yield what expires, before and after its last day."""
    reading = {name: source for name, source in charter.sources.items() if source.enabled}
    for name in sorted({source.purpose for source in reading.values()}):
        expires = charter.purposes[name].expires
        if expires < today:
            yield finding("expired", name, f"It expired on {expires}.")
        elif expires - today <= charter.alerts.before:
            yield finding("expiring", name, f"It expires on {expires}.")
    for name, source in reading.items():
        if source.approval is None:
            continue
        expires = source.approval.expires
        what = f"The approval {source.approval.ref} of {source.approval.by}"
        if expires < today:
            yield finding("approval expired", name, f"{what} expired on {expires}.")
        elif expires - today <= charter.alerts.before:
            yield finding("approval expiring", name, f"{what} expires on {expires}.")


def _of_check(given: Settings) -> Iterator[Finding]:
    """Yield what is wrong with disks, files and settings; its status says it of a source."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in check.findings(given):
        kind = _CHECKED.get(row["level"])
        if kind and not row["where"].startswith("sources."):
            found.setdefault((kind, row["where"]), []).append(row["message"])
    for (kind, where), messages in found.items():
        yield finding(kind, where, "It is not as it should be.", "; ".join(messages))


def _of_source(row: dict[str, Any], expired: Collection[tuple[str, str]]) -> Iterator[Finding]:
    """Yield what its status says a person has to act on."""
    name = row["source"]
    said = {problem["state"]: problem["message"] for problem in row["problems"]}
    said.pop("unchecked", None)  # _of_duty tells it, and before it is too late
    if {("expired", row["purpose"]), ("approval expired", name)} & set(expired):
        said.pop("forbidden", None)
    for alike in _ALIKE:
        for state in [state for state in alike if state in said][1:]:
            del said[state]
    for state, message in said.items():
        kind = _STOPPED.get(row["stopped_because"], state) if state == "failed" else state
        shared = _SHARED[kind]
        # What follows is what to do, which each kind says once for all.
        fact = message.partition("; ")[0]
        words = {
            "title": connector_of(row["platform"]).TERMS.title,
            "message": message.removeprefix(f"{name}: ").replace(f".{name}.", ".NAME."),
            "fact": fact,
        }
        is_told = kind in _WHOLE or fact in shared.format(**words)
        yield finding(kind, name, shared.format(**words), None if is_told else fact)


def _of_duty(row: dict[str, Any], now: datetime) -> Iterator[Finding]:
    """Yield that a removal there is unknown here for too long, or soon will be."""
    by: datetime | None = row["recheck_by_at"]
    hours = connector_of(row["platform"]).TERMS.deletion_hours
    message = f"Removals there have to be honoured here within {hours} hours."
    if row["posts_unchecked"]:
        detail = f"{row['posts_unchecked']:,} posts were not looked at for longer"
        yield finding("deletion overdue", row["source"], message, detail)
    elif by is not None and by - now <= _SOON * timedelta(hours=hours):
        detail = f"the next has to be looked at by {by:%Y-%m-%d %H:%M} UTC"
        yield finding("deletion due soon", row["source"], message, detail)


def _removals(connection: Connection, now: datetime) -> Iterator[Finding]:
    """Yield that what was removed from the tables stayed elsewhere."""
    unfinished = unfinished_removals(connection)
    if unfinished.since_at and now - unfinished.since_at >= _REMOVAL_TAKES:
        detail = (
            f"{unfinished.removals:,}, the first since {unfinished.since_at:%Y-%m-%d %H:%M} UTC"
        )
        message = "Removed posts are gone from the tables, and not from every other place."
        yield finding("removal unfinished", "", message, detail)


def _holds(connection: Connection, charter: Charter, today: date) -> Iterator[Finding]:
    """Yield that orders of legal hold end soon, and with them what they hold."""
    orders = (one for one in holds_of(connection) if one.is_in_force(today) and one.records)
    soon = (today + charter.alerts.before).isoformat()
    if ending := [one.expires_on for one in orders if one.expires_on <= soon]:
        detail = f"{len(ending):,}, the first on {ending[0]}"
        yield finding("hold ending", "", "Orders of legal hold end soon.", detail)


def _digests(
    given: Settings, charter: Charter, connection: Connection, now: datetime
) -> Iterator[Finding]:
    first = first_read_at(connection)
    zone = ZoneInfo(charter.agency.timezone)
    for name, spec in charter.digests.items():
        passed = croniter(spec.schedule, (now - _DIGEST_TAKES).astimezone(zone))
        due: datetime = passed.get_prev(datetime)
        if first is None or first > due:
            continue
        week = week_before(due.date())
        is_made, is_mailed = issue_of(connection, name, week)
        if not is_made:
            yield finding("digest not sent", name, f"The issue of {week} was not made.")
        elif not is_mailed and given.smtp and spec.to:
            yield finding("digest not sent", name, f"The issue of {week} was made, not mailed.")
        for state, readers in unreached(connection, name, week):
            yield finding(
                "reader not reached", name, f"{week}: {state} for {readers} of its readers."
            )


def _channels(
    given: Settings, charter: Charter, connection: Connection, now: datetime
) -> Iterator[Finding]:
    is_used = {"mail": given.smtp and charter.alerts.to, "webhook": given.webhook}
    for channel, kind in _UNTAKEN.items():
        since = untaken_since(connection, channel) if is_used[channel] else None
        if since is not None and now - since >= _CHANNEL_TAKES:
            yield finding(kind, "", f"It took nothing since {since:%Y-%m-%d %H:%M} UTC.")


def _unrefined(given: Settings, connection: Connection, now: datetime) -> Iterator[Finding]:
    """Yield that parts were landed hours ago and are not loaded."""
    known, running = known_parts(connection), unended_runs(connection)
    try:
        parts = landing.parts(given.landing)
    except (OSError, MendFirst) as error:
        yield finding("set-up broken", "landing", f"It cannot be read ({type(error).__name__}).")
        return
    waiting = [
        part
        for part in parts
        if (part.path, part.digest) not in known
        and part.run not in running
        and now - _landed_at(part) >= _REFINE_TAKES
    ]
    if waiting:
        sources = len({part.source for part in waiting})
        hours = _REFINE_TAKES // timedelta(hours=1)
        said = f"{len(waiting):,} files of {sources:,} sources were landed over {hours} hours ago"
        yield finding("not refined", "", "What was landed is not in the warehouse.", said)


def _landed_at(part: landing.Part) -> datetime:
    begun = _LANDED.match(part.run)
    if begun is None:
        return part.day
    return datetime.strptime(begun[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
