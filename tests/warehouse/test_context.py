"""What a post is tied with beside its words: in any order it comes in, the ties are the same."""

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from batches import batch_of, later, post_of, rows

from contract.catalogue import Entity
from contract.charter_vocabulary import Ties
from contract.post import Post
from pipeline.link import Tie, is_linked, link_posts
from warehouse.catalogue import load_entities
from warehouse.context import with_known_names
from warehouse.links import untied
from warehouse.load import Part, load_batch
from warehouse.tables import metadata, post, post_entity
from warehouse.versions import standing_of

SCHOOLS = [
    Entity(register="schools", native_id=place, name="Elm School", place=place, kind="facilities")
    for place in ("Eastmere", "Westmere")
]
SHORT = "The Elm School is good."
LONG = "The Elm School is good, as I was told by all who live there and as anybody can see."
ASKED = post_of("1", text="What is there in Eastmere?", observed_at=later(1))
CORRECTED = post_of("1", text="What is there in Westmere?", observed_at=later(2))
GONE = post_of("1", text="", removed_at=later(3), observed_at=later(3))
REPLY = post_of("2", text=SHORT, kind="reply", parent_id="1")
OTHER = post_of("3", text=LONG, kind="reply", parent_id="1")


def _in(name: str | None, hour: int, native_id: str = "4") -> Post:
    return post_of(
        native_id, text=SHORT, community_id="c", community_name=name, observed_at=later(hour)
    )


STORIES: dict[str, tuple[list[Post], set[tuple[str, str]]]] = {
    "an answer": ([ASKED, REPLY, OTHER], {("2", "Eastmere")}),
    "what was answered says something else": ([ASKED, CORRECTED, REPLY], {("2", "Westmere")}),
    "what was answered is gone": ([ASKED, GONE, REPLY], set()),
    "what was answered never came": ([REPLY, OTHER], set()),
    "a community without a name, and with one": (
        [_in(None, 1), _in("Eastmere", 2, "5")], {("4", "Eastmere"), ("5", "Eastmere")}
    ),
    "a community of another name": (
        [_in("Eastmere", 1), _in("Westmere", 2, "5"), _in(None, 3, "6")],
        {("4", "Westmere"), ("5", "Westmere"), ("6", "Westmere")},
    ),
}  # fmt: skip
"""Posts as they come, and which of them end tied to the school of one place."""


def _load(engine: sa.Engine, tie: Tie, posts: Sequence[Post], path: str) -> None:
    """Load posts as refine does."""
    batch = batch_of([_landed(one, path) for one in posts])
    with engine.connect() as connection:
        standing = standing_of(connection, set(batch["post_key"]))
        wanting = with_known_names(connection, untied(batch, standing, tie.version))
    tied = None if wanting.empty else tie(wanting)
    parts = [Part(path, "0" * 64, "forum", pages=1, records=len(batch))]
    load_batch(engine, batch, parts, tied=tied, key_id="k")


def _landed(one: Post, path: str) -> Post:
    return type(one)(
        **{n: getattr(one, n) for n in one.__struct_fields__} | {"landing": f"{path}#1"}
    )


def _told(engine: sa.Engine) -> set[tuple[str, str]]:
    ids = {row["post_key"]: row["native_id"] for row in rows(engine, post)}
    places = {row["entity_key"]: row["place"] for row in rows(engine, "entity")}
    found = [
        (ids[r["post_key"]], places[r["entity_key"]], r["method"])
        for r in rows(engine, post_entity)
    ]
    return {(native_id, place) for native_id, place, method in found if method != "ambiguous"}


@pytest.mark.parametrize("story", STORIES)
def test_in_any_order_and_split_the_ties_are_the_same(
    story: str, town: sa.Engine, tmp_path: Path
) -> None:
    posts, expected = STORIES[story]
    load_entities(town, "schools", SCHOOLS)
    tie, dice = Tie(town, tmp_path, Ties()), Random(story)
    outcomes: list[Any] = []
    orders = list(permutations(posts))
    for order in dice.sample(orders, min(len(orders), 3)):
        rest, number = list(order), 0
        while rest:
            size, number = dice.randint(1, len(rest)), number + 1
            _load(town, tie, rest[:size], f"forum/{number}")
            rest = rest[size:]
            if dice.random() < 0.5:
                link_posts(town, tie)
        link_posts(town, tie)
        assert is_linked(town, Ties())
        assert _told(town) == expected
        outcomes.append({(r["post_key"], r["linked_with"]) for r in rows(town, post)})
        _empty(town)
    assert outcomes.count(outcomes[0]) == len(outcomes)


def test_of_versions_from_before_and_after_what_stands_the_latest_is_tied(
    town: sa.Engine, tmp_path: Path
) -> None:
    tie = Tie(town, tmp_path, Ties())
    _load(town, tie, [post_of("1", text="What stands", observed_at=later(2))], "forum/1")
    said = {"Before": later(1), "After": later(3)}
    batch = batch_of([post_of("1", text=text, observed_at=at) for text, at in said.items()])
    with town.connect() as connection:
        standing = standing_of(connection, batch["post_key"])
    assert untied(batch, standing, tie.version)["text"].tolist() == ["After"]
    assert untied(batch[:1], standing, tie.version).empty


def _empty(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            if table.name not in ("entity", "source", "catalogue_version", "catalogue_change"):
                connection.execute(sa.delete(table))
