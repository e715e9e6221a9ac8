"""The forum's topics: every strand of talk, week by week, with all that happens on a real forum."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from random import Random
from typing import Any

from samples.cooking import cook
from samples.model import Category, Person, Post, Topic
from samples.phrases import Voice, deck

HOURS = (1, 0, 0, 0, 0, 1, 4, 9, 10, 6, 5, 5, 8, 7, 5, 6, 7, 8, 10, 13, 15, 13, 9, 4)
DAYS = (10, 10, 10, 10, 11, 9, 9)
HIDDEN = "This post was flagged by the community and is temporarily hidden."
EMOJI = (":slight_smile:", ":grimacing:", ":pray:", ":seedling:", ":sweat_smile:")
MOVED = "Moved some posts to the topic about gulls. There is always a topic about gulls."
DELETED = "(post deleted by author)"
FIRST_WEEK = date(2020, 1, 6)


def categories(texts: Mapping[str, Any]) -> list[Category]:
    """Return the forum's categories."""
    return [Category(**c) for c in texts["forum"]["categories"]]


def topics(
    rng: Random, texts: Mapping[str, Any], people: Sequence[Person], monday: date
) -> list[Topic]:
    """Return all topics of the nine weeks from the Monday, numbered, quoted and cooked."""
    found: list[Topic] = []
    for strand in texts["strands"].values():
        crowd = [p for p in people if p.role == "resident"]
        talk = _Talk(
            rng=rng,
            strand=strand,
            voice=Voice(rng, strand, texts["common"], sum(strand["weekly"])),
            crowd=deck(rng, rng.sample(crowd, strand.get("crowd", 60))),
            staff=people,
            categories={c.slug: c for c in categories(texts)},
        )
        found += _strand(talk, monday)
    _spam(rng, texts["forum"]["spam"], people, found, monday)
    for topic in found:
        _mishaps(rng, topic, people)
    return _numbered(rng, found, monday)


def moments(rng: Random, strand: Mapping[str, Any], monday: date) -> list[tuple[int, datetime]]:
    """Return when the strand's posts are written: week and time, in order."""
    found = []
    for week, count in enumerate(strand["weekly"]):
        days = strand.get("days", {}).get(week, DAYS)
        for _ in range(count):
            day = monday + timedelta(weeks=week, days=rng.choices(range(7), days)[0])
            clock = time(rng.choices(range(24), HOURS)[0], rng.randrange(60), rng.randrange(60))
            found.append((week, datetime.combine(day, clock, UTC)))
    return sorted(found)


@dataclass(frozen=True)
class _Talk:
    """All that one strand's topics are made from."""

    rng: Random
    strand: Mapping[str, Any]
    voice: Voice
    crowd: Iterator[Person]
    staff: Sequence[Person]
    categories: Mapping[str, Category]


def _strand(talk: _Talk, monday: date) -> list[Topic]:
    """Return the strand's topics: at each moment one is opened, or one that is alive answered."""
    due = sorted(talk.strand["threads"], key=lambda t: t["weeks"][0])
    opened: list[tuple[Mapping[str, Any], Topic]] = []
    for week, moment in moments(talk.rng, talk.strand, monday):
        alive = [(thread, topic) for thread, topic in opened if thread["weeks"][1] >= week]
        if due and due[0]["weeks"][0] <= week and (not alive or talk.rng.random() < 0.45):
            thread = due.pop(0)
            opened.append((thread, _opened(talk, thread, moment)))
        elif alive:
            weights = [thread.get("weight", 1) for thread, _ in alive]
            thread, topic = talk.rng.choices(alive, weights)[0]
            written = thread.get("replies", [])
            topic.posts.append(_answer(talk, topic, written, week, moment))
    return [topic for _, topic in opened]


def _opened(talk: _Talk, thread: Mapping[str, Any], moment: datetime) -> Topic:
    author = talk.staff[thread["staff"]] if "staff" in thread else next(talk.crowd)
    first = Post(
        author=author,
        created_at=moment,
        raw=talk.voice.opening(thread["opening"], moment),
        lang=talk.strand.get("lang", "en"),
        likes=talk.rng.choice((0, 1, 2, 3, 5, 8)),
    )
    return Topic(
        title=thread["title"],
        slug=slug_of(thread["title"]),
        category=talk.categories[talk.strand["category"]],
        tags=tuple(dict.fromkeys(talk.strand["tags"] + thread.get("tags", []))),
        posts=[first],
        is_pinned=thread.get("pinned", False),
    )


