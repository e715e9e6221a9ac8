"""The stages of refine one by one: `python -m bench.stages`, told where by the environment.

They are what `pipeline.refine` calls, in its order, on batches like its own. Prints the CPU seconds
of each as JSON.
"""

import json
import sys
from collections.abc import Callable
from typing import Final

import pandas as pd

from bench import load_only
from bench.load_only import Batch, Spent, Stage, Tools, go_through, of_posts, timed
from connectors import connector_of
from contract.page import Page
from pipeline import landing
from pipeline.completing import Complete
from pipeline.link import links_version
from pipeline.parse import parse
from pipeline.settings import Settings, pseudonym_key, settings
from pipeline.tidying import tidying
from transforms.datasets import dataset_index, tie_datasets
from transforms.entities import entity_matcher, tie_entities
from transforms.frame import frame_of
from transforms.reading import Reading, read
from transforms.topics import tie_topics, topic_matcher
from warehouse import catalogue
from warehouse.links import untied
from warehouse.store import opened

WITHIN: Final = "  "
"""Begins the name of a stage that is a part of the one before it and was measured once more."""


def measure(given: Settings) -> Spent:
    """Return the CPU seconds that setting up and each stage took for all that is landed."""
    spent: Spent = {}
    key = pseudonym_key(given)
    charter = given.load_charter()
    complete = Complete(charter, key)
    nothing = read(frame_of([]))
    first = next(parse(given.landing, landing.parts(given.landing)[:1], complete.version))
    timed(spent, "models", lambda: complete(frame_of(first.posts[:1])))
    with opened(given.warehouse) as engine:
        with engine.connect() as connection:
            topics = timed(
                spent, "topic matcher", lambda: topic_matcher(catalogue.topics(connection))
            )
            datasets = timed(
                spent, "dataset index", lambda: dataset_index(catalogue.datasets(connection))
            )
            entities = timed(
                spent, "entity matcher", lambda: entity_matcher(catalogue.entities(connection))
            )
            version = links_version(connection, charter.ties)
        stages = {
            "parse": load_only.STAGES["parse"],
            **_WITHIN_PARSE,
            "frame": load_only.STAGES["frame"],
            **{name: of_posts(transform) for name, transform in complete.cleaning.items()},
            "words": _reading,
            **{name: _describing(complete, name) for name in complete.describing(nothing)},
            "wanting ties": _wanting,
            "topics": _of_ties(lambda reading: tie_topics(reading, topics)),
            "datasets": _of_ties(lambda reading: tie_datasets(reading, datasets)),
            "entities": _of_ties(lambda reading: tie_entities(reading, entities)),
            "load": load_only.STAGES["load"],
        }
        go_through(stages, Tools(given, engine, key, version), spent)
    return spent


def _of_ties(tie: Callable[[Reading], pd.DataFrame]) -> Stage:
    def stage(_: Tools, batch: Batch) -> None:
        batch.ties.append(tie(batch.reading))

    return stage


def _wanting(tools: Tools, batch: Batch) -> None:
    batch.wanting = untied(batch.posts, {}, tools.version)


def _reading(_: Tools, batch: Batch) -> None:
    batch.reading = read(batch.posts)


def _describing(complete: Complete, name: str) -> Stage:
    def stage(_: Tools, batch: Batch) -> None:
        batch.posts = complete.describing(batch.reading)[name](batch.posts)

    return stage


def _pages(tools: Tools, batch: Batch) -> None:
    found = (landing.pages_of(tools.given.landing, part) for part in batch.parts)
    batch.pages = [page for pages in found for _, page in pages if isinstance(page, Page)]


def _outcomes(_: Tools, batch: Batch) -> None:
    for page in batch.pages:
        list(connector_of(page.platform).parse(page))


def _unknown(_: Tools, batch: Batch) -> None:
    for page in batch.pages:
        connector_of(page.platform).unknown_fields(page)


_WITHIN_PARSE: Final[dict[str, Stage]] = {
    f"{WITHIN}pages read": _pages,
    f"{WITHIN}outcomes": _outcomes,
    f"{WITHIN}unknown fields": _unknown,
}

if __name__ == "__main__":
    with tidying():
        took = measure(settings())
    sys.stdout.write(json.dumps(took))
