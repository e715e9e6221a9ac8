"""What was measured, as tables: for a terminal and as docs/refine.md."""

import os
import platform
import sqlite3
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any, Final

from bench.gates import Verdict
from bench.measuring import FLOOR, Measured, cpu, wall
from bench.payloads import DATASETS, ENTITIES, TOPICS
from bench.stages import WITHIN

_TITLES: Final = {"x": "X", "mix": "X, Reddit, Flickr and Discourse"}
_JUDGED: Final = {True: "yes", False: "**no**", None: "not judged here"}
Table = tuple[Sequence[str], Sequence[Sequence[str]]]


def page_of(command: str, measured: Measured, judged: Sequence[Verdict]) -> str:
    """Return the page, in Markdown."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    peers = "".join(f", {peer} {version}" for peer, version in measured.peers.items())
    store = "PostgreSQL" if measured.dest == "postgres" else f"SQLite {sqlite3.sqlite_version}"
    title = _TITLES.get(measured.platform, measured.platform)
    lines = [
        f"# Refine: {measured.posts:,} posts",
        "",
        "*For operators who choose a machine, and engineers.*",
        "",
        "Written by `make speed`, never by hand. Seconds are of the machine they were measured on;",
        "ratios of CPU seconds in one run say more.",
        "",
        f"- Command: `{command}`",
        f"- Machine: {os.cpu_count()} cores, {memory:.0f} GiB of memory, {platform.system()}",
        f"- Versions: Python {platform.python_version()}, {store}{peers}",
        f"- Posts: {measured.posts:,} of {title}, invented, in answers as the platform sends them",
        f"- The agency holds {2 * TOPICS:,} labels of topics, {DATASETS:,} datasets and"
        f" {ENTITIES:,} rows of a register",
    ]
    for heading, table in tables(measured, judged).items():
        lines += ["", f"## {heading}", "", *markdown(*table)]
    return "\n".join(lines) + "\n"


def text_of(measured: Measured, judged: Sequence[Verdict]) -> str:
    """Return the same tables for a terminal."""
    lines: list[str] = []
    for heading, (head, rows) in tables(measured, judged).items():
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        lines += ["", heading, ""]
        for row in (head, *rows):
            cells = (cell.replace("**", "").rjust(w) for cell, w in zip(row, widths, strict=True))
            first, *rest = cells
            lines.append("  ".join((row[0].ljust(len(first)), *rest)))
    return "\n".join(lines)


def tables(measured: Measured, judged: Sequence[Verdict]) -> dict[str, Table]:
    """Return what is told, by its heading: the column names and the rows of each."""
    return {
        "Whole processes": _runs(measured),
        f"Stages, one process, {measured.stage_posts:,} posts": _stages(measured),
        "What is stored": (
            ("check", "found", "allowed", "holds"),
            [(c.name, c.found, c.allowed, _JUDGED[c.holds]) for c in measured.checks],
        ),
        "Gates": (
            ("gate", "found", "allowed", "holds"),
            [(v.name, _number(v.found), v.allowed, _JUDGED[v.holds]) for v in judged],
        ),
    }


def _runs(measured: Measured) -> Table:
    head = ("", "CPU s", "posts per CPU s", "wall s", "posts/s", "MiB", "÷ floor, CPU")
    rows = []
    for name, runs in measured.runs.items():
        spent, clock = median(map(cpu, runs)), median(map(wall, runs))
        ratio = measured.ratio(name, FLOOR, cpu)
        memory = max(took.memory for took in runs)
        posts = measured.posts_of(name)
        speeds = ("", "") if posts is None else (f"{posts / spent:,.0f}", f"{posts / clock:,.0f}")
        rows.append(
            (name, f"{spent:.2f}", speeds[0], f"{clock:.2f}", speeds[1], f"{memory:,.0f}",
             _number(ratio))
        )  # fmt: skip
    return head, rows


def _stages(measured: Measured) -> Table:
    head = ("", "CPU s", "µs a post", "posts per CPU s", "share")
    total = sum(s for name, s in measured.stages.items() if not name.startswith(WITHIN))
    rows = [
        (name, f"{spent:.3f}", f"{spent / measured.stage_posts * 1e6:,.1f}",
         f"{measured.stage_posts / spent:,.0f}" if spent else "", f"{spent / total:.1%}")
        for name, spent in {**measured.stages, "all": total}.items()
    ]  # fmt: skip
    return head, rows


def _number(found: float | None) -> str:
    if found is None:
        return "not run"
    return f"{found:,.0f}" if found >= 100 else f"{found:.2f}"


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table in Markdown."""
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def json_of(measured: Measured, judged: Sequence[Verdict]) -> dict[str, Any]:
    """Return all that was measured, as JSON has it."""
    return {
        "platform": measured.platform,
        "dest": measured.dest,
        "posts": measured.posts,
        "runs": {name: [_taken(took) for took in runs] for name, runs in measured.runs.items()},
        "stages": measured.stages,
        "stage_posts": measured.stage_posts,
        "peers": measured.peers,
        "checks": [check._asdict() for check in measured.checks],
        "gates": [verdict._asdict() for verdict in judged],
    }


def _taken(took: Any) -> dict[str, float]:
    return {name: value for name, value in took._asdict().items() if name != "said"}
