"""What an issue says in its order, before it is HTML or plain text: each form shows the same."""

from collections.abc import Callable
from typing import Final

from digest.issue import Issue, Quote
from digest.language import Language
from digest.section import (
    Row,
    Said,
    Section,
    cells_of,
    columns_of,
    filled,
    left_out,
    link_to,
    platform_title,
    title_of,
)
from digest.sentences import (
    against_usual,
    asked,
    drift,
    outlook,
    people,
    spike,
    stances,
    stars,
    why_not_compared,
)
from digest.trust import changed, reasons, unseen


def sections_of(issue: Issue, tongue: Language) -> tuple[Section, ...]:
    """Return the sections that have something to say, in the order a reader needs them."""
    made = (make(issue, tongue) for make in _ORDER)
    return tuple(x for x in made if x.rows or x.said or x.points or x.notes)


def _topics(issue: Issue, tongue: Language) -> Section:
    is_compared = not why_not_compared(issue, tongue)
    columns = [tongue.say("Topic"), tongue.say("This week")]
    caption = tongue.say("Posts by topic.")
    if is_compared:
        columns.append(tongue.say("Against a usual week"))
        caption = tongue.say(
            "Posts by topic; usually: the range that chance leaves, going by the weeks before."
        )
    return Section(
        key="topics",
        heading=tongue.say("What rose and what fell")
        if is_compared
        else tongue.say("Topics this week"),
        picture="chart",
        caption=caption,
        columns=tuple(columns),
        rows=tuple(
            Row(
                name=x.topic,
                cells=(tongue.number(x.posts), against_usual(x, tongue))[: len(columns) - 1],
                below=filled(drift(x, tongue), spike(x, tongue), outlook(x.forecast, tongue)),
            )
            for x in issue.topics.lines
        ),
        notes=left_out(issue.topics, tongue),
    )


def _unmet(issue: Issue, tongue: Language) -> Section:
    return Section(
        key="unmet",
        heading=tongue.say("What none of our datasets answers"),
        caption=tongue.say("Posts on topics that hardly ever meet a dataset of ours."),
        columns=columns_of(tongue.say("Topic"), issue.unmet, tongue),
        rows=tuple(
            Row(
                name=x.topic,
                cells=cells_of(x, issue.unmet, tongue),
                below=filled(asked(x, tongue)),
                example=x.example,
            )
            for x in issue.unmet.lines
        ),
        notes=left_out(issue.unmet, tongue),
    )


def _datasets(issue: Issue, tongue: Language) -> Section:
    return Section(
        key="datasets",
        heading=tongue.say("Our datasets people touched on"),
        caption=tongue.say("Posts on what a dataset is about."),
        columns=columns_of(tongue.say("Dataset"), issue.datasets, tongue),
        rows=tuple(
            Row(
                name=x.title,
                url=x.url,
                cells=cells_of(x, issue.datasets, tongue),
                below=filled(
                    tongue.count("{n} with a link to it", "{n} with a link to it", x.with_link)
                    if x.with_link
                    else ""
                ),
                example=x.example,
            )
            for x in issue.datasets.lines
        ),
        notes=left_out(issue.datasets, tongue),
    )


def _entities(issue: Issue, tongue: Language) -> Section:
    return Section(
        key="entities",
        heading=tongue.say("Named from our registers"),
        caption=tongue.say("Posts that name one of them."),
        columns=columns_of(tongue.say("Name"), issue.entities, tongue),
        rows=tuple(
            Row(
                name=x.name,
                cells=cells_of(x, issue.entities, tongue),
                below=filled(
                    ", ".join(filled(x.place or "", title_of(x.register), stars(x, tongue))),
                    tongue.say("Newly tagged by others: {tags}", tags=", ".join(x.tags))
                    if x.tags
                    else "",
                ),
                example=x.example,
            )
            for x in issue.entities.lines
        ),
        notes=left_out(issue.entities, tongue),
    )


def _spoken(issue: Issue, tongue: Language) -> Section:
    return Section(
        key="spoken",
        heading=tongue.say("How it was spoken of (experimental)"),
        said=tuple(Said(about=stances(x, tongue), example=x.example) for x in issue.spoken),
        notes=(
            tongue.say(
                "Software counted words of praise and blame. It misses most, and errs: read the"
                " posts before you conclude."
            ),
        )
        if issue.spoken
        else (),
    )


