"""Link: ties stored posts to the catalogue, again whenever the post or the catalogue changed."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from contract.charter_vocabulary import Ties as Care
from contract.errors import GoodguestError
from contract.keys import stable_key
from pipeline.affected import mark_affected
from pipeline.link_cache import Matchers, are_kept, matchers
from pipeline.teaching import note_reviews, taught_as_noted
from transforms import datasets, entities, stance, topics
from transforms.datasets import dataset_index, tie_datasets
from transforms.entities import entity_matcher, tie_entities
from transforms.reading import Reading, read
from transforms.stance import add_stance
from transforms.topics import tie_topics, topic_matcher
from warehouse import catalogue
from warehouse.changes import pending_changes, tying_generation
from warehouse.links import Tied, Ties, unlinked_posts, write_ties
from warehouse.store import writing_checked
from warehouse.tied import told_of

_BATCH_POSTS = 20_000


class Tie:
    """Finds the ties of posts; its matchers are made ready when first needed, or by `ready`.

    They are kept in the folder, where other processes find them. `care` is how sure a tie has to
    be, as the charter says.
    """

    def __init__(self, engine: sa.Engine, folder: Path, care: Care) -> None:
        self.folder, self.care = folder, care
        self._engine = engine
        self._methods = methods_version(care)
        self._look()

    def __call__(self, posts: pd.DataFrame, reading: Reading | None = None) -> Tied:
        """Return the posts with their ties; `reading` is theirs, maybe with others beside them."""
        by, said = self._matchers, reading or read(posts)
        return Tied(
            told_of(posts),  # the rest would go from process to process with them
            self.version,
            add_stance(tie_topics(said, by.topics), said),
            tie_datasets(said, by.datasets, self.care.false_links),
            add_stance(tie_entities(said, by.entities), said),
            self._methods,
            self.catalogue,
        )

    def ready(self) -> Matchers:
        """Return the matchers, which processes begun from here on find kept."""
        return self._matchers

    @cached_property
    def _matchers(self) -> Matchers:
        self._look()
        if not are_kept(self.folder, self._made_with):
            # Others may have learnt from reviews that have changed since: nobody can again.
            note_reviews(self._engine)
            self._look()
        return matchers(self.folder, self._made_with, self._built)

    def _look(self) -> None:
        with self._engine.connect() as conn:
            self.version = links_version(conn, self.care)
            self.catalogue = catalogue.catalogue_version(conn)

    @property
    def _made_with(self) -> str:
        return stable_key(self._methods, self.catalogue)

    def _built(self) -> Matchers:
        with self._engine.connect() as conn:
            told = taught_as_noted(conn)
            topics, datasets = catalogue.topics(conn), catalogue.datasets(conn)
            entities = catalogue.entities(conn)
            if catalogue.catalogue_version(conn) != self.catalogue:
                raise GoodguestError(
                    "the catalogue was loaded anew while it was read; run it again"
                )
        return Matchers(
            topic_matcher(topics, (*told.given, *told.agreed), told.against),
            dataset_index(datasets),
            entity_matcher(entities),
        )


def link_posts(engine: sa.Engine, tie: Tie, charter: str | None = None) -> Ties:
    """Tie every stored post whose ties do not follow from it, the methods and the catalogue.

    Of a changed catalogue these are the posts that the change concerns. A `tie` of a catalogue that
    was loaded anew meanwhile is left for a new one. `charter` is the version it is done under.
    """
    mark_affected(engine)
    ties = Ties()
    for posts in _unlinked(engine, tie.care):
        with engine.connect() as conn:
            if not _is_current(tie, conn):
                tie = Tie(engine, tie.folder, tie.care)
        tied = tie(posts)
        with writing_checked(engine) as conn:
            ties += write_ties(conn, tied, charter=charter)
    return ties


def is_linked(engine: sa.Engine, care: Care) -> bool:
    """Return whether no post is to be tied, and none may be for a change of the catalogue."""
    with engine.connect() as conn:
        version = links_version(conn, care)
        return not pending_changes(conn) and unlinked_posts(conn, version, limit=1).empty


def links_version(conn: sa.Connection, care: Care) -> str:
    """Return what posts are marked with once they are tied: it changes when all are to be again."""
    return stable_key(methods_version(care), tying_generation(conn))[:16]


def methods_version(care: Care) -> str:
    """Return the version of the methods that find ties, and of their settings."""
    methods = (topics.METHOD_VERSION, datasets.method_version(), entities.METHOD_VERSION)
    return stable_key(*methods, stance.METHOD_VERSION, str(care.false_links))[:16]


def _is_current(tie: Tie, conn: sa.Connection) -> bool:
    held = (links_version(conn, tie.care), catalogue.catalogue_version(conn))
    return held == (tie.version, tie.catalogue)


def _unlinked(engine: sa.Engine, care: Care) -> Iterator[pd.DataFrame]:
    version, after, is_last = "", "", False
    while True:
        with engine.connect() as conn:
            if version != (current := links_version(conn, care)):
                # From the first post again: all are to be tied anew.
                version, after, is_last = current, "", False
            if is_last:
                return
            posts = unlinked_posts(conn, version, _BATCH_POSTS, after)
        if posts.empty:
            return
        yield posts
        after, is_last = posts["post_key"].iloc[-1], len(posts) < _BATCH_POSTS
