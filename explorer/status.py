"""The page of how the reading goes now: what a person has to do, and every source's facts."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response

from contract.errors import GoodguestError

Status = Callable[[], list[dict[str, Any]]]
"""Asked at each visit, as goodguest status tells it; it may take a second."""


async def status_page(datasette: Datasette, request: Request) -> Response:
    """Return the page, or with .json its rows. Raises NotFound where only an export is served."""
    ask: Status | None = datasette.jinja_env.globals["status"]
    if ask is None:
        raise NotFound("Only a copy is served here; `goodguest status` tells how the reading goes.")
    try:
        rows, failed = await asyncio.to_thread(ask), None
    except GoodguestError as error:
        rows, failed = [], str(error)
    at = datetime.now(UTC)
    if request.url_vars["format"]:
        said: Mapping[str, Any] = {"at": at, "sources": rows, "error": failed}
        return Response.json(said, default=str, status=503 if failed else 200)
    states = Counter(row["state"] for row in rows)
    page = await datasette.render_template(
        "status.html",
        {
            "rows": rows,
            "at": at.isoformat(),
            "states": states,
            "failed": failed,
            "to_do": _to_do(rows),
        },
        request=request,
    )
    return Response.html(page, status=503 if failed else 200)


def _to_do(rows: list[dict[str, Any]]) -> dict[tuple[str, str], list[str]]:
    """Return the sources of each state and message: what stops all is said once."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for problem in row["problems"]:
            found.setdefault((problem["state"], problem["message"]), []).append(row["source"])
    return found
