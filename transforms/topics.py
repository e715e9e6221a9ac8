"""Ties posts to topics: by the topics' own labels, by example posts, else by meaning."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from pandas import DataFrame

from transforms.embedding import Vectors
from transforms.labels import Witness, ties_frame, ties_of
from transforms.ranges import Floats
from transforms.reading import TAG, THREAD_TITLE, WHERE, Reading, read
from transforms.topic_hits import TopicHits, hits_in
from transforms.topic_learnt import Found
from transforms.topic_names import TopicMatcher
from transforms.topic_names import topic_matcher as topic_matcher
from transforms.topic_near import MOST_NEARER, MOST_TOPICS, NEARER, Understood, understood
from transforms.topic_witnesses import AMBIGUOUS, Doubt, doubts

METHOD_VERSION = "topics-3"
Witnesses = defaultdict[int, list[Witness]]
"""By post."""

# Fitted by logistic regression on the labels that stand in 1,358 petitions and in the posts of
# tests/data/ties/topics.jsonl (weighed four times); tags had no examples there.
_SURE = 0.4
"""Log odds that a label says what a post is about, where the post's meaning says nothing of it."""
_WHERE_ODDS = {"title": 0.5, "text": 0.0, "thread title": -0.7, "tag": 1.0}
_BY_WHERE = np.array([_WHERE_ODDS[where] for where in WHERE])
_INFLECTED = -0.1
_LEAST_NEARER = -0.1
_AGAINST, _MOST_AGAINST = 0.5, -2.0
"""What counts of the log odds by which a topic's examples speak against it."""
_AT_GATE, _BEYOND = -0.6, 4.0
"""Log odds of the nearest topic where no label stands: at the gate, and for each 1 beyond it."""
_METHODS = ("tag", "thread-title", "label-part", "label-inflected", "label")


def tie_topics(posts: DataFrame | Reading, matcher: TopicMatcher) -> DataFrame:
    """Return the ties of posts to topics: post_key, target (URI), score, method, evidence.

    Labels are whole words, in any case; acronyms and labels of up to three characters keep theirs,
    but in tags. Where the post's language has a stemmer, its inflected forms meet too. A label
    counts in posts of its own language; in others only when it has two words or more or is an
    acronym; where either language is unknown, always. A label inside a longer one is not counted,
    an ambiguous one only with a second witness. Examples speak where they are learnt well enough.
    A post that neither says anything of has at most one tie: its best guess by examples, or the
    topic that its meaning is nearest to, unless it is no nearer than small talk.

    Scores are chances; methods are `label`, `label-inflected`, `label-part`, `tag`, `thread-title`,
    `ambiguous`, `examples` and `label-near`.
    """
    reading = read(posts)
    hits = hits_in(reading, matcher)
    meant = understood(reading, matcher.near, _wanted(reading, matcher, hits))
    found = matcher.learnt.found(reading) if matcher.learnt and matcher.learnt.topics else None
    witnesses = _by_labels(reading, matcher, hits, meant, found)
    guesses = _by_examples(reading, matcher, found, witnesses) if found else {}
    _by_meaning(reading, matcher, meant, witnesses, guesses)
    return ties_frame(ties_of(reading.keys, witnesses))


def _wanted(reading: Reading, matcher: TopicMatcher, hits: TopicHits) -> NDArray[np.bool_]:
    """Return by post whether its meaning is asked."""
    is_few = 0 < len(matcher.near.topics) <= MOST_TOPICS
    wanted = np.full(len(reading.keys), is_few, np.bool_)
    wanted[hits.posts] = True
    return wanted


def _by_labels(
    reading: Reading,
    matcher: TopicMatcher,
    hits: TopicHits,
    meant: Understood,
    found: Found | None,
) -> Witnesses:
    nearer = meant.nearer(hits.posts, matcher.topic_of[hits.names])
    doubtful = doubts(reading, matcher, hits, nearer)
    odds = _SURE + _BY_WHERE[hits.where] + matcher.strengths[hits.names]
    odds += _INFLECTED * hits.is_inflected
    odds += NEARER * np.clip(np.nan_to_num(nearer), _LEAST_NEARER, MOST_NEARER)
    if found:
        odds += _AGAINST * _against(matcher, hits, found)
    chances = 1 / (1 + np.exp(-odds))
    said = zip(hits.posts.tolist(), _said(reading, matcher, hits, chances), strict=True)
    witnesses = Witnesses(list)
    for at, (post, witness) in enumerate(said):
        if at not in doubtful:
            witnesses[post].append(witness)
        elif doubtful[at].candidates:
            witnesses[post].append(_doubted(witness, doubtful[at]))
    return witnesses


