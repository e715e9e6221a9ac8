"""The site: Datasette over an export, with our pages, templates and manners."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from urllib.parse import quote

from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm

from explorer import chart, hooks
from explorer.cells import (
    DATABASE,
    cell,
    cells_of,
    csv_path,
    in_language,
    in_order,
    link,
    moment,
    number,
    path,
    row_path,
    shortened,
    way_out,
)
from explorer.evidence import evidence_of, stance_in_words
from explorer.facts import Facts, facts_of, week_in_words
from explorer.guard import App, guarded
from explorer.noting import Note, noting, see
from explorer.questions import INDEXES, QUESTIONS
from explorer.sheet import MOST_ROWS
from explorer.status import Status

_HERE: Final = Path(__file__).parent
_SETTINGS: Final = {
    "sql_time_limit_ms": 2_000,
    "max_returned_rows": 1_000,
    "default_page_size": 50,
    "facet_time_limit_ms": 500,
    "default_facet_size": 12,
    "suggest_facets": False,
    "allow_download": False,
    "truncate_cells_html": 280,
    "num_sql_threads": 3,
}
_FACETS: Final = ("purpose", "source", "platform", "kind", "lang", "register", "target", "method",
                  "added_by", "last_status")  # fmt: skip
"""Columns with few values, in the order they are offered; three of them on a page."""
_SORTS: Final = ("created_at", "week", "day", "month", "posts", "score", "reviewed")
"""What a view is sorted by, the greatest first, where nothing else is asked."""
_LARGE: Final = ("v_post", "v_post_tag", "v_post_tie")
_INDEXED: Final = {"post_key", "created_at", "day", "week", "target_key", "tag"}
"""What a view of single posts can be sorted by: its columns with an index."""


class _Quiet(Database):  # type: ignore[misc]  # Datasette says no types
    """A database that does not print a query that fails, with what was asked for in it."""

    async def execute(self, *args: Any, **options: Any) -> Any:
        found = await super().execute(*args, **{**options, "log_sql_errors": False})
        see(found.columns, found.rows)
        return found


def site_of(
    database: Path, secret: str, status: Status | None = None, note: Note | None = None
) -> App:
    """Return the site over an export's file `goodguest.db`, which it reads and never writes.

    Where `status` is given, a page tells how the reading goes; `note` is told what is asked of
    single posts.
    """
    facts = facts_of(database)
    _plugged_in(hooks)
    datasette = Datasette(
        # It puts the path into a file: address as it is.
        immutables=[quote(str(database))],
        metadata=metadata_of(facts),
        inspect_data={
            DATABASE: {
                "hash": facts.about["exported_at"],
                "size": database.stat().st_size,
                "tables": {view.name: {"count": view.rows} for view in facts.views.values()},
            }
        },
        template_dir=str(_HERE / "templates"),
        static_mounts=[("static", str(_HERE / "static"))],
        settings=_SETTINGS,
    )
    datasette.remove_database(DATABASE)
    datasette.add_database(_Quiet(datasette, path=quote(str(database)), is_mutable=False))
    datasette.jinja_env.globals |= {**_said_in_templates(facts), "status": status}
    datasette.jinja_env.filters |= {"moment": moment, "shortened": shortened, "share": chart.share}
    app: App = datasette.app()
    return guarded(noting(app, note) if note else app, secret)


def prepared(database: Path) -> str:
    """Return when an export was made (UTC), once it has all indexes that the pages need."""
    with closing(sqlite3.connect(database)) as connection:
        for statement in INDEXES:
            connection.execute(statement)
        connection.execute("pragma analysis_limit = 1000")
        connection.execute("analyze")
        connection.commit()
        made = connection.execute("select value from about where name = 'exported_at'").fetchone()
        return str(made[0])


def metadata_of(facts: Facts) -> dict[str, Any]:
    """Return Datasette's metadata: facets and sorting of the views, and the questions."""
    tables = {name: _table(facts, name) for name in facts.views}
    queries = {
        question.name: {
            "sql": question.sql.strip(),
            "params": list(question.asks_for),
        }
        for question in QUESTIONS
    }
    return {"databases": {DATABASE: {"tables": tables, "queries": queries}}}


def _table(facts: Facts, name: str) -> dict[str, Any]:
    view = facts.views[name]
    names = [column.name for column in view.columns]
    said: dict[str, Any] = {"facets": [column for column in _FACETS if column in names][:3]}
    if sort := next((column for column in _SORTS if column in names), None):
        said["sort_desc"] = sort
    if name in _LARGE:
        said["sortable_columns"] = [n for n in names if n in _INDEXED or n == view.key[0]]
        if said.get("sort_desc") not in said["sortable_columns"]:
            said.pop("sort_desc", None)
    return said


def _said_in_templates(facts: Facts) -> Mapping[str, Any]:
    words: Mapping[str, Any] = {
        "cell": cell, "cells_of": cells_of, "csv_path": csv_path,
        "in_language": in_language, "in_order": in_order,
        "evidence_of": evidence_of, "stance_in_words": stance_in_words,
        "link": link, "number": number, "to": path,
        "most_rows": MOST_ROWS, "row_path": row_path,
        "way_out": way_out, "week_in_words": week_in_words,
    }  # fmt: skip
    return {"facts": facts, "questions": QUESTIONS, "database_name": DATABASE, **words}


def _plugged_in(plugin: ModuleType) -> None:
    """Let Datasette use our hooks; plugins belong to the process, so only once."""
    if not pm.is_registered(plugin):
        pm.register(plugin)
        # It prints errors with all local values, and so with what people wrote.
        pm.unregister(name="datasette.handle_exception")
        # The views hold text: asked for a cell as a file, it fails.
        pm.unregister(name="datasette.blob_renderer")
