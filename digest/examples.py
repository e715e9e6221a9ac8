"""Single posts beside the counts of an issue: examples, and what is praised or blamed enough."""

from collections.abc import Sequence
from itertools import islice

import sqlalchemy as sa

from digest.issue import Example, SpokenLine
from digest.quoting import MET, beginning, chosen, is_lent, one_line, web_address, why
from warehouse.labels import topic_names
from warehouse.quotable import Candidate, candidates
from warehouse.weekly import Wanted, spoken

_SPOKEN, _ENOUGH_SPOKEN = 3, 10
"""Of topics, how many are shown with stances, and how many posts have to show one."""


def examples_of(
    conn: sa.Connection, of: Wanted, kind: str, keys: Sequence[str]
) -> dict[str, Example]:
    """Return for each of these datasets or rows one post, another one each, if any may be shown."""
    # Of what a thread is about, its replies may say nothing.
    best = sorted(candidates(conn, of, kind), key=lambda x: is_lent(x.evidence)) if keys else []
    found = chosen(best, keys, len(keys))
    return {x.target: _example(x) for x in found}


def _example(x: Candidate, of: Sequence[str] = MET) -> Example:
    because = why(x.method, x.evidence, of)
    said, url = beginning(x.text), web_address(x.url)
    return Example(text=said, lang=x.lang, why=because, url=url, post_key=x.post_key)


def spoken_lines(conn: sa.Connection, of: Wanted) -> tuple[SpokenLine, ...]:
    """Return the topics that enough posts show a stance to, each with a post of the larger side."""
    enough = (x for x in spoken(conn, of) if x.positive + x.negative + x.mixed >= _ENOUGH_SPOKEN)
    counts = list(islice(enough, _SPOKEN))
    found = candidates(conn, of, with_stance=True) if counts else []
    side = {x.uri: "positive" if x.positive > x.negative else "negative" for x in counts}
    said = {c.target: c for c in reversed(found) if c.stance == side.get(c.target)}
    labels = topic_names(conn, list(side))
    return tuple(
        SpokenLine(
            topic=one_line(labels[x.uri]),
            posts=x.posts,
            positive=x.positive,
            negative=x.negative,
            mixed=x.mixed,
            example=_example(said[x.uri], ("stance",)),
        )
        for x in counts
        if x.uri in said
    )
