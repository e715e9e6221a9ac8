"""The invented agency of the years: its charter, what it holds, and how its reading went."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from typing import Final, NamedTuple

import sqlalchemy as sa

from bench.invented import Holdings
from contract.charter import Budget, Charter
from contract.charter_file import load_charter
from contract.keys import stable_key
from contract.page import Window
from warehouse import catalogue, runs
from warehouse.coverage import write_coverage
from warehouse.rows import insert_rows
from warehouse.spending import reserve_posts, settle_posts
from warehouse.store import writing
from warehouse.tables import link_review


class Site(NamedTuple):
    """A place people write in, and the purpose it is read for."""

    source: str
    platform: str
    purpose: str
    communities: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"https://{self.source}.example"


SITES: Final = (
    Site("town-forum", "discourse", "roads", 30),
    Site("county-forum", "discourse", "parks", 20),
    Site("old-board", "phpbb", "roads", 12),
    Site("town-blog", "wordpress", "parks", 3),
    Site("paper", "feed", "roads", 1),
)
_SHARES: Final = (0.45, 0.25, 0.15, 0.1, 0.05)
_METERED: Final = "county-forum"
_REQUESTS_A_WEEK: Final = 10
_PURPOSE: Final = {"title": "None", "legal_basis": "None", "dpia": "none", "owner": "nobody",
                   "expires": "2099-12-31"}  # fmt: skip
_CHARTER: Final = {
    "agency": {
        "name": "An invented agency",
        "contact": "nobody@agency.example",
        "privacy_notice": "https://agency.example/privacy",
        "languages": ["en", "de", "fr", "es", "uk"],
    },
    "purposes": {"roads": _PURPOSE, "parks": _PURPOSE},
    "sources": {
        site.source: {"platform": site.platform, "url": site.url, "purpose": site.purpose}
        for site in SITES
    },
    "digests": {"weekly": {"purpose": "roads"}},
}
_WEEK: Final = timedelta(weeks=1)


class Agency(NamedTuple):
    """The sites and how much of all is written on them or on one before, and what ties lead to."""

    sites: Sequence[Site]
    shares: Sequence[float]
    topic_uris: Sequence[str]
    dataset_keys: Sequence[str]
    entity_keys: Sequence[str]


def charter_of() -> Charter:
    """Return the agency's charter."""
    return Charter.model_validate(_CHARTER)


def agency_of(holdings: Holdings) -> Agency:
    """Return the agency that holds these."""
    datasets = [stable_key("dataset", "bench", d.identifier) for d in holdings.datasets]
    entities = [stable_key("entity", "facilities", e.native_id) for e in holdings.entities]
    topics = [topic.uri for topic in holdings.topics]
    return Agency(SITES, list(accumulate(_SHARES)), topics, datasets, entities)


def settle(engine: sa.Engine, folder: Path, holdings: Holdings) -> None:
    """Write the sources and what the agency holds into an empty store."""
    charter = folder / "charter.yaml"
    charter.write_text(json.dumps(_CHARTER), encoding="utf-8")
    runs.register_sources(engine, load_charter(charter))
    catalogue.load_topics(engine, "bench", holdings.topics)
    catalogue.load_datasets(engine, "bench", holdings.datasets)
    catalogue.load_entities(engine, "facilities", holdings.entities)


def read_all_weeks(engine: sa.Engine, weeks: int, until: datetime) -> None:
    """Write a run of each site in each week, half an hour of which was not read."""
    for number in range(weeks):
        since = until - (weeks - number) * _WEEK
        window = Window(since, since + _WEEK)
        got = Window(since + timedelta(minutes=30 * (number % 2)), since + _WEEK)
        for site in SITES:
            run = runs.begin_run(engine, site.source, window)
            with writing(engine) as connection:
                write_coverage(connection, run, got, "rate_limited")
                runs.finish_run(
                    connection, run, status="done", stopped_because="complete", window_got=got,
                    requests=10, pages=10, records=100, bytes_received=10_000, seconds_limited=0.0,
                )  # fmt: skip


def spend(engine: sa.Engine, weeks: int, until: datetime) -> int:
    """Return how many posts were charged, once each week's requests to a metered site are there."""
    budget = Budget(posts=1_000_000, price=0.005, currency="EUR")
    charged = 0
    with writing(engine) as connection:
        for number in range(weeks * _REQUESTS_A_WEEK):
            at = until - number * _WEEK / _REQUESTS_A_WEEK
            key = reserve_posts(connection, _METERED, 100, 100, budget, at, None)
            settle_posts(connection, key, number % 100, number % 100, budget)
            charged += number % 100
    return charged


def review(engine: sa.Engine, ties: Sequence[tuple[str, str, str, str]]) -> int:
    """Return how many ties a person agreed to or not: of post, kind, target and method each."""
    names = ("post_key", "target", "target_key", "method")
    rows = [
        {
            **dict(zip(names, tie, strict=True)),
            "review_key": stable_key("review", *tie),
            "verdict": "disagree" if place % 7 == 0 else "agree",
            "reviewer_role": "analyst",
            "reviewed_at": datetime.now(UTC),
            "note": None,
        }
        for place, tie in enumerate(islice(ties, 10_000))
    ]
    with writing(engine) as connection:
        insert_rows(connection, link_review, rows)
    return len(rows)
