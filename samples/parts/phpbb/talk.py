"""What the allotment society writes on its board: three forums, nine weeks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from random import Random
from typing import Any

from samples.forum import FIRST_WEEK, moments
from samples.phrases import Voice, deck

_SMILIES = ("", "", "", "", " :)", " ;)")


@dataclass(frozen=True)
class Member:
    """Who writes; guests have no number."""

    name: str
    id: int | None = None
    signature: str | None = None


@dataclass(frozen=True)
class Forum:
    """A forum of the board."""

    id: int
    name: str
    description: str


@dataclass
class Entry:
    """A post; `quoted` is what it quotes."""

    author: Member
    created_at: datetime
    text: str
    quoted: "Entry | None" = None
    edited_at: datetime | None = None
    lang: str = "en"
    id: int = 0


@dataclass
class Topic:
    """A topic with the posts that are shown; `moved_from` is where a shadow of it was left."""

    title: str
    forum: Forum
    posts: list[Entry]
    is_sticky: bool = False
    is_locked: bool = False
    moved_from: int | None = None
    poll: Sequence[str] = ()
    id: int = 0


@dataclass
class Board:
    """Everything a guest of the board may see at the end of a day."""

    title: str
    today: date
    forums: list[Forum]
    topics: dict[int, Topic] = field(default_factory=dict)

    @property
    def posts(self) -> dict[int, Entry]:
        """The posts that are shown, by their ids."""
        return {post.id: post for topic in self.topics.values() for post in topic.posts}

    def topic_of(self, post_id: int) -> Topic | None:
        """Return the topic that shows the post."""
        shown = (t for t in self.topics.values() if any(p.id == post_id for p in t.posts))
        return next(shown, None)

    def delete_post(self, post_id: int) -> None:
        """Take a post away, with a topic's only post the whole topic."""
        topic = self.topic_of(post_id)
        if topic is None:
            raise KeyError(post_id)
        topic.posts = [post for post in topic.posts if post.id != post_id]
        if not topic.posts:
            del self.topics[topic.id]


def build_board(texts: Mapping[str, Any], monday: date, today: date) -> Board:
    """Return the board as it stands at 00:00 UTC of a day in the nine weeks from the Monday."""
    rng = Random(f"Aberwennol phpbb {monday}")
    said = texts["phpbb"]
    members = [
        Member(name, number, rng.choice((None, None, *said["signatures"])))
        for number, name in enumerate([said["moderator"], *said["members"]], 2)
    ]
    forums = [Forum(f["id"], f["name"], f["description"]) for f in said["forums"]]
    topics: list[Topic] = []
    for forum, talk in zip(forums, said["forums"], strict=True):
        topics += _forum_topics(rng, texts, talk, forum, members, monday)
    _number(rng, topics, monday)
    _delete_one(rng, topics)
    end = datetime.combine(today, time(), UTC)
    for topic in topics:
        topic.posts = [post for post in topic.posts if post.created_at < end]
        for post in topic.posts:
            if post.edited_at and post.edited_at >= end:
                post.edited_at = None
    return Board(said["title"], today, forums, {t.id: t for t in topics if t.posts})


def _forum_topics(
    rng: Random,
    texts: Mapping[str, Any],
    talk: Mapping[str, Any],
    forum: Forum,
    members: Sequence[Member],
    monday: date,
) -> Iterator[Topic]:
    """Yield the forum's topics: at each moment one is opened, or one that is alive answered."""
    guests = [Member(name) for name in texts["phpbb"]["guests"]]
    crowd = deck(rng, [*members[1:], *guests])
    turns = sum(talk["weekly"])
    welsh = {"says": texts["phpbb"]["says_cy"], "lang": "cy"}
    voices = {
        "en": Voice(rng, talk, texts["common"], turns),
        "cy": Voice(
            rng, {**welsh, "reacts": ["Cytuno."], "ends": ["Hwyl!"]}, texts["common"], turns
        ),
    }
    due = sorted(talk["threads"], key=lambda thread: thread["weeks"][0])
    opened: list[tuple[Mapping[str, Any], Topic]] = []
    for week, moment in moments(rng, talk, monday):
        alive = [o for o in opened if o[0]["weeks"][1] >= week and not o[0].get("sticky")]
        is_due = bool(due) and due[0]["weeks"][0] <= week
        if is_due and (not alive or rng.random() < 0.4):
            thread = due.pop(0)
            author = members[0] if thread.get("staff") else next(crowd)
            text = voices["en"].opening(thread["opening"], moment)
            opened.append((thread, _topic(thread, forum, Entry(author, moment, text))))
        elif alive:
            thread, topic = rng.choices(alive, [o[0].get("weight", 1) for o in alive])[0]
            voice = voices[thread.get("lang", "en")]
            topic.posts.append(_answer(rng, thread, topic, voice, next(crowd), week, moment))
    yield from (topic for _, topic in opened)


def _topic(thread: Mapping[str, Any], forum: Forum, first: Entry) -> Topic:
    first.lang = thread.get("lang", "en")
    return Topic(
        title=thread["title"],
        forum=forum,
        posts=[first],
        is_sticky=thread.get("sticky", False),
        is_locked=thread.get("locked", False),
        moved_from=thread.get("moved_from"),
        poll=thread.get("poll", ()),
    )


def _answer(
    rng: Random,
    thread: Mapping[str, Any],
    topic: Topic,
    voice: Voice,
    author: Member,
    week: int,
    moment: datetime,
) -> Entry:
    written, said = thread.get("replies", []), len(topic.posts) - 1
    if said < len(written):
        text = voice.opening(written[said], moment)
    else:
        text = voice.reply(week, moment)[0]
    entry = Entry(author, moment, text + rng.choice(_SMILIES), lang=topic.posts[0].lang)
    if rng.random() < 0.25:
        entry.quoted = rng.choice(topic.posts[-4:])
    if rng.random() < 0.08:
        entry.edited_at = moment + timedelta(minutes=rng.randint(3, 90))
    return entry


def _number(rng: Random, topics: list[Topic], monday: date) -> None:
    """Give ids in the order of writing, other ones each week, so that no two weeks' boards mix."""
    weeks = (monday - FIRST_WEEK).days // 7
    topics.sort(key=lambda topic: topic.posts[0].created_at)
    for number, topic in enumerate(topics, 1):
        topic.id = weeks * 40 + number
    post_id = weeks * 500
    for post in sorted((p for t in topics for p in t.posts), key=attrgetter("created_at")):
        post_id += rng.choice((1, 1, 1, 2))
        post.id = post_id


def _delete_one(rng: Random, topics: Sequence[Topic]) -> None:
    """Take away a post of the first weeks that nobody quotes."""
    quoted = {id(p.quoted) for t in topics for p in t.posts if p.quoted}
    long = next(topic for topic in topics if len(topic.posts) > 5)
    long.posts.remove(rng.choice([p for p in long.posts[1:] if id(p) not in quoted]))
