"""Versions of the charter: what each said, and between when something was done under it."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.charter import Charter
from contract.errors import FixSettings
from contract.keys import stable_key
from warehouse.rows import upsert_rows
from warehouse.tables import charter_version

_DIGITS = 12
_MOST = 10_000


class Version(NamedTuple):
    """A version of the charter that something was done under."""

    version: str
    content: dict[str, Any]
    first_used_at: datetime
    last_used_at: datetime


class Change(NamedTuple):
    """What a key said before and says after; None: it was not there, or is no longer."""

    key: str
    before: Any
    after: Any


def content_of(charter: Charter) -> dict[str, Any]:
    """Return all that the charter says but for whom it names: of readers and opt-outs their number.

    Addresses of readers and alerts, and hashes of accounts that opted out, are counted; roles and
    the agency's own address stay.
    """
    said = charter.model_dump(mode="json")
    for digest in said["digests"].values():
        digest["to"] = len(digest["to"])
    said["alerts"]["to"] = len(said["alerts"]["to"])
    accounts = said["opt_outs"]["accounts"]
    said["opt_outs"]["accounts"] = {platform: len(some) for platform, some in accounts.items()}
    return said


def version_of(charter: Charter) -> str:
    """Return the version: a digest of the content, so that whoever has that can work it out."""
    return version_of_content(content_of(charter))


def version_of_content(content: Mapping[str, Any]) -> str:
    """Return the version of a charter with this content."""
    told = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return stable_key("charter", told)[:_DIGITS]


def note_charter(connection: sa.Connection, charter: Charter, now: datetime) -> str:
    """Return the charter's version, once it is noted that something is begun under it now."""
    content = content_of(charter)
    version = version_of_content(content)
    row = {"version": version, "content": content, "first_used_at": now, "last_used_at": now}
    upsert_rows(connection, charter_version, [row], _merged)
    return version


def _merged(came: Any, name: str) -> Any:
    """Return what a column of a version that is known becomes: only when it was last used."""
    stored = charter_version.c[name]
    if name != "last_used_at":
        return stored
    return sa.case((came[name] > stored, came[name]), else_=stored)


def versions(connection: sa.Connection) -> list[Version]:
    """Return the versions that are kept, that used last first."""
    seen = charter_version.c
    query = sa.select(charter_version).order_by(seen.last_used_at.desc(), seen.version).limit(_MOST)
    return [Version(*row) for row in connection.execute(query)]


def version_named(connection: sa.Connection, begin: str) -> Version:
    """Return the version whose name begins so; raises FixSettings where it is not exactly one."""
    found = [one for one in versions(connection) if begin and one.version.startswith(begin)]
    if len(found) != 1:
        raise FixSettings(
            f"found {len(found)} versions of the charter that begin with {begin!r}; "
            "see which there are with: goodguest charter"
        )
    return found[0]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return what differs between two contents, by key; lists count as one value."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    return [
        Change(key, old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]


def _leaves(content: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{at}{key}.")
        else:
            yield f"{at}{key}", value
