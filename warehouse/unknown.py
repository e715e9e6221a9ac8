"""Fields of payloads that no connector reads or leaves aside: each is listed once."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final, NamedTuple

import sqlalchemy as sa

from contract.keys import stable_key
from warehouse.rows import read_rows, upsert_rows
from warehouse.store import writing
from warehouse.tables import unknown_field

MOST_FIELDS: Final = 1_000
"""Of a platform; more are what people wrote, taken for names of fields."""


class UnknownField(NamedTuple):
    """A field and a page it was seen on; of the same field the earlier sight is the smaller."""

    platform: str
    path: str
    first_seen_at: datetime
    landing: str
    source: str


def store_unknown_fields(engine: sa.Engine, found: Collection[UnknownField]) -> list[UnknownField]:
    """Return those that were not listed yet, once they are; the first sight of each is kept.

    No more than 1,000 of a platform are listed.
    """
    if not found:
        return []
    # The smallest comes last and stays.
    first = {stable_key("field", f.platform, f.path): f for f in sorted(found, reverse=True)}
    with writing(engine) as connection:
        known = _known(connection, first)
        listed = _listed(connection)
        new: dict[str, UnknownField] = {}
        for key in sorted(first.keys() - known.keys(), key=first.__getitem__):
            listed[first[key].platform] += 1
            if listed[first[key].platform] <= MOST_FIELDS:
                new[key] = first[key]
        earlier = {key: first[key] for key, field in known.items() if first[key] < field}
        rows = [{"field_key": key, **f._asdict()} for key, f in {**new, **earlier}.items()]
        upsert_rows(connection, unknown_field, rows)
    return list(new.values())


def _known(connection: sa.Connection, keys: Iterable[str]) -> dict[str, UnknownField]:
    columns = [unknown_field.c.field_key, *(unknown_field.c[n] for n in UnknownField._fields)]
    found = read_rows(connection, columns, keys)
    return {
        row["field_key"]: UnknownField(*(row[name] for name in UnknownField._fields))
        for row in found
    }


def _listed(connection: sa.Connection) -> Counter[str]:
    platform = unknown_field.c.platform
    counted = connection.execute(sa.select(platform, sa.func.count()).group_by(platform))
    return Counter(dict(counted.all()))
