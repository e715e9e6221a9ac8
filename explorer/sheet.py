"""Answers as CSV: whole or not at all, and with nothing that a spreadsheet would run."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

from datasette.app import Datasette
from datasette.utils import derive_named_parameters, validate_sql_select
from datasette.utils.asgi import BadRequest, NotFound, Request, Response
from datasette.views.table import TableView

from explorer.cells import DATABASE
from explorer.facts import View
from explorer.questions import BY_NAME
from explorer.table import begun, check, of_view
from transforms.spreadsheet import csv_text

MOST_ROWS: Final = 50_000
"""Of a file: it is put together before it is sent, so that none ends early and looks whole."""
_BESIDE: Final = ("_next", "_sort", "_sort_desc", "_size", "_stream", "_dl")
"""What a file has its own mind about: all rows, in the order of their key."""


async def sheet_page(datasette: Datasette, request: Request) -> Response:
    """Return the rows of a view, a question or a query as a CSV file (RFC 4180, UTF-8).

    Texts are written as by `goodguest export`. Raises BadRequest where there are too many rows.
    """
    name, facts = request.url_vars["name"], datasette.jinja_env.globals["facts"]
    if name in facts.views:
        columns, rows = await _of_view(datasette, request, facts.views[name])
    elif name in BY_NAME:
        asked = {str(asks): request.args.get(asks) or "" for asks in BY_NAME[name].asks_for}
        columns, rows = await _of_query(datasette, BY_NAME[name].sql, facts.defaults(asked))
    elif name is None and (sql := request.args.get("sql")):
        validate_sql_select(sql)
        names = await derive_named_parameters(datasette.get_database(DATABASE), sql)
        asked = {each: request.args.get(each) or "" for each in names}
        columns, rows = await _of_query(datasette, sql, asked)
    else:
        raise NotFound("There is no such file: views, questions and queries can be had as CSV.")
    lines = [",".join(map(csv_text, columns)), *(",".join(map(_field, row)) for row in rows)]
    return Response(
        "\r\n".join([*lines, ""]),
        headers={"content-disposition": f'attachment; filename="{name or "query"}.csv"'},
        content_type="text/csv; charset=utf-8",
    )


Found = tuple[Sequence[str], Iterable[Sequence[Any]]]


async def _of_view(datasette: Datasette, request: Request, view: View) -> Found:
    given = parse_qsl(request.query_string, keep_blank_values=True)
    asked = [pair for pair in given if pair[0] not in _BESIDE]
    check(datasette, view, asked, is_sorted=False)
    ours = [("_sort", view.key[0]), ("_size", "max"), ("_nocount", "1"), ("_nofacet", "1")]
    page = of_view(request, view.name, [*asked, *ours], "csv")
    rows: list[Sequence[Any]] = []
    columns: Sequence[str] = ()
    after = begun(view, "$null")
    while after:
        found = await TableView(datasette).data(page, _next=after)
        if isinstance(found, Response):
            raise BadRequest("The filters of a file stand in its address as column=value.")
        data = found[0]
        columns, after = data["columns"], data["next"]
        rows += data["rows"]
        if len(rows) > MOST_ROWS:
            raise BadRequest(
                f"These are more than {MOST_ROWS:,} rows. Filter them, such as by week; or have "
                "all of it written as files: goodguest export."
            )
    return columns, rows


async def _of_query(datasette: Datasette, sql: str, given: dict[str, str]) -> Found:
    found = await datasette.execute(DATABASE, sql, given, truncate=True)
    if found.truncated:
        raise BadRequest(
            "The query has more than 1,000 rows. Have the query return fewer, or have every view "
            "written as files: goodguest export."
        )
    return found.columns, found.rows


def _field(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float):
        return repr(value)
    return csv_text(value.hex() if isinstance(value, bytes) else str(value))
