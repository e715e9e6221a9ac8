"""The data dictionary: every table, column and view of the warehouse, with its meaning."""

import sqlalchemy as sa

from warehouse.columns import Utc
from warehouse.meanings import MEANINGS
from warehouse.queries import VIEWS
from warehouse.tables import metadata
from warehouse.views import columns_of, create_views


def dictionary_markdown() -> str:
    """Return the data dictionary as Markdown: the views analysts read, then the tables below."""
    parts = ["## Views", *_views(), "## Tables", *map(_table, metadata.sorted_tables)]
    return "\n\n".join(parts) + "\n"


def _views() -> list[str]:
    engine = sa.create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            metadata.create_all(connection)
            create_views(connection)
            columns = {name: columns_of(connection, name) for name in VIEWS}
    finally:
        engine.dispose()
    return [
        "\n".join(
            [
                f"### {name}\n\n{view.comment}\n",
                "| column | meaning |",
                "| --- | --- |",
                *(f"| {column} | {MEANINGS[column]} |" for column in columns[name]),
            ]
        )
        for name, view in VIEWS.items()
    ]


def _table(table: sa.Table) -> str:
    lines = [
        f"### {table.name}\n\n{table.comment}\n",
        "| column | type | privacy | meaning |",
        "| --- | --- | --- | --- |",
    ]
    for column in table.columns:
        kind = _kind(column) + (", key" if column.primary_key else "")
        kind += ", may be null" if column.nullable else ""
        privacy = column.info["privacy"]
        lines.append(f"| {column.name} | {kind} | {privacy} | {_meaning(column)} |")
    return "\n".join(lines)


def _kind(column: "sa.Column[object]") -> str:
    if isinstance(column.type, Utc):
        return "UTC time"
    names = {sa.JSON: "JSON", sa.BigInteger: "whole number", sa.Double: "number"}
    names |= {sa.Boolean: "true or false"}
    return next((name for kind, name in names.items() if isinstance(column.type, kind)), "text")


def _meaning(column: "sa.Column[object]") -> str:
    points = "".join(f" → {key.target_fullname}" for key in column.foreign_keys)
    return f"{column.comment}{points}"
