"""How a column of the warehouse is declared, and the types that are the same on both databases."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from contract.columns import COLUMNS
from contract.post import Privacy

Columns = Mapping[str, Sequence[Any]]
"""Values of all rows by column name."""


class Utc(sa.types.TypeDecorator[datetime]):
    """Aware UTC datetimes; in SQLite text that sorts, `2026-11-22T07:00:00.000000Z`."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.String(27))
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is not UTC:
            if value.tzinfo is None:
                raise ValueError("a time without a zone cannot be stored; make it aware")
            value = value.astimezone(UTC)
        if dialect.name == "sqlite":
            return f"{value.isoformat(timespec='microseconds')[:-6]}Z"
        return value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return datetime.fromisoformat(value)
        moment: datetime = value.astimezone(UTC)
        return moment


class Text(sa.types.TypeDecorator[str]):
    """Text; U+0000, which PostgreSQL refuses, is stored as U+FFFD on both databases."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return value.replace("\0", "\ufffd") if value and "\0" in value else value


Json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""JSON values; SQLite keeps them as text with sorted keys, as `json_of` writes them."""

_json = msgspec.json.Encoder(order="sorted")
_strict_json = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
).encode

_nul_to = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000").sub


def json_of(value: Any) -> str:
    """Return the value as JSON, without U+0000; raises ValueError for what is no number."""
    text = _json.encode(value).decode()
    if "null" in text:  # what is no number is written so, and no value for it is stored in silence
        text = _strict_json(value)
    if "\\u0000" in text:  # PostgreSQL refuses it; after a backslash that is one it is plain text
        text = _nul_to("\\1\ufffd", text)
    return text


def _bound(values: Sequence[Any], kind: Any, dialect: sa.Dialect) -> Sequence[Any]:
    """Return the values of a column as the driver takes them."""
    is_sqlite = dialect.name == "sqlite"
    # One look at all of them is a tenth of a look at each.
    if isinstance(kind, Text):
        if "\0" not in "".join(filter(None, values)):
            return values
    elif isinstance(kind, Utc):
        if all(value.tzinfo is UTC for value in filter(None, values)):
            return _as_text(values) if is_sqlite else values
    elif is_sqlite and isinstance(kind, sa.JSON):
        text = _json.encode_lines(values).decode()
        if "null" not in text and "\\u0000" not in text:
            return text.split("\n")[:-1]
    bind = kind.dialect_impl(dialect).bind_processor(dialect)
    return [bind(value) for value in values] if bind else values


def _as_text(moments: Sequence[datetime | None]) -> list[str | None]:
    """Return UTC times as `Utc` stores them in SQLite."""
    short = len("2026-11-22T07:00:00Z")
    texts: list[str | None] = msgspec.to_builtins(moments)
    return [f"{text[:-1]}.000000Z" if text and len(text) == short else text for text in texts]


def bound_rows(
    connection: sa.Connection, table: sa.Table, columns: Columns, order: Iterable[str] | None = None
) -> Iterator[tuple[Any, ...]]:
    """Return the rows of these columns as the driver takes them; `order` names a value's column."""
    ready = {
        name: _bound(values, table.c[name].type, connection.dialect)
        for name, values in columns.items()
    }
    return zip(*(ready[name] for name in order or ready), strict=True)


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

OPEN, INTERNAL, PERSONAL = Privacy.OPEN, Privacy.INTERNAL, Privacy.PERSONAL

_SQL_TYPES: dict[type, Any] = {
    str: Text,
    int: sa.BigInteger,
    float: sa.Double,
    bool: sa.Boolean,
    datetime: Utc,
    dict: Json,
    list: Json,
}


def sql_type(kind: type) -> Any:
    """Return the SQL type in which values of the Python type are stored."""
    return _SQL_TYPES[kind]


def column(
    name: str,
    kind: type,
    meaning: str,
    privacy: Privacy = INTERNAL,
    *,
    refers: str | None = None,
    key: bool = False,
    null: bool = False,
) -> sa.Column[Any]:
    """Return a column; `refers` names the `table.column` it points to, `key` puts it in the key."""
    points = [sa.ForeignKey(refers, ondelete="CASCADE" if key else None)] if refers else []
    return sa.Column(
        name,
        sql_type(kind),
        *points,
        primary_key=key,
        nullable=null,
        comment=meaning,
        info={"privacy": privacy, "type": kind},
    )


def row_number(name: str, meaning: str) -> sa.Column[Any]:
    """Return a key that the database counts by itself."""
    # SQLite counts by itself, and keeps through VACUUM, what is INTEGER to the letter.
    kind = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    info = {"privacy": INTERNAL, "type": int}
    return sa.Column(name, kind, primary_key=True, comment=meaning, info=info)


def contract_columns(refers: dict[str, str], key: str) -> list[sa.Column[Any]]:
    """Return the stored columns of the post contract, in its order."""
    return [
        column(
            name,
            c.type,
            c.meaning,
            c.privacy,
            refers=refers.get(name),
            key=name == key,
            null=c.is_nullable,
        )
        for name, c in COLUMNS.items()
        if c.privacy is not Privacy.TRANSIENT and not c.is_list
    ]
