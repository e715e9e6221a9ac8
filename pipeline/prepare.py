"""Prepare: all that is done with landed parts before the store is written.

It reads the store and changes nothing, so several processes can prepare different parts at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import pandas as pd
from sqlalchemy import Engine

from contract.batch import values_of
from contract.post import Post
from pipeline import landing
from pipeline.completing import Complete
from pipeline.link import Tie
from pipeline.opted_out import Guard
from pipeline.parse import Records, parse
from pipeline.prepared import Prepared
from pipeline.recognise import recognised
from transforms.expansion import expand_links, short_links
from transforms.frame import frame_of
from transforms.reading import Reading
from warehouse.context import with_known_names
from warehouse.links import Tied, untied
from warehouse.short_links import targets_of
from warehouse.versions import Standing, standing_of

_ANY: Final = Post(platform="any", native_id="1", kind="post", body="What is loaded for any words?")
"""Once it was prepared, all is loaded that posts are looked up in."""


class Prepare:
    """Reads landed parts, completes their posts and ties them."""

    def __init__(
        self, zone: str, engine: Engine, complete: Complete, tie: Tie, guard: Guard
    ) -> None:
        self._zone = zone
        self.guard = guard
        self._engine = engine
        self._complete = complete
        self._tie = tie

    def __call__(
        self, parts: Sequence[landing.Part], *, is_anew: bool = False
    ) -> Iterator[Prepared]:
        """Yield what the parts hold; with `is_anew` nothing is taken for known."""
        for records in parse(self._zone, parts, self._complete.version, self.guard.left_of):
            yield self._prepared(records, is_anew=is_anew)

    def _prepared(self, records: Records, *, is_anew: bool) -> Prepared:
        keys = set() if is_anew else {post.post_key for post in records.posts}
        with self._engine.connect() as connection:
            standing = standing_of(connection, keys)
        fresh, known, unchanged = recognised(records.posts, standing)
        posts, others, tied = frame_of(fresh), frame_of(known), None
        for read in (records.posts, fresh, known):
            read.clear()  # else the memory holds all of it twice
        count = len(posts)
        if count:  # else no model is loaded for nothing
            posts, reading = self._complete(posts)
            posts = self._expanded(posts)
            reading = replace(reading, links=posts["links"].tolist())
            tied = self._tied(posts, standing, reading)
        if len(others):
            posts = pd.concat([posts, self._complete.known(others)], ignore_index=True)
        # What it was received as goes no further than it must.
        posts = posts.assign(body=pd.Series("", index=posts.index, dtype="str"))
        return Prepared(records, posts, range(count, len(posts)), unchanged, tied, self.guard.noted)

    def _tied(
        self, posts: pd.DataFrame, standing: Mapping[str, Standing], reading: Reading
    ) -> Tied | None:
        wanting = untied(posts, standing, self._tie.version)
        if wanting.empty:
            return None
        with self._engine.connect() as connection:
            wanting = with_known_names(connection, wanting)
        if len(wanting) * 2 < len(posts):
            return self._tie(wanting)
        # The others, such as older versions of the same posts, have no key here and get no ties.
        read = wanting[["post_key", "community_name"]].reindex(posts.index)
        keys = read["post_key"].fillna("").tolist()
        communities = values_of(read["community_name"])
        return self._tie(wanting, replace(reading, keys=keys, communities=communities))

    def ready(self) -> None:
        """Make ready what processes forked from here on find made, and leave them no connection.

        They open their own: one that is used on both sides of a fork breaks.
        """
        self._tie(*self._complete(frame_of([_ANY])))
        self._engine.dispose()

    def _expanded(self, posts: pd.DataFrame) -> pd.DataFrame:
        """Return the posts with short links that were asked before led to where they lead."""
        sources = self._complete.expanding
        with self._engine.connect() as connection:
            targets = targets_of(connection, short_links(posts, sources))
        return expand_links(posts, targets, sources)
