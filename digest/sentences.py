"""The words made from the numbers: plain, short, and no stronger than the numbers are."""

from collections.abc import Sequence
from math import sqrt

from digest.issue import (
    ENOUGH_COVERAGE,
    FEW,
    Change,
    EntityLine,
    Example,
    GroundLine,
    Issue,
    SpokenLine,
    TopicChange,
)
from digest.weeks import spoken

_NAMED = 3
_STOPS = {
    "rate limited": "asked us to wait",
    "budget": "the month's budget was spent",
    "error: refused": "refused to be read",
    "error: not reached": "could not be reached",
    "error": "an error stopped us",
}
"""What is said of a reason, by how it begins."""


def subject(issue: Issue) -> str:
    """Return the mail's subject: what it is about, what moved, which week."""
    rose, fell = _moved(issue, "rose"), _moved(issue, "fell")
    moves = [f"{lines[0].topic} {word}" for lines, word in ((rose, "up"), (fell, "down")) if lines]
    return f"{issue.title}: {', '.join(moves) or _volume_in_short(issue)}, {spoken(issue.week)}"


def _volume_in_short(issue: Issue) -> str:
    if issue.posts:
        return posts(issue.posts)
    return "a quiet week" if issue.coverage else "nothing could be read"


def summary(issue: Issue) -> tuple[str, ...]:
    """Return one to three sentences on what matters this week."""
    if not issue.coverage and not issue.posts:
        return (
            "We could not read the communities this week, so this digest cannot say what people"
            " wrote.",
        )
    if not issue.posts:
        quiet = "A quiet week: we found no posts on this."
        return (quiet, *_caution(issue))
    last = _caution(issue) or _unmet(issue)
    return (_volume(issue), *_movement(issue), *last[:1])


def _volume(issue: Issue) -> str:
    where = "one community" if issue.in_communities == 1 else f"{issue.in_communities} communities"
    said = f"{posts(issue.posts)} this week, in {where}"
    usual = about(issue.usual)
    return {
        "not known": f"{said}.",
        "rose": f"{said}; that is more than usual ({usual}).",
        "fell": f"{said}; that is fewer than usual ({usual}).",
        "as usual": f"{said}, much as usual ({usual}).",
        "too few": f"{said}; too few to compare with other weeks.",
    }[issue.change]


def _movement(issue: Issue) -> tuple[str, ...]:
    rose, fell = _moved(issue, "rose"), _moved(issue, "fell")
    if rose or fell:
        said = [
            f"{_named(lines)} {verb}" for lines, verb in ((rose, "rose"), (fell, "fell")) if lines
        ]
        moved = "; ".join(said)
        return (f"{moved[0].upper()}{moved[1:]}.",)
    if any(line.change == "as usual" for line in issue.topics.lines):
        return ("No topic moved beyond its ordinary ups and downs.",)
    return ()


def _named(lines: Sequence[TopicChange]) -> str:
    named = [f"{x.topic} ({x.posts}, usually {about(x.usual)})" for x in lines[:_NAMED]]
    return listed([*named, "others"] if len(lines) > _NAMED else named)


def _moved(issue: Issue, change: Change) -> list[TopicChange]:
    return [line for line in issue.topics.lines if line.change == change]


def _unmet(issue: Issue) -> tuple[str, ...]:
    first = next(iter(issue.unmet.lines), None)
    if first is None or first.posts < FEW:
        return ()
    return (f"{posts(first.posts)} were about {first.topic}, which none of our datasets covers.",)


def _caution(issue: Issue) -> tuple[str, ...]:
    caution = why_not_compared(issue)
    return (caution,) if caution else ()


def why_not_compared(issue: Issue) -> str:
    """Return why no change is claimed this week, or nothing when changes are claimed."""
    if issue.coverage is None:
        return (
            "We do not know how much of this week we read, so counts are a minimum and we do not"
            " say what rose or fell."
        )
    if issue.coverage < ENOUGH_COVERAGE:
        return (
            f"We could read only {percent(issue.coverage)} of this week, so counts are a minimum"
            " and we do not say what rose or fell."
        )
    if issue.usual_coverage is None:
        return "There are no earlier weeks to compare with yet."
    if issue.usual_coverage < ENOUGH_COVERAGE:
        return (
            f"We had read only {percent(issue.usual_coverage)} of the four weeks before, so we do"
            " not say what rose or fell."
        )
    return ""


