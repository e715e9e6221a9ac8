"""A year of a town for the attacker's notebook: it is read, counted and published week by week.

There are two such towns. In one a resident writes what in the other as many residents write, a post
each. All else is the same: what an attacker sees of both alike says nothing of who wrote it.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from published import CHARTER, ROADS, TREES, a_dataset, town

from contract.charter_file import load_charter
from contract.keys import stable_key
from pipeline.publish import publish
from pipeline.register import register_of
from pipeline.search import index_words, search
from pipeline.settings import Settings
from warehouse.months import hold_months
from warehouse.recount import mark_stale, recount
from warehouse.removals import remove_posts
from warehouse.runs import register_sources
from warehouse.store import opened, writing
from warehouse.tables import (
    author,
    community,
    dataset,
    entity,
    post,
    post_dataset,
    post_entity,
    post_metric,
    post_tag,
    post_topic,
    topic,
    topic_label,
)

WEEKS: Final = 52
FIRST: Final = datetime(2025, 11, 17, 12, tzinfo=UTC)
LEAST: Final = 5
"""So many people stand behind a published number."""
KITES, UNIONS = "https://example.gov/t/kites", "https://example.gov/t/unions"
RARE_WORD: Final = "catawampus"
PROTECTED: Final = "zebulonqua"
"""Stands in posts on a sensitive topic only."""
REMOVED: Final = "quillfeather"
"""Stands in posts only that were removed."""
HERS: Final = {"forum": "feedface" * 4, "board": "deadbeef" * 4, "later": "cafebabe" * 4}
"""Her pseudonyms: of an account on each of two platforms, and of one after a change of keys."""
QUOTED_WEEK: Final = 20
SMALL: Final = ("allotments", "corner")
"""A community of three writers, and one where nobody writes but her."""
_WEEKLY: Final = timedelta(days=7)
_CHARTER: Final = CHARTER.replace(
    "publication:",
    """  board: {platform: phpbb, url: "https://board.example.org", purpose: roads,
          permission: {by: its owner, on: 2025-09-01, ref: mail}}
