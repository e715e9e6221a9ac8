"""The lines of topics: what moved, what no dataset answers, what is praised, blamed, thanked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from contract.series import Series
from digest.examples import examples_of, spoken_examples
from digest.issue import FEW, Change, Forecast, SpokenLine, ThanksLine, TopicChange, UnmetLine
from digest.scope import LINES, Scope
from digest.weeks import monday
from transforms.signs import Sign, signs
from transforms.signs_forecast import forecast
from warehouse.calendar import week_of_day
from warehouse.series import community_series, topic_series
from warehouse.weekly_topics import TopicCount, is_met, topics, unmet_before

TOPICS = 8
_FALLS = 2
"""Of the topics, how many that fell, or changed over weeks, are shown even where more rose."""
_SPOKEN, _ENOUGH_SPOKEN = 3, 10
"""Of topics, how many are shown with stances, and how many posts have to show one."""
_THANKS, _FEWEST_THANKFUL = 3, 2
"""Of topics, how many are shown with thanks, and how many people have to give them."""


def topics_told(scope: Scope) -> list[TopicCount]:
    """Return the counts of topics; of a sensitive one only where enough people are behind it."""
    return [
        x
        for x in topics(scope.conn, scope.of)
        if not x.is_sensitive or x.authors >= scope.fewest_authors
    ]


class Changes(NamedTuple):
    """What became of all posts together, None where it is not known, of topics and of places."""

    whole: Sign | None
    topics: list[TopicChange]
    """What rose, what fell, then the rest by posts."""
    places: dict[str, Sign]
    """By community key, or `platform:` and the platform where there is none."""


def whole_series(places: Sequence[Series]) -> Series:
    """Return the series of all posts that are wanted, wherever they stand."""
    if not places:
        return Series("", np.zeros((1, 7), np.int64), np.zeros((1, 7)))
    counts = np.stack([place.counts for place in places])
    weights = np.maximum(counts.sum(axis=(1, 2)), 1)
    shares = np.stack([place.exposure for place in places])
    return Series("", counts.sum(axis=0), np.average(shares, axis=0, weights=weights))


def changes(scope: Scope, counts: Sequence[TopicCount]) -> Changes:
    """Return what became of all posts, of each topic and of each community.

    They are tested together, for so they are read.
    """
    is_compared = scope.under.is_enough(scope.under.usual)
    of = scope.of
    found = topic_series(scope.conn, of.purpose, of.topics, of.week, is_held=of.is_held)
    series = {x.key: x for x in found}
    told = {x.uri for x in counts}
    places = community_series(scope.conn, of.purpose, of.topics, of.week, is_held=of.is_held)
    tested = (
        [whole_series(places), *(x for key, x in series.items() if key in told), *places]
        if is_compared
        else []
    )
    first, *others = signs(tested) if tested else [None]
    by_key = {sign.key: sign for sign in others if sign}
    labels = scope.names([x.uri for x in counts])
    lines = [_change(x, labels[x.uri], by_key.get(x.uri), scope) for x in counts]
    ordered = both_ways(sorted(lines, key=_weight))
    shown = [_foreseen(line, series, scope, is_compared) for line in ordered[:TOPICS]]
    return Changes(first, [*shown, *ordered[TOPICS:]], by_key)


def _change(count: TopicCount, topic: str, sign: Sign | None, scope: Scope) -> TopicChange:
    change: Change = sign.change if sign else "not known"
    spike = None if sign is None else sign.spike_day
    drift = sign and sign.drift
    # Posts that came of what was not read are beside the point: they are on both sides.
    unread = count.posts - sign.posts if sign else 0
    return TopicChange(
        uri=count.uri,
        topic=topic,
        posts=count.posts,
        usual=None if sign is None or sign.usual is None else sign.usual + unread,
        low=None if sign is None or sign.low is None else sign.low + unread,
        high=None if sign is None or sign.high is None else sign.high + unread,
        change=change,
        spike_on=None if spike is None else monday(scope.of.week) + timedelta(days=spike),
        drift=drift and drift.change,
        four_weeks=drift and drift.posts,
        four_before=drift and drift.before,
    )


def _foreseen(
    line: TopicChange, series: dict[str, Series], scope: Scope, is_compared: bool
) -> TopicChange:
    found = forecast(series[line.uri]) if is_compared and line.uri in series else None
    if found is None:
        return line
    first = monday(scope.of.week)
    weeks = tuple(
        (week_of_day(first + timedelta(weeks=ahead)), *expected)
        for ahead, expected in enumerate(found.weeks, start=1)
    )
    return replace(
        line,
        forecast=Forecast(
            weeks=weeks, error=found.error, naive_error=found.naive_error, tested=found.tested
        ),
    )


def _weight(line: TopicChange) -> tuple[int, float]:
    by = abs(line.posts - (line.usual or 0))
    if line.drift:
        return 2, -abs((line.four_weeks or 0) - (line.four_before or 0))
    return {"rose": (0, -by), "fell": (1, -by)}.get(line.change, (3, -line.posts))


def both_ways(lines: list[TopicChange]) -> list[TopicChange]:
    """Return the lines with the deepest falls, then what changed over weeks, before the smaller
    rises: what fades is news too."""
    rose = [line for line in lines if line.change == "rose"]
    others = [line for line in lines if line.change == "fell" or line.drift]
    first = rose[: TOPICS - _FALLS] + others[:_FALLS]
    return first + [line for line in lines if line not in first]


def unmet_lines(scope: Scope, counts: Sequence[TopicCount]) -> list[UnmetLine]:
    """Return topics our datasets hardly touch, with the posts that met none: new ones first, then
    those that ask and blame most.

    Hardly is when less than one in twenty of its posts, in the week and the usual weeks, met one:
    a dataset on the topic would be met more often.
    """
    hardly = [x for x in counts if x.unmet and 20 * x.all_met < x.all_posts]
    found = [x for x in hardly if max(x.unmet, x.unmet_before) >= FEW]
    is_known = scope.under.is_enough(scope.under.before)
    known = unmet_before(scope.conn, scope.of) if found and is_known else {x.uri for x in found}
    found.sort(
        key=lambda x: (x.uri in known, -(x.unmet_questions + x.unmet_complaints), -x.unmet, x.uri)
    )
    labels = scope.names([x.uri for x in found])
    asked = examples_of(
        scope,
        "topic",
        [x.uri for x in found[:LINES] if x.unmet_questions],
        only=lambda said: (said.c.intent == "question") & ~is_met(said),
    )
    return [
        UnmetLine(
            topic=labels[x.uri],
            posts=x.unmet,
            before=scope.under.posts_before(x.unmet_before),
            questions=x.unmet_questions,
            complaints=x.unmet_complaints,
            is_new=x.uri not in known,
            example=asked.get(x.uri),
            key=x.uri,
        )
        for x in found
    ]


def thanks_lines(scope: Scope, counts: Sequence[TopicCount]) -> tuple[ThanksLine, ...]:
    """Return the topics that enough people praise or thank for, those with most posts first."""
    found = [x for x in counts if x.thankful_authors >= _FEWEST_THANKFUL and not x.is_sensitive]
    found = sorted(found, key=lambda x: (-x.thanks, x.uri))[:_THANKS]
    keys = [x.uri for x in found]
    labels = scope.names(keys)
    said = examples_of(scope, "topic", keys, only=lambda said: said.c.intent == "praise")
    return tuple(
        ThanksLine(topic=labels[x.uri], posts=x.thanks, example=said.get(x.uri), key=x.uri)
        for x in found
    )


def spoken_lines(scope: Scope, counts: Sequence[TopicCount]) -> tuple[SpokenLine, ...]:
    """Return the topics that enough posts show a stance to, each with a post of the larger side."""

    def shown(x: TopicCount) -> int:
        return x.positive + x.negative + x.mixed

    found = [x for x in counts if shown(x) >= _ENOUGH_SPOKEN]
    found = sorted(found, key=lambda x: (-shown(x), x.uri))[:_SPOKEN]
    side = {x.uri: "positive" if x.positive > x.negative else "negative" for x in found}
    said, labels = spoken_examples(scope, side), scope.names(list(side))
    return tuple(
        SpokenLine(
            topic=labels[x.uri],
            posts=x.posts,
            positive=x.positive,
            negative=x.negative,
            mixed=x.mixed,
            example=said[x.uri],
            key=x.uri,
        )
        for x in found
        if x.uri in said
    )
