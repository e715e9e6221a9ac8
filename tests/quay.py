"""A forum that the tests land pages of: each person on the quay says a word of their own."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest
import sqlalchemy as sa
import yaml
from everywhere import held
from listening import listening

from contract.page import Page
from pipeline import landing
from pipeline.refine import refine
from pipeline.settings import Settings

WORDS = ("qxbadger", "qxheron", "qxotter")
SITE = "discourse.example"


def quay(
    folder: Path,
    store_url: str,
    monkeypatch: pytest.MonkeyPatch,
    platforms: Sequence[str] = ("discourse",),
) -> Settings:
    """Return an installation that read the three posts, from a forum that answers nothing."""
    for name in ("GOODGUEST_KEY", "GOODGUEST_ERASURE_KEY", "GOODGUEST_ROLE", "GOODGUEST_PURPOSE"):
        monkeypatch.delenv(name, raising=False)
    silent: Any = lambda *_: iter(())  # noqa: E731
    monkeypatch.setattr("connectors.discourse.recheck", silent)
    given = listening(folder, store_url, platforms)
    change(given, sources={"discourse": {"permission": {
        "by": "its owner", "on": "2026-01-01", "ref": "a letter"}}})  # fmt: skip
    say(given, WORDS)
    assert refine(given)["posts_new"] == len(WORDS)
    return given


def native(word: str) -> str:
    """Return the forum's id of the post that says the word."""
    return f"{SITE}/t/{WORDS.index(word) + 1}/1"


def somebody(given: Settings) -> tuple[str, str]:
    """Return a word that no other test knows, and the forum's id of the post that says it.

    All tests share the files of PostgreSQL.
    """
    word = f"qx{uuid4().hex}"
    say(given, [word], timedelta(hours=9))
    assert refine(given)["posts_new"] == 1
    return word, f"{SITE}/t/9/1"


def say(given: Settings, words: Iterable[str], age: timedelta = timedelta(hours=1)) -> None:
    """Land a page of that age, on which a person of each name says that word."""
    at = datetime.now(UTC).replace(microsecond=0) - age
    posts = [
        {"id": n, "topic_id": n, "topic_slug": "lamps", "post_number": 1, "post_type": 1,
         "username": f"{word}-name", "created_at": at.isoformat(), "topic_title": f"On {word}",
         "cooked": f"<p>The lamp on the quay went out, says {word}.</p>"}
        for n, word in enumerate(words, int(age / timedelta(hours=1)))
    ]  # fmt: skip
    page = Page(
        source="discourse", platform="discourse", url=f"https://{SITE}/posts.json",
        received_at=at, body=msgspec.json.encode({"latest_posts": posts}),
    )  # fmt: skip
    landing.land(given.landing, [page], f"run{at:%Y%m%d%H%M%S}", at, 1)


def change(given: Settings, **sections: Any) -> None:
    """Write into sections of the charter."""
    charter = yaml.safe_load(given.charter.read_text("utf-8"))
    for section, items in sections.items():
        known = charter.setdefault(section, {})
        for name, item in items.items():
            known[name] = {**known.get(name, {}), **item} if isinstance(item, dict) else item
    given.charter.write_text(yaml.safe_dump(charter), "utf-8")


def left_in_bytes(words: Iterable[str], folder: Path, store_url: str) -> dict[str, set[str]]:
    """Return which of the words stand in any file below the folder, or of PostgreSQL."""
    url = sa.make_url(store_url)
    found = held(words, folder)
    if url.get_backend_name() == "sqlite":
        return found
    where = str(url.query["host"])
    with psycopg.connect(host=where, user="goodguest", dbname="postgres", autocommit=True) as c:
        c.execute("checkpoint")
    return found | held(words, Path(where, "data", "base"))
