"""How far an issue can be trusted: what was not seen, what changed, and how it was counted."""

from typing import Final

from digest.issue import ENOUGH_COVERAGE, FEW, GroundLine, Issue, Since, Snapshot
from digest.language import Language, message
from digest.section import platform_title
from digest.sentences import posts

_STOPS: Final = {
    "rate limited": message("asked us to wait"),
    "budget": message("the month’s budget was spent"),
    "error: refused": message("refused to be read"),
    "error: not reached": message("could not be reached"),
    "error": message("an error stopped us"),
}
"""What is said of a reason, by how it begins."""


def unseen(
    issue: Issue, tongue: Language
) -> tuple[tuple[tuple[str, str, tuple[str, ...]], ...], tuple[str, ...]]:
    """Return sources that were not read whole as (name, share, what is below), and what to add."""
    wanting = [x for x in issue.ground if x.coverage < 1 or trouble(x, tongue)]
    rows = tuple(
        (
            x.source,
            tongue.percent(x.coverage),
            (": ".join(part for part in (platform_title(x.platform), trouble(x, tongue)) if part),),
        )
        for x in wanting
    )
    whole = len(issue.ground) - len(wanting)
    if not whole:
        return rows, ()
    if rows:
        said = tongue.count(
            "{n} other source was read whole.", "{n} other sources were read whole.", whole
        )
    else:
        said = tongue.count(
            "Nothing: the one source was read whole.",
            "Nothing: all {n} sources were read whole.",
            whole,
        )
    return rows, (said,)


def trouble(line: GroundLine, tongue: Language) -> str:
    """Return what kept a source from being read whole, or nothing."""
    why = line.stopped_because or ""
    why = next((tongue.say(words) for begin, words in _STOPS.items() if why.startswith(begin)), why)
    unread = (
        tongue.count("{n} record unreadable", "{n} records unreadable", line.rejected)
        if line.rejected
        else ""
    )
    return ", ".join(part for part in (why, unread) if part)


def changed(since: Since | None, tongue: Language) -> tuple[str, ...]:
    """Return what changed since the digest of the week before, other than what people wrote."""
    if since is None:
        return ()
    said = []
    if since.sources_joined:
        named = tongue.listed(since.sources_joined)
        said.append(tongue.say("Read since this week: {sources}.", sources=named))
    if since.sources_left:
        named = tongue.listed(since.sources_left)
        said.append(tongue.say("No longer read: {sources}.", sources=named))
    for more, fewer, words in (
        (since.topics_added, since.topics_gone, message("Topics: {more} added, {fewer} gone.")),
        (
            since.datasets_added,
            since.datasets_gone,
            message("Our datasets: {more} added, {fewer} gone."),
        ),
    ):
        if more or fewer:
            said.append(tongue.say(words, more=more, fewer=fewer))
    if since.has_new_methods:
        said.append(
            tongue.say(
                "The software that ties posts to topics was renewed: part of a change may come"
                " from that."
            )
        )
    return (*said, *_counted_anew(since, tongue))


def _counted_anew(since: Since, tongue: Language) -> tuple[str, ...]:
    if since.posts_then is None or since.posts_now in (None, since.posts_then):
        return ()
    return (
        tongue.say(
            "Last week’s digest said {then}; counted now: {now}. Posts come late, are removed, or"
            " are tied anew.",
            then=posts(since.posts_then, tongue),
            now=since.posts_now,
        ),
    )


def reasons(issue: Issue, tongue: Language) -> tuple[str, ...]:
    """Return what a reader must not conclude, and how the numbers were made."""
    said = [
        tongue.say(
            "People who post do not stand for all residents. A count says how often something was"
            " written about, not how often it happened."
        )
    ]
    if issue.quotes:
        said.append(tongue.say("A quote is one person’s words, not what most people think."))
    if issue.posts:
        said.append(
            tongue.say(
                "Software ties posts to topics, datasets and registers, and it errs. Copies of a"
                " post count once; posts removed where they stood are left out."
            )
        )
    if issue.unranked:
        said.append(_not_ranked(issue.unranked, tongue))
    if issue.topics.lines:
        said.append(
            tongue.say(
                "A topic rose or fell when it is further off its own weeks before than chance"
                " would bring. Days of the week, hours we could not read, and that many topics are"
                " tested at once are allowed for. Fewer than {few} posts are not compared, nor are"
                " weeks of which less than {share} was read.",
                few=FEW,
                share=tongue.percent(ENOUGH_COVERAGE),
            )
        )
    return (*said, *_snapshot(issue.snapshot, tongue))


def _not_ranked(unranked: int, tongue: Language) -> str:
    return tongue.count(
        "{n} post was in a language none of our datasets is described in: such posts count as"
        " meeting a dataset only when they link to it or name it, and never as uncovered.",
        "{n} posts were in a language none of our datasets is described in: such posts count as"
        " meeting a dataset only when they link to it or name it, and never as uncovered.",
        unranked,
    )


def _snapshot(snapshot: Snapshot | None, tongue: Language) -> tuple[str, ...]:
    if snapshot is None:
        return ()
    said = tongue.say("Counted on {moment}", moment=tongue.moment(snapshot.counted_at))
    if snapshot.read_until:
        until = tongue.moment(snapshot.read_until)
        said += tongue.say(", from posts seen until {moment}", moment=until)
    if snapshot.first_counted_at:
        first = tongue.moment(snapshot.first_counted_at)
        said += tongue.say("; counted first on {moment}", moment=first)
    versions = tongue.say(
        "Charter {charter}; tables {revision}", charter=snapshot.charter, revision=snapshot.revision
    )
    if snapshot.methods:
        versions += tongue.say("; ties by {methods}", methods=tongue.listed(snapshot.methods))
    return (f"{said}. {versions}.",)
