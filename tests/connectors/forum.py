"""A small forum that answers as Discourse does, topic by topic."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from json import dumps
from typing import Any

from loopback import Site, Told
from runs import ago, outcomes

from connectors.http import Client
from contract.page import Page
from contract.post import Post, Skipped

Make = Callable[..., Client]
Query = dict[str, list[str]]
CATEGORIES = [
    {"id": 5, "slug": "roads", "name": "Roads"},
    {"id": 6, "slug": "bridges", "name": "Bridges", "parent_category_id": 5},
    {"id": 7, "slug": "town", "name": "Town"},
    {"id": 8, "slug": "bridges", "name": "Card game", "parent_category_id": 7},
    {"id": 9, "slug": "staff", "name": "Staff", "read_restricted": True},
]
PAGE = 3
"""Topics on a page of a list."""


@dataclass
class Topic:
    """A topic whose posts are hours apart; post n has the id 100 times the topic's plus n."""

    id: int
    posts: int
    last: datetime
    category: int = 5
    pinned: bool = False
    hours_apart: float = 1.0
    tags: list[str] = field(default_factory=list)

    def post(self, number: int) -> dict[str, Any]:
        at = self.last - timedelta(hours=self.hours_apart * (self.posts - number))
        return {
            "id": 100 * self.id + number, "username": "ines", "name": "", "user_id": 3,
            "created_at": at.isoformat(), "updated_at": at.isoformat(), "version": 1,
            "cooked": f"<p>{self.id}/{number}</p>", "post_number": number, "post_type": 1,
            "topic_id": self.id, "topic_slug": f"topic-{self.id}", "hidden": False,
        }  # fmt: skip

    @property
    def all_posts(self) -> list[dict[str, Any]]:
        return [self.post(number) for number in range(1, self.posts + 1)]

    @property
    def head(self) -> dict[str, Any]:
        return {
            "id": self.id, "title": f"Topic {self.id}", "category_id": self.category,
            "tags": self.tags, "posts_count": self.posts, "highest_post_number": self.posts,
            "last_posted_at": None if self.pinned else self.last.isoformat(),
            "bumped_at": self.last.isoformat(), "created_at": self.post(1)["created_at"],
            "pinned": self.pinned,
        }  # fmt: skip


def town(site: Site) -> list[Topic]:
    """Open the forum that most tests read; its window is two days."""
    topics = [
        Topic(11, posts=65, last=ago(hours=2), tags=["lamps"]),
        Topic(12, posts=3, last=ago(hours=5), category=6),
        Topic(13, posts=25, last=ago(hours=9), hours_apart=0.1),
        Topic(14, posts=2, last=ago(days=9), pinned=True),
        Topic(15, posts=2, last=ago(hours=30)),
        Topic(16, posts=2, last=ago(days=5), tags=["lamps"]),
        Topic(17, posts=2, last=ago(days=6)),
        Topic(18, posts=2, last=ago(days=7)),
        Topic(19, posts=1, last=ago(hours=1), category=7),
    ]
    open_forum(site, *topics)
    open_search(site, [(topics[0], 64), (topics[0], 50), (topics[8], 1)])
    return topics


def numbers(pages: list[Page]) -> dict[int, list[int]]:
    """Return which posts of which topics were read, in order."""
    found: dict[int, list[int]] = {}
    for outcome in outcomes(pages):
        if outcome == Skipped(rule="empty list"):
            continue
        assert isinstance(outcome, Post)
        topic, number = outcome.native_id.split("/t/")[1].split("/")
        found.setdefault(int(topic), []).append(int(number))
    return {topic: sorted(read) for topic, read in found.items()}


def contents_asked(site: Site) -> list[str]:
    """Return what was asked for that holds posts, in order."""
    return [target for target in site.asked if target.startswith(("/t/", "/posts"))]


def told(body: Any, status: int = 200) -> Told:
    return Told(dumps(body), status)


def open_forum(site: Site, *topics: Topic, id_span: int | None = None, a_page: int = PAGE) -> None:
    """Let the site answer as a forum; `id_span` lets `/posts.json` go by ids, as older ones do."""
    posts = {p["id"]: p for topic in topics for p in topic.all_posts}
    by_topic = {topic.id: topic for topic in topics}

    def latest(query: Query) -> Told:
        before = int(query.get("before", [str(max(posts))])[0])
        ids = sorted((i for i in posts if i <= before), reverse=True)
        shown = [i for i in ids if i > before - id_span] if id_span else ids[:10]
        titles = {i: by_topic[posts[i]["topic_id"]].head for i in shown}
        extra = (
            {"topic_title": titles[i]["title"], "category_id": titles[i]["category_id"]}
            for i in shown
        )
        return told(
            {"latest_posts": [{**posts[i], **e} for i, e in zip(shown, extra, strict=True)]}
        )

    def listing(within: list[Topic]) -> Any:
        ordered = sorted(within, key=lambda t: (not t.pinned, -t.last.timestamp()))

        def page(query: Query) -> Told:
            number = int(query.get("page", ["0"])[0])
            shown = ordered[number * a_page : (number + 1) * a_page]
            more = {"more_topics_url": "/next"} if len(ordered) > (number + 1) * a_page else {}
            return told({"topic_list": {"topics": [t.head for t in shown], **more}})

        return page

    def some_posts(topic: Topic) -> Any:
        def answer(query: Query) -> Told:
            wanted = {int(i) for i in query["post_ids[]"]}
            shown = [p for p in topic.all_posts if p["id"] in wanted]
            return told({"post_stream": {"posts": shown}, "id": topic.id})

        return answer

    site.answers |= {
        "/site.json": told({"categories": CATEGORIES}),
        "/posts.json": latest,
        "/c/roads/5/l/latest.json": listing([t for t in topics if t.category in (5, 6)]),
        "/c/roads/bridges/6/l/latest.json": listing([t for t in topics if t.category == 6]),
        "/tag/lamps.json": listing([t for t in topics if "lamps" in t.tags]),
    }
    for topic in topics:
        stream = [p["id"] for p in topic.all_posts]
        first = {"posts": topic.all_posts[:20], "stream": stream}
        site.answers[f"/t/{topic.id}.json"] = told({**topic.head, "post_stream": first})
        site.answers[f"/t/{topic.id}/posts.json"] = some_posts(topic)
        for post in topic.all_posts:
            site.answers[f"/posts/by_number/{topic.id}/{post['post_number']}.json"] = told(post)


def open_search(site: Site, hits: list[tuple[Topic, int]], *, is_endless: bool = False) -> None:
    """Let the forum find these posts, two on a page."""

    def search(query: Query) -> Told:
        number = int(query["page"][0]) - 1
        shown = hits[:2] if is_endless else hits[2 * number : 2 * number + 2]
        more = is_endless or len(hits) > 2 * number + 2
        return told(
            {
                "posts": [
                    {k: topic.post(n)[k] for k in ("id", "topic_id", "created_at", "post_number")}
                    for topic, n in shown
                ],
                "topics": [topic.head for topic, _ in shown],
                "grouped_search_result": {"more_full_page_results": more or None},
            }
        )

    site.answers["/search.json"] = search