def _communities(issue: Issue, tongue: Language) -> Section:
    return Section(
        key="communities",
        heading=tongue.say("Where it was said"),
        caption=tongue.say("Posts by community, and how many people wrote them."),
        columns=columns_of(tongue.say("Community"), issue.communities, tongue),
        rows=tuple(
            Row(
                name=x.community,
                url=x.url,
                cells=cells_of(x, issue.communities, tongue),
                below=filled(
                    f"{platform_title(x.platform)}, {people(x.authors, tongue)}",
                    against_usual(x, tongue) if x.change in ("rose", "fell") else "",
                ),
            )
            for x in issue.communities.lines
        ),
        notes=left_out(issue.communities, tongue),
    )


def _join_in(issue: Issue, tongue: Language) -> Section:
    allowed = {True: tongue.say("its owner gave us permission"), False: ""}
    return Section(
        key="join-in",
        heading=tongue.say("Where you could usefully join in"),
        caption=tongue.say(
            "Questions of the week on our topics that nobody answered there, and the share of its"
            " posts that are on our topics. Read the rules before you write."
        ),
        columns=(tongue.say("Community"), tongue.say("Questions"), tongue.say("On our topics")),
        rows=tuple(
            Row(
                name=x.community,
                url=x.url,
                cells=(
                    tongue.number(x.questions),
                    tongue.say("{share} of its posts", share=tongue.percent(x.share)),
                ),
                below=(", ".join(filled(platform_title(x.platform), allowed[x.has_permission])),),
                link=link_to(tongue.say("its rules"), x.rules),
            )
            for x in issue.join_in
        ),
    )


def _thanks(issue: Issue, tongue: Language) -> Section:
    return Section(
        key="thanks",
        heading=tongue.say("What people praised or gave thanks for"),
        caption=tongue.say("Posts that praise or thank."),
        columns=(tongue.say("Topic"), tongue.say("This week")),
        rows=tuple(
            Row(name=x.topic, cells=(tongue.number(x.posts),), example=x.example)
            for x in issue.thanks
        ),
    )


def _quotes(issue: Issue, tongue: Language) -> Section:
    def about(topic: str, why: str, day: str) -> str:
        if why:
            return tongue.say("On {topic} ({why}), {day}", topic=topic, why=why, day=day)
        return tongue.say("On {topic}, {day}", topic=topic, day=day)

    return Section(
        key="quotes",
        heading=tongue.say("In people’s own words"),
        said=tuple(
            Said(
                text=x.text,
                lang=x.lang,
                about=about(x.topic, x.why, tongue.day(x.said_on))
                + (tongue.say(", in {community}", community=_where(x)) if not x.url else ""),
                link=link_to(tongue.say("read it in {community}", community=_where(x)), x.url),
            )
            for x in issue.quotes
        ),
        notes=(
            tongue.count(
                "{n} post on a protected topic is counted and never quoted.",
                "{n} posts on protected topics are counted and never quoted.",
                issue.withheld,
            ),
        )
        if issue.withheld
        else (),
    )


def _where(quote: Quote) -> str:
    return quote.credit or quote.community


def _unseen(issue: Issue, tongue: Language) -> Section:
    rows, notes = unseen(issue, tongue)
    return Section(
        key="unseen",
        heading=tongue.say("What we could not see"),
        caption=tongue.say("Share of the week’s hours we could read of each source.")
        if rows
        else "",
        columns=(tongue.say("Source"), tongue.say("Read")),
        rows=tuple(Row(name=name, cells=(cell,), below=below) for name, cell, below in rows),
        notes=notes,
    )


def _since(issue: Issue, tongue: Language) -> Section:
    return Section(
        key="since",
        heading=tongue.say("What changed since last week’s digest"),
        points=changed(issue.since, tongue),
    )


def _trust(issue: Issue, tongue: Language) -> Section:
    return Section(
        key="trust",
        heading=tongue.say("How far to trust this"),
        points=reasons(issue, tongue),
        notes=issue.notices,
    )


_ORDER: Final[tuple[Callable[[Issue, Language], Section], ...]] = (
    _topics,
    _unmet,
    _datasets,
    _entities,
    _spoken,
    _communities,
    _join_in,
    _thanks,
    _quotes,
    _unseen,
    _since,
    _trust,
)
