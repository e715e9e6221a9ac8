"""The commands that let something out: figures as open data, and the public register."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.answers import answer, lines_of
from pipeline.settings import settings

publication = typer.Typer()


@publication.command(epilog="Example: goodguest publish --out open-data")
def publish(
    out: Annotated[
        Path | None, typer.Option(help="Folder for the files; publication in the data's if none.")
    ] = None,
) -> None:
    """Write the weeks' numbers as open data, without those that few people stand behind."""
    from pipeline.publish import publish as stage

    result = stage(settings(), out)
    answer(result, lines_of(result))


@publication.command(epilog="Example: goodguest register --out register.html")
def register(
    out: Annotated[
        Path | None, typer.Option(help="Name of the page; JSON of the same name stands beside it.")
    ] = None,
) -> None:
    """Write the public register: who listens where, for what, how long, and how to object."""
    from pipeline.register import write_register

    result = write_register(settings(), out)
    answer(result, result["files"])
