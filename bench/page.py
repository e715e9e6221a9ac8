"""Measures everything and writes docs/performance.md: `python -m bench.page [--posts N]`."""

import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bench.agency import SITES
from bench.measuring import stages_of
from bench.questions import SLOWEST
from bench.report import markdown
from bench.warehouse import Which, faults, measure, names_of

PAGE: Final = Path(__file__).parents[1] / "docs" / "performance.md"
_ROUNDS: Final = 3

Measured = dict[str, Any]
"""What `measure` gives."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def page(
    posts: Annotated[int, typer.Option(min=1_000, help="Posts in each warehouse.")] = 1_000_000,
    database: Annotated[Which, typer.Option(help="Where to load them.")] = Which.BOTH,
    stage_posts: Annotated[int, typer.Option(min=100, help="Posts for the stages.")] = 5_000,
    folder: Annotated[Path | None, typer.Option(help="Keep the databases here meanwhile.")] = None,
) -> None:
    """Write docs/performance.md anew; exit 1 when a sum is wrong or an answer too slow."""
    stages = stages_of(stage_posts, _ROUNDS)
    measured = [measure(name, posts, folder) for name in names_of(database)]
    said = f"python -m bench.page --posts {posts} --database {database.value}"
    PAGE.write_text(page_of(said, stages, measured), encoding="utf-8")
    if wrong := faults(measured):
        typer.echo("\n".join(wrong), err=True)
        sys.exit(1)


def page_of(command: str, stages: Mapping[str, Any], measured: Sequence[Measured]) -> str:
    """Return the page, in Markdown."""
    sections = (_head(command, measured), _loading(measured), _sizes(measured),
                _answers(measured), _stages(stages))  # fmt: skip
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _head(command: str, measured: Sequence[Measured]) -> Iterator[str]:
    versions = ", ".join(one["version"] for one in measured)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    yield "# Performance"
    yield ""
    yield "*For operators who choose a database or a machine, and engineers.*"
    yield ""
    yield "Written by `make bench`, never by hand. Seconds are of the machine they were measured"
    yield "on; the ratios beside them are of one run and say more."
    yield ""
    yield f"- Command: `{command}`"
    yield f"- Machine: {os.cpu_count()} cores, {memory:.0f} GiB of memory, {platform.system()}"
    yield f"- Versions: Python {platform.python_version()}, {versions}, each set as it comes"
    posts, weeks = measured[0]["posts"], measured[0]["weeks"]
    yield f"- Posts: {posts:,} in {weeks} weeks, on {len(SITES)} sources"
    are_right = not any(one["wrong"] for one in measured)
    yield f"- The views' sums are those of what was made up: {'yes' if are_right else 'no'}"
    yield from (f"- **{line}**" for line in faults(measured))


def _loading(measured: Sequence[Measured]) -> Iterator[str]:
    yield "## Loading"
    yield ""
    yield "Storing batches of 5,000 posts, what they refer to, and their ties. The floor writes the"
    yield "rows of the first slice as they are, by the database's own quickest way, into tables"
    yield "with the same keys and indexes. CPU seconds are those of 100,000 posts."
    yield ""
    rows: list[list[str]] = []
    for one in measured:
        first, floor = one["slices"]["first"], one["floor"]
        slices = {**{f"{name} slice": s for name, s in one["slices"].items()},
                  "the first again, unchanged": one["again"]}  # fmt: skip
        for name, cost in slices.items():
            each = cost["seconds"] / cost["records"]
            hundred = 100_000 / cost["records"]
            rows.append(
                [
                    one["version"], name, f"{cost['records'] / cost['seconds']:,.0f}",
                    f"{cost['cpu'] * hundred:.1f}", f"{cost['server_cpu'] * hundred:.1f}",
                    f"{each / (first['seconds'] / first['records']):.2f}",
                    f"{each * first['records'] / floor['seconds']:.1f}",
                ]
            )  # fmt: skip
    yield from markdown(
        ["database", "slice", "posts per second", "CPU s of ours", "CPU s of the server",
         "÷ first slice", "÷ floor"], rows,
    )  # fmt: skip
    yield ""
    yield "What refine ends with, in seconds:"
    yield ""
    ended = [
        [one["version"], step, f"{first:.2f}", f"{one['ended'][1][step]:.2f}",
         f"{one['ended'][1][step] / one['reading_seconds']:.1f}"]
        for one in measured
        for step, first in one["ended"][0].items()
    ]  # fmt: skip
    yield from markdown(
        ["database", "step", "after all", "after one batch more", "÷ reading all posts"], ended
    )


def _sizes(measured: Sequence[Measured]) -> Iterator[str]:
    yield "## Size"
    yield ""
    yield "MiB on disk, of tables with more than one."
    yield ""
    rows = []
    for one in measured:
        whole = sum(size["rows"] + size["indexes"] for size in one["sizes"])
        for size in (*one["sizes"], {"table": "all of it", **_summed(one["sizes"])}):
            both = size["rows"] + size["indexes"]
            if both > 2**20:
                rows.append(
                    [
                        one["version"], f"`{size['table']}`", f"{size['rows'] / 2**20:,.0f}",
                        f"{size['indexes'] / 2**20:,.0f}", f"{both / one['posts']:,.0f}",
                        f"{both / whole:.1%}",
                    ]
                )  # fmt: skip
    yield from markdown(
        ["database", "table", "rows", "indexes", "bytes per post", "share of all"], rows
    )


def _summed(sizes: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return {part: sum(size[part] for size in sizes) for part in ("rows", "indexes")}


def _answers(measured: Sequence[Measured]) -> Iterator[str]:
    yield "## Views"
    yield ""
    reading = ", ".join(f"{one['reading_seconds']:.4f} s on {one['version']}" for one in measured)
    yield "Seconds until all lines are here: the median of five runs, and the slowest of them."
    yield f"More than {SLOWEST:g} is a fault. Reading all posts once takes {reading}."
    yield ""
    columns = [what for one in measured
               for what in (one["version"], "slowest", "÷ reading")]  # fmt: skip
    rows = [
        [
            f"`{asked[0]['view']}`", asked[0]["words"], f"{asked[0]['rows']:,}",
            *(
                cell
                for one, answer in zip(measured, asked, strict=True)
                for cell in (
                    f"{answer['seconds']:.4f}", f"{answer['slowest']:.4f}",
                    f"{answer['seconds'] / one['reading_seconds']:.2f}",
                )
            ),
        ]
        for asked in zip(*(one["answers"] for one in measured), strict=True)
    ]  # fmt: skip
    yield from markdown(["view", "asked for", "lines", *columns], rows)


def _stages(stages: Mapping[str, Any]) -> Iterator[str]:
    yield "## Stages of refine"
    yield ""
    yield f"CPU time alone, on {stages['posts']:,} invented posts of X. The floor parses the same"
    yield "pages and upserts their posts, in the quickest tools Python has. More is in refine.md."
    yield ""
    rows = [
        [row["stage"], f"{row['posts_per_cpu_second']:,}", f"{row['times_floor']:.2f}"]
        for row in stages["stages"]
    ]
    yield from markdown(["stage", "posts per CPU second", "÷ floor"], rows)


if __name__ == "__main__":
    app()
