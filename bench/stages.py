"""The pipeline's stages one by one, each timed on what the one before it gives.

`by_stage` and `in_one` are each to be run in a process of their own, as a task or a command is:
what a process keeps for later must not serve twice.
"""

import gc
import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

import msgspec
import pandas as pd
import sqlalchemy as sa

from bench import floor
from bench.invented import BASE, DAY, SOURCE, Forum, Holdings
from connectors import connector_of
from contract.page import Page
from contract.post import Post
from pipeline import landing
from pipeline.link import links_version
from pipeline.refine import refine
from pipeline.settings import Settings, pseudonym_key
from transforms.datasets import dataset_index, tie_datasets
from transforms.entities import entity_matcher, tie_entities
from transforms.fingerprint import fingerprint
from transforms.frame import frame_of
from transforms.keys import add_keys
from transforms.language import identify_language, language_identifier
from transforms.links import find_links
from transforms.media import clean_media
from transforms.pseudonyms import key_id, pseudonymise
from transforms.redaction import redact
from transforms.tags import collect_tags
from transforms.text import clean_text
from transforms.topics import tie_topics, topic_matcher
from warehouse import catalogue, runs, tables
from warehouse.links import store_ties, unlinked_posts
from warehouse.load import Counts, Part, load_batch
from warehouse.store import migrate, open_store

Spent = dict[str, float]
"""CPU seconds by stage."""
Transform = Callable[[pd.DataFrame], pd.DataFrame]

T = TypeVar("T")
MOST_POSTS = 100_000
"""They are all in memory at once here, which `refine` never does."""
_PART_POSTS = 5_000
"""What `refine` takes at once: one part makes one batch."""
_CONTENT = (tables.post, tables.post_tag, tables.post_link, tables.post_media, tables.post_metric,
            tables.author, tables.community, *tables.TIES.values())  # fmt: skip
_WHEN = {"linked_at"}
_CHARTER = {
    "agency": {
        "name": "An invented agency",
        "contact": "nobody@agency.example",
        "privacy_notice": "https://agency.example/privacy",
        "languages": ["en", "de", "fr", "es", "uk"],
    },
    "purposes": {
        "bench": {"title": "None", "legal_basis": "None", "dpia": "none", "owner": "nobody",
                  "expires": "2099-12-31"},
    },
    "sources": {SOURCE: {"platform": "discourse", "url": BASE, "purpose": "bench"}},
}  # fmt: skip


class WrongCount(Exception):
    """What was stored is not what was given."""


class Stored(NamedTuple):
    """How many posts a store holds, how many are copies, and a digest of all that is stored."""

    rows: int
    copies: int
    digest: str


class Timed(Protocol):
    """Runs something and notes what it took as a stage's."""

    def __call__(self, stage: str, run: Callable[[], T], /) -> T:
        """Return what it gave."""


class _Batch(NamedTuple):
    part: Part
    posts: pd.DataFrame


def prepare(
    folder: Path, holdings: Holdings, forum: Forum, part_posts: int = _PART_POSTS
) -> Settings:
    """Return the settings of a place with the pages landed, and a store with the holdings only."""
    charter = folder / "charter.yaml"
    charter.write_text(json.dumps(_CHARTER))
    given = Settings(charter, folder, f"sqlite:///{folder}/empty.db", f"{folder}/landing", None)
    stock(given, holdings)
    pages: list[Page] = []
    number = posts = 0
    for page in forum.pages:
        pages.append(page)
        posts += page.body.count(b'"cooked"')
        if posts >= part_posts or page is forum.pages[-1]:
            number += 1
            landing.land(given.landing, pages, "bench", DAY, number)
            pages, posts = [], 0
    return given


def stock(given: Settings, holdings: Holdings) -> None:
    """Make the store of these settings and write the holdings into it."""
    engine = open_store(given.warehouse)
    migrate(engine)
    runs.register_sources(engine, given.load_charter())
    catalogue.load_topics(engine, "topics", holdings.topics)
    catalogue.load_datasets(engine, "datasets", holdings.datasets)
    catalogue.load_entities(engine, "facilities", holdings.entities)
    engine.dispose()


def by_stage(given: Settings, forum: Forum) -> tuple[Spent, Stored]:
    """Return what each stage took, the floor first, and what the store holds in the end.

    Raises WrongCount when a post was lost or doubled, or when loading it again changed anything.
    """
    spent: Spent = {}
    timed = partial(_timed, spent)
    bare, ours = _with_store(given, "floor"), _with_store(given, "ours")
    parts = landing.parts(given.landing)
    bodies = [page.body for part in parts for _, page in _pages(given, part)]
    timed("floor", lambda: floor.load(_file(bare), SOURCE, bodies))
    _expect("rows of the floor", _stored(bare).rows, forum.distinct)

    batches = _transformed(ours, timed)
    _expect("records", sum(batch.part.records for batch in batches), forum.records)
    first = timed("load", lambda: _load(ours, batches))
    _expect("new posts", first.new, forum.distinct)
    once = _stored(ours)
    _expect("rows", once.rows, forum.distinct)
    _expect("missed copies", max(0, forum.copies - once.copies), 0)
    again = timed("load again, unchanged", lambda: _load(ours, batches))
    _expect("posts changed by loading again", again.new + again.changed, 0)
    _expect("stores changed by loading again", _stored(ours) != once, 0)
    _link(ours, timed)
    return spent, _stored(ours)


