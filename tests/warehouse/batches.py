"""What the tests of the warehouse share: batches of posts, and everything a store holds."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import sqlalchemy as sa

from contract.charter import Charter
from contract.charter_file import load_charter
from contract.post import Post, Tag
from transforms.fingerprint import fingerprint
from transforms.frame import frame_of
from transforms.keys import add_keys
from transforms.near_duplicates import is_copy, sketch
from transforms.pseudonyms import pseudonymise
from transforms.search import fold_words
from warehouse.copies import mark_copies
from warehouse.load import Counts, Part, RejectedRecord, SkippedRecord, load_batch, path_of
from warehouse.recount import recount
from warehouse.runs import register_sources
from warehouse.tables import due_step, metadata

NOON = datetime(2026, 11, 15, 12, tzinfo=UTC)
"""Of the Sunday that ends 2026-W46."""
LONG = "The pothole on Mill Lane is back again, third time this year"

CHARTER = """
agency: {name: Town of Example, contact: listening@example.gov,
         privacy_notice: https://example.gov/listening}
purposes:
  roads: {title: Roads, legal_basis: Act s. 1, dpia: D-1, owner: transport, expires: 2099-01-01}
  parks: {title: Parks, legal_basis: Act s. 2, dpia: D-2, owner: parks, expires: 2099-01-01}
sources:
  forum: {platform: discourse, url: "https://forum.example.org", purpose: roads}
  feed: {platform: feed, url: "https://feed.example.org", purpose: roads}
  square: {platform: mastodon, url: "https://square.example.org", purpose: parks}
"""

# What tells when and in which order the store was written, not what it holds.
_CLOCK = {
    "landing_part": {"loaded_at", "posts_new", "posts_changed", "posts_unchanged"},
    "rejected": {"resolved_at"},
    "post_words": {"number"},
    "removal": {"since_at"},
}


def charter(folder: Path, **purposes: str) -> Charter:
    """Return the charter of the tests, with sources read for other purposes than theirs."""
    path = folder / "charter.yaml"
    text = CHARTER
    for purpose, other in purposes.items():
        text = text.replace(f"purpose: {purpose}", f"purpose: {other}")
    path.write_text(text, encoding="utf-8")
    return load_charter(path)


def register(engine: sa.Engine, folder: Path, **purposes: str) -> None:
    """Register the sources of the tests, read for other purposes where these are given."""
    register_sources(engine, charter(folder, **purposes))


def post_of(native_id: str, **fields: Any) -> Post:
    """Return a post of the forum, observed at noon."""
    given = {"platform": "discourse", "kind": "post", "source": "forum", "observed_at": NOON}
    return Post(native_id=native_id, **{**given, "landing": "forum/a#1", **fields})


def batch_of(posts: Sequence[Post]) -> pd.DataFrame:
    """Return the posts as refine hands them to load, but for cleaning, language and redaction."""
    batch = sketch(fold_words(add_keys(frame_of(posts))))
    return fingerprint(pseudonymise(batch, b"a key of these tests"))


def load(
    engine: sa.Engine,
    posts: Sequence[Post],
    rejected: Sequence[RejectedRecord] = (),
    skipped: Sequence[SkippedRecord] = (),
) -> Counts:
    """Load records as whole files, as many as their landing pointers name."""
    paths = [path_of(record.landing) for record in (*posts, *rejected, *skipped)]
    parts = [
        Part(path, "0" * 64, path.split("/")[0], pages=1, records=paths.count(path))
        for path in dict.fromkeys(paths)
    ]
    return load_batch(engine, batch_of(posts), parts, rejected, skipped, key_id="k").counts


def counted(engine: sa.Engine) -> list[str]:
    """Return the weeks that were stale once copies are marked and all is counted."""
    mark_copies(engine, is_copy)
    return recount(engine)


def holdings(engine: sa.Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables, but for what the clock or the order of writing decides."""
    counted(engine)
    held = {}
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":  # which looks after no reference while it loads
            assert connection.exec_driver_sql("pragma foreign_key_check").all() == []
        for table in metadata.sorted_tables:
            hidden = _CLOCK.get(table.name, set())
            columns = [column for column in table.columns if column.name not in hidden]
            query = sa.select(*columns)
            if table is due_step:  # the others are left by how it was read, to be done by refine
                query = query.where(due_step.c.step == "cut versions")
            rows = [tuple(row) for row in connection.execute(query)]
            held[table.name] = sorted(rows, key=repr)
    return held


def rows(engine: sa.Engine, table: sa.Table | str, **where: Any) -> list[dict[str, Any]]:
    """Return the rows of a table or view as dicts."""
    query = sa.text(f"select * from {table}") if isinstance(table, str) else sa.select(table)
    with engine.connect() as connection:
        found = [row._asdict() for row in connection.execute(query)]
    return [row for row in found if all(row[name] == value for name, value in where.items())]


def later(hours: float) -> datetime:
    """Return noon and so many hours."""
    return NOON + timedelta(hours=hours)


def moved(posts: Sequence[Post], path: str) -> list[Post]:
    """Return the posts as if read from another landing file."""
    return [
        msgspec.structs.replace(post, landing=f"{path}#{line}")
        for line, post in enumerate(posts, 1)
    ]


def many_files(count: int) -> list[list[Post]]:
    """Return files of ten records each, of sixty posts that come again and are copies of others."""
    return [
        moved(
            [
                post_of(
                    f"{(number * 7 + line) % 60}", text=f"{LONG} {(number + line) % 9}",
                    observed_at=later(number % 5), author_id=f"{line}", likes=number,
                    tags=(Tag(tag=f"t{line}"),),
                )
                for line in range(10)
            ],
            f"forum/{number:03}",
        )
        for number in range(count)
    ]  # fmt: skip
