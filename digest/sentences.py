"""The words made from the numbers: plain, short, and no stronger than the numbers are."""

from math import sqrt
from typing import Final

from digest.issue import (
    ENOUGH_COVERAGE,
    FEW,
    Change,
    CommunityLine,
    EntityLine,
    Example,
    Forecast,
    Issue,
    SpokenLine,
    TopicChange,
    UnmetLine,
)
from digest.language import Language, message

_DRIFTED: Final = {
    "rose": message("Has risen over four weeks: {posts}, where the four before had {before}."),
    "fell": message("Has fallen over four weeks: {posts}, where the four before had {before}."),
}
_AGAINST_USUAL: Final[dict[Change, str]] = {
    "rose": message("rose; usually {usual}"),
    "fell": message("fell; usually {usual}"),
    "as usual": message("usually {usual}"),
    "too few": message("too few to compare"),
    "not known": message("not compared"),
}


def why_not_compared(issue: Issue, tongue: Language) -> str:
    """Return why no change is claimed this week, or nothing when changes are claimed."""
    if issue.coverage is None:
        return tongue.say(
            "We do not know how much of this week we read, so counts are a minimum and we do not"
            " say what rose or fell."
        )
    if issue.coverage < ENOUGH_COVERAGE:
        return tongue.say(
            "We could read only {share} of this week, so counts are a minimum and we do not say"
            " what rose or fell.",
            share=tongue.percent(issue.coverage),
        )
    if issue.usual_coverage is None:
        return tongue.say("There are no earlier weeks to compare with yet.")
    if issue.usual_coverage < ENOUGH_COVERAGE:
        return tongue.say(
            "We had read only {share} of the weeks before, so we do not say what rose or fell.",
            share=tongue.percent(issue.usual_coverage),
        )
    changes = {issue.change, *(line.change for line in issue.topics.lines)}
    if issue.posts and changes == {"not known"}:
        return tongue.say("We have read too few weeks before to say what rose or fell yet.")
    return ""


def usual(line: TopicChange | CommunityLine, tongue: Language) -> str:
    """Return what a usual week of it brings, in words: `8 to 21`, else its average."""
    if line.low is None or line.high is None or round(line.low) == round(line.high):
        return about(line.usual, tongue)
    low, high = tongue.number(line.low), tongue.number(line.high)
    words = message("{low} to {high}") if line.low >= 1 else message("up to {high}")
    return tongue.say(words, low=low, high=high)


def against_usual(line: TopicChange | CommunityLine, tongue: Language) -> str:
    """Return what became of a topic or a community, in words: `rose; usually 8 to 21`."""
    return tongue.say(_AGAINST_USUAL[line.change], usual=usual(line, tongue))


def drift(line: TopicChange, tongue: Language) -> str:
    """Return what became of the topic over weeks, or nothing."""
    if line.drift is None or line.four_weeks is None or line.four_before is None:
        return ""
    return tongue.say(
        _DRIFTED[line.drift],
        posts=posts(line.four_weeks, tongue),
        before=tongue.number(line.four_before),
    )


def spike(line: TopicChange, tongue: Language) -> str:
    """Return the day that stood out, or nothing."""
    if line.spike_on is None:
        return ""
    return tongue.say("{day} stood out.", day=tongue.weekday(line.spike_on))


def outlook(forecast: Forecast | None, tongue: Language) -> str:
    """Return what the coming weeks may bring and how far off such a forecast was, or nothing."""
    if forecast is None:
        return ""
    ahead = [
        tongue.say(
            "{expected} ({low} to {high})",
            expected=tongue.number(expected),
            low=tongue.number(low),
            high=tongue.number(high),
        )
        for _, expected, low, high in (forecast.weeks[0], forecast.weeks[-1])
    ]
    return tongue.say(
        "Outlook: next week about {first}, in {weeks} weeks about {last} posts; four of five weeks"
        " fell into such a range. Tried on {tested} weeks gone by, it was off by {error} posts a"
        " week on average; “as the week before” was off by {naive}.",
        first=ahead[0],
        last=ahead[1],
        weeks=len(forecast.weeks),
        tested=forecast.tested,
        error=tongue.number(forecast.error),
        naive=tongue.number(forecast.naive_error),
    )


def against_before(now: int, before: int | None, tongue: Language) -> str:
    """Return what became of a count since the week before, in words.

    Two counts differ when they do so by more than twice the spread that chance gives.
    """
    if before is None:
        return tongue.say("not compared")
    if max(now, before) < FEW:
        return tongue.say("too few to compare")
    if abs(now - before) <= 2 * sqrt(now + before):
        return tongue.say("much as before, {before}", before=before)
    if before == 0:
        return tongue.say("none before")
    if now > before:
        return tongue.say("up from {before}", before=before)
    return tongue.say("down from {before}", before=before)


def about(average: float | None, tongue: Language) -> str:
    """Return an average in words: `about 12`."""
    if average is None:
        return tongue.say("not known")
    if average == 0:
        return tongue.say("none")
    if average < 1:
        return tongue.say("fewer than one")
    return tongue.say("about {number}", number=tongue.number(average))


def posts(count: int, tongue: Language) -> str:
    """Return the count with its noun."""
    return tongue.count("{n} post", "{n} posts", count)


def people(count: int | None, tongue: Language) -> str:
    """Return the count with its noun; None are too few to say."""
    return tongue.say("a few people") if count is None else tongue.say("{n} people", n=count)


def stars(line: EntityLine, tongue: Language) -> str:
    """Return how many of the posts give how many stars, or nothing; never a mean."""
    few, some, many = line.stars
    if not any(line.stars):
        return ""
    return tongue.count(
        "{n} with stars: {few} few, {some} middling, {many} most of them",
        "{n} with stars: {few} few, {some} middling, {many} most of them",
        few + some + many,
        few=few,
        some=some,
        many=many,
    )


def asked(line: UnmetLine, tongue: Language) -> str:
    """Return how many of the posts ask and complain, and whether that is new, or nothing."""
    said = [
        tongue.say("new") if line.is_new else "",
        tongue.count("{n} question", "{n} questions", line.questions) if line.questions else "",
        tongue.count("{n} complaint", "{n} complaints", line.complaints) if line.complaints else "",
    ]
    return ", ".join(part for part in said if part)


def stances(line: SpokenLine, tongue: Language) -> str:
    """Return how many posts show which stance, of how many."""
    shown = [
        tongue.say(how, n=count)
        for count, how in (
            (line.positive, message("{n} in favour")),
            (line.negative, message("{n} against")),
            (line.mixed, message("{n} both")),
        )
        if count
    ]
    return tongue.say(
        "{topic}: {stances}, of {posts}; the others show neither.",
        topic=line.topic,
        stances=tongue.listed(shown),
        posts=posts(line.posts, tongue),
    )


def quoted(example: Example, tongue: Language) -> str:
    """Return a post's beginning as an example, with what it met by."""
    said = tongue.say("“{text}”", text=example.text)
    return f"{said} ({example.why})" if example.why else said


def read_it(example: Example, tongue: Language) -> str:
    """Return the words that lead to the example, with what its platform wants named."""
    if example.credit:
        return tongue.say("read it in {community}", community=example.credit)
    return tongue.say("read it")
