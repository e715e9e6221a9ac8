"""What an issue says first: its subject, and the sentences of what matters."""

from collections.abc import Sequence
from typing import Final

from digest.issue import FEW, Change, Issue, TopicChange
from digest.language import Language, message
from digest.quoting import one_line
from digest.sentences import about, posts, usual, why_not_compared
from digest.weeks import spoken

_NAMED = 3
_IN_A_SUBJECT = 60
_IN_SHORT = 2
_VOLUMES: Final[dict[Change, str]] = {
    "not known": message("{posts} this week{where}."),
    "rose": message("{posts} this week{where}; that is more than usual ({usual})."),
    "fell": message("{posts} this week{where}; that is fewer than usual ({usual})."),
    "as usual": message("{posts} this week{where}, much as usual ({usual})."),
    "too few": message("{posts} this week{where}; too few to compare with other weeks."),
}


def subject(issue: Issue, tongue: Language) -> str:
    """Return the mail's subject: what it is about, what moved, which week."""
    title = one_line(issue.title, _IN_A_SUBJECT)
    return f"{title}: {in_short(issue, tongue)}, {spoken(issue.week, tongue)}"


def in_short(issue: Issue, tongue: Language) -> str:
    """Return the week in a few words: what rose and fell first, else how much was written."""
    moves = [
        tongue.say(words, topic=one_line(lines[0].topic, _IN_A_SUBJECT))
        for of in (_moved, _drifted)
        for lines, words in (
            (of(issue, "rose"), message("{topic} up")),
            (of(issue, "fell"), message("{topic} down")),
        )
        if lines
    ][:_IN_SHORT]
    if moves:
        return ", ".join(moves)
    if issue.posts:
        return posts(issue.posts, tongue)
    return tongue.say("a quiet week") if issue.coverage else tongue.say("nothing could be read")


def summary(issue: Issue, tongue: Language) -> tuple[str, ...]:
    """Return one to three sentences on what matters this week."""
    if not issue.coverage and not issue.posts:
        return (
            tongue.say(
                "We could not read the communities this week, so this digest cannot say what"
                " people wrote."
            ),
        )
    caution = why_not_compared(issue, tongue)
    said = [tongue.say("A quiet week: we found no posts on this."), caution]
    if issue.posts:
        said = [_volume(issue, tongue), _movement(issue, tongue), caution or _unmet(issue, tongue)]
    return tuple(sentence for sentence in said if sentence)


def _volume(issue: Issue, tongue: Language) -> str:
    return tongue.say(
        _VOLUMES[issue.change],
        posts=posts(issue.posts, tongue),
        where=_where(issue.in_communities, tongue),
        usual=about(issue.usual, tongue),
    )


def _where(communities: int, tongue: Language) -> str:
    """Return in how many communities it was, or nothing: some platforms have none."""
    if not communities:
        return ""
    return tongue.count(", in one community", ", in {n} communities", communities)


def _movement(issue: Issue, tongue: Language) -> str:
    moved = "; ".join(
        tongue.say(words, topics=_named(lines, tongue))
        for lines, words in (
            (_moved(issue, "rose"), message("{topics} rose")),
            (_moved(issue, "fell"), message("{topics} fell")),
            (_drifted(issue, "rose"), message("{topics} rose over four weeks")),
            (_drifted(issue, "fell"), message("{topics} fell over four weeks")),
        )
        if lines
    )
    if moved:
        return f"{moved[0].upper()}{moved[1:]}."
    lines = issue.topics.lines
    if any(x.change == "as usual" for x in lines) and not any(x.spike_on for x in lines):
        return tongue.say("No topic moved beyond its ordinary ups and downs.")
    return ""


def _named(lines: Sequence[TopicChange], tongue: Language) -> str:
    named = [
        tongue.say("{topic} ({posts}, {before} before)", topic=x.topic, posts=x.four_weeks,
                   before=x.four_before)
        if x.drift
        else tongue.say("{topic} ({posts}, usually {usual})", topic=x.topic, posts=x.posts,
                        usual=usual(x, tongue))
        for x in lines[:_NAMED]
    ]  # fmt: skip
    return tongue.listed([*named, tongue.say("others")] if len(lines) > _NAMED else named)


def _moved(issue: Issue, change: Change) -> list[TopicChange]:
    return [line for line in issue.topics.lines if line.change == change]


def _drifted(issue: Issue, change: Change) -> list[TopicChange]:
    return [line for line in issue.topics.lines if line.drift == change]


def _unmet(issue: Issue, tongue: Language) -> str:
    first = next(iter(issue.unmet.lines), None)
    if first is None or first.posts < FEW:
        return ""
    return tongue.say(
        "{posts} about {topic} met none of our datasets.",
        posts=posts(first.posts, tongue),
        topic=first.topic,
    )
