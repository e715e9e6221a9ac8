"""The data dictionary: every table, column and view of the warehouse, with its meaning."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from warehouse.queries import VIEWS
from warehouse.tables import metadata
from warehouse.view_columns import VIEW_COLUMNS
from warehouse.views import columns_of, create_views

_NAMES: Final[dict[type, str]] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    datetime: "UTC time",
    dict: "JSON",
    list: "JSON",
}


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
                "| column | type | unit | privacy | meaning |",
                "| --- | --- | --- | --- | --- |",
                *(_view_column(column, name) for column in columns[name]),
            ]
        )
        for name, view in VIEWS.items()
    ]


def _view_column(name: str, view: str) -> str:
    said = VIEW_COLUMNS[name]
    kind = _NAMES[said.type] + (", key" if name in VIEWS[view].key else "")
    return f"| {name} | {kind} | {said.unit or ''} | {said.privacy} | {said.meaning} |"


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
    return _NAMES[column.info["type"]]


def _meaning(column: "sa.Column[object]") -> str:
    points = "".join(f" → {key.target_fullname}" for key in column.foreign_keys)
    return f"{column.comment}{points}"