def _said(
    reading: Reading, matcher: TopicMatcher, hits: TopicHits, chances: Floats
) -> Iterator[Witness]:
    """Return what each label says, were it not ambiguous."""
    names = [matcher.names[at] for at in hits.names.tolist()]
    places = [WHERE[at] for at in hits.where.tolist()]
    rows = zip(names, reading.found(hits.starts, hits.ends), places, strict=True)
    evidence = [
        {"label": name.label, "kind": name.kind, "lang": name.tag, "found": found, "where": where}
        for name, found, where in rows
    ]
    is_in = (hits.where == TAG, hits.where == THREAD_TITLE)
    how = np.select([*is_in, matcher.is_part[hits.names], hits.is_inflected], range(4), 4)
    methods = [_METHODS[at] for at in how.tolist()]
    uris, labels = [name.uri for name in names], [name.label for name in names]
    return map(Witness, uris, labels, places, chances.tolist(), methods, evidence)


def _doubted(witness: Witness, doubt: Doubt) -> Witness:
    if doubt.candidates > 1:
        score = witness.score / doubt.candidates
        evidence = {**witness.evidence, "candidates": doubt.candidates}
        return replace(witness, score=score, method=AMBIGUOUS, evidence=evidence)
    return replace(witness, evidence={**witness.evidence, "witness": doubt.witness})


def _against(matcher: TopicMatcher, hits: TopicHits, found: Found) -> Vectors:
    """Return by hit how much the topic's examples speak against it; 0 where there are none."""
    columns = matcher.learnt_of[hits.names]
    against = np.clip(found.against[hits.posts, columns], _MOST_AGAINST / _AGAINST, 0)
    odds: Vectors = np.where(columns >= 0, against, 0)
    return odds


def _by_examples(
    reading: Reading, matcher: TopicMatcher, found: Found, witnesses: Witnesses
) -> dict[int, Witness]:
    """Add what examples are sure of, and return by post what else they guess."""
    learnt, guesses = matcher.learnt, dict[int, Witness]()
    if learnt is None:
        return guesses
    columns = (found.posts, found.topics, found.chances, found.is_sure)
    rows = zip(*(c.tolist() for c in columns), learnt.telling(reading, found), strict=True)
    for post, at, chance, is_sure, words in rows:
        more = {"model": learnt.version}
        witness = _guess(matcher, learnt.topics[at], words, chance, "examples", more)
        if is_sure:
            witnesses[post].append(witness)
        else:
            guesses[post] = witness
    return guesses


def _by_meaning(
    reading: Reading,
    matcher: TopicMatcher,
    meant: Understood,
    witnesses: Witnesses,
    guesses: dict[int, Witness],
) -> None:
    """Add the best guess of each post of which examples say nothing sure, nor labels if by them."""
    if 0 < len(matcher.near.topics) <= MOST_TOPICS:
        posts, topics, beyond = meant.nearest(witnesses)
        chances = 1 / (1 + np.exp(-(_AT_GATE + _BEYOND * np.minimum(beyond, MOST_NEARER))))
        telling = meant.telling(reading, posts, topics)
        columns = (posts.tolist(), topics.tolist(), chances.tolist(), telling)
        for post, topic, chance, words in zip(*columns, strict=True):
            if post not in guesses or guesses[post].score < chance:
                uri = matcher.near.topics[topic]
                guesses[post] = _guess(matcher, uri, words, chance, "label-near", {})
    for post, guess in guesses.items():
        witnesses[post].append(guess)


def _guess(
    matcher: TopicMatcher,
    uri: str,
    words: list[str],
    chance: float,
    method: str,
    more: dict[str, str],
) -> Witness:
    label = matcher.titles.get(uri, uri)
    evidence = {"label": label, "kind": "prefLabel", "found": ", ".join(words), "where": "text"}
    return Witness(uri, method, method, chance, method, {**evidence, **more})
