"""The invented town of Aberwennol: who lives there and what they wrote until yesterday."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from samples import forum, papers
from samples.cooking import cook
from samples.model import Category, Item, Person, Post, Topic
from samples.parts.flickr import talk as flickr_talk
from samples.parts.flickr.model import Talk as FlickrTalk
from samples.parts.mastodon import talk as mastodon_talk
from samples.parts.phpbb.talk import Board, build_board
from samples.parts.reddit import talk as reddit_talk
from samples.parts.x import talk as x_talk
from samples.parts.x.model import Talk as XTalk
from samples.phrases import read_texts
from samples.residents import residents

WEEKS = 9
"""Eight complete ISO weeks and the running one."""


@dataclass
class Town:
    """Everything public in the town; `posts` leaves out what was deleted."""

    today: date
    people: dict[int, Person]
    categories: list[Category]
    topics: dict[int, Topic]
    articles: list[Item]
    comments: list[Item]
    news: list[Item]
    notices: list[Item]
    x: XTalk
    reddit: reddit_talk.Community
    phpbb: Board
    flickr: FlickrTalk
    mastodon: mastodon_talk.Talk
    posts: dict[int, Post] = field(init=False)

    def __post_init__(self) -> None:
        self.posts = {p.id: p for t in self.topics.values() for p in t.posts if not p.is_deleted}

    def delete_post(self, post_id: int, *, by_author: bool = False) -> None:
        """Take a forum post away, with a topic's first post the whole topic.

        An author's own deletion leaves a placeholder behind.
        """
        post = self.posts[post_id]
        if by_author:
            post.is_deleted_by_author = True
            self.edit_post(post_id, forum.DELETED)
        elif post.number == 1:
            for gone in self.topics.pop(post.topic_id).shown:
                del self.posts[gone.id]
        else:
            post.is_deleted = True
            del self.posts[post_id]

    def edit_post(self, post_id: int, raw: str) -> None:
        """Give a forum post a new text, one version later."""
        post = self.posts[post_id]
        post.raw, post.cooked = raw, cook(raw)
        post.version += 1
        post.updated_at += timedelta(minutes=5)

    def delete_comment(self, native_id: str) -> None:
        """Take a comment of the blog away."""
        self.comments = [c for c in self.comments if c.native_id != native_id]


def build_town(today: date) -> Town:
    """Return the town as it stands at 00:00 UTC of the day.

    Within one ISO week a later day only adds to an earlier one: same ids, same texts.
    """
    monday = today - timedelta(days=today.weekday()) - timedelta(weeks=WEEKS - 1)
    end = datetime.combine(today, time(), UTC)
    rng = Random(f"Aberwennol {monday}")
    texts = read_texts()
    people = residents(texts["people"])
    topics = forum.topics(rng, texts, people, monday)
    articles = papers.articles(rng, texts, monday)
    comments = papers.comments(rng, texts, people, articles)
    news, notices = papers.news(rng, texts, monday)
    return Town(
        today=today,
        people={p.id: p for p in people},
        categories=forum.categories(texts),
        topics={t.id: t for t in (_until(t, end) for t in topics) if t.posts},
        articles=_items_until(articles, end),
        comments=_items_until(comments, end),
        news=_items_until(news, end),
        notices=_items_until(notices, end),
        x=x_talk.talk(texts, people, monday, end),
        reddit=reddit_talk.talk(today),
        phpbb=build_board(texts, monday, today),
        flickr=flickr_talk.talk(texts, people, monday, end),
        mastodon=mastodon_talk.talk(texts, people, monday, end),
    )


def _until(topic: Topic, end: datetime) -> Topic:
    topic.posts = [p for p in topic.posts if p.created_at < end]
    for post in topic.posts:
        if post.updated_at >= end:
            post.updated_at, post.version = post.created_at, 1
    topic.is_closed = any(p.action == "closed.enabled" for p in topic.posts)
    return topic


def _items_until(items: list[Item], end: datetime) -> list[Item]:
    kept = [i for i in items if i.created_at < end]
    return sorted(kept, key=lambda i: (i.created_at, i.native_id), reverse=True)
