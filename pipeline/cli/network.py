"""The command of the network of communities."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.answers import answer
from pipeline.settings import settings

networks = typer.Typer()


@networks.command(epilog="Example: goodguest network public-services 2026-W46 week-46.gexf")
def network(
    purpose: Annotated[str, typer.Argument(help="A purpose of the charter.")],
    week: Annotated[str, typer.Argument(help="ISO week, such as 2026-W46.")],
    file: Annotated[Path, typer.Argument(help="New file, .graphml or .gexf (Gephi).")],
) -> None:
    """Write which communities share topics, and who links to whom among sites, as a graph."""
    from pipeline.network import write_network

    result = write_network(settings(), purpose, week, file)
    said = f"{result['nodes']} nodes and {result['edges']} edges are written to {result['file']}."
    answer(result, [said])
