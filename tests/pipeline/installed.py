"""A small installation with landed pages, and all that its store holds."""

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from listening import listening

from contract.page import Page
from pipeline import landing
from pipeline.settings import Settings
from warehouse.queries import VIEWS
from warehouse.store import opened
from warehouse.tables import metadata

DAY = datetime(2026, 11, 20, tzinfo=UTC)
_AUTHORS = ("moss", "quill", "tansy")
_SEEN_BY_THE_CLOCK = {
    "loaded_at",
    "first_seen_at",
    "linked_at",
    "counted_at",
    "first_used_at",
    "last_used_at",
}


def installed(folder: Path, store_url: str) -> Settings:
    """Return an installation that listens to one forum and has read nothing."""
    return listening(folder, store_url, ["discourse"])


def heard(given: Settings, first: int, count: int) -> landing.Part:
    """Land a page of so many posts."""
    posts = [
        {"id": n, "topic_id": n, "topic_slug": "lamps", "post_number": 1, "post_type": 1,
         "username": _AUTHORS[n % len(_AUTHORS)], "created_at": DAY.isoformat(),
         "cooked": f"<p>Lamp {n} on the quay has been out all week.</p>"}
        for n in range(first, first + count)
    ]  # fmt: skip
    page = Page(
        source="discourse", platform="discourse", url="https://discourse.example/posts.json",
        received_at=DAY, body=msgspec.json.encode({"latest_posts": posts}),
    )  # fmt: skip
    return landing.land(given.landing, [page], f"run{first}", DAY, 1)


def holdings(given: Settings) -> dict[str, list[Any]]:
    """Return the rows of all tables and views, without what tells when they were written."""
    found = {}
    with opened(given.warehouse) as engine, engine.connect() as connection:
        for name, table in metadata.tables.items():
            columns = [c for c in table.columns if c.name not in _SEEN_BY_THE_CLOCK]
            found[name] = sorted(map(repr, connection.execute(sa.select(*columns))))
        for name in VIEWS:
            found[name] = sorted(map(repr, connection.exec_driver_sql(f"select * from {name}")))
    return found


def killed_at(module: Any, step: str, work: Callable[[], Any], *, is_done: bool = False) -> bool:
    """Return whether a process that does this work came to the step, where it is killed (-9)."""

    def child() -> None:
        whole = getattr(module, step)

        def cut(*arguments: Any, **named: Any) -> Any:
            if is_done:
                whole(*arguments, **named)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(module, step, cut)
        work()

    process = get_context("fork").Process(target=child)
    process.start()
    process.join(60)
    return process.exitcode == -signal.SIGKILL
