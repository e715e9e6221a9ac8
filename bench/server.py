"""A PostgreSQL server of one's own, on a socket in a temporary folder."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from contract.errors import FixSettings

_UNSAFE_BUT_FAST = {"fsync": "off", "full_page_writes": "off"}


class Server(NamedTuple):
    """A running server: the folder of its socket and data, and the process it began as."""

    folder: Path
    pid: int

    def connect(self, database: str = "postgres") -> "psycopg.Connection[Any]":
        """Return a new connection that commits each statement."""
        return psycopg.connect(
            host=str(self.folder), user="goodguest", dbname=database, autocommit=True
        )


@contextmanager
def own_server(beside: Path | None = None, *, is_durable: bool) -> Iterator[Server]:
    """Yield a server whose data goes at the end; one that is not durable does not wait for disks.

    Its folder is made in the one given, or where temporary files are. Raises FixSettings where
    PostgreSQL is not installed.
    """
    initdb, program = _installed("initdb"), _installed("postgres")
    # As root the server runs as another user, who has to get there; a socket's path holds some
    # hundred characters only.
    folder = Path(tempfile.mkdtemp(prefix="goodguest-", dir=beside))
    runs_as: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL}
    if os.geteuid() == 0:
        user = _unprivileged()
        os.chown(folder, user.pw_uid, user.pw_gid)
        runs_as |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "log_min_messages": "fatal",
        # To drop or restore a store of many months locks each of their tables and indexes.
        "max_locks_per_transaction": "256",
        **({} if is_durable else _UNSAFE_BUT_FAST),
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    who = ["--username=goodguest", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
    process = None
    try:
        subprocess.run([initdb, "-D", folder / "data", *who], check=True, **runs_as)  # noqa: S603
        process = subprocess.Popen(  # noqa: S603
            [program, "-D", folder / "data", *options], stderr=subprocess.DEVNULL, **runs_as
        )
        server = Server(folder, process.pid)
        _wait_until_ready(server, process)
        yield server
    finally:
        if process:
            process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
            process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _installed(program: str) -> str:
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    found = str(debian[-1]) if debian else shutil.which(program)
    if found is None:
        raise FixSettings(f"found no {program}; needed is PostgreSQL (apt install postgresql)")
    return found


def _unprivileged() -> pwd.struct_passwd:
    known = {user.pw_name: user for user in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _wait_until_ready(server: Server, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("the PostgreSQL server ended at once")
        try:
            server.connect().close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the PostgreSQL server was not ready within 30 seconds")