def _answer(talk: _Talk, topic: Topic, written: Sequence[str], week: int, moment: datetime) -> Post:
    rng, said = talk.rng, len(topic.posts) - 1
    if said < len(written):
        text, lang = talk.voice.opening(written[said], moment), topic.posts[0].lang
    else:
        text, lang = talk.voice.reply(week, moment)
    talked = [p.author for p in topic.posts if p.author != topic.posts[-1].author]
    author = rng.choice(talked) if talked and rng.random() < 0.3 else next(talk.crowd)
    post = Post(author, moment, text, lang=lang, likes=rng.choice((0, 0, 0, 1, 1, 2, 4)))
    earlier = rng.choice(topic.posts[-5:])
    manner = rng.choices(("quote", "reply", "mention", "none"), (16, 26, 8, 50))[0]
    if manner in ("quote", "reply"):
        post.answers = earlier
    if manner == "quote":
        post.quote = _sentence(earlier.raw)
    if manner == "mention" and earlier.author != author:
        post.raw = f"@{earlier.author.username} {post.raw}"
    if rng.random() < 0.06:
        post.raw += " " + rng.choice(EMOJI)
    return post


def _sentence(raw: str) -> str:
    plain = re.sub(r"\[([^\]]+)\]\([^)]+\)|:[a-z_]+:|https?://\S+", r"\1", raw)
    plain = re.sub(r"@(\w)", r"\1", plain)
    sentences = re.split(r"(?<=[.!?])\s+", plain.strip())
    return max(sentences[:2], key=len) or "…"


def _spam(
    rng: Random,
    spam: Sequence[Mapping[str, Any]],
    people: Sequence[Person],
    found: Sequence[Topic],
    monday: date,
) -> None:
    """Put each text, word for word, into several topics alive in its week."""
    by_username = {p.username: p for p in people}
    for copy in spam:
        start = datetime.combine(monday + timedelta(weeks=copy["week"]), time(), UTC)
        since, until = start, start + timedelta(days=6)
        alive = [t for t in found if any(since <= p.created_at < until for p in t.posts)]
        for topic in rng.sample(alive, copy["times"]):
            heard = next(p for p in topic.posts if since <= p.created_at < until)
            moment = heard.created_at + timedelta(minutes=rng.randint(5, 600))
            topic.posts.append(Post(by_username[copy["author"]], moment, copy["text"]))
            topic.posts.sort(key=attrgetter("created_at"))


def _mishaps(rng: Random, topic: Topic, people: Sequence[Person]) -> None:
    for post in topic.posts[1:]:
        dice = rng.random()
        post.is_deleted = dice < 0.02
        if 0.02 <= dice < 0.027:
            post.is_deleted_by_author, post.raw, post.quote = True, DELETED, None
        post.is_hidden = 0.027 <= dice < 0.031
        if 0.031 <= dice < 0.11:
            post.version = rng.choice((2, 2, 3))
            post.updated_at += timedelta(minutes=rng.randint(2, 170))
    last = topic.posts[-1].created_at
    if topic.is_pinned:
        topic.posts.append(_small(people[0], topic.posts[0].created_at, "pinned.enabled"))
    if len(topic.posts) > 12 and rng.random() < 0.2:
        moment = topic.posts[9].created_at + timedelta(minutes=3)
        topic.posts.insert(10, Post(people[0], moment, MOVED, kind="moderator"))
    if rng.random() < 0.1:
        topic.posts.append(_small(people[1], last + timedelta(days=3), "closed.enabled"))
    topic.posts.sort(key=attrgetter("created_at"))


def _small(author: Person, moment: datetime, action: str) -> Post:
    return Post(author, moment + timedelta(seconds=40), "", kind="small action", action=action)


def _numbered(rng: Random, found: list[Topic], monday: date) -> list[Topic]:
    """Give ids in the order of writing, other ones each week, so that no two weeks' towns mix."""
    weeks = (monday - FIRST_WEEK).days // 7
    found.sort(key=lambda t: t.posts[0].created_at)
    for index, topic in enumerate(found):
        topic.id = weeks * 200 + index + 1
        for number, post in enumerate(topic.posts, 1):
            post.topic_id, post.number = topic.id, number
    post_id = weeks * 4000
    for post in sorted((p for t in found for p in t.posts), key=attrgetter("created_at")):
        post_id += 1 if rng.random() < 0.93 else 3
        post.id = post_id
    for topic in found:
        for post in topic.posts:
            _cook(post)
    return found


def _cook(post: Post) -> None:
    quoted = post.answers
    if post.quote and quoted and not quoted.is_deleted:
        head = f'[quote="{quoted.author.username}, post:{quoted.number}, topic:{quoted.topic_id}"]'
        post.raw = f"{head}\n{post.quote}\n[/quote]\n\n{post.raw}"
    post.cooked = cook(HIDDEN if post.is_hidden else post.raw)


def slug_of(title: str) -> str:
    """Return the title as a part of an address."""
    plain = title.lower().translate(str.maketrans("âêîôûŵŷáéíóúäöüł", "aeiouwyaeiouaoul"))
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-") or "topic"
