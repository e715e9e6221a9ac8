"""Register: the public page that says who listens where, for what, how long, and how to object."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from connectors import connector_of
from connectors.notices import notices_of
from contract.charter import Charter, Purpose, Select, Source
from contract.errors import FixSettings, GoodguestError
from digest.plain_page import plain_page
from pipeline.permission import may_listen
from pipeline.settings import Settings
from pipeline.whole_file import PUBLIC, write_whole
from warehouse.holding import Hold, holds_of
from warehouse.registered import Reading, Removals, readings_of, removals_of
from warehouse.store import opened

_YEAR: Final = timedelta(days=365)
_STEP: Final = 10
"""From exact numbers of two days it follows what was removed between them, and whose it was."""


def write_register(
    given: Settings, out: Path | None = None, now: datetime | None = None
) -> dict[str, Any]:
    """Write the register as a page and, beside it, as JSON of the same name, for anybody to read.

    Returns `files` and `sources`. Raises FixSettings when `out` is not the name of a page.
    """
    page = out or given.data / "register" / "register.html"
    if page.suffix != ".html":
        raise FixSettings(
            f"--out: found {page.name}; allowed is the name of a page, such as a.html"
        )
    found = register_of(given, now or datetime.now(UTC))
    files = {page: plain_page("register.html", found), page.with_suffix(".json"): _json(found)}
    for path, text in files.items():
        write_whole(path, text.encode(), PUBLIC)
    return {"files": [str(path) for path in files], "sources": len(found["sources"])}


def register_of(given: Settings, now: datetime) -> dict[str, Any]:
    """Return what the register says, ready for JSON: nothing in it is about a person."""
    charter = given.load_charter()
    with opened(given.warehouse) as engine, engine.connect() as connection:
        readings = readings_of(connection)
        removals = removals_of(connection, now - _YEAR)
        orders = [one for one in holds_of(connection) if one.is_in_force(now.date())]
    agency, retention = charter.agency, charter.retention
    return {
        "agency": agency.name,
        "contact": agency.contact,
        "privacy_notice": str(agency.privacy_notice),
        "made_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "kept_days": {
            "pages as received": retention.raw.days,
            "posts": retention.text.days,
            "counts": retention.aggregates.days,
        },
        "published_from_authors": charter.publication.min_authors,
        "objection": objection_of(charter),
        "opt_out_tags": list(charter.opt_outs.tags),
        "holds": [_order(one) for one in orders],
        "purposes": [_purpose(name, purpose) for name, purpose in charter.purposes.items()],
        "sources": [
            _source(charter, name, readings.get(name), removals.get(name, Removals()), now)
            for name in charter.sources
        ],
        "no_longer_read": [
            _former(reading)
            for name, reading in readings.items()
            if name not in charter.sources and reading.posts_kept
        ],
        "notices": list(notices_of({source.platform for source in charter.sources.values()})),
    }


def _order(one: Hold) -> dict[str, Any]:
    return {
        "by": one.by,
        "why": one.why,
        "since": one.since,
        "until": one.expires_on,
        "records": about(one.records),
    }


def _purpose(name: str, purpose: Purpose) -> dict[str, Any]:
    return {
        "name": name,
        "title": purpose.title,
        "legal_basis": purpose.legal_basis,
        "assessment": purpose.dpia,
        "owner": purpose.owner,
        "expires": purpose.expires.isoformat(),
    }


def objection_of(charter: Charter) -> dict[str, Any]:
    """Return the `subject` and the `text`, by paragraphs, of a letter that objects."""
    return {
        "subject": "Objection",
        "text": [
            f"To {charter.agency.name}: I object to your reading and keeping my public posts.",
            "Platform: … My account (its id or its name): … or the addresses of the posts: …",
            "Please remove what you hold, keep it from being read again, and tell me when and "
            "from where it was removed. If something is kept all the same, tell me on which "
            "ground and until when.",
            "This account is mine; you can see that by: … (a line on its profile, a message "
            "from it)",
        ],
    }


def _source(
    charter: Charter, name: str, reading: Reading | None, removals: Removals, now: datetime
) -> dict[str, Any]:
    source = charter.sources[name]
    terms = connector_of(source.platform).TERMS
    return {
        "name": name,
        "platform": terms.title,
        "address": _address(str(source.url)),
        "purpose": source.purpose,
        "reads": _reads(source),
        "schedule": source.schedule,
        "is_read_now": _is_read(charter, name, now),
        "agreed_with": _agreed(source),
        "terms": terms.url,
        "read_since": _day(reading and reading.first_run_at),
        "last_read": _day(reading and reading.last_run_at),
        "posts_kept": about(reading.posts_kept if reading else 0),
        "removal_duty_hours": terms.deletion_hours,
        "removed_in_a_year": about(removals.done),
        "per_cent_in_time": _per_cent(removals.within_duty, removals.done),
        "longest_hours": removals.longest_hours if removals.done >= _STEP else None,
        "removals_waiting": about(removals.waiting),
    }


def _former(reading: Reading) -> dict[str, Any]:
    """Return what is said of a source that is not in the charter any more, and still held."""
    return {
        "name": reading.source,
        "platform": connector_of(reading.platform).TERMS.title,
        "address": _address(reading.url),
        "purpose": reading.purpose,
        "last_read": _day(reading.last_run_at),
        "posts_kept": about(reading.posts_kept),
    }


def about(number: int) -> str:
    """Return a number in words that a single post changes rarely."""
    if 0 < number < _STEP:
        return f"fewer than {_STEP}"
    return f"about {number // _STEP * _STEP:,}" if number else "none"


def _per_cent(part: int, whole: int) -> int | None:
    return 100 * part // whole // 5 * 5 if whole >= _STEP else None


def _address(url: str) -> str:
    """Return the address without a user, who may be named in it with a password, and a query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _reads(source: Source) -> dict[str, Any]:
    """Return the places, tags and words that are selected; none: all that is public there."""
    selected = {name: getattr(source.select, name) for name in Select.model_fields}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in selected.items()
        if value
    }


def _is_read(charter: Charter, name: str, now: datetime) -> bool:
    try:
        may_listen(charter, name, now)
    except GoodguestError:
        return False
    return True


def _agreed(source: Source) -> list[str]:
    """Return who gave a permission or an approval, and when; the reference is not public."""
    given = [consent for consent in (source.permission, source.approval) if consent]
    return [f"{consent.by}, {consent.on.isoformat()}" for consent in given]


def _day(moment: datetime | None) -> str | None:
    return None if moment is None else moment.date().isoformat()


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