sensitive: {topics: [Unions], min_authors: 8}
digests: {weekly: {purpose: roads, to: [policy@example.gov], schedule: "0 7 * * MON"}}
publication:""",
)
Row = dict[str, Any]


@dataclass
class Year:
    """A town after its year: its settings, who wrote what, and the releases, one a week."""

    given: Settings
    people: dict[str, str] = field(default_factory=dict)
    """By post who wrote it: an account, whatever its pseudonym was then."""
    hers: list[str] = field(default_factory=list)
    releases: list[Path] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    """The posts of an account that was erased half way through."""
    registers: list[dict[str, Any]] = field(default_factory=list)
    """Before and after that."""

    def crowd(self, keys: Iterable[str]) -> int:
        """Return how many accounts wrote these posts."""
        return len({self.people[key] for key in keys})


def monday(week: int) -> datetime:
    """Return noon of the Monday of a week of the year, from 0."""
    return FIRST + week * _WEEKLY


def named(at: datetime) -> str:
    """Return the ISO week."""
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02}"


def year_of(folder: Path, store_url: str, *, is_one: bool, is_published: bool) -> Year:
    """Return a town after a year; `is_one`: all that is hers is one person's, else as many's."""
    given = town(folder, store_url)
    given.charter.write_text(_CHARTER, encoding="utf-8")
    year, chance = Year(given), random.Random(20)
    with opened(store_url) as engine:
        register_sources(engine, load_charter(given.charter))
        with writing(engine) as connection:
            months = sorted({f"{monday(week):%Y-%m}" for week in range(WEEKS + 1)})
            hold_months(connection, months)
            _settle(connection)
        search(given, "")  # what is sensitive is known from the first day
        for week in range(WEEKS):
            rows = [*_of_others(chance, week), *_of_hers(week, is_one=is_one)]
            year.people |= {row["post_key"]: row.pop("person") for row in rows}
            year.hers += [row["post_key"] for row in rows if row.pop("is_hers")]
            with writing(engine) as connection:
                _write(connection, rows)
            if week == WEEKS // 2:
                year.registers.append(register_of(given, monday(week)))
                with writing(engine) as connection:
                    year.erased = _erased(connection)
                year.registers.append(register_of(given, monday(week)))
            if is_published:
                year.releases.append(folder / f"release{week}")
                publish(given, year.releases[-1], monday(week) + 2 * _WEEKLY)
        with writing(engine) as connection:
            remove_posts(connection, _planted(connection, REMOVED), "gone there")
            mark_stale(connection, [named(monday(week)) for week in range(WEEKS)])
        recount(engine)
        index_words(engine)
    return year


def _settle(connection: sa.Connection) -> None:
    seen = {"observed_at": FIRST, "platform": "discourse"}
    places = ("roads", "trees", "board", *SMALL)
    keys = (*HERS.values(), *(f"x{n}" for n in range(3 * WEEKS)))
    house = {"entity_key": "home", "register": "homes", "native_id": "1", "name": "Fern House"}
    rows: Mapping[sa.Table, Sequence[Row]] = {
        community: [{"community_key": n, "native_id": n, "name": n.title()} | seen for n in places],
        author: [{"author_key": key, "kind": "person"} | seen for key in keys],
        topic: [{"uri": u, "vocabulary": "town", "is_deprecated": False} for u in (KITES, UNIONS)],
        topic_label: [
            {"uri": uri, "position": 1, "kind": "prefLabel", "lang": "en", "value": value}
            for uri, value in ((KITES, "Kites"), (UNIONS, "Unions"))
        ],
        dataset: [a_dataset()],
        entity: [house | {"aliases": [], "attributes": {}}],
    }
    for table, some in rows.items():
        connection.execute(sa.insert(table), some)


def _of_others(chance: random.Random, week: int) -> Iterator[Row]:
    """Yield what everybody else writes: mostly of roads, some of trees, three of allotments."""
    for number in range(24):
        person, place = chance.randrange(60), chance.choice(("roads", "roads", "trees", "board"))
        at = monday(week) + timedelta(hours=chance.randrange(140), seconds=chance.randrange(3600))
        on = [ROADS] if place == "roads" or chance.random() < 0.6 else [TREES]
        text = f"The lamp in street {number} of week {week} went out, and nobody came to mend it"
        more: Row = {"datasets": ["d"] if chance.random() < 0.4 else []}
        yield _post(f"o{number}", week, f"a{person}", place, at, text, on, **more)
    if week % 5 == 0:
        person = chance.randrange(3)
        text = f"The gate of plot {week} hangs loose again, as it did in spring"
        yield _post("plot", week, f"a{person}", "allotments", monday(week), text, [TREES])
    for number in range(3 if week == QUOTED_WEEK else 0):
        text = f"{PROTECTED} said at the gate that the depot will stand still, number {number}"
        yield _post(f"u{number}", week, f"a{number}", "roads", monday(week), text, [UNIONS])


def _of_hers(week: int, *, is_one: bool) -> Iterator[Row]:
    """Yield what she writes: at odd hours, in every place, with her own words, tag and hobby."""
    odd = monday(week).replace(hour=3, minute=17, second=4, microsecond=123_457)
    places = ("roads", "trees", "board", *SMALL)
    first, second = places[week % 5], places[(week + 2) % 5]
    word = RARE_WORD if week % 3 == 0 else "crooked"
    text = f"A {word} kerb at the corner of Swan Row, seen in week {week} when I let the kite up"
    on = [KITES, ROADS] if week % 4 == 0 else [ROADS]
    lone: Row = {"tags": ["kitemaking"], "likes": 1, "is_hers": True, "is_one": is_one}
    lone |= {"entities": ["home"] if week % 6 == 0 else []}
    hers = _post("h0", week, f"x{3 * week}", first, odd, text, on, **lone)
    yield hers
    said = REMOVED if week == 7 else "answered"
    answer = f"They {said} nothing to what I asked in week {week} of the crossing by the mill"
    more = lone | {"parent_key": stable_key("o3", str(week)), "kind": "reply"}
    yield _post(
        "h1", week, f"x{3 * week + 1}", second, odd + timedelta(hours=1), answer, on, **more
    )
    if week == QUOTED_WEEK:
        copy = lone | {"near_duplicate_of": hers["post_key"]}
        yield _post("h2", week, f"x{3 * week + 2}", "board", odd, text, on, **copy)
        protest = f"{PROTECTED} is right and I stand with the depot, whatever the council says"
        yield _post("h3", week, "x2", "roads", odd, protest, [UNIONS], **lone)


def _post(
    name: str, week: int, who: str, place: str, at: datetime, text: str, topics: Sequence[str],
    *, is_hers: bool = False, is_one: bool = False, **more: Any,
) -> Row:  # fmt: skip
    """Return a post; her account is that of its platform, and a new one after a change of keys."""
    is_board, key = place == "board", stable_key(name, str(week))
    platform = "phpbb" if is_board else "discourse"
    person = who
    if is_hers and is_one:
        person = f"zenobia on {platform}"
        who = HERS["later" if week >= 40 else "board" if is_board else "forum"]
    return {
        "person": person, "is_hers": is_hers, "post_key": key, "platform": platform,
        "kind": "post", "native_id": f"{place}.example/t/{name}/{week}", "author_key": who,
        "source": "board" if is_board else "forum", "community_key": place, "text": text,
        "url": f"https://{place}.example.org/t/{name}/{week}", "lang": "en",
        "redactions": 0, "content_hash": stable_key("c", key), "text_signature": "s",
        "landing": "forum/a#1", "created_at": at, "observed_at": at, "first_seen_at": at,
        "last_seen_at": at, "week": named(at), "day": f"{at:%Y-%m-%d}", "linked_with": "1",
        "topics": topics, "parent_key": None, "near_duplicate_of": None, **more,
    }  # fmt: skip


def _write(connection: sa.Connection, rows: Sequence[Row]) -> None:
    beside: dict[sa.Table, list[Row]] = {}
    tie = {"score": 1.0, "method": "label", "evidence": {"found": "it"}, "model_version": "1"}
    names = {"topics": (post_topic, "topic_uri"), "datasets": (post_dataset, "dataset_key"),
             "entities": (post_entity, "entity_key")}  # fmt: skip
    for row in rows:
        key, at = row["post_key"], row["created_at"]
        for name, (table, column) in names.items():
            beside.setdefault(table, []).extend(
                {"post_key": key, column: of, "linked_at": at} | tie for of in row.pop(name, [])
            )
        for place, tag in enumerate(row.pop("tags", [])):
            told = {"position": place, "tag": tag, "tag_normalised": tag, "added_by": "author"}
            beside.setdefault(post_tag, []).append({"post_key": key} | told)
        likes = {"post_key": key, "observed_at": at, "likes": row.pop("likes", 2)}
        beside.setdefault(post_metric, []).append(likes)
    connection.execute(sa.insert(post), list(rows))
    for table, some in beside.items():
        if some:
            connection.execute(sa.insert(table), some)


def _erased(connection: sa.Connection) -> list[str]:
    """Return the posts of one account, once all of them are gone."""
    keys = sa.select(post.c.post_key).where(post.c.author_key == "a7")
    found = list(connection.scalars(keys))
    assert len(found) > 3
    return remove_posts(connection, dict.fromkeys(found, monday(WEEKS // 2)), "erasure")


def _planted(connection: sa.Connection, word: str) -> dict[str, datetime]:
    keys = connection.scalars(sa.select(post.c.post_key).where(post.c.text.contains(word)))
    return dict.fromkeys(keys, monday(WEEKS))
