"""The command line: the same stages that the DAGs run."""

import os
import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from contract.errors import FixSettings, GoodguestError
from contract.mending import mended_first
from pipeline.cli.alerts import alerting
from pipeline.cli.analysts import analysts
from pipeline.cli.answers import FINDINGS, WRONG_USE, complain, err, in_json, tell_programs
from pipeline.cli.care import care
from pipeline.cli.charter import versions
from pipeline.cli.comply import duties
from pipeline.cli.delivery import delivering
from pipeline.cli.evaluate import evaluation
from pipeline.cli.lawful import lawful
from pipeline.cli.logs import set_up_logs
from pipeline.cli.network import networks
from pipeline.cli.publish import publication
from pipeline.cli.stages import stages
from pipeline.cli.status import operation
from pipeline.settings import settings

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError

_NO_PLACE: Final = (
    PermissionError, FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError,
)  # fmt: skip
"""What a file that somebody named, to be read or written, can be instead of one."""

app = typer.Typer(
    name="goodguest",
    help="Reads communities as a good guest and ties what they say to what the agency holds.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(stages)
app.add_typer(analysts)
app.add_typer(operation)
app.add_typer(publication)
app.add_typer(delivering)
app.add_typer(networks)
app.add_typer(care)
app.add_typer(duties)
app.add_typer(lawful)
app.add_typer(versions)
app.add_typer(alerting)
app.add_typer(evaluation, name="evaluate")


def main() -> None:
    """Run the command line; exit 0 done, 1 findings or a failed source, 2 wrong use."""
    # What is landed and stored is for the account that runs this, and for nobody else.
    os.umask(0o077)
    try:
        with mended_first(settings().data):
            app()
    except SystemExit as ended:
        if ended.code == WRONG_USE:
            tell_programs("wrong use; standard error says what is wrong")
        raise
    except FixSettings as error:
        complain(error)
        sys.exit(WRONG_USE)
    except GoodguestError as error:
        complain(error)
        sys.exit(FINDINGS)
    except _of_the_database() as error:
        said = str(error.orig).strip().splitlines()[0]
        complain(GoodguestError(f"the warehouse does not answer as it should: {said}"))
        sys.exit(FINDINGS)
    except UnicodeEncodeError as error:
        sign = ascii(error.object[error.start])
        complain(FixSettings(f"found {sign}, which is no text; allowed are arguments in UTF-8"))
        sys.exit(WRONG_USE)
    except _NO_PLACE as error:
        where, why = error.filename or "a file", error.strerror or type(error).__name__
        complain(FixSettings(f"{where}: {why}; name another place, or let this account use it"))
        sys.exit(WRONG_USE)


def _of_the_database() -> "type[DBAPIError]":
    # Looked at only when something went wrong: to load it takes longer than all the rest of --help.
    from sqlalchemy.exc import DBAPIError

    return DBAPIError


@app.callback()
def _global(
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            # Before all else is read: what is wrong with it is answered in JSON, too.
            is_eager=True,
            callback=in_json,
            help="Print one JSON object; logs go to standard error.",
        ),
    ] = False,
) -> None:
    set_up_logs(err, as_json=as_json)
