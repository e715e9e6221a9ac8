"""Explore: the analysts' views in a browser, from a copy of this moment."""

import fcntl
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypedDict

from contract.errors import FixSettings
from pipeline.access import asking, note
from pipeline.export import export
from pipeline.settings import Settings
from pipeline.sheet_database import DATABASE
from pipeline.status import status


class Explored(TypedDict):
    """Where the explorer answers who has this address, its moment (UTC), and rows by view."""

    url: str
    exported_at: str
    rows: dict[str, int]


def explore(
    given: Settings,
    port: int,
    announce: Callable[[Explored], None],
    *,
    role: str | None = None,
    purpose: str | None = None,
) -> None:
    """Copy the views with all that analysts may see, and serve the copy here until Ctrl-C.

    Takes another free port where this one is taken. `announce` is told once it answers. The copy in
    `<data>/explorer` is for its owner alone, and gone afterwards: what is removed from the
    warehouse must not live on in it. What is asked of posts is noted as asked by this role, under
    this purpose. Raises FixSettings when Datasette is missing, or when another
    explorer serves from the same folder.
    """
    try:
        from explorer.serve import serve
        from explorer.site import prepared
    except ModuleNotFoundError as error:
        raise FixSettings(
            f"goodguest explore needs {error.name}, which is not installed; install "
            "goodguest with its extra: pip install 'goodguest[analysts]'"
        ) from error
    who = asking(given.load_charter(), role, purpose)
    # A service manager's end, and that of a terminal, are as orderly as Ctrl-C.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    with _copied_alone(given.data / "explorer") as copy:
        rows = export(given, copy, "sqlite", "personal")["rows"]
        note(given, who, "explorer", "opened", rows["v_post"])
        exported_at = prepared(copy / DATABASE)
        serve(
            copy / DATABASE,
            port,
            lambda url: announce(Explored(url=url, exported_at=exported_at, rows=rows)),
            partial(status, given),
            partial(note, given, who, "explorer"),
        )


@contextmanager
def _copied_alone(folder: Path) -> Iterator[Path]:
    """Yield a place for the copy that no other explorer has, and clear it at the end."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield folder / "views"
        finally:
            shutil.rmtree(folder / "views", ignore_errors=True)
    except BlockingIOError as error:
        raise FixSettings(
            f"{folder}: another `goodguest explore` serves from there; open its address or stop it"
        ) from error
    finally:
        os.close(lock)