def in_one(given: Settings) -> tuple[Spent, Stored]:
    """Return what `refine` took, at first and again, and what the store holds in the end.

    Raises WrongCount when the second time changed anything.
    """
    spent: Spent = {}
    whole = _with_store(given, "whole")
    _timed(spent, "refine, the whole of it", lambda: refine(whole))
    once = _stored(whole)
    again = _timed(spent, "refine again, unchanged", lambda: refine(whole, reparse=True))
    _expect("posts changed by refining again", again["posts_new"] + again["posts_changed"], 0)
    _expect("stores changed by refining again", _stored(whole) != once, 0)
    return spent, once


def _timed(spent: Spent, stage: str, run: Callable[[], T]) -> T:
    gc.collect()  # so that no stage pays for what another left
    began = time.process_time()
    result = run()
    spent[stage] = time.process_time() - began
    return result


def _transformed(given: Settings, timed: Timed) -> list[_Batch]:
    """Return the landed posts after all transforms, in the order `refine` gives them."""
    parts = landing.parts(given.landing)
    read = timed("read what is landed", lambda: [_pages(given, part) for part in parts])
    parsed = timed("parse", lambda: [_posts(part, p) for part, p in zip(parts, read, strict=True)])
    frames = timed("to a frame", lambda: [frame_of(posts) for posts in parsed])
    agency = given.load_charter().agency
    identifier = timed("load the language model", lambda: language_identifier(agency.languages))
    transforms: tuple[tuple[str, Transform], ...] = (
        ("keys", add_keys),
        ("text", clean_text),
        ("links", find_links),
        ("tags", collect_tags),
        ("media", clean_media),
        ("language", partial(identify_language, identifier=identifier)),
        ("redaction", partial(redact, country=agency.country)),
        ("pseudonyms", partial(pseudonymise, key=pseudonym_key(given))),
        ("fingerprint", fingerprint),
    )
    for name, transform in transforms:
        frames = timed(name, partial(_each, transform, frames))
    pages = [len(pages) for pages in read]
    return [
        _Batch(Part(part.path, part.digest, SOURCE, pages=held, records=len(frame)), frame)
        for part, held, frame in zip(parts, pages, frames, strict=True)
    ]


def _each(transform: Transform, frames: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    return [transform(frame) for frame in frames]


def _pages(given: Settings, part: landing.Part) -> list[tuple[int, Page]]:
    found = landing.pages_of(given.landing, part)
    return [(line, page) for line, page in found if isinstance(page, Page)]


def _posts(part: landing.Part, pages: Sequence[tuple[int, Page]]) -> list[Post]:
    return [
        msgspec.structs.replace(post, landing=f"{part.path}#{line}")
        for line, page in pages
        for post in connector_of(page.platform).parse(page)
        if isinstance(post, Post)
    ]


def _load(given: Settings, batches: Sequence[_Batch]) -> Counts:
    engine = open_store(given.warehouse)
    key = key_id(pseudonym_key(given))
    loaded = [load_batch(engine, batch.posts, [batch.part], key_id=key).counts for batch in batches]
    engine.dispose()
    return sum(loaded, Counts())


def _link(given: Settings, timed: Timed) -> None:
    engine = open_store(given.warehouse)
    with engine.connect() as connection:
        version = links_version(connection)
        posts = timed("find posts to tie", lambda: unlinked_posts(connection, version, MOST_POSTS))
        topics, datasets, entities = timed(
            "build the matchers",
            lambda: (
                topic_matcher(catalogue.topics(connection)),
                dataset_index(catalogue.datasets(connection)),
                entity_matcher(catalogue.entities(connection)),
            ),
        )
    to_topics = timed("tie to topics", lambda: tie_topics(posts, topics))
    to_datasets = timed("tie to datasets", lambda: tie_datasets(posts, datasets))
    to_entities = timed("tie to entities", lambda: tie_entities(posts, entities))
    ties = (to_topics, to_datasets, to_entities)
    timed("store the ties", lambda: store_ties(engine, posts, version, *ties))
    engine.dispose()


def _with_store(given: Settings, name: str) -> Settings:
    """Return the settings with a new copy of the store that holds no posts."""
    there = replace(given, warehouse=f"sqlite:///{given.data}/{name}.db")
    for old in given.data.glob(f"{name}.db*"):
        old.unlink()
    shutil.copy(_file(given), _file(there))
    return there


def _file(given: Settings) -> Path:
    return Path(given.warehouse.removeprefix("sqlite:///"))


def _stored(given: Settings) -> Stored:
    engine = open_store(given.warehouse)
    digest = sha256()
    with engine.connect() as connection:
        for table in _CONTENT:
            columns = [column for column in table.columns if column.name not in _WHEN]
            for row in connection.execute(sa.select(*columns).order_by(*table.primary_key)):
                digest.update(repr(tuple(row)).encode())
        count = sa.select(sa.func.count(), sa.func.count(tables.post.c.near_duplicate_of))
        rows, copies = connection.execute(count).one()
    engine.dispose()
    return Stored(rows, copies, digest.hexdigest())


def _expect(what: str, found: int, expected: int) -> None:
    if found != expected:
        raise WrongCount(f"{what}: found {found:,}, expected {expected:,}")
