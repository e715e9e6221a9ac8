"""A view's page: Datasette's, once what is asked of it makes sense."""

import sys
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl, urlencode

from datasette.app import Datasette
from datasette.utils import tilde_encode
from datasette.utils.asgi import BadRequest, Request, Response
from datasette.views.table import TableView

from explorer.cells import DATABASE
from explorer.facts import View

_NAMES_A_COLUMN: Final = ("_facet", "_facet_array", "_facet_date", "_col", "_nocol", "_sort",
                          "_sort_desc", "_filter_column")  # fmt: skip
_LED_ON: Final = {"_next", "_filter_column", "_filter_column_1", "_sort_by_desc"}
"""What asks for a later page, or is led on to another address."""
_BY_INDEX: Final = ("v_post", "created_at")
"""Posts, the newest first: an index holds them in this order, ties by their key."""

Asked = Sequence[tuple[str, str]]


async def table_page(datasette: Datasette, request: Request) -> Response:
    """Return Datasette's page of a view, its first rows in the order that the next ones go on in.

    Datasette sorts a first page by one column alone and the next ones by the key too, so that rows
    would be shown twice or never. Asked for what comes after the greatest value there can be (or
    after no value), it sorts the first page by the key too. Raises BadRequest for what the view
    cannot be asked.
    """
    name, given = request.url_vars["table"], request.args
    view = datasette.jinja_env.globals["facts"].views.get(name)
    default = datasette.table_metadata(DATABASE, name).get("sort_desc")
    down = given.get("_sort_desc") or (None if given.get("_sort") else default)
    asked = parse_qsl(request.query_string, keep_blank_values=True)
    if view:
        check(datasette, view, asked, is_sorted=bool(down or given.get("_sort")))
    is_steady = bool(_LED_ON & set(given)) or (name, down) == _BY_INDEX
    if view and (down or given.get("_sort")) and not is_steady:
        begin = tilde_encode(chr(sys.maxunicode)) if down else "$null"
        asked = [pair for pair in asked if pair[0] not in ("_sort", "_sort_desc")]
        asked.append(("_sort_desc", down) if down else ("_sort", given["_sort"]))
        asked.append(("_next", begun(view, begin)))
    form = request.url_vars.get("format")
    answer: Response = await TableView.as_view(datasette)(of_view(request, name, asked, form), None)
    return answer


def of_view(request: Request, name: str, asked: Asked, form: str | None) -> Request:
    """Return the request as one that asks a view for this."""
    scope = {
        **request.scope,
        "query_string": urlencode(asked).encode(),
        "url_route": {"kwargs": {"database": DATABASE, "table": name, "format": form}},
    }
    return Request(scope, request.receive)


def begun(view: View, value: str) -> str:
    """Return what asks a sorted view for all rows after this value, those in the order of keys."""
    return ",".join([value, *("" for _ in view.key)])


def check(datasette: Datasette, view: View, asked: Asked, *, is_sorted: bool) -> None:
    """Raise BadRequest, saying what is allowed, for what the view cannot be asked."""
    columns = [column.name for column in view.columns]
    sortable = datasette.table_metadata(DATABASE, view.name).get("sortable_columns", columns)
    for name, value in asked:
        column = _column_of(name, value)
        if column and column not in columns:
            raise BadRequest(f"{view.name} has no column {column}; it has {', '.join(columns)}.")
        if name in ("_sort", "_sort_desc") and value and value not in sortable:
            raise BadRequest(
                f"{view.name} has too many rows to sort by {value}; it can be sorted by "
                f"{', '.join(sortable)}, which have an index."
            )
        if name == "_through":
            raise BadRequest("_through follows no tie here; join the views with SQL.")
        if name == "_next" and len(value.split(",")) != len(view.key) + is_sorted:
            raise BadRequest("The address of the next rows is not whole; begin at the first ones.")


def _column_of(name: str, value: str) -> str:
    if name.rstrip("_0123456789") in _NAMES_A_COLUMN:
        return value
    return "" if name.startswith("_") else name.partition("__")[0]
