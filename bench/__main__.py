"""Measures refine against a floor and its peers: `python -m bench --size 10k|100k|1M`."""

import json
import shlex
import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from bench.gates import verdicts
from bench.measuring import Measured, Peers, measure
from bench.payloads import holdings
from bench.peers import PEERS
from bench.report import json_of, page_of, text_of

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Size(StrEnum):
    """How many posts."""

    TEN = "10k"
    HUNDRED = "100k"
    MILLION = "1M"


class Dest(StrEnum):
    """Where they are stored."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


class Platform(StrEnum):
    """Where they are from."""

    X = "x"
    MIX = "mix"


_POSTS: Final = {Size.TEN: 10_000, Size.HUNDRED: 100_000, Size.MILLION: 1_000_000}
_ROUNDS: Final = {Size.TEN: 2, Size.HUNDRED: 3, Size.MILLION: 1}


@app.command()
def bench(
    size: Annotated[Size, typer.Option(help="How many posts to make up.")] = Size.TEN,
    dest: Annotated[Dest, typer.Option(help="The database.")] = Dest.SQLITE,
    platform: Annotated[Platform, typer.Option(help="X, or X, Reddit, Flickr, Discourse.")] = (
        Platform.X
    ),
    peers: Annotated[str, typer.Option(help=f"Compare with: {','.join(PEERS)}.")] = "",
    peers_python: Annotated[
        Path, typer.Option(help="The Python the peers are installed for.")
    ] = Path(sys.executable),
    rounds: Annotated[int | None, typer.Option(min=1, max=99, help="Of which the median.")] = None,
    cache: Annotated[Path, typer.Option(help="Where made-up pages are kept.")] = Path("data/bench"),
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the same here.")] = None,
    page: Annotated[Path | None, typer.Option(help="Write the tables here, in Markdown.")] = None,
) -> None:
    """Print what refine costs and whether what it stores is right; exit 1 when a gate fails."""
    names = [name for name in peers.split(",") if name]
    if unknown := set(names) - PEERS.keys():
        raise typer.BadParameter(f"found {', '.join(unknown)}; allowed are {', '.join(PEERS)}")
    tell = partial(typer.echo, err=True)
    measured = Measured(platform.value, dest.value, _POSTS[size], tell=tell)
    measure(measured, rounds or _ROUNDS[size], cache, holdings(), Peers(names, peers_python))
    judged = verdicts(measured)
    typer.echo(text_of(measured, judged))
    if json_file:
        said = json.dumps(json_of(measured, judged), indent=1, ensure_ascii=False)
        json_file.write_text(f"{said}\n", encoding="utf-8")
    if page:
        command = f"python -m bench {shlex.join(sys.argv[1:])}"
        page.write_text(page_of(command, measured, judged), encoding="utf-8")
    if not all(check.holds for check in measured.checks) or any(v.holds is False for v in judged):
        sys.exit(1)


if __name__ == "__main__":
    app()
