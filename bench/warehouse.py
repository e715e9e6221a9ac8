"""Measures the warehouse on invented years: `python -m bench.warehouse [--posts N]`."""

import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Final

import sqlalchemy as sa
import typer

from bench.agency import SITES, Agency, agency_of, read_all_weeks, review, settle, spend
from bench.databases import DATABASES, Database, sizes, write_floor
from bench.invented import held
from bench.loading import SLICE, Slice, finish, load_all
from bench.questions import SLOWEST, answers, reading_takes
from bench.sums import Made, wrong_sums
from bench.years import BATCH_POSTS, Tally, Years
from contract.keys import stable_key
from transforms.search import searched
from warehouse.calendar import day_of, week_of

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
WEEKS: Final = 104
_THIRD: Final = 2


class Which(StrEnum):
    """The databases to measure on."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"
    BOTH = "both"


@app.command()
def warehouse(
    posts: Annotated[int, typer.Option(min=1_000, max=10_000_000, help="How many to make up.")] = (
        1_000_000
    ),
    database: Annotated[Which, typer.Option(help="Where to load them.")] = Which.BOTH,
    folder: Annotated[Path | None, typer.Option(help="Keep the databases here meanwhile.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the same here.")] = None,
) -> None:
    """Print what loading costs and how fast the views answer; exit 1 when a sum is wrong."""
    measured = [measure(name, posts, folder) for name in names_of(database)]
    said = json.dumps(measured, indent=1) + "\n"
    typer.echo(said, nl=False)
    if json_file:
        json_file.write_text(said, encoding="utf-8")
    if wrong := faults(measured):
        typer.echo("\n".join(wrong), err=True)
        sys.exit(1)


def names_of(which: Which) -> list[str]:
    """Return the names of the databases meant."""
    return list(DATABASES) if which is Which.BOTH else [which.value]


def faults(measured: Sequence[dict[str, Any]]) -> list[str]:
    """Return what must not be, in words: sums that are wrong, answers that are too slow."""
    return [
        f"{one['database']}: {line}"
        for one in measured
        for line in (
            *one["wrong"],
            *(
                f"{a['view']}, {a['words']}: took {a['seconds']:.1f} s, allowed are {SLOWEST:g} s"
                for a in one["answers"]
                if a["seconds"] > SLOWEST
            ),
        )
    ]


def measure(
    name: str, posts: int, folder: Path | None = None, *, weeks: int = WEEKS
) -> dict[str, Any]:
    """Return what was measured on the database of this name, as JSON has it."""
    until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    holdings = held()
    with tempfile.TemporaryDirectory(prefix="goodguest-bench-", dir=folder) as made:
        Path(made).chmod(0o711)  # the server may run as another user
        with DATABASES[name](Path(made)) as database:
            settle(database.engine, Path(made), holdings)
            read_all_weeks(database.engine, weeks, until)
            return _measure(database, posts, weeks, agency_of(holdings), until)


def _measure(
    database: Database, posts: int, weeks: int, agency: Agency, until: datetime
) -> dict[str, Any]:
    years = Years(posts, weeks, agency, until)
    slices, floor, ended = _load(database, years)
    repeated = islice(Years(posts, weeks, agency, until).batches(), SLICE)
    again = load_all(database, repeated, are_new=False)
    finish(database, 0)
    made = Made(
        years.tally,
        review(database.engine, years.tally.sample),
        spend(database.engine, weeks, until),
        len(SITES),
        len(SITES) * weeks * 7 * 24,
    )
    given = _given(agency, until, weeks, years.tally)
    if database.name == "postgresql":
        _analyze(database.engine)
    return {
        "database": database.name,
        "version": database.version,
        "posts": posts,
        "weeks": weeks,
        "slices": _shown(slices),
        "again": _slice(again[0]),
        "floor": floor,
        "ended": ended,
        "sizes": [size._asdict() for size in sizes(database.engine)],
        "wrong": wrong_sums(database.engine, made),
        "reading_seconds": reading_takes(database.engine),
        "answers": [a._asdict() for a in answers(database.engine, given)],
    }


def _load(
    database: Database, years: Years
) -> tuple[list[Slice], dict[str, float], list[dict[str, float]]]:
    """Return the slices, the floor of the first, and what refine ends with: at first, and then.

    Then is after one batch more, as it is each hour; at first there was nothing of it yet.
    """
    stream = years.batches()
    first = load_all(database, islice(stream, SLICE), are_new=True)
    rows, seconds = write_floor(database)
    floor = {"rows": rows, "seconds": seconds}
    rest = max(0, -(-years.posts // BATCH_POSTS) - SLICE - 1)
    slices = [*first, *load_all(database, islice(stream, rest), are_new=True)]
    ended = [finish(database, years.posts)]
    load_all(database, stream, are_new=True)
    return slices, floor, [*ended, finish(database, BATCH_POSTS)]


def _shown(slices: list[Slice]) -> dict[str, dict[str, float]]:
    last = len(slices) - 1
    places = {last: "last", 0: "first"}
    if last > _THIRD:
        places[_THIRD] = "third"
    return {places[place]: _slice(slices[place]) for place in sorted(places)}


def _slice(one: Slice) -> dict[str, float]:
    return {"records": one.records, **one.cost._asdict()}


def _analyze(engine: sa.Engine) -> None:
    """Gather what PostgreSQL's own daemon gathers sooner or later."""
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("vacuum analyze")


def _given(agency: Agency, until: datetime, weeks: int, tally: Tally) -> dict[str, Any]:
    """Return the values analysts ask for: recent weeks, things often met."""
    asked = until - timedelta(weeks=weeks // 3)
    site = agency.sites[0]
    title = searched(tally.title).split(" ")
    return {
        "week": week_of(asked),
        "last_week": week_of(until - timedelta(days=1)),
        "year_ago": week_of(until - timedelta(weeks=52)),
        "day": day_of(asked),
        "month_ago": day_of(until - timedelta(days=30)),
        "topic_uri": agency.topic_uris[0],
        "dataset_key": agency.dataset_keys[0],
        "entity_key": agency.entity_keys[0],
        "community_key": stable_key("community", site.platform, f"{site.source}/1"),
        "post_key": tally.shown,
        "tag": "the",
        "frequent": "the",
        "rare": max(title, key=len),
        "phrase": " ".join(title[:3]),
    }


if __name__ == "__main__":
    app()
