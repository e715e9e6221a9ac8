"""What of a post is read at once when datasets are sought for it."""

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.embedding import Embedder, Static, Vectors
from transforms.ranges import Indexes, distinct, ranges
from transforms.reading import TEXT, THREAD_TITLE, Reading
from transforms.words import NO_WORD, Lexicon, Numbers, sentences_of, tokens_of

LONGEST_WHOLE = 40
"""Words up to which a post is one passage; each sentence of it always is one."""
MOST_SENTENCES = 20
BRIEF = 3
"""Words of a keyword."""
_ENDS_UNSPACED = re.compile("[。！？]")
"""They end a sentence even in what looks like an address."""


class Passages(NamedTuple):
    """By passage, its post and where in `numbers` its words stand, and those of its thread."""

    numbers: Numbers
    posts: Numbers
    starts: Numbers
    ends: Numbers
    thread_starts: Numbers
    thread_ends: Numbers
    titled_words: Numbers
    """How many words of its thread, the first, are the title's; the others are the parent's."""
    are_brief: NDArray[np.bool_]
    """Whether all that is said, with the thread, is a keyword of BRIEF words or fewer."""

    def words(self, which: Indexes) -> tuple[Indexes, Numbers]:
        """Return every word of some passages, after those of its thread: of which, its number."""
        starts = np.stack((self.thread_starts[which], self.starts[which]), 1).ravel()
        ends = np.stack((self.thread_ends[which], self.ends[which]), 1).ravel()
        of = np.repeat(np.arange(2 * len(which)) >> 1, ends - starts)
        return of, self.numbers[ranges(starts, ends - starts)]

    def vectors(self, which: Indexes, model: Embedder, lexicon: Lexicon) -> Vectors:
        """Return what some passages, each after its thread, mean to a model."""
        if isinstance(model, Static):
            of, numbers = self.words(which)
            ends = np.searchsorted(of, np.arange(len(which)), "right")
            return model.of_words(lexicon, numbers, ends.astype(np.int32))
        said = (self.folded(passage, lexicon) for passage in which.tolist())
        return model.of_texts([" ".join((*thread, *own)) for thread, own in said])

    def folded(self, passage: int, lexicon: Lexicon) -> tuple[list[str], list[str]]:
        """Return the folded words of a passage's thread, and its own."""
        thread = self.numbers[self.thread_starts[passage] : self.thread_ends[passage]].tolist()
        own = self.numbers[self.starts[passage] : self.ends[passage]].tolist()
        return [lexicon.words[n] for n in thread], [lexicon.words[n] for n in own]

    def titled(self, passage: int) -> int:
        """Return how many of the words of a passage's thread, the first, are its title's."""
        return int(self.titled_words[passage])


def passages(reading: Reading) -> Passages:
    """Return the posts of several sentences and few words as a whole, and all sentences.

    By post, the whole before its sentences. What a short reply answers is read with it as the
    thread's title is.
    """
    starts, ends = own_words(reading)
    cuts = distinct(np.concatenate((reading.starts, reading.breaks)))
    places = reading.places[cuts[:-1]]
    posts = reading.posts[places]
    odd = _odd_posts(reading)
    is_read = (reading.where[places] <= TEXT) & ~np.isin(posts, odd)
    numbers, others = _odd_sentences(reading, odd)
    sentences = [(posts[is_read], cuts[:-1][is_read], cuts[1:][is_read]), others]
    counts = np.bincount(np.concatenate([of for of, _, _ in sentences]), minlength=len(starts))
    whole = np.flatnonzero((counts > 1) & (ends - starts <= LONGEST_WHOLE))
    found = [(whole, starts[whole], ends[whole]), *sentences]
    of, first, last = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(of, kind="stable")
    of, first, last = of[order], first[order], last[order]
    numbers, thread_starts, thread_ends, titled = _threads(reading, numbers)
    are_brief = (ends - starts + thread_ends - thread_starts <= BRIEF)[of]
    return Passages(
        numbers, of, first, last, thread_starts[of], thread_ends[of], titled[of], are_brief
    )


def own_words(reading: Reading) -> tuple[Numbers, Numbers]:
    """Return by post where its author's own running words begin and end."""
    return _ranges(reading, reading.where <= TEXT)


def _ranges(reading: Reading, is_meant: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    """Return by post where its places that are meant, which follow each other, begin and end."""
    starts, ends = np.zeros((2, len(reading.keys)), np.int32)
    posts = reading.posts[is_meant]
    starts[posts[::-1]] = reading.starts[:-1][is_meant][::-1]
    ends[posts] = reading.starts[1:][is_meant]
    return starts, ends


def _threads(reading: Reading, numbers: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return the numbers with those of parents behind them, and where each post's thread stands.

    And how many of its words are the title's.
    """
    starts, ends = _ranges(reading, reading.where == THREAD_TITLE)
    titled = ends - starts
    more = [numbers]
    end = len(numbers)
    for post, text in enumerate(reading.parents):
        if text:
            said = [reading.lexicon[token] for token in tokens_of(text)]
            answered = np.array([number for number in said if number > NO_WORD], np.int32)
            more += [numbers[starts[post] : ends[post]], answered]
            starts[post], end = end, end + ends[post] - starts[post] + len(answered)
            ends[post] = end
    return np.concatenate(more), starts, ends, titled


def _odd_posts(reading: Reading) -> list[int]:
    """Return the posts whose sentences are told by their text only, or are too many."""
    breaks = reading.breaks[reading.breaks < len(reading.numbers)]
    ends = np.bincount(reading.posts[reading.places[breaks]], minlength=len(reading.keys))
    odd = set(np.flatnonzero(ends > MOST_SENTENCES - 2).tolist())
    for place in np.flatnonzero(reading.where <= TEXT).tolist():
        text = reading.texts[place]
        if not text.isascii() and _ENDS_UNSPACED.search(text):
            odd.add(int(reading.posts[place]))
    return sorted(odd)


def _odd_sentences(
    reading: Reading, odd: list[int]
) -> tuple[Numbers, tuple[Numbers, Numbers, Numbers]]:
    """Return the numbers with those of more sentences behind them, and posts, starts and ends."""
    more: list[int] = []
    posts: list[int] = []
    ends = [len(reading.numbers)]
    for post in odd:
        places = range(*np.searchsorted(reading.posts, (post, post + 1)).tolist())
        said = "\n".join(reading.texts[at] for at in places if reading.where[at] <= TEXT)
        for sentence in sentences_of(said)[:MOST_SENTENCES]:
            read = (reading.lexicon[token] for token in tokens_of(sentence))
            more += [number for number in read if number > NO_WORD]
            posts.append(post)
            ends.append(len(reading.numbers) + len(more))
    numbers = np.concatenate((reading.numbers, np.array(more, np.int32)))
    of, first, last = (np.array(column, np.int32) for column in (posts, ends[:-1], ends[1:]))
    return numbers, (of, first, last)
