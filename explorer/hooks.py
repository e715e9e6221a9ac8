"""What Datasette asks of us: our pages, how a cell is shown, and what an error says."""

import logging
import re
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final

from datasette.app import Datasette
from datasette.database import QueryInterrupted
from datasette.utils import InvalidSql
from datasette.utils.asgi import Base400, Request, Response
from datasette.views.base import DatasetteError
from markupsafe import Markup
from pluggy import HookimplMarker

from explorer.cells import DATABASE, cell
from explorer.pages import post_page, question_page, search_page, start_page, to_post
from explorer.questions import QUESTIONS
from explorer.sheet import sheet_page
from explorer.status import status_page
from explorer.table import table_page

_hook: Final = HookimplMarker("datasette")
_log: Final = logging.getLogger(__name__)
_TOO_LONG: Final = (
    "This took longer than the two seconds a query may take. Ask for less: one week, one topic, "
    "fewer columns, or a column with an index, such as week, day, post_key or target_key."
)


@_hook
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    """Return our pages, which go before Datasette's of the same address."""
    names = "|".join(re.escape(question.name) for question in QUESTIONS)
    return [
        (r"/$", start_page),
        (r"/status(\.(?P<format>json))?$", status_page),
        (rf"/{DATABASE}/(?P<question>{names})$", question_page),
        (rf"/{DATABASE}/-/search$", search_page),
        (rf"/{DATABASE}/-/post/(?P<key>[0-9a-zA-Z_-]{{1,100}})$", post_page),
        (rf"/{DATABASE}(/(?P<name>.+))?\.csv$", sheet_page),
        (rf"/{DATABASE}/(?P<table>v_[a-z_]+)(\.(?P<format>json))?$", table_page),
        (rf"/{DATABASE}/v_post/(?P<key>[0-9a-zA-Z_-]{{1,100}})$", to_post),
    ]


@_hook
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Keep one value from filling the memory, and one function from running on.

    Time is looked at between a query's steps: how long one step takes depends on its values. A post
    has 65,536 letters at most, of up to four bytes.
    """
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 300_000)


@_hook
def render_cell(row: Mapping[str, Any], value: object, column: str, database: str) -> Markup | None:
    """Return what a cell of the export shows."""
    return cell(column, value, row) if database == DATABASE else None


@_hook
def handle_exception(
    datasette: Datasette, request: Request, exception: Exception
) -> Callable[[], Any]:
    """Return the page of an error; nothing of what was asked is logged."""

    async def answer() -> Response:
        status, title, words = _said(exception)
        if request.path.endswith(".json"):
            return Response.json({"ok": False, "error": words, "status": status}, status=status)
        context = {"status": status, "title": title, "error": words}
        page = await datasette.render_template("error.html", context, request=request)
        return Response.html(page, status=status)

    return answer


def _said(exception: Exception) -> tuple[int, str, str]:
    if isinstance(exception, QueryInterrupted) or (
        isinstance(exception, DatasetteError) and exception.title == "SQL Interrupted"
    ):
        return 400, "This took too long", _TOO_LONG
    if isinstance(exception, DatasetteError):
        # It has 500 for what was asked amiss, too.
        status = 400 if exception.status == 500 else exception.status
        return status, exception.title or "This cannot be shown", str(exception.message)
    if isinstance(exception, sqlite3.DatabaseError | InvalidSql):
        return 400, "The query did not run", str(exception)
    if isinstance(exception, Base400):
        title = "There is no such page" if exception.status == 404 else "This cannot be shown"
        words = str(exception.args[0]) if exception.args else ""
        return exception.status, title, "" if words == "404" else words
    _log.error("a page failed: %s", type(exception).__name__)
    return 500, "This page failed", f"It is our mistake: {type(exception).__name__}."
