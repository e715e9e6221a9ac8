"""Measures a digest on invented years: `python -m bench.digest [--posts N]`."""

import json
import resource
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bench.agency import agency_of, charter_of, read_all_weeks, settle
from bench.databases import DATABASES, Database
from bench.invented import held
from bench.loading import finish, load_all, timed
from bench.warehouse import Which, names_of
from bench.years import Years
from digest.compose import compose
from digest.render import render_html, render_text
from digest.weeks import week_before
from warehouse.series import WEEKS

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
SLOWEST: Final = 20.0
"""CPU seconds a digest may take, the database's among them."""
LARGEST: Final = 1024
"""MiB of memory the process may ever have had."""


@app.command()
def digest(
    posts: Annotated[int, typer.Option(min=1_000, max=10_000_000, help="How many to make up.")] = (
        1_000_000
    ),
    database: Annotated[Which, typer.Option(help="Where to load them.")] = Which.SQLITE,
    folder: Annotated[Path | None, typer.Option(help="Keep the databases here meanwhile.")] = None,
) -> None:
    """Print what a digest costs that looks back at all of the posts; exit 1 when it is too much."""
    measured = [line for name in names_of(database) for line in measure(name, posts, folder)]
    typer.echo(json.dumps(measured, indent=1))
    sys.exit(any(line["cpu"] > SLOWEST or line["memory"] > LARGEST for line in measured))


def measure(name: str, posts: int, folder: Path | None = None) -> list[dict[str, Any]]:
    """Return what a digest of a whole purpose cost, and one held to a topic, as JSON has it.

    The posts are of as many weeks as a digest looks back at. Memory is that of the process at its
    highest, in MiB: no digest took more.
    """
    until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    holdings = held()
    with tempfile.TemporaryDirectory(prefix="goodguest-bench-", dir=folder) as made:
        Path(made).chmod(0o711)  # the server may run as another user
        with DATABASES[name](Path(made)) as store:
            settle(store.engine, Path(made), holdings)
            read_all_weeks(store.engine, WEEKS, until)
            agency = agency_of(holdings)
            load_all(store, Years(posts, WEEKS, agency, until).batches(), are_new=True)
            finish(store, posts)
            week = week_before(until.date())
            held_to = {"whole purpose": (), "one topic": (agency.topic_uris[0],)}
            return [_measured(store, what, topics, week) for what, topics in held_to.items()]


def _measured(store: Database, what: str, topics: tuple[str, ...], week: str) -> dict[str, Any]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = {}

    def make() -> None:
        with store.engine.connect() as conn:
            found["issue"] = compose(conn, charter_of(), "weekly", week, held_to=topics)
        render_text(found["issue"])
        render_html(found["issue"], None)

    cost = timed(store, make)
    return {
        "database": store.name,
        "digest": what,
        "posts": found["issue"].posts,
        "cpu": round(cost.cpu + cost.server_cpu, 2),
        "seconds": round(cost.seconds, 2),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "memory_before": before // 1024,
    }


if __name__ == "__main__":
    app()
