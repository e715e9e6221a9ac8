"""Invented posts of which it is known what they copy, and what is found of that.

Run it to see the figures of docs/near-duplicates.md: python -m tests.transforms.near_truth
"""

import sys
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

import numpy as np

from bench.words import spoken, vocabulary
from contract.post import Post
from tests.transforms.near_notices import notices
from transforms.frame import frame_of
from transforms.near_duplicates import is_copy, sketch
from warehouse.sketches import Posts, maybe_alike

WORDS = vocabulary("en", Random(1))  # the same words each time
_WINDOW = 8


class Said(NamedTuple):
    """A post; `copy_of` is the place of its original among all, None of what is no copy."""

    shape: str
    title: str | None
    text: str
    copy_of: int | None


def truth(originals: int, seed: int) -> list[Said]:
    """Return so many originals with a copy and a tempting other post of each, and as many notices.

    Every notice has a copy with another word in it, and one in which one thing is another.
    """
    dice = Random(seed)  # the same posts each time
    said = [Said("original", None, _own(dice), None) for _ in range(originals)]
    copied = [
        Said(shape, None, change(said[place].text, dice), place)
        for place, (shape, change) in enumerate(_cycle(COPIES, originals))
    ]
    others = [
        Said(shape, None, change(said[place].text, dice), None)
        for place, (shape, change) in enumerate(_cycle(OTHERS, originals))
    ]
    posts = [*said, *copied, *others]
    for at, notice in enumerate(notices(originals, dice)):
        shape, other = list(notice.others.items())[at // 24 % len(notice.others)]
        original = len(posts)
        posts.append(Said("a notice", None, notice.text, None))
        posts.append(Said("a notice reworded", None, notice.reworded, original))
        posts.append(Said(shape, None, other, None))
    return posts


def found(said: list[Said]) -> list[int | None]:
    """Return of each post what it is found to be a copy of, as `warehouse.copies` finds it."""
    batch = sketch(frame_of([
        Post(platform="f", native_id=str(at), kind="post", title=post.title, text=post.text)
        for at, post in enumerate(said)
    ]))  # fmt: skip
    digits = [given if isinstance(given, str) else "00" * 36 for given in batch["sketch"]]
    none = np.zeros((len(said), 2), np.uint64)
    sketches = np.frombuffer(bytes.fromhex("".join(digits)), np.uint8).reshape(-1, 36)
    posts = Posts(np.zeros(len(said), np.int32), none, none, none, sketches)
    wanted, parent = np.ones(len(said), bool), np.arange(len(said))
    texts = [("post", post.title, post.text) for post in said]
    for ones, others in maybe_alike(posts, wanted, _WINDOW):
        for one, other in zip(ones.tolist(), others.tolist(), strict=True):
            if is_copy(texts[one], texts[other]):
                parent[one], wanted[one] = other, False
    while not np.array_equal(parent, parent[parent]):
        parent = parent[parent]
    return [None if root == place else root for place, root in enumerate(parent.tolist())]


def figures(said: list[Said]) -> dict[str, tuple[int, int]]:
    """Return by shape how many posts there are, and of how many the right thing is said."""
    counts: dict[str, tuple[int, int]] = {}
    for post, original in zip(said, found(said), strict=True):
        total, right = counts.get(post.shape, (0, 0))
        counts[post.shape] = total + 1, right + (original == post.copy_of)
    return counts


def _cycle(
    changes: dict[str, Callable[[str, Random], str]], number: int
) -> Iterator[tuple[str, Callable[[str, Random], str]]]:
    shapes = list(changes.items())
    return (shapes[place % len(shapes)] for place in range(number))


def _own(dice: Random, least: int = 12, most: int = 40) -> str:
    """Return what somebody says: of ten posts one is long, and most hold a name or a number."""
    length = dice.randint(100, 300) if dice.random() < 0.1 else dice.randint(least, most)
    words = spoken(WORDS, length, dice)[:length]
    for _ in range(dice.randint(0, 2)):
        words[dice.randrange(1, len(words))] = _name(dice)
    if dice.random() < 0.3:
        words[dice.randrange(1, len(words))] = str(dice.randint(2, 2000))
    return " ".join(words)


def _name(dice: Random) -> str:
    return dice.choice(WORDS.words).capitalize()


def _edited(text: str, dice: Random) -> str:
    """Return it with one to three words replaced, left out or added."""
    words = text.split()
    for _ in range(dice.randint(1, 3)):
        place = dice.randrange(len(words))
        words[place : place + dice.randint(0, 1)] = spoken(WORDS, 1, dice)[: dice.randint(0, 1)]
    return " ".join(words)


def _replaced(text: str, dice: Random) -> str:
    """Return it with three words replaced."""
    words = text.split()
    for place in dice.sample(range(len(words)), 3):
        words[place] = spoken(WORDS, 1, dice)[0]
    return " ".join(words)


def _cut(text: str, dice: Random) -> str:
    words = text.split()
    kept = " ".join(words[: max(10, int(len(words) * dice.uniform(0.4, 0.9)))])
    return kept[: -dice.randint(0, 2) or None] + dice.choice(("…", "...", "… https://t.example/1"))


def _passed_on(text: str, dice: Random) -> str:
    before = dice.choice((f"RT @{_name(dice)}: ", f"Via {_name(dice)} {_name(dice)}: ", "FWD: "))
    return before + text


COPIES: dict[str, Callable[[str, Random], str]] = {
    "1 to 3 edits": _edited,
    "3 words replaced": _replaced,
    "passed on": _passed_on,
    "cut off": _cut,
    "passed on and cut off": lambda text, dice: _passed_on(_cut(text, dice), dice),
    "passed on and edited": lambda text, dice: _passed_on(_edited(text, dice), dice),
    "other marks and capitals": lambda text, dice: (
        f"{text.upper()}!!! https://t.example/{dice.random()}"
    ),
}


def _mixed(text: str, dice: Random) -> str:
    words = text.split()
    kept = dice.sample(words, len(words) // 2)
    return " ".join(dice.sample([*kept, *spoken(WORDS, len(words) - len(kept), dice)], len(words)))


def _quoted(text: str, dice: Random) -> str:
    words = text.split()
    return " ".join([*spoken(WORDS, len(words) // 2 + 3, dice), *words])


OTHERS: dict[str, Callable[[str, Random], str]] = {
    "half of the words others": _mixed,
    "an answer that quotes": _quoted,
}


def summed(said: list[Said]) -> tuple[float, float]:
    """Return precision and recall."""
    pairs = [(post.copy_of, original) for post, original in zip(said, found(said), strict=True)]
    right = sum(original == of for of, original in pairs if original is not None)
    marked = sum(original is not None for _, original in pairs)
    return right / marked, right / sum(of is not None for of, _ in pairs)


if __name__ == "__main__":
    invented = truth(7_000, seed=1)
    for shape, (total, right) in figures(invented).items():
        sys.stdout.write(f"{shape}: right {right / total:.3f} of {total:,}\n")
    sys.stdout.write("precision {:.4f}, recall {:.4f}\n".format(*summed(invented)))
