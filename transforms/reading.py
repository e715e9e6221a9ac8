"""A batch of posts, read once for all that looks for ties: its words as numbers, by place."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from pandas import DataFrame

from contract.batch import values_of
from contract.context import REPLIES as REPLIES
from transforms.ranges import Indexes
from transforms.tokens import tokens_in
from transforms.words import (
    BREAK,
    NO_WORD,
    Lexicon,
    Numbers,
    language_of,
    lexicon,
    spaced_tag,
)

WHERE = ("title", "text", "thread title", "tag")
"""The places of a post; those of its author's running words come first."""
TITLE, TEXT, THREAD_TITLE, TAG = range(4)
_ID = ("platform", "native_id", "url")


@dataclass(frozen=True)
class Reading:
    """The words of a batch, place by place: of each post its title, its text and its tags."""

    keys: list[str]
    """By post; one without a key gets no ties."""
    langs: list[str | None]
    links: list[Any]
    """By post, like `langs`."""
    lexicon: Lexicon
    begins: Numbers
    """By token, where in its place's text it stands; the words among them are those at
    `origins`."""
    ends: Numbers
    origins: Numbers
    numbers: Numbers
    """By word, its number in the lexicon."""
    first_tokens: Numbers
    """By place; and the end of the last one."""
    starts: Numbers
    """By place, its first word; and the end of the last one."""
    posts: Numbers
    """By place, its post as a row of the batch."""
    where: Numbers
    """By place, what it is, as an index of WHERE."""
    texts: list[str]
    """By place."""
    breaks: Numbers
    """Words before which a sentence ends."""
    communities: list[str | None] = field(default_factory=list)
    """By post, the name of its community."""
    parents: list[str | None] = field(default_factory=list)
    """By post, the beginning of what it answers; only of short replies."""
    ids: list[tuple[str, str, str | None]] = field(default_factory=list)
    """By post, its platform, its id there and its address."""
    post_places: list[str | None] = field(default_factory=list)
    """By post, where it is about or was made, as the platform says."""

    @cached_property
    def places(self) -> Numbers:
        """By word, its place."""
        return np.repeat(np.arange(len(self.texts), dtype=np.int32), np.diff(self.starts))

    def folded(self, start: int, end: int) -> list[str]:
        """Return the folded words from `start` up to, not including, `end`."""
        return [self.lexicon.words[number] for number in self.numbers[start:end].tolist()]

    def said(self) -> list[list[str]]:
        """Return by post the folded words of its title and text, which follow each other."""
        words = list(map(self.lexicon.words.__getitem__, self.numbers.tolist()))
        is_said = np.flatnonzero(self.where != TAG)
        posts = self.posts[is_said]
        begins, ends = np.zeros((2, len(self.keys)), np.int32)
        begins[posts[::-1]] = self.starts[is_said][::-1]
        ends[posts] = self.starts[is_said + 1]
        spans = zip(begins.tolist(), ends.tolist(), strict=True)
        return [words[begin:end] for begin, end in spans]

    def spans(self, starts: Indexes, ends: Indexes) -> list[tuple[int, int]]:
        """Return where in its place's text each range of words is written."""
        begins = self.begins[self.origins[starts]].tolist()
        return list(zip(begins, self.ends[self.origins[ends - 1]].tolist(), strict=True))

    def written(self, place: int, first: int, end: int) -> list[str]:
        """Return as written the tokens of a place from `first` up to, not including, `end`."""
        text = self.texts[place]
        spans = zip(self.begins[first:end].tolist(), self.ends[first:end].tolist(), strict=True)
        return [text[slice(*span)] for span in spans]

    def found(self, starts: Indexes, ends: Indexes) -> list[str]:
        """Return how each range of words is written.

        One that goes on in the next place is joined by the end of a line.
        """
        places = self.places[starts]
        stops = np.minimum(ends, self.starts[places + 1])
        texts = map(self.texts.__getitem__, places.tolist())
        spans = self.spans(starts, stops)
        found = [text[begin:end] for text, (begin, end) in zip(texts, spans, strict=True)]
        for at in np.flatnonzero(stops < ends).tolist():
            (begin, _), (_, end) = self.spans(
                np.array([starts[at], stops[at]]), np.array([stops[at], ends[at]])
            )
            place = int(places[at])
            found[at] = f"{self.texts[place][begin:]}\n{self.texts[place + 1][:end]}"
        return found


def read(posts: DataFrame | Reading) -> Reading:
    """Return the words of the posts: of title, text and tags, for each post in this order."""
    if isinstance(posts, Reading):
        return posts
    of, where, texts = [], [], []
    columns = (posts[name].tolist() for name in ("kind", "title", "text", "tags"))
    for row, (kind, title, text, tags) in enumerate(zip(*columns, strict=True)):
        places = []
        if isinstance(title, str):
            places.append((THREAD_TITLE if kind in REPLIES else TITLE, title))
        if isinstance(text, str):
            places.append((TEXT, text))
        if isinstance(tags, tuple | list):
            places += [(TAG, spaced_tag(tag.tag)) for tag in tags]
        for what, written in places:
            of.append(row)
            where.append(what)
            texts.append(written)
    current = lexicon()
    numbers, begins, ends, counts = tokens_in(texts, current)
    firsts = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    is_word = numbers > NO_WORD
    before = np.concatenate(([0], np.cumsum(is_word))).astype(np.int32)
    return Reading(
        keys=posts["post_key"].tolist(),
        langs=_languages(posts["lang"].tolist()),
        links=posts["links"].tolist(),
        lexicon=current,
        begins=begins,
        ends=ends,
        origins=np.flatnonzero(is_word).astype(np.int32),
        numbers=numbers[is_word],
        first_tokens=firsts,
        starts=before[firsts],
        posts=np.array(of, np.int32),
        where=np.array(where, np.int32),
        texts=texts,
        breaks=before[:-1][numbers == BREAK],
        communities=_told(posts, "community_name"),
        parents=_told(posts, "parent_text"),
        ids=list(zip(*(_told(posts, name) for name in _ID), strict=True)),
        post_places=_told(posts, "place"),
    )


def _told(posts: DataFrame, name: str) -> list[Any]:
    """Return by post what a column says; None where there is no such column."""
    return values_of(posts[name]) if name in posts else [None] * len(posts)


def _languages(tags: list[Any]) -> list[str | None]:
    known = {tag: language_of(tag) if isinstance(tag, str) else None for tag in set(tags)}
    return [known[tag] for tag in tags]
