"""What the town says on X: posts, replies, retweets and quotes of nine weeks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any

from samples.forum import DAYS, HOURS
from samples.model import Person
from samples.parts.x.model import Account, Status, Talk, id_of
from samples.phrases import Voice, deck

_ONE_IN = 5
"""X has a fifth of the forum's talk."""
_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")


def talk(texts: Mapping[str, Any], people: Sequence[Person], monday: date, end: datetime) -> Talk:
    """Return everything posted in the nine weeks from the Monday and before the end."""
    rng, own = Random(f"Aberwennol x {monday}"), texts["x"]
    numbers = count(1)
    residents = [p for p in people if p.role == "resident"]
    crowd = [_account(person) for person in rng.sample(residents, 90)]
    official = [
        Account(str(1_700_000_000_000_000_000 + n), o["username"], o["name"], o["verified"])
        for n, o in enumerate(own["organisations"])
    ]
    said = _Said(rng, own, deck(rng, crowd), numbers, [])
    for strand in own["strands"]:
        _strand(said, texts["strands"][strand], texts["common"], monday)
    for text in own["official"]:
        _add(said, official[text["who"]], _moment(rng, monday, text["week"]), text["text"])
    _mishaps(said, monday)
    posts = {p.id: p for p in sorted(said.posts, key=lambda p: int(p.id)) if p.created_at < end}
    found = Talk(
        accounts={a.id: a for a in (*official, *crowd)},
        lists={own["list"]["id"]: tuple(a.id for a in official)},
        # What refers to a post of a later day was not written yet; ids grow with time.
        posts={i: replace(p, history=tuple(h for h in p.history if h in posts))
               for i, p in posts.items()},
    )  # fmt: skip
    gone = next((p.id for p in found.posts.values() if p.text == own["deleted"]["text"]), None)
    if gone:
        found.delete(gone)
    return found


@dataclass
class _Said:
    rng: Random
    own: Mapping[str, Any]
    crowd: Any
    numbers: Any
    posts: list[Status]


def _account(person: Person) -> Account:
    username = re.sub(r"\W", "", person.username)[:15]
    return Account(str(900_000_000_000_000_000 + person.id), username, person.name or username)


def _moment(rng: Random, monday: date, week: int) -> datetime:
    day = monday + timedelta(weeks=week, days=rng.choices(range(7), DAYS)[0])
    clock = time(rng.choices(range(24), HOURS)[0], rng.randrange(60), rng.randrange(60))
    return datetime.combine(day, clock, UTC)


def _add(said: _Said, author: Account, moment: datetime, text: str, **fields: Any) -> Status:
    id_ = id_of(moment, next(said.numbers))
    fields = {"root": id_, "history": (id_,), "likes": said.rng.choice((0, 0, 1, 3, 7)), **fields}
    said.posts.append(Status(id=id_, author=author, created_at=moment, text=text, **fields))
    return said.posts[-1]


def _strand(
    said: _Said, strand: Mapping[str, Any], common: Mapping[str, Any], monday: date
) -> None:
    rng, lang = said.rng, strand.get("lang", "en")
    voice = Voice(rng, strand, common, sum(strand["weekly"]) // _ONE_IN)
    moments = sorted(
        (_moment(rng, monday, week), week)
        for week, talked in enumerate(strand["weekly"])
        for _ in range((talked + rng.randrange(_ONE_IN)) // _ONE_IN)
    )
    earlier: list[Status] = []
    for moment, week in moments:
        text, spoken = voice.reply(week, moment)
        manner = rng.choices(("post", "reply", "retweet", "quote"), (55, 20, 15, 10))[0]
        author, before = next(said.crowd), rng.choice(earlier[-6:]) if earlier else None
        if before is None or manner == "post":
            tag = f" #{rng.choice(said.own['hashtags'])}"
            post = _add(said, author, moment, _short(text) + tag, lang=spoken, **_seen(said))
            earlier.append(post)
        elif manner == "retweet":
            cut = f"RT @{before.author.username}: {before.text}"
            cut = cut if len(cut) <= 140 else f"{cut[:139]}…"
            _add(said, author, moment, cut, lang=before.lang, refers=(("retweeted", before.id),))
        elif manner == "reply":
            answer = f"@{before.author.username} {_short(text)} #Aberwennol"
            fields = {"root": before.root, "refers": (("replied_to", before.id),), "lang": spoken}
            earlier.append(_add(said, author, moment, answer, **fields))
        else:
            words = f"{rng.choice(said.own['quotes'])} #Aberwennol"
            _add(said, author, moment, words, lang=lang, refers=(("quoted", before.id),))


def _short(text: str) -> str:
    plain = _LINK.sub(r"\1 \2", text).replace("\n\n", " ")
    sentences = re.split(r"(?<=[.!?])\s+", plain)
    while len(sentences) > 1 and len(" ".join(sentences)) > 240:
        sentences.pop()
    return " ".join(sentences)[:250]


def _seen(said: _Said) -> dict[str, Any]:
    rng = said.rng
    return {
        "picture": rng.choice(said.own["pictures"]) if rng.random() < 0.12 else None,
        "place": rng.choice(said.own["places"]) if rng.random() < 0.15 else None,
        "has_point": rng.random() < 0.3,
    }


def _mishaps(said: _Said, monday: date) -> None:
    """Add the edited, the withheld, the deleted and the long one."""
    own, rng = said.own, said.rng
    for name in ("deleted", "long", "withheld"):
        moment = _moment(rng, monday, own[name]["week"])
        where = ("GB", "IE") if name == "withheld" else ()
        _add(said, next(said.crowd), moment, own[name]["text"], withheld_in=where)
    moment = _moment(rng, monday, own["edited"]["week"])
    first = _add(said, next(said.crowd), moment, own["edited"]["before"])
    later = _add(said, first.author, moment + timedelta(minutes=8), own["edited"]["after"])
    history = (first.id, later.id)
    said.posts[-2:] = [replace(p, history=history, root=first.id) for p in (first, later)]
