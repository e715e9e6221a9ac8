"""Loading the invented years batch by batch, with what each slice of them costs."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

import pandas as pd

from bench.agency import SITES
from bench.databases import Cost, Database, spent
from bench.years import Batch
from contract.charter_vocabulary import Ties
from pipeline.link import links_version
from transforms.near_duplicates import is_copy
from warehouse.context import short_replies
from warehouse.copies import mark_copies
from warehouse.coverage import count_fetched
from warehouse.links import Tied, store_ties, untied
from warehouse.load import Counts, load_batch
from warehouse.recount import recount, refresh_statistics
from warehouse.versions import standing_of

SLICE: Final = 20
"""Batches: a hundred thousand posts."""


class WrongCount(Exception):
    """What was stored is not what was given."""


class Slice(NamedTuple):
    """Some batches that were loaded and tied one after the other, and what they cost."""

    records: int
    cost: Cost


def load_all(database: Database, batches: Iterable[Batch], *, are_new: bool) -> list[Slice]:
    """Return what each slice cost; making the batches up is left out.

    Raises WrongCount when posts are not all as new as they should be.
    """
    with database.engine.connect() as connection:
        version = links_version(connection, Ties())
    slices: list[Slice] = []
    stream = iter(batches)
    while some := _slice(database, islice(stream, SLICE), version, are_new=are_new):
        slices.append(some)
    return slices


def _slice(
    database: Database, batches: Iterator[Batch], version: str, *, are_new: bool
) -> Slice | None:
    records, cost = 0, Cost()
    for batch in batches:
        before = spent(database)
        with database.engine.connect() as connection:
            standing = standing_of(connection, batch.posts["post_key"])
        wanting = untied(batch.posts, standing, version)
        topics, datasets, entities = batch.ties
        tied = None if wanting.empty else Tied(wanting, version, topics, datasets, entities)
        loaded = load_batch(database.engine, batch.posts, batch.parts, tied=tied, key_id="bench")
        # Short replies are tied once what they answer is there.
        short = batch.posts[pd.Series(short_replies(batch.posts), dtype=bool)]
        store_ties(database.engine, short, version, *batch.ties)
        cost = cost.plus(spent(database).since(before))
        records += len(batch.posts)
        _check(batch, loaded.counts, are_new=are_new)
    return Slice(records, cost) if records else None


def _check(batch: Batch, counts: Counts, *, are_new: bool) -> None:
    # A post that is made and removed in one batch is one new post of two records.
    expected = batch.written if are_new else 0
    if counts.new != expected or (counts.changed and not are_new):
        raise WrongCount(f"{counts} of {batch.written} posts, {expected} of which should be new")


def finish(database: Database, new_posts: int) -> dict[str, float]:
    """Return the seconds that each step took which refine ends with, when it loaded so many."""
    steps: dict[str, Callable[[], Any]] = {
        "count the posts of each hour": lambda: count_fetched(
            database.engine, [site.source for site in SITES]
        ),
        "mark the copies": lambda: mark_copies(database.engine, is_copy),
        "count the stale weeks anew": lambda: recount(database.engine),
        "look how rows are spread": lambda: refresh_statistics(database.engine, new_posts),
    }
    return {name: timed(database, step).seconds for name, step in steps.items()}


def timed(database: Database, step: Callable[[], Any]) -> Cost:
    """Return what it cost to do this."""
    before = spent(database)
    step()
    return spent(database).since(before)
