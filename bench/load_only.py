"""Reading, parsing and loading alone: `python -m bench.load_only`, told where by the environment.

A post's body is stored for its text. Nothing is made comparable and nothing tied, so that what is
left is the price of our way of storing. Prints the CPU seconds of each stage as JSON.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

from pipeline.tidying import loading, tidying

with loading():
    import pandas as pd
    import sqlalchemy as sa

    from contract.page import Page
    from pipeline import landing
    from pipeline.batches import batches_of
    from pipeline.parse import Records, parse
    from pipeline.settings import Settings, pseudonym_key, settings
    from transforms.fingerprint import fingerprint
    from transforms.frame import frame_of
    from transforms.keys import add_keys
    from transforms.pseudonyms import key_id, pseudonymise
    from warehouse.links import Tied
    from warehouse.load import load_batch
    from warehouse.store import opened

Spent = dict[str, float]
"""CPU seconds by stage."""
T = TypeVar("T")


class Tools(NamedTuple):
    """What is built once; `version` is that of the ties."""

    given: Settings
    engine: sa.Engine
    key: bytes
    version: str = ""


@dataclass(slots=True)
class Batch:
    """Some landed parts on their way into the store."""

    parts: Sequence[landing.Part]
    pages: list[Page] = field(default_factory=list)
    records: Records = field(default_factory=Records)
    posts: pd.DataFrame = field(default_factory=pd.DataFrame)
    wanting: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Of the posts those that want ties."""
    reading: Any = None
    """The words of the posts, once for all that looks for something in them."""
    ties: list[pd.DataFrame] = field(default_factory=list)


Stage = Callable[[Tools, Batch], None]
Transform = Callable[[pd.DataFrame], pd.DataFrame]


def _parse(tools: Tools, batch: Batch) -> None:
    (batch.records,) = parse(tools.given.landing, batch.parts, lambda _: "")


def _frame(_: Tools, batch: Batch) -> None:
    batch.posts = frame_of(batch.records.posts)


def _pseudonymise(tools: Tools, batch: Batch) -> None:
    batch.posts = pseudonymise(batch.posts, tools.key)


def _load(tools: Tools, batch: Batch) -> None:
    held = batch.records
    tied = None
    if batch.ties:
        topics, datasets, entities = batch.ties
        tied = Tied(batch.wanting, tools.version, topics, datasets, entities)
    load_batch(
        tools.engine, batch.posts, held.parts, held.rejected, held.skipped, tied=tied,
        key_id=key_id(tools.key),
    )  # fmt: skip


def of_posts(transform: Transform) -> Stage:
    """Return the stage that puts a batch's posts through this transform."""

    def stage(_: Tools, batch: Batch) -> None:
        batch.posts = transform(batch.posts)

    return stage


STAGES: Final[dict[str, Stage]] = {
    "parse": _parse,
    "frame": _frame,
    "keys": of_posts(add_keys),
    "body as text": of_posts(lambda posts: posts.assign(text=posts["body"])),
    "pseudonyms": _pseudonymise,
    "fingerprint": of_posts(fingerprint),
    "load": _load,
}


def go_through(stages: Mapping[str, Stage], tools: Tools, spent: Spent) -> None:
    """Take all that is landed through these stages; adds to what was spent on each."""
    for parts in batches_of(landing.parts(tools.given.landing)):
        batch = Batch(parts)
        for name, stage in stages.items():
            timed(spent, name, partial(stage, tools, batch))


def timed(spent: Spent, name: str, work: Callable[[], T]) -> T:
    """Return what the work gives; adds its CPU seconds to those spent on this stage."""
    began = time.process_time()
    result = work()
    spent[name] = spent.get(name, 0.0) + time.process_time() - began
    return result


if __name__ == "__main__":
    took: Spent = {}
    here = settings()
    with opened(here.warehouse) as store, tidying():
        go_through(STAGES, Tools(here, store, pseudonym_key(here)), took)
    sys.stdout.write(json.dumps(took))
