"""Serves the site on this machine alone."""

import secrets
import signal
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import uvicorn

from explorer.noting import Note
from explorer.site import site_of
from explorer.status import Status

_HERE: Final = "127.0.0.1"


def serve(
    database: Path,
    port: int,
    announce: Callable[[str], None],
    status: Status | None = None,
    note: Note | None = None,
) -> None:
    """Serve an export until Ctrl-C; `announce` gets the address once it answers.

    The address holds a secret, made anew each time. Takes another free port where the one asked
    for is taken.
    """
    with closing(listening(port)) as own:
        secret = secrets.token_urlsafe(24)
        address = f"http://{_HERE}:{own.getsockname()[1]}/?key={secret}"
        app = site_of(database, secret, status, note)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        # A closed terminal's end; the others it knows.
        signal.signal(signal.SIGHUP, server.handle_exit)
        # Uvicorn ends in good order and then hands Ctrl-C on.
        with suppress(KeyboardInterrupt):
            announce(address)
            server.run(sockets=[own])


def listening(port: int) -> socket.socket:
    """Return a socket on this machine that listens on the port, or on a free one."""
    for wanted in (port, 0):
        own = socket.socket()
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            own.bind((_HERE, wanted))
        except OSError:
            own.close()
            if not wanted:
                raise
        else:
            own.listen(128)
            return own
    raise AssertionError("port 0 is always tried")
