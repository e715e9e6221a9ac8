"""Fields nobody reads are listed once, with the first sight of each."""

from datetime import datetime

import sqlalchemy as sa
from batches import NOON, later, rows

from warehouse.tables import unknown_field
from warehouse.unknown import MOST_FIELDS, UnknownField, store_unknown_fields


def _seen(path: str, at: datetime = NOON, landing: str = "forum/a#1") -> UnknownField:
    return UnknownField("discourse", path, at, landing, "forum")


def test_a_field_is_new_once_and_keeps_its_first_sight(town: sa.Engine) -> None:
    assert store_unknown_fields(town, []) == []
    first = [_seen("post.mood"), _seen("post.mood", later(-1)), _seen("post.hat")]
    assert store_unknown_fields(town, first) == [first[2], first[1]]
    again = [_seen("post.mood", later(1)), _seen("post.hat", later(-2)), _seen("post.nul\0")]
    assert store_unknown_fields(town, again) == again[2:]
    assert store_unknown_fields(town, again) == []
    assert {row["path"]: row["first_seen_at"] for row in rows(town, unknown_field)} == {
        "post.mood": later(-1), "post.hat": later(-2), "post.nul\ufffd": NOON,
    }  # fmt: skip


def test_names_that_people_write_do_not_fill_the_store(town: sa.Engine) -> None:
    many = [_seen(f"users.{number:05}") for number in range(MOST_FIELDS + 50)]
    assert len(store_unknown_fields(town, many)) == MOST_FIELDS
    assert store_unknown_fields(town, [_seen("post.mood")]) == []
    other = _seen("post.mood")._replace(platform="feed")
    assert store_unknown_fields(town, [other]) == [other]
    assert len(rows(town, unknown_field)) == MOST_FIELDS + 1
