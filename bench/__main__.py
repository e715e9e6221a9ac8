"""Measures the pipeline's stages on invented posts: `python -m bench [--posts N]`."""

import json
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer

from bench.invented import Forum, invent
from bench.stages import MOST_POSTS, Spent, WrongCount, by_stage, in_one, prepare
from pipeline.settings import Settings

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def bench(
    posts: Annotated[int, typer.Option(min=100, max=MOST_POSTS, help="How many to make up.")] = (
        5_000
    ),
    rounds: Annotated[int, typer.Option(min=1, max=99, help="The median of so many counts.")] = 3,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the same here.")] = None,
) -> None:
    """Print how many posts a CPU second of each stage is good for; exit 1 when any was lost.

    The floor is the least that can be done with the same pages: parse them, upsert their posts.
    Judge by how many times the floor's CPU time a stage takes; the rest is the machine's.
    """
    try:
        measured = stages_of(posts, rounds)
    except WrongCount as error:
        typer.echo(f"wrong count: {error}", err=True)
        sys.exit(1)
    typer.echo(f"{'':<26}{'posts per CPU second':>22}{'times the floor':>18}")
    for row in measured["stages"]:
        speed, times = row["posts_per_cpu_second"], row["times_floor"]
        typer.echo(f"{row['stage']:<26}{speed:>22,}{times:>18.2f}")
    if json_file:
        json_file.write_text(json.dumps(measured, indent=1) + "\n")


def stages_of(posts: int, rounds: int) -> dict[str, Any]:
    """Return the medians of each stage, as JSON has them; raises WrongCount when any was lost."""
    holdings, forum = invent(posts)
    with tempfile.TemporaryDirectory(prefix="goodguest-bench-") as folder:
        given = prepare(Path(folder), holdings, forum)
        measured = [_round(given, forum) for _ in range(rounds)]
    stages = [_row(stage, measured, forum.records) for stage in measured[0]]
    said = {"posts": forum.records, "distinct": forum.distinct, "rounds": rounds}
    return {**said, "stages": stages}


def _round(given: Settings, forum: Forum) -> Spent:
    expected = forum._replace(pages=[])  # the stages read them from the landing zone
    processes = ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1)
    with processes as fresh:
        stages, ours = fresh.submit(by_stage, given, expected).result()
        whole, theirs = fresh.submit(in_one, given).result()
    if ours != theirs:
        raise WrongCount("refine stores something else than its stages one by one")
    return {**stages, **whole}


def _row(stage: str, measured: Sequence[Spent], posts: int) -> dict[str, Any]:
    """Return the medians of a stage: its posts per CPU second, its ratio to the floor."""
    return {
        "stage": stage,
        "posts_per_cpu_second": round(posts / median(spent[stage] for spent in measured)),
        "times_floor": round(median(s[stage] / s["floor"] for s in measured), 3),
    }


if __name__ == "__main__":
    app()
