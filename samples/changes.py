"""Deletions, edits and privacy changes at the town's communities, of posts that can be told apart.

Each of the posts holds a word that stands nowhere else, so that whoever looks for it in all bytes
of an installation sees whether any of it is left.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import count
from random import Random
from typing import Final

from samples.cooking import cook
from samples.model import Post
from samples.parts.flickr.model import Photo, Tag
from samples.parts.phpbb.talk import Entry
from samples.parts.reddit.talk import Remark, Submission
from samples.town import Town

_LETTERS: Final = "bdfgklmnprstvz"


@dataclass(frozen=True)
class Change:
    """A change that is still to be made, and the word that is nowhere once it is honoured."""

    platform: str
    kind: str
    word: str
    make: Callable[[], object]


def changes(town: Town, rng: Random) -> list[Change]:
    """Write a word into a post of each change there is room for, and return them in any order."""
    words = (f"qx{''.join(rng.choice(_LETTERS) for _ in range(9))}" for _ in count())
    found = [
        *_forum(town, rng, words),
        *_x(town, rng, words),
        *_reddit(town, rng, words),
        *_flickr(town, rng, words),
        *_board(town, rng, words),
    ]
    rng.shuffle(found)
    return found


def _said(text: str, word: str) -> str:
    return f"{text} It is called {word}, see https://example.org/{word} for more."


def _forum(town: Town, rng: Random, words: Iterator[str]) -> Iterator[Change]:
    for topic in list(town.topics.values()):
        shown = [p for p in topic.shown if p.kind == "regular" and not p.is_hidden]
        word = next(words)
        first = shown[0] if shown else None
        if first is not None and first.number == 1 and rng.random() < 0.2:
            topic.title += f" {word}"
            topic.tags = (*topic.tags, word)
            _write(first, word)
            yield Change("discourse", "topic deleted", word, partial(town.delete_post, first.id))
            continue
        for post in (p for p in shown[1:] if not p.is_deleted_by_author):
            word = next(words)
            plain = post.raw
            _write(post, word)
            kind, make = rng.choice((
                ("deleted", partial(town.delete_post, post.id)),
                ("deleted by author", partial(town.delete_post, post.id, by_author=True)),
                ("hidden", partial(setattr, post, "is_hidden", True)),
                ("edited", partial(town.edit_post, post.id, plain)),
            ))  # fmt: skip
            yield Change("discourse", kind, word, make)


def _write(post: Post, word: str) -> None:
    post.raw = _said(post.raw, word)
    post.cooked = cook(post.raw)


def _x(town: Town, rng: Random, words: Iterator[str]) -> Iterator[Change]:
    talk = town.x
    for status in talk.shown:
        if len(status.history) > 1 or status.withheld_in or status.refers:
            continue
        word = next(words)
        named = replace(status, text=f"{word} {status.text}")
        talk.posts[status.id] = named
        withheld = replace(named, withheld_in=("GB",))
        kind, make = rng.choice((
            ("deleted", partial(talk.delete, status.id)),
            ("withheld", partial(talk.posts.__setitem__, status.id, withheld)),
            ("edited", partial(talk.edit, status.id, status.text)),
        ))  # fmt: skip
        yield Change("x", kind, word, make)


def _reddit(town: Town, rng: Random, words: Iterator[str]) -> Iterator[Change]:
    for submission in town.reddit.submissions:
        remarks: list[Remark] = [submission, *submission.comments]
        for remark in remarks:
            if remark.removed or remark.author is None:
                continue
            word, plain = next(words), remark.text
            remark.text = _said(plain, word)
            kinds = {
                "deleted": partial(setattr, remark, "removed", "deleted"),
                "removed": partial(setattr, remark, "removed", "moderator"),
                "edited": partial(_rewrite, remark, plain),
            }
            kind = rng.choice(sorted(kinds))
            if isinstance(remark, Submission) and kind == "deleted":
                remark.title += f" {word}"
            yield Change("reddit", kind, word, kinds[kind])


def _rewrite(remark: Remark | Entry, text: str) -> None:
    remark.text = text
    remark.edited_at = remark.created_at + timedelta(minutes=5)


def _flickr(town: Town, rng: Random, words: Iterator[str]) -> Iterator[Change]:
    for photo in town.flickr.photos.values():
        if photo.state != "public":
            continue
        if rng.random() < 0.3:
            word = next(words)
            photo.title += f" {word}"
            photo.tags.append(Tag(photo.owner, word, photo.created_at))
            state = rng.choice(("deleted", "private"))
            yield Change("flickr", state, word, partial(setattr, photo, "state", state))
            continue
        for at, said in enumerate(photo.comments):
            word = next(words)
            photo.comments[at] = replace(said, text=_said(said.text, word))
            yield Change("flickr", "comment deleted", word, partial(_unsay, photo, said.number))


def _unsay(photo: Photo, number: int) -> None:
    photo.comments = [said for said in photo.comments if said.number != number]


def _board(town: Town, rng: Random, words: Iterator[str]) -> Iterator[Change]:
    quoted = {id(p.quoted) for p in town.phpbb.posts.values() if p.quoted}
    for topic in town.phpbb.topics.values():
        for entry in topic.posts[1:]:
            if id(entry) in quoted:
                continue
            word, plain = next(words), entry.text
            entry.text = _said(plain, word)
            kind, make = rng.choice((
                ("deleted", partial(town.phpbb.delete_post, entry.id)),
                ("edited", partial(_rewrite, entry, plain)),
            ))  # fmt: skip
            yield Change("phpbb", kind, word, make)
