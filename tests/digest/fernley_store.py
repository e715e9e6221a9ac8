"""A store of an invented town with numbers that are known, written row by row."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa

from contract.charter import Charter
from warehouse import tables
from warehouse.months import hold_months
from warehouse.recount import mark_stale

WEEK = "2026-W46"
EARLIER = ("2026-W42", "2026-W43", "2026-W44", "2026-W45")
NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)

CHARTER = Charter.model_validate(
    {
        "agency": {
            "name": "Town of Fernley",
            "contact": "listening@fernley.example",
            "privacy_notice": "https://fernley.example/listening",
        },
        "purposes": {
            name: {
                "title": title,
                "legal_basis": "Public task",
                "dpia": "DPIA-1",
                "owner": "transport-policy",
                "expires": "2027-06-30",
            }
            for name, title in {
                "roads": "What residents report about roads",
                "parks": "What residents say about parks",
            }.items()
        },
        "sources": {
            "forum": {"platform": "discourse", "url": "https://forum.example", "purpose": "roads"},
            "town-reddit": {
                "platform": "reddit",
                "url": "https://reddit.example",
                "purpose": "roads",
            },
            "park-forum": {
                "platform": "discourse",
                "url": "https://parks.example",
                "purpose": "parks",
            },
        },
        "digests": {
            "roads-weekly": {"purpose": "roads"},
            "surface-weekly": {"purpose": "roads", "topics": ["Surface"]},
            "parks-weekly": {"purpose": "parks"},
            "lost-weekly": {"purpose": "roads", "topics": ["Dragons"]},
        },
    }
)

TOPICS = {  # label: (uri, broader)
    "Surface": ("https://t.example/surface", None),
    "Potholes": ("https://t.example/potholes", "https://t.example/surface"),
    "Deep potholes": ("https://t.example/deep", "https://t.example/potholes"),
    "Lighting": ("https://t.example/lighting", None),
}
COMMUNITIES = {"c1": ("discourse", "Roads and cycling"), "c2": ("reddit", "r/fernley")}


class Town:
    """Writes rows into the store."""

    def __init__(self, conn: sa.Connection) -> None:
        self.conn = conn
        self.number = count(1)
        for name, source in CHARTER.sources.items():
            self._source(name, source.platform, str(source.url), source.purpose)
        for key, (platform, name) in COMMUNITIES.items():
            self.add(
                tables.community,
                community_key=key,
                platform=platform,
                native_id=key,
                name=name,
                url=f"https://{platform}.example/{key}",
                observed_at=NOW,
            )
        for label, (uri, _) in TOPICS.items():
            self.topic(uri, label)
        for uri, broader in TOPICS.values():
            if broader:
                self.add(tables.topic_broader, uri=uri, position=0, broader_uri=broader)

    def add(self, table: sa.Table, **row: Any) -> None:
        if table is tables.post:
            hold_months(self.conn, {row["day"][:7]})
            mark_stale(self.conn, {row["week"]})
        self.conn.execute(table.insert(), row)

    def _source(self, name: str, platform: str, url: str, purpose: str) -> None:
        self.add(
            tables.source,
            id=name,
            platform=platform,
            url=url,
            purpose=purpose,
            legal_basis="Public task",
            dpia="DPIA-1",
            owner="transport-policy",
            expires_on="2027-06-30",
            schedule="@hourly",
            is_enabled=True,
        )

    def topic(self, uri: str, label: str, lang: str = "en", position: int = 0) -> None:
        if not position:
            self.add(tables.topic, uri=uri, vocabulary="t", is_deprecated=False)
        self.add(
            tables.topic_label,
            uri=uri,
            position=position,
            kind="prefLabel",
            value=label,
            lang=lang,
        )

    def dataset(self, key: str, title: str, landing_page: str | None = None) -> None:
        self.add(
            tables.dataset,
            dataset_key=key,
            catalogue="c",
            identifier=key,
            title=title,
            description="",
            keywords=[],
            themes=[],
            landing_page=landing_page,
        )

    def entity(self, key: str, name: str, register: str = "care-homes") -> None:
        self.add(
            tables.entity,
            entity_key=key,
            register=register,
            native_id=key,
            name=name,
            aliases=[],
            place="Fernley",
            attributes={},
        )

    def read(self, week: str, source: str = "forum", hours: int = 168) -> None:
        """Write the coverage of a week, the first `hours` of it read completely."""
        monday = datetime.combine(_monday(week), time(), UTC)
        for hour in range(168):
            at = monday + timedelta(hours=hour)
            self.add(
                tables.coverage,
                source=source,
                hour_at=at,
                state="complete" if hour < hours else "gap",
                day=at.date().isoformat(),
                week=week,
            )

    def say(
        self,
        times: int = 1,
        week: str = WEEK,
        topics: tuple[str, ...] = (),
        datasets: dict[str, str] | None = None,
        entities: tuple[str, ...] = (),
        author: str | None = None,
        score: float = 0.5,
        likes: int | None = None,
        evidence: dict[str, Any] | None = None,
        stance: str | None = None,
        **columns: Any,
    ) -> str:
        """Write posts; `datasets` holds the method of each tie. Return the key of the last."""
        for _ in range(times):
            number = next(self.number)
            key = f"p{number:05}"
            who = author or f"a{number}"
            self._author(who)
            day = _monday(week) + timedelta(days=number % 7)
            self.add(
                tables.post,
                **{
                    "post_key": key,
                    "platform": "discourse",
                    "native_id": str(number),
                    "kind": "post",
                    "url": f"https://forum.example/t/{number}",
                    "source": "forum",
                    "community_key": "c1",
                    "author_key": who,
                    "text": f"Post {number} says something about the roads of the town.",
                    "redactions": 0,
                    "content_hash": key,
                    "observed_at": NOW,
                    "landing": "",
                    "linked_with": "test",
                    "first_seen_at": NOW,
                    "last_seen_at": NOW,
                    "week": week,
                    "day": day.isoformat(),
                    "created_at": datetime.combine(day, time(12), UTC),
                    "text_signature": "",
                    **columns,
                },
            )
            for label in topics:
                self._tie(
                    tables.post_topic, key, TOPICS[label][0], score, "label", evidence, stance
                )
            for target, method in (datasets or {}).items():
                self._tie(tables.post_dataset, key, target, score, method, evidence)
            for target in entities:
                self._tie(tables.post_entity, key, target, score, "name", evidence)
            if likes is not None:
                self.add(tables.post_metric, post_key=key, observed_at=NOW, likes=likes)
        return key

    def protect(self, *labels: str, min_authors: int = 30) -> None:
        """Write that these topics are sensitive."""
        for label in labels:
            self.add(
                tables.sensitive_topic,
                topic_uri=TOPICS[label][0],
                named=label,
                min_authors=min_authors,
            )

    def tag(self, post_key: str, *tags: str, added_by: str = "community") -> None:
        """Write tags of a post."""
        for position, tag in enumerate(tags):
            self.add(
                tables.post_tag,
                post_key=post_key,
                position=position,
                tag=tag,
                tag_normalised=tag.casefold(),
                added_by=added_by,
            )

    def tie_topic(self, post_key: str, uri: str) -> None:
        self._tie(tables.post_topic, post_key, uri, 0.5, "label")

    def _author(self, who: str, kind: str = "person") -> None:
        known = self.conn.scalar(
            sa.select(tables.author.c.kind).where(tables.author.c.author_key == who)
        )
        if known is None:
            kind = "bot" if who.startswith("bot") else kind
            self.add(
                tables.author, author_key=who, platform="discourse", kind=kind, observed_at=NOW
            )

    def _tie(
        self,
        table: sa.Table,
        key: str,
        target: str,
        score: float,
        method: str,
        evidence: dict[str, Any] | None = None,
        stance: str | None = None,
    ) -> None:
        self.conn.execute(
            table.insert().values(
                (key, target, score, method, evidence or {}, stance, "test", NOW),
            )
        )


def _monday(week: str) -> date:
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
