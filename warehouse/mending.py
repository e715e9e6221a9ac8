"""What the store's driver says when the store is full, read-only, held, away or damaged."""

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from contract.errors import FixSettings, GoodguestError
from contract.mending import AWAY, BUSY, FAILING, FULL, READ_ONLY, damaged, mending, of_sqlite

if TYPE_CHECKING:
    import psycopg

_OF_POSTGRESQL: Final = {
    "08": AWAY._replace(what="the connection to it was lost"),
    "25006": READ_ONLY._replace(to_do="let its login write, or end the read-only mode"),
    "40": BUSY._replace(what="another process wrote the same"),
    "53100": FULL,
    "53200": AWAY._replace(what="it has no memory left", to_do="give it more"),
    "53300": BUSY._replace(what="all its connections are taken"),
    "55P03": BUSY,
    "57014": BUSY._replace(what="it ended what took too long"),
    "57P": AWAY._replace(what="it was stopped or started, or ended the connection"),
    "58": FAILING,
}
"""By how the error's code begins (SQLSTATE)."""
_IS_DAMAGED: Final = ("XX001", "XX002")
_SECRET: Final = ("password", "passfile", "sslpassword")
_REFUSED: Final = {
    "password": "it does not take that login and password",
    "no pg_hba.conf entry": "it lets nobody in from here with that login",
    "role": "it knows no such login",
    "database": "it has no such database",
}
"""What a server says to whom it does not let in: settings have to be changed."""


def shown_address(url: sa.URL) -> str:
    """Return the address as it may stand in a message: without what opens it."""
    return url.difference_update_query(_SECRET).render_as_string(hide_password=True)


def telling(url: sa.URL) -> Callable[[sa.engine.ExceptionContext], GoodguestError | None]:
    """Return what an engine calls with its errors: it gives those that a person has to mend.

    No message repeats the driver's words on a connection: they can hold the password.
    """

    def told(context: sa.engine.ExceptionContext) -> GoodguestError | None:
        error = context.original_exception
        # A connection that was lost while it lay in the pool is replaced in silence.
        if context.is_pre_ping:
            return None
        if isinstance(error, sqlite3.Error):
            return of_sqlite(error, shown_address(url), url.database or "")
        import psycopg  # loaded for PostgreSQL only

        if isinstance(error, psycopg.Error):
            _leave_out_rows(error, context.sqlalchemy_exception)
            return of_postgresql(error, url, is_lost=context.is_disconnect)
        return None

    return told


def _leave_out_rows(error: "psycopg.Error", wrapped: Exception | None) -> None:
    """Have both say what was wrong without the row it was wrong with: people wrote that.

    PostgreSQL quotes the row below the first line, and of a value that is none in the first.
    """
    if error.sqlstate:
        is_of_a_value = error.sqlstate.startswith("22")
        said = type(error).__name__ if is_of_a_value else error.diag.message_primary
        error.args = (said,)
        if wrapped:
            wrapped.args = (f"({type(error).__name__}) {said}",)


def of_postgresql(
    error: "psycopg.Error", url: sa.URL, *, is_lost: bool = False
) -> GoodguestError | None:
    """Return what an error of the driver means for who runs this; None where it is none of these.

    `is_lost` tells that the connection it came from is of no more use.
    """
    from psycopg import OperationalError

    shown = shown_address(url)
    code = error.sqlstate or ""
    if code in _IS_DAMAGED:
        return damaged(shown, error)
    for begin, trouble in _OF_POSTGRESQL.items():
        if code.startswith(begin):
            return mending(shown, trouble)
    if code or not isinstance(error, OperationalError):
        return mending(shown, AWAY) if is_lost else None
    for word, refusal in _REFUSED.items():
        if f"FATAL:  {word}" in str(error):
            return FixSettings(f"{shown}: {refusal}; correct GOODGUEST_WAREHOUSE")
    return mending(shown, AWAY)
