"""Link: ties stored posts to the catalogue, again whenever the post or the catalogue changed."""

from collections.abc import Callable, Iterator
from functools import partial

import pandas as pd
import sqlalchemy as sa

from contract.keys import stable_key
from transforms import datasets, entities, topics
from transforms.datasets import dataset_index, tie_datasets
from transforms.entities import entity_matcher, tie_entities
from transforms.topics import tie_topics, topic_matcher
from warehouse import catalogue
from warehouse.links import Ties, store_ties, unlinked_posts

_BATCH_POSTS = 5_000
_Tie = Callable[[pd.DataFrame], pd.DataFrame]


def link_posts(engine: sa.Engine) -> Ties:
    """Tie every post whose ties were not made with the present methods and catalogue."""
    with engine.connect() as conn:
        version = links_version(conn)
    ties, matchers = Ties(), None
    for posts in _unlinked(engine, version):
        matchers = matchers or _matchers(engine)
        ties += store_ties(engine, posts, version, *(tie(posts) for tie in matchers))
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


def _matchers(engine: sa.Engine) -> tuple[_Tie, _Tie, _Tie]:
    """Return what ties posts to topics, to datasets and to entities, built from the catalogue."""
    with engine.connect() as conn:
        return (
            partial(tie_topics, matcher=topic_matcher(catalogue.topics(conn))),
            partial(tie_datasets, index=dataset_index(catalogue.datasets(conn))),
            partial(tie_entities, matcher=entity_matcher(catalogue.entities(conn))),
        )


def links_version(conn: sa.Connection) -> str:
    """Return the version of what ties are made with: the methods and the catalogue's content."""
    methods = (topics.METHOD_VERSION, datasets.METHOD_VERSION, entities.METHOD_VERSION)
    return stable_key(*methods, catalogue.catalogue_version(conn))[:16]
