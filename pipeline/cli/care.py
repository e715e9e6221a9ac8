"""The commands that take care of the house: backup, restore, tidying."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.answers import answer, lines_of, tell
from pipeline.settings import settings

care = typer.Typer()
_KEY_LEFT_OUT = (
    "The keys are not in this backup: without that of the pseudonyms no author can be recognised "
    "again after a restore. Keep them elsewhere, as safe as passwords, or say --with-keys."
)
_KEY_MISSING = (
    "The key of the pseudonyms is missing: put it into GOODGUEST_KEY or its file before anything "
    "is collected or refined. With a new key all authors would count as new people."
)


@care.command(epilog="Example: goodguest backup /backups --keep-days 30")
def backup(
    folder: Annotated[Path, typer.Argument(help="The folder of backups; each is a new one in it.")],
    list_landing: Annotated[
        bool,
        typer.Option("--list-landing", help="List what is landed, where that is kept otherwise."),
    ] = False,
    with_keys: Annotated[
        bool,
        typer.Option("--with-keys", help="Include the keys, which are secrets."),
    ] = False,
    keep_days: Annotated[
        int | None, typer.Option(min=1, help="Delete backups there that are older.")
    ] = None,
) -> None:
    """Copy warehouse, landing zone and charter, while all else goes on."""
    from pipeline.backup import backup as stage

    result = stage(
        settings(),
        folder,
        landed="listed" if list_landing else "copied",
        with_keys=with_keys,
        keep=timedelta(days=keep_days) if keep_days else None,
    )
    answer(result, lines_of(result))
    tell((_KEY_LEFT_OUT,) if "left out" in result["keys"].values() else ())


@care.command(epilog="Example: goodguest restore /backups/goodguest-20261122T020000000000Z")
def restore(
    folder: Annotated[Path, typer.Argument(help="A backup.")],
    force: Annotated[
        bool, typer.Option("--force", help="In place of a warehouse that has rows: they are lost.")
    ] = False,
) -> None:
    """Put a backup in the place of what is lost; what was erased since is erased again."""
    from pipeline.restore import restore as stage

    result = stage(settings(), folder, force=force)
    answer(result, lines_of(result))
    tell((_KEY_MISSING,) if "missing" in result["keys"].values() else ())


@care.command(epilog="Example: goodguest tidy")
def tidy() -> None:
    """Delete what killed runs left behind, and what nothing needs any more."""
    from pipeline.care import tidy as stage

    result = stage(settings())
    answer(result, lines_of(result))
