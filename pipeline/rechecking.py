"""Rechecking: asks a community whether the posts that are held still stand there as they are."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from connectors import connector_of
from connectors.answers import Answer
from connectors.http import Client
from contract.charter import Charter
from contract.credentials import Credentials
from contract.errors import MendFirst, RetryLater
from contract.page import Recheck
from pipeline.completing import Complete
from pipeline.opted_out import Guard
from pipeline.settings import Settings
from pipeline.sharing import shared_pace
from pipeline.spending import Ledger
from pipeline.verdicts import Follow, Rechecked
from warehouse.rechecks import note_silence, oldest_posts, wait_for
from warehouse.store import writing

_log = logging.getLogger("goodguest.comply")
MOST_POSTS: Final = 10_000
"""Of a source and a run; the next goes on with the oldest that are left."""
_MOST_REQUESTS: Final = 2_000
"""Of a source and a run."""
_AT_ONCE: Final = 200
"""Verdicts that are written together: so many are asked for again after a kill."""


class _Careful(Ledger):
    """The budget of a recheck: of what is left of the month, half is left to reading."""

    def left(self, posts: int = 1, worth: int | None = None) -> int:
        """Return how many times so many posts may still be asked for."""
        return super().left(posts, worth) // 2


@dataclass(slots=True)
class _Heard:
    """A client that remembers what it was answered."""

    client: Client
    answers: list[Answer] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def get(self, *given: Any, **named: Any) -> Answer:
        self.answers.append(self.client.get(*given, **named))
        return self.answers[-1]

    def send(self, *given: Any, **named: Any) -> Answer:
        self.answers.append(self.client.send(*given, **named))
        return self.answers[-1]


def recheck_source(
    given: Settings,
    engine: sa.Engine,
    charter: Charter,
    complete: Complete,
    name: str,
    secrets: Credentials,
) -> Rechecked:
    """Ask for the posts of the source that were not seen for longest, and empty those that changed.

    What is known is written as it comes: a run that is cut short, or told to come back later, goes
    on with the others. What an answer says anew of an edited post is landed.
    """
    source, result = charter.sources[name], Rechecked()
    connector = connector_of(source.platform)
    with engine.connect() as connection:
        held = oldest_posts(connection, name, MOST_POSTS)
    if not held:
        return result
    client = _client(given, engine, charter, name, secrets)
    heard: Any = _Heard(client)
    left = {post.native_id: post for post in held}
    guard = Guard(given, engine, charter)
    follow = Follow(given, engine, complete, guard, connector.TERMS, name, client, left, result)
    with client:
        try:
            asked = [(post.native_id, post.url) for post in held]
            for some in _some(connector.recheck(heard, source, asked), heard):
                follow(some, heard.answers)
            waiting: list[str] = []
            # Where the run was cut short, not all were asked for.
            is_through = client.requests < _MOST_REQUESTS
            silent = sorted(post.post_key for post in follow.left.values()) if is_through else []
        except MendFirst:
            raise
        except RetryLater as later:
            follow([], heard.answers)
            silent = []
            waiting = sorted(post.post_key for post in follow.left.values())
            result.again = later
            _log.info("%s: rechecking goes on at %s: %s", name, later.at, later)
        with writing(engine) as connection:
            wait_for(connection, name, waiting)
            note_silence(connection, name, silent, client.now())
    result.requests = client.requests
    return result


def _client(
    given: Settings, engine: sa.Engine, charter: Charter, name: str, secrets: Credentials
) -> Client:
    source = charter.sources[name]
    terms = connector_of(source.platform).TERMS
    return Client(
        agency=charter.agency.name,
        contact=charter.agency.contact,
        limits=terms.limits,
        credentials=secrets,
        budget=_Careful(engine, name, source.budget) if source.budget else None,
        obey_robots=not terms.credentials,
        pace=shared_pace(given, engine),
        private_hosts=source.private_hosts,
        has_opted_out=lambda url: charter.opt_outs.place_of(url) is not None,
    )


def _some(
    verdicts: Iterator[tuple[str, Recheck]], heard: _Heard
) -> Iterator[list[tuple[str, Recheck]]]:
    """Yield the verdicts, so many at once, until there are no more or enough was asked.

    Raises RetryLater as the connector does, after those that it was given before.
    """
    some: list[tuple[str, Recheck]] = []
    try:
        for verdict in verdicts:
            some.append(verdict)
            if len(some) >= _AT_ONCE:
                yield some
                some = []
                if heard.client.requests >= _MOST_REQUESTS:
                    return
    except RetryLater:
        yield some
        raise
    yield some
