"""Link: ties stored posts to the catalogue, again whenever the post or the catalogue changed."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from contract.keys import stable_key
from pipeline.link_cache import Matchers, matchers
from transforms import datasets, entities, topics
from transforms.datasets import dataset_index, tie_datasets
from transforms.entities import entity_matcher, tie_entities
from transforms.reading import Reading, read
from transforms.topics import tie_topics, topic_matcher
from warehouse import catalogue
from warehouse.links import Tied, Ties, store_ties, unlinked_posts

_BATCH_POSTS = 5_000


class Tie:
    """Finds the ties of posts; its matchers are made ready when first needed, or by `ready`.

    They are kept in the folder, where other processes find them.
    """

    def __init__(self, engine: sa.Engine, folder: Path) -> None:
        with engine.connect() as conn:
            self.version = links_version(conn)
        self.folder = folder
        self._engine = engine

    def __call__(self, posts: pd.DataFrame, reading: Reading | None = None) -> Tied:
        """Return the posts with their ties; `reading` is that of these posts, if there is one."""
        by, read_once = self._matchers, reading or read(posts)
        return Tied(
            posts,
            self.version,
            tie_topics(read_once, by.topics),
            tie_datasets(read_once, by.datasets),
            tie_entities(read_once, by.entities),
        )

    def ready(self) -> None:
        """Make the matchers ready, so that processes begun from here on find them."""
        _ = self._matchers

    @cached_property
    def _matchers(self) -> Matchers:
        return matchers(self.folder, self.version, self._built)

    def _built(self) -> Matchers:
        with self._engine.connect() as conn:
            return Matchers(
                topic_matcher(catalogue.topics(conn)),
                dataset_index(catalogue.datasets(conn)),
                entity_matcher(catalogue.entities(conn)),
            )


def link_posts(engine: sa.Engine, tie: Tie) -> Ties:
    """Tie every stored post whose ties were not made with the present methods and catalogue.

    A `tie` of a catalogue that was loaded anew meanwhile is left for a new one.
    """
    with engine.connect() as conn:
        version = links_version(conn)
    ties = Ties()
    for posts in _unlinked(engine, version):
        if tie.version != version:
            tie = Tie(engine, tie.folder)
        tied = tie(posts)
        ties += store_ties(engine, posts, version, tied.topics, tied.datasets, tied.entities)
    return ties


def _unlinked(engine: sa.Engine, version: str) -> Iterator[pd.DataFrame]:
    after = ""
    while True:
        with engine.connect() as conn:
            posts = unlinked_posts(conn, version, _BATCH_POSTS, after)
        if posts.empty:
            return
        yield posts
        after = posts["post_key"].iloc[-1]


def links_version(conn: sa.Connection) -> str:
    """Return the version of what ties are made with: the methods and the catalogue's content."""
    methods = (topics.METHOD_VERSION, datasets.METHOD_VERSION, entities.METHOD_VERSION)
    return stable_key(*methods, catalogue.catalogue_version(conn))[:16]
