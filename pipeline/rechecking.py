"""Rechecking: asks a community whether the posts that are held still stand there as they are."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from connectors import connector_of
from connectors.answers import Answer, page_of
from connectors.http import Client
from contract.batch import values_of
from contract.charter import Charter
from contract.credentials import Credentials
from contract.errors import MendFirst, RetryLater
from contract.page import Page, Recheck
from contract.post import Post
from contract.terms import Terms
from pipeline import landing
from pipeline.completing import Complete, through
from pipeline.records import kept, outcomes_of
from pipeline.settings import Settings
from pipeline.sharing import shared_pace
from pipeline.spending import Ledger
from pipeline.tombstones import post_key_of, root_key_of
from transforms.frame import frame_of
from warehouse.due import forget_due, leave_due
from warehouse.removals import (
    Held,
    note_silence,
    oldest_posts,
    remove_posts,
    saw_posts,
    wait_for,
)
from warehouse.rows import Row, read_rows
from warehouse.store import writing
from warehouse.tables import post

_log = logging.getLogger("goodguest.comply")
MOST_POSTS: Final = 10_000
"""Of a source and a run; the next goes on with the oldest that are left."""
_MOST_REQUESTS: Final = 2_000
"""Of a source and a run."""
_AT_ONCE: Final = 200
"""Verdicts that are written together: so many are asked for again after a kill."""
_MANY: Final = 10
"""Posts gone at once from which on it may be the community's answers that are wrong."""
_JUST_BEFORE: Final = timedelta(microseconds=1)


@dataclass(slots=True)
class Rechecked:
    """What came of asking: posts that were known of, gone and changed; when to come back.

    `doubted` are those that are said to be gone, but too many at once to believe it the first time.
    """

    there: int = 0
    gone: int = 0
    changed: int = 0
    doubted: int = 0
    requests: int = 0
    again: RetryLater | None = None


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
    follow = _Follow(given, engine, complete, connector.TERMS, name, client, left, result)
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
        private_addresses=source.private_addresses,
    )


def _some(
    verdicts: Iterator[tuple[str, Recheck]], heard: _Heard
) -> Iterator[list[tuple[str, Recheck]]]:
    """Yield the verdicts, so many at once, until there are no more or enough was asked."""
    some: list[tuple[str, Recheck]] = []
    for verdict in verdicts:
        some.append(verdict)
        if len(some) >= _AT_ONCE:
            yield some
            some = []
            if heard.client.requests >= _MOST_REQUESTS:
                return
    yield some


@dataclass(slots=True)
class _Follow:
    """Does what verdicts ask for."""

    given: Settings
    engine: sa.Engine
    complete: Complete
    terms: Terms
    name: str
    client: Client
    left: dict[str, Held]
    result: Rechecked
    keys: set[str] = field(init=False)
    is_odd: bool = False
    """Whether too many were gone at once in this run."""

    def __post_init__(self) -> None:
        self.keys = {post.post_key for post in self.left.values()}

    def __call__(self, verdicts: Sequence[tuple[str, Recheck]], answers: list[Answer]) -> None:
        now = self.client.now()
        known = {self.left.pop(id_).post_key: said for id_, said in verdicts if id_ in self.left}
        there = {key for key, said in known.items() if said == "there"}
        edited = self._edited(answers)
        gone = {key: now for key, said in known.items() if said == "gone"}
        changed = {key: now for key, said in known.items() if said == "changed"} | edited
        answers.clear()
        with writing(self.engine) as connection:
            doubted = self._doubted(connection, known, gone)
            saw_posts(connection, there - edited.keys(), now)
            gone = {key: at for key, at in gone.items() if key not in doubted}
            removed = remove_posts(connection, gone, "gone there")
            emptied = remove_posts(connection, changed, "changed there")
        self.result.there += len(there - edited.keys())
        self.result.gone += len(removed)
        self.result.changed += len(emptied)

    def _doubted(
        self, connection: sa.Connection, known: Collection[str], gone: Collection[str]
    ) -> set[str]:
        """Return which are not believed to be gone until it is said again, in another run.

        A site that is moved, blocked or broken says it of all that is asked for.
        """
        said_before = forget_due(connection, "gone if said again", known)
        self.is_odd = self.is_odd or (len(gone) >= _MANY and 2 * len(gone) > len(known))
        doubted = set(gone) - said_before if self.is_odd else set()
        leave_due(connection, "gone if said again", doubted)
        self.result.doubted += len(doubted)
        return doubted

    def _edited(self, answers: Sequence[Answer]) -> dict[str, datetime]:
        """Return which posts say something else now, and until when they did not.

        What says so is landed, for refine to read.
        """
        keys = self.keys
        pages = [
            page_of(
                answer, source=self.name, platform=self.terms.platform, url=answer.url, cursor={}
            )
            for answer in answers
            if answer.status == 200 and answer.body
        ]
        said = [(page, posts) for page in pages if (posts := _posts_of(page, keys))]
        if not said:
            return {}
        texts = self._texts([post for _, posts in said for post in posts])
        roots = {root for _, posts in said for one in posts if (root := root_key_of(one))}
        with self.engine.connect() as connection:
            names = ("post_key", "text", "observed_at", "author_key", "removed_at")
            columns = [post.c[name] for name in names]
            stored = {row["post_key"]: row for row in read_rows(connection, columns, keys | roots)}
        edited: dict[str, datetime] = {}
        for page, posts in said:
            # One that does not say whose a post is does not say all of it either.
            new = {
                key: page.received_at - _JUST_BEFORE
                for one in posts
                if (key := post_key_of(one)) in stored
                and (one.author_id or stored[key]["author_key"] is None)
                and texts[key] != stored[key]["text"]
                and stored[key]["removed_at"] is None
                and page.received_at > stored[key]["observed_at"]
            }
            if new:
                run = f"{page.received_at:%Y%m%dT%H%M%SZ}-{token_hex(4)}"
                # Of the others on the page it may say what has gone meanwhile.
                only = [_with_own(one, stored) for one in posts if post_key_of(one) in new]
                landed = kept(page, only)
                landing.land(self.given.landing, [landed], run, page.received_at, 1)
            edited |= new
        return edited

    def _texts(self, posts: list[Post]) -> dict[str, str]:
        cleaned = through(self.complete.cleaning, frame_of(posts))
        columns = (values_of(cleaned[name]) for name in ("post_key", "text"))
        return dict(zip(*columns, strict=True))


def _posts_of(page: Page, keys: set[str]) -> list[Post]:
    """Return those of the posts that the page shows, by a connector that can read it."""
    if not connector_of(page.platform).is_page(page.body):
        return []
    found = (outcome for outcome in outcomes_of(page) if isinstance(outcome, Post))
    return [one for one in found if one.removed_at is None and post_key_of(one) in keys]


def _with_own(one: Post, stored: Mapping[str, Row]) -> Post:
    """Return the post; without the title of its thread unless what began that is held."""
    root = stored.get(root_key_of(one) or post_key_of(one))
    is_held = root is not None and root["removed_at"] is None
    return one if is_held else msgspec.structs.replace(one, title=None)
