"""The town's pictures on Flickr, and what people tag, pin and say below them in nine weeks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any

from samples.forum import HOURS
from samples.model import Person
from samples.parts.flickr.model import Account, Photo, Said, Tag, Talk
from samples.phrases import Voice, deck, fill

_FIRST_WEEK = date(2020, 1, 6)
_IDS_A_WEEK = 1000
_MUSEUM_IDS = 52_990_000_001
"""The first; the museum's register names its photos, so they are the same every week."""


def talk(texts: Mapping[str, Any], people: Sequence[Person], monday: date, end: datetime) -> Talk:
    """Return every photo put up before the end, with the tags, notes and comments until then."""
    rng, own = Random(f"Aberwennol flickr {monday}"), texts["flickr"]
    residents = [person for person in people if person.role == "resident"]
    crowd = [Account(f"{90_100_000 + p.id}@N{p.id % 9:02}", p.username) for p in residents]
    museum = Account(**own["museum"])
    made = _Made(
        rng, texts, deck(rng, rng.sample(crowd, 45)), museum, monday,
        count(_MUSEUM_IDS),
        count(53_000_000_000 + (monday - _FIRST_WEEK).days // 7 * _IDS_A_WEEK),
        count(72_150_200_000_000_000 + (monday - _FIRST_WEEK).days * 1000),
    )  # fmt: skip
    photos = [_of_museum(made, written) for written in own["objects"]]
    photos += _of_streets(made)
    there = [_until(photo, end) for photo in photos if photo.created_at < end]
    there.sort(key=lambda photo: photo.created_at, reverse=True)
    return Talk({photo.id: photo for photo in there}, museum, own["group"], own["album"])


@dataclass(frozen=True)
class _Made:
    """All that photos are made from; ids are given in the order of the texts."""

    rng: Random
    texts: Mapping[str, Any]
    crowd: Iterator[Account]
    museum: Account
    monday: date
    museum_ids: Iterator[int]
    photo_ids: Iterator[int]
    numbers: Iterator[int]

    def moment(self, week: int) -> datetime:
        """Return a time of that week."""
        clock = time(self.rng.choices(range(24), HOURS)[0], self.rng.randrange(60))
        day = self.monday + timedelta(weeks=week, days=self.rng.randrange(7))
        return datetime.combine(day, clock, UTC)

    def later(self, moment: datetime) -> datetime:
        """Return a time within nine days of the moment."""
        return moment + timedelta(minutes=self.rng.randint(12, 9 * 24 * 60))

    def said(self, text: str, moment: datetime) -> Said:
        """Return what somebody says at that moment."""
        return Said(next(self.numbers), next(self.crowd), text, moment)


def _of_museum(made: _Made, written: Mapping[str, Any]) -> Photo:
    """Return a photo of the museum's; what people add comes in the nine weeks, years later."""
    rng, number, how = made.rng, written.get("object"), written["how"]
    up = made.moment(written.get("week", 0)) - timedelta(days=365 * written.get("years", 0))
    own = [*written["tags"], *([f"aberwennol:object={number}"] if how == "tag" else [])]
    about = f"Object number: {number}\n\n" if how == "text" else ""

    def since() -> datetime:
        return made.moment(rng.randint(0, 8)) if "years" in written else made.later(up)

    return Photo(
        id=str(next(made.museum_ids)),
        owner=made.museum,
        title=written["title"],
        about=f"{about}<b>{written['about']}</b>\n\n{made.texts['flickr']['closing']}",
        created_at=up,
        licence=7,
        tags=[Tag(made.museum, raw, up) for raw in own]
        + [Tag(next(made.crowd), raw, since()) for raw in written["theirs"]],
        comments=sorted((made.said(t, since()) for t in written["said"]), key=_when),
        notes=sorted((made.said(t, since()) for t in written.get("notes", ())), key=_when),
        taken=written.get("taken", "0000-00-00 00:00:00"),
        granularity=written.get("granularity", 0),
        in_album=written.get("album", False),
        views=rng.randint(300, 9000),
        faves=rng.randint(0, 60),
    )


def _of_streets(made: _Made) -> Iterator[Photo]:
    rng, texts = made.rng, made.texts
    voices: dict[str, Voice] = {}
    for written in texts["flickr"]["streets"]:
        name, up = written["strand"], made.moment(written["week"])
        strand = {**texts["strands"][name], "whole": []}
        voice = voices.setdefault(name, Voice(rng, strand, texts["common"], 40))
        owner = next(made.crowd)
        moments = sorted(made.later(up) for _ in range(rng.choice((0, 0, 1, 1, 2, 3))))
        state = [name for name in ("private", "deleted") if written.get(name)]
        yield Photo(
            id=str(next(made.photo_ids)),
            owner=owner,
            title=written["title"],
            about=fill(rng, written["about"], texts["common"]["slots"], up),
            created_at=up,
            licence=rng.choice((0, 0, 0, 4, 5, 2, 11)),
            tags=[Tag(owner, raw, up) for raw in written["tags"]],
            comments=[made.said(voice.reply(written["week"], m)[0], m) for m in moments],
            taken=f"{up - timedelta(minutes=rng.randint(3, 300)):%Y-%m-%d %H:%M:%S}",
            at=tuple(written["at"]) if "at" in written else None,
            in_pool=up + timedelta(minutes=rng.randint(1, 90)),
            state=state[0] if state else "public",
            views=rng.randint(3, 160),
            faves=rng.choice((0, 0, 1, 2, 5)),
        )


def _until(photo: Photo, end: datetime) -> Photo:
    photo.tags = [tag for tag in photo.tags if tag.created_at < end]
    photo.comments = [said for said in photo.comments if said.created_at < end]
    photo.notes = [said for said in photo.notes if said.created_at < end]
    if photo.in_pool and photo.in_pool >= end:
        photo.in_pool = None
    return photo


def _when(said: Said) -> datetime:
    return said.created_at
