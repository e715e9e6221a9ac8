"""Ambiguous labels of topics wait for a second witness that the post is about the topic."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from transforms.embedding import Vectors
from transforms.reading import TAG, Reading
from transforms.topic_hits import TopicHits
from transforms.topic_names import Name, TopicMatcher

AMBIGUOUS = "ambiguous"
"""The method of ties of which at most one is right; none is counted."""
_UNDER = "under "


class Doubt(NamedTuple):
    """What became of an ambiguous label."""

    candidates: int
    """How many topics it may mean; 0: it is taken for another use of the word."""
    witness: dict[str, Any] | None
    """What else says that it means its topic."""


def doubts(
    reading: Reading, matcher: TopicMatcher, hits: TopicHits, nearer: Vectors
) -> dict[int, Doubt]:
    """Return by ambiguous hit what became of it; `nearer` says of all how near the post is.

    Ambiguous is a word that is used for much else, but in tags, and a label that topics share. A
    witness is the post's meaning, another label of the topic or of one beside, above or below it,
    or the name of the community. Without one a common word is passed over, and a shared label is
    kept for all its topics as ambiguous.
    """
    is_doubtful = matcher.is_common[hits.names] & (hits.where != TAG)
    is_doubtful |= matcher.is_shared[hits.names]
    found: dict[int, Doubt] = {}
    for first, last in _posts_with(hits, is_doubtful):
        names = [matcher.names[at] for at in hits.names[first:last].tolist()]
        beside = _Beside(matcher)
        for name in names:
            beside.add(name)
        community = matcher.known_of(_at(reading.communities, int(hits.posts[first])))
        witnesses: dict[int, dict[str, Any] | None] = {}
        for at, name in enumerate(names, first):
            if is_doubtful[at]:
                near = float(nearer[at])
                witnesses[at] = (
                    {"meaning": round(near, 2)} if near >= 0 else beside.witness(name, community)
                )
        found |= _settled(matcher, hits, nearer, witnesses)
    return found


def _posts_with(hits: TopicHits, is_doubtful: Any) -> Iterator[tuple[int, int]]:
    posts = np.unique(hits.posts[is_doubtful])
    ends = np.searchsorted(hits.posts, posts, "right").tolist()
    yield from zip(np.searchsorted(hits.posts, posts).tolist(), ends, strict=True)


def _at(told: Sequence[str | None], post: int) -> str | None:
    return told[post] if told else None


class _Beside:
    """What labels of a post say of their topics and of those around them."""

    def __init__(self, matcher: TopicMatcher) -> None:
        self._broader = matcher.broader
        self._labels: dict[str, dict[str, str]] = {}

    def add(self, name: Name) -> None:
        """Take in a label; of each topic two that differ are enough."""
        value = name.value.casefold()
        above = (_UNDER + up for up in self._broader.get(name.uri, ()))
        for key in (name.uri, *above):
            labels = self._labels.setdefault(key, {})
            if len(labels) < 2:
                labels.setdefault(value, name.label)

    def witness(self, name: Name, community: frozenset[str]) -> dict[str, Any] | None:
        """Return what else says that this label means its topic; None if nothing does."""
        above = self._broader.get(name.uri, ())
        around = (name.uri, _UNDER + name.uri, *above, *(_UNDER + up for up in above))
        for key in around:
            for value, label in self._labels.get(key, {}).items():
                if value != name.value.casefold():
                    return {"label": label}
        return {"community": True} if not community.isdisjoint(around) else None


def _settled(
    matcher: TopicMatcher,
    hits: TopicHits,
    nearer: Vectors,
    witnesses: dict[int, dict[str, Any] | None],
) -> Iterator[tuple[int, Doubt]]:
    spans: dict[tuple[int, int], list[int]] = {}
    for at in witnesses:
        spans.setdefault((int(hits.starts[at]), int(hits.ends[at])), []).append(at)
    for same in spans.values():
        sure = [at for at in same if witnesses[at]]
        if any("meaning" in (witnesses[at] or ()) for at in sure) and len(same) > 1:
            # Many topics are near a post; what its word means is the nearest.
            nearest = max(sure, key=lambda at: float(nearer[at]))
            sure = [
                at
                for at in sure
                if matcher.names[hits.names[at]].uri == matcher.names[hits.names[nearest]].uri
            ]
        for at in same:
            is_common = matcher.is_common[hits.names[at]]
            count = 1 if at in sure else 0 if sure or is_common else len(same)
            yield at, Doubt(count, witnesses[at])
