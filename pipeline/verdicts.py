"""Verdicts: what a community says of the posts that are held, and what is done about it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final
from urllib.parse import urldefrag

import msgspec
import sqlalchemy as sa

from connectors import connector_of
from connectors.answers import Answer, page_of
from connectors.http import Client
from contract.batch import values_of
from contract.errors import RetryLater
from contract.page import Page, Recheck
from contract.post import Outcome, Post
from contract.terms import Terms
from pipeline import landing
from pipeline.completing import Complete, through
from pipeline.opted_out import OPTED_OUT, Guard
from pipeline.records import kept, outcomes_of
from pipeline.settings import Settings
from pipeline.tombstones import post_key_of, root_key_of
from transforms.frame import frame_of
from warehouse.due import forget_due, leave_due
from warehouse.rechecks import Held, note_silence, saw_posts
from warehouse.removals import remove_posts
from warehouse.rows import Row, read_rows
from warehouse.store import writing
from warehouse.tables import post

_MANY: Final = 10
"""Posts gone at once from which on it may be the community's answers that are wrong."""
_JUST_BEFORE: Final = timedelta(microseconds=1)
_Read = tuple[Page, list[Outcome]]


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


@dataclass(slots=True)
class Follow:
    """Does what verdicts ask for."""

    given: Settings
    engine: sa.Engine
    complete: Complete
    guard: Guard
    terms: Terms
    name: str
    client: Client
    left: dict[str, Held]
    result: Rechecked
    keys: set[str] = field(init=False)
    at: dict[str, list[str]] = field(init=False)
    """Keys by address."""
    is_odd: bool = False
    """Whether too many were gone at once in this run."""

    def __post_init__(self) -> None:
        self.keys, self.at = set(), {}
        for held in self.left.values():
            self.keys.add(held.post_key)
            self.at.setdefault(urldefrag(held.url or "").url, []).append(held.post_key)

    def __call__(self, verdicts: Sequence[tuple[str, Recheck]], answers: list[Answer]) -> None:
        now = self.client.now()
        said_of = {self.left.pop(id_).post_key: said for id_, said in verdicts if id_ in self.left}
        known = {key: said for key, said in said_of.items() if said != "silent"}
        pages = self._pages(answers)
        opted_out = self._opted_out(pages, now)
        there = {key for key, said in known.items() if said == "there"} - opted_out
        edited = self._edited(pages, self.keys - opted_out)
        gone = {key: now for key, said in known.items() if said == "gone"}
        changed = {key: now for key, said in known.items() if said == "changed"} | edited
        answers.clear()
        with writing(self.engine) as connection:
            doubted = self._doubted(connection, known, gone)
            saw_posts(connection, there - edited.keys(), now)
            note_silence(connection, self.name, said_of.keys() - known.keys(), now)
            gone = {key: at for key, at in gone.items() if key not in doubted}
            removed = remove_posts(connection, gone, "gone there")
            removed += remove_posts(connection, dict.fromkeys(opted_out, now), OPTED_OUT)
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

    def _pages(self, answers: Sequence[Answer]) -> list[_Read]:
        """Return the answers as pages, and what stands on those that the connector can read."""
        named = {"source": self.name, "platform": self.terms.platform}
        pages = [
            page_of(answer, **named, url=answer.url, cursor={})
            for answer in answers
            if answer.status == 200 and answer.body
        ]
        is_page = connector_of(self.terms.platform).is_page
        return [(page, list(outcomes_of(page)) if is_page(page.body) else []) for page in pages]

    def _opted_out(self, pages: Sequence[_Read], at: datetime) -> set[str]:
        """Return which posts may not be kept any more, by what a page of them or about them says.

        A feed's article that is asked for itself can say `noindex` there. What else is held of who
        opted out is left to comply.
        """
        out, closed = set[str](), set[str]()
        for page, outcomes in pages:
            if self.guard.is_closed(page):
                closed.add(page.url)
            left_out = list(self.guard.left_out_of(page, outcomes).values())
            self.guard.tell([one for one in left_out if one.is_by_author], at)
            out |= {post_key_of(one.post) for one in left_out}
        return out & self.keys | {key for url in closed for key in self.at.get(url, ())}

    def _edited(self, pages: Sequence[_Read], keys: set[str]) -> dict[str, datetime]:
        """Return which of these posts say something else now, and until when they did not.

        What says so is landed, for refine to read.
        """
        said = [(page, posts) for page, read in pages if (posts := _posts_among(read, keys))]
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


def _posts_among(outcomes: Sequence[Outcome], keys: set[str]) -> list[Post]:
    """Return those of the posts that a page shows."""
    found = (one for one in outcomes if isinstance(one, Post) and one.removed_at is None)
    return [one for one in found if post_key_of(one) in keys]


def _with_own(one: Post, stored: Mapping[str, Row]) -> Post:
    """Return the post; without the title of its thread unless what began that is held."""
    root = stored.get(root_key_of(one) or post_key_of(one))
    is_held = root is not None and root["removed_at"] is None
    return one if is_held else msgspec.structs.replace(one, title=None)
