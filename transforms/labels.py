"""Labels found in texts as whole words, and what all ties have in common."""

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any, NamedTuple

from pandas import DataFrame

from transforms.words import Words, words_of, words_of_tag

REPLIES = ("comment", "reply")
"""Kinds of posts whose title is their thread's, not their own."""
TIE_COLUMNS = ("post_key", "target", "score", "method", "evidence")

Trie = dict[str, Any]
"""Words to tries; what a label that ends there stands for is a list under the empty word."""
MOST_WITNESSES = 3
SUREST = 0.99
"""No number of uncertain witnesses makes a tie certain."""


class Hit(NamedTuple):
    """A label stands from word `start` up to, not including, word `end`; `of` is what it names."""

    start: int
    end: int
    of: Any


class Witness(NamedTuple):
    """One reason to tie a post to a target: what was found where, how, and how sure it makes."""

    target: str
    label: str
    where: str
    score: float
    method: str
    evidence: dict[str, Any]


def add_label(trie: Trie, words: Sequence[str], of: Any) -> None:
    """Add a label to the trie; a label without words is left out, for nothing can meet it."""
    if not words:
        return
    for word in words:
        trie = trie.setdefault(word, {})
    trie.setdefault("", []).append(of)


def labels_in(words: Sequence[str], trie: Trie) -> list[Hit]:
    """Return every label that stands in the words, overlapping ones too, by their start."""
    hits = []
    for start, word in enumerate(words):
        node = trie.get(word)
        end = start + 1
        while node:
            if "" in node:
                hits += [Hit(start, end, of) for of in node[""]]
            node = node.get(words[end]) if end < len(words) else None
            end += 1
    return hits


def outermost(hits: Iterable[Hit]) -> list[Hit]:
    """Return the hits that do not lie inside a longer one, by start; overlapping ones all stay."""
    kept: list[Hit] = []
    reach = (-1, -1)
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.end > reach[1] or (hit.start, hit.end) == reach:
            kept.append(hit)
            reach = (hit.start, hit.end)
    return kept


def places_of(kind: str, title: Any, text: Any, tags: Any) -> list[tuple[str, Words]]:
    """Return the words of a post by place: `title` or `thread title`, `text`, and each `tag`."""
    places = []
    if isinstance(title, str):
        places.append(("thread title" if kind in REPLIES else "title", words_of(title)))
    if isinstance(text, str):
        places.append(("text", words_of(text)))
    tagged = tags if isinstance(tags, tuple | list) else ()
    return places + [("tag", words_of_tag(tag.tag)) for tag in tagged]


def ties_of(post_key: str, witnesses: Iterable[Witness]) -> list[tuple[Any, ...]]:
    """Return a row of a frame of ties for each target of the witnesses.

    A label is heard once in each place, and their scores are combined as independent chances. The
    strongest witness names the method and is the evidence, with up to two more under `also`.
    """
    heard: dict[str, dict[tuple[str, str], Witness]] = {}
    for witness in witnesses:
        same = heard.setdefault(witness.target, {})
        kept = same.setdefault((witness.label, witness.where), witness)
        if witness.score > kept.score:
            same[witness.label, witness.where] = witness
    rows = []
    for target, same in heard.items():
        ranked = sorted(same.values(), key=lambda w: (-w.score, w.method, w.where, w.label))
        score = min(1 - prod(1 - witness.score for witness in ranked), SUREST)
        also = [witness.evidence for witness in ranked[1:MOST_WITNESSES]]
        evidence = {**ranked[0].evidence, **({"also": also} if also else {})}
        rows.append((post_key, target, round(score, 4), ranked[0].method, evidence))
    return rows


def ties_frame(rows: Iterable[tuple[Any, ...]]) -> DataFrame:
    """Return ties sorted by post and target: post_key, target, score, method, evidence."""
    ordered = sorted(rows, key=lambda row: row[:2])
    frame = DataFrame(ordered, columns=list(TIE_COLUMNS))
    return frame.astype({"post_key": "str", "target": "str", "score": "float64", "method": "str"})
