"""The command that shows which versions of the charter there were, and what changed."""

import json
from typing import Annotated, Any

import typer

from pipeline.cli.answers import answer, table_of
from pipeline.settings import settings

versions = typer.Typer()


@versions.command(epilog="Example: goodguest charter --diff 3f1c 90ab")
def charter(
    diff: Annotated[
        tuple[str, str] | None,
        typer.Option("--diff", help="Two versions, by as much of their names as tells them apart."),
    ] = None,
) -> None:
    """List the versions of the charter that something was done under, or what two differ in."""
    from warehouse.charter_versions import changes, version_named, version_of
    from warehouse.charter_versions import versions as kept
    from warehouse.store import opened

    given = settings()
    now = version_of(given.load_charter())
    with opened(given.warehouse) as engine, engine.connect() as connection:
        if diff is not None:
            before, after = (version_named(connection, one) for one in diff)
            found = [change._asdict() for change in changes(before.content, after.content)]
            lines = [line for one in found for line in _lines(one)]
            answer({"before": before.version, "after": after.version, "changes": found}, lines)
            return
        rows = [
            {
                "version": one.version,
                "first used": f"{one.first_used_at:%Y-%m-%d %H:%M}",
                "last used": f"{one.last_used_at:%Y-%m-%d %H:%M}",
                "sources": len(one.content["sources"]),
                "is now": one.version == now,
            }
            for one in kept(connection)
        ]
    said = table_of(rows) if rows else "Nothing was done under a charter yet."
    answer({"now": now, "versions": rows}, [said])


def _lines(change: dict[str, Any]) -> list[str]:
    """Return a line for what the key said before, and one for what it says after."""
    marked = (("-", change["before"]), ("+", change["after"]))
    return [
        f"{mark} {change['key']}: {json.dumps(value, ensure_ascii=False)}"
        for mark, value in marked
        if value is not None
    ]
