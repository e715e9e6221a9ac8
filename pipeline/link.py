"""Link: ties stored posts to the catalogue, again whenever the post or the catalogue changed."""

from collections.abc import Callable, Iterator
from functools import cached_property, partial

import pandas as pd
import sqlalchemy as sa

from contract.keys import stable_key
from transforms import datasets, entities, topics
from transforms.datasets import dataset_index, tie_datasets
from transforms.entities import entity_matcher, tie_entities
from transforms.topics import tie_topics, topic_matcher
from warehouse import catalogue
from warehouse.links import Tied, Ties, store_ties, unlinked_posts

_BATCH_POSTS = 5_000
_Match = Callable[[pd.DataFrame], pd.DataFrame]


class Tie:
    """Finds the ties of posts; its matchers are built from the catalogue when first needed."""

    def __init__(self, engine: sa.Engine) -> None:
        with engine.connect() as conn:
            self.version = links_version(conn)
        self._engine = engine

    def __call__(self, posts: pd.DataFrame) -> Tied:
        """Return the posts with their ties."""
        return Tied(posts, self.version, *(matched(posts) for matched in self._matchers))

    @cached_property
    def _matchers(self) -> tuple[_Match, _Match, _Match]:
        with self._engine.connect() as conn:
            return (
                partial(tie_topics, matcher=topic_matcher(catalogue.topics(conn))),
                partial(tie_datasets, index=dataset_index(catalogue.datasets(conn))),
                partial(tie_entities, matcher=entity_matcher(catalogue.entities(conn))),
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
            tie = Tie(engine)
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