def against_usual(line: TopicChange) -> str:
    """Return what became of a topic, in words: `rose from 12`."""
    usual = about(line.usual).removeprefix("about ")
    return {
        "rose": f"rose from {usual}",
        "fell": f"fell from {usual}",
        "as usual": f"as usual, {usual}",
        "too few": "too few to compare",
        "not known": "not compared",
    }[line.change]


def against_before(now: int, before: int | None) -> str:
    """Return what became of a count since the week before, in words.

    Two counts differ when they do so by more than twice the spread that chance gives.
    """
    if before is None:
        return "not compared"
    if max(now, before) < FEW:
        return "too few to compare"
    if abs(now - before) <= 2 * sqrt(now + before):
        return f"much as before, {before}"
    if before == 0:
        return "none before"
    return f"{'up' if now > before else 'down'} from {before}"


def about(usual: float | None) -> str:
    """Return an average in words: `about 12`."""
    if usual is None:
        return "not known"
    if usual == 0:
        return "none"
    return f"about {int(usual + 0.5)}" if usual >= 1 else "fewer than one"


def posts(count: int) -> str:
    """Return the count with its noun."""
    return "1 post" if count == 1 else f"{count:,} posts"


def people(count: int) -> str:
    """Return the count with its noun."""
    return "1 person" if count == 1 else f"{count:,} people"


def percent(share: float | None) -> str:
    """Return the share in whole percent; what is not whole is never said to be 0 or 100."""
    if share is None:
        return "an unknown part"
    whole = round(share * 100)
    if share < 1:
        whole = min(whole, 99)
    if share > 0:
        whole = max(whole, 1)
    return f"{whole}%"


def listed(items: Sequence[str]) -> str:
    """Return the items as a sentence lists them: `a, b and c`."""
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last


def stars(line: EntityLine) -> str:
    """Return how many of the posts give how many stars, or nothing; never a mean."""
    few, some, many = line.stars
    rated = few + some + many
    if not rated:
        return ""
    return f"{rated} with stars: {few} few, {some} middling, {many} most of them"


def stances(line: SpokenLine) -> str:
    """Return how many posts show which stance, of how many."""
    shown = [
        f"{count} {how}"
        for count, how in (
            (line.positive, "in favour"),
            (line.negative, "against"),
            (line.mixed, "both"),
        )
        if count
    ]
    return f"{listed(shown)}, of {posts(line.posts)}; the others show neither"


def quoted(example: Example | None) -> str:
    """Return a post's beginning as an example, with what it met by, or nothing."""
    if example is None:
        return ""
    because = f" ({example.why})" if example.why else ""
    return f"“{example.text}”{because}"


def not_ranked(issue: Issue) -> str:
    """Return how many posts could not be matched with datasets for their language, or nothing."""
    if not issue.unranked:
        return ""
    were = "was" if issue.unranked == 1 else "were"
    return (
        f"{posts(issue.unranked)} {were} in a language none of our datasets is described in: such"
        " posts count as meeting a dataset only when they link to it or name it, and never as"
        " uncovered."
    )


def trouble(line: GroundLine) -> str:
    """Return what kept a source from being read whole, or nothing."""
    why = line.stopped_because or ""
    why = next((said for reason, said in _STOPS.items() if why.startswith(reason)), why)
    records = "record" if line.rejected == 1 else "records"
    unread = f"{line.rejected:,} {records} unreadable" if line.rejected else ""
    return ", ".join(part for part in (why, unread) if part)


def limits(issue: Issue) -> tuple[str, ...]:
    """Return what a reader must not conclude, and how the numbers were made."""
    said = [
        "People who post do not stand for all residents. A count says how often something was"
        " written about, not how often it happened."
    ]
    if issue.quotes:
        said.append("A quote is one person’s words, not what most people think.")
    if issue.posts:
        said.append(
            "Software ties posts to topics, datasets and registers, and it errs. Copies of a post"
            " count once; posts removed where they stood are left out."
        )
    if issue.unranked:
        said.append(not_ranked(issue))
    if issue.topics.lines:
        said.append(
            "A topic rose or fell when it differs from the average of the four weeks before by"
            " more than chance would bring (twice the square root of that average plus one), from"
            f" {FEW} posts upwards. One steady topic in twenty may still pass by chance. When less"
            f" than {percent(ENOUGH_COVERAGE)} of the hours were read, now or before, we do not"
            " compare."
        )
    return tuple(said)
