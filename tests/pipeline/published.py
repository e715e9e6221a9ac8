"""A town whose posts are published: who says what in which week, and what the files say of it."""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from stores import made_and_let_go

from contract.charter_file import load_charter
from pipeline.settings import Settings
from warehouse.months import hold_months
from warehouse.runs import register_sources
from warehouse.store import open_store, opened
from warehouse.tables import author, community, post, post_topic, topic, topic_label

MONDAY = datetime(2026, 11, 9, 12, tzinfo=UTC)
WEEK = "2026-W46"
NOW = MONDAY + timedelta(days=21)
ROADS, TREES = "https://example.gov/t/roads", "https://example.gov/t/trees"
CHARTER = """
agency: {name: Town of Example, contact: listening@example.gov,
         privacy_notice: https://example.gov/listening}
purposes:
  roads: {title: Roads, legal_basis: Act s. 1, dpia: D-1, owner: transport, expires: 2099-01-01}
sources:
  forum: {platform: discourse, url: "https://forum.example.org", purpose: roads,
          permission: {by: its owner, on: 2026-09-01, ref: mail}}
publication: {min_authors: 5, url: "https://data.example.gov/said"}
"""


def town(tmp_path: Path, store_url: str) -> Settings:
    """Return a town with a hundred authors, of whom 98 is a bot and 99 an organisation."""
    (tmp_path / "charter.yaml").write_text(CHARTER, encoding="utf-8")
    made_and_let_go(store_url)
    engine = open_store(store_url)
    register_sources(engine, load_charter(tmp_path / "charter.yaml"))
    with engine.begin() as connection:
        hold_months(connection, ["2026-10", "2026-11"])
    engine.dispose()
    found = Settings(tmp_path / "charter.yaml", tmp_path, store_url, f"{tmp_path}/landing", None)
    seen = {"observed_at": MONDAY, "platform": "discourse"}
    insert(found, community, [{"community_key": "c", "native_id": "1", "name": "=Roads", **seen}])
    insert(found, author, [
        {"author_key": f"a{n}", "kind": {98: "bot", 99: "organisation"}.get(n, "person"), **seen}
        for n in range(100)
    ])  # fmt: skip
    insert(found, topic, [
        {"uri": uri, "vocabulary": "town", "is_deprecated": False} for uri in (ROADS, TREES)
    ])  # fmt: skip
    insert(found, topic_label, [
        {"uri": uri, "position": 1, "kind": "prefLabel", "lang": "en", "value": uri[-5:].title()}
        for uri in (ROADS, TREES)
    ])  # fmt: skip
    return found


def insert(given: Settings, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
    """Insert the rows."""
    with opened(given.warehouse) as engine, engine.begin() as connection:
        connection.execute(sa.insert(table), list(rows))


def say(
    given: Settings, authors: Iterable[int], on: str | None, at: datetime = MONDAY, **more: Any
) -> list[str]:
    """Write a post of each author in the week of that time, and its tie; return the keys."""
    year, week, _ = at.isocalendar()
    rows = [
        {
            "post_key": f"{on}{at:%m%d}-{n}-{more}", "platform": "discourse", "kind": "post",
            "native_id": f"{n}", "source": "forum", "author_key": f"a{n}", "community_key": "c",
            "text": "planted words", "redactions": 0, "content_hash": "h", "text_signature": "s",
            "landing": "forum/a#1", "first_seen_at": at, "last_seen_at": at,
            "week": f"{year}-W{week:02}", "day": f"{at:%Y-%m-%d}", **more,
        }
        for n in authors
    ]  # fmt: skip
    insert(given, post, rows)
    if on:
        tie = {"score": 1.0, "method": "label", "evidence": {}, "model_version": "1"}
        insert(given, post_topic, [
            {"post_key": row["post_key"], "topic_uri": on, "linked_at": at, **tie} for row in rows
        ])  # fmt: skip
    return [row["post_key"] for row in rows]


def read(folder: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def numbers(folder: Path) -> dict[tuple[str, str], int]:
    """Return the posts on each topic, by week and topic."""
    return {
        (row["week"], row["subject"]): int(row["posts"])
        for row in read(folder, "posts.csv")
        if row["kind"] == "topic"
    }


def remove(given: Settings, keys: list[str]) -> None:
    """Note that these posts are gone, and what they are tied to."""
    with opened(given.warehouse) as engine, engine.begin() as connection:
        connection.execute(sa.delete(post_topic).where(post_topic.c.post_key.in_(keys)))
        removed = sa.update(post).where(post.c.post_key.in_(keys)).values(removed_at=NOW)
        connection.execute(removed)


def a_dataset() -> dict[str, Any]:
    """Return a row of a dataset."""
    lists: dict[str, Any] = {"keywords": [], "themes": []}
    names = ("dataset_key", "catalogue", "identifier", "description")
    return dict.fromkeys(names, "d") | lists | {"title": "Counts"}
