"""How an issue is read from the store."""

from collections.abc import Iterable, Sequence
from datetime import date
from statistics import fmean
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import sqlalchemy as sa

from connectors.ends import COMPLETE
from connectors.notices import notices_of
from contract.charter import Charter
from contract.errors import FixSettings
from digest.examples import examples_of, spoken_lines
from digest.issue import (
    ENOUGH_COVERAGE,
    FEW,
    CommunityLine,
    DatasetLine,
    EntityLine,
    GroundLine,
    Issue,
    Line,
    Quote,
    Top,
    TopicChange,
    UnmetLine,
    change_of,
)
from digest.quoting import chosen, one_line, quotable, web_address, why
from digest.weeks import previous, span
from warehouse import ground, weekly
from warehouse.labels import topic_names, topics_named
from warehouse.quotable import candidates

_USUAL_WEEKS = 4
_HOURS = 7 * 24
_TOPICS, _LINES, _QUOTES = 8, 5, 4
"""How many are shown: about what a person reads on a phone in two minutes."""
_FALLS = 2
"""Of the topics, how many fallen ones are shown even where more rose."""


class _Ground(NamedTuple):
    """How well the weeks were read: the digest's and those it is compared with, each 0 to 1."""

    coverage: float | None
    before: float | None
    usual: float | None
    usual_weeks: int

    def usual_posts(self, earlier: int) -> float | None:
        """Return the average of the usual weeks, or None when it may not be compared with."""
        is_enough = min(self.coverage or 0, self.usual or 0) >= ENOUGH_COVERAGE
        return earlier / self.usual_weeks if is_enough else None

    def posts_before(self, before: int) -> int | None:
        """Return the count of the week before, or None when it may not be compared with."""
        is_enough = min(self.coverage or 0, self.before or 0) >= ENOUGH_COVERAGE
        return before if is_enough else None


def compose(conn: sa.Connection, charter: Charter, name: str, week: str) -> Issue:
    """Return the issue of the digest for the week, read from the store.

    Raises FixSettings when the charter has no such digest, when the week is none, or when a topic
    the digest is held to is not in the store.
    """
    if name not in charter.digests:
        known = ", ".join(charter.digests) or "none yet"
        raise FixSettings(f"{name!r} is no digest of the charter; there are: {known}")
    digest = charter.digests[name]
    earlier = previous(week, _USUAL_WEEKS)
    hours = ground.hours_read(conn, digest.purpose, (*earlier, week))
    shares = _shares(hours)
    read = tuple(w for w in earlier if shares.get(w))
    under = _Ground(
        coverage=shares.get(week),
        before=shares.get(earlier[-1]),
        usual=fmean(shares.get(w, 0) for w in earlier) if read else None,
        usual_weeks=len(read),
    )
    roots = _topics_of(conn, name, digest.topics)
    wanted = weekly.Wanted(digest.purpose, roots, week, earlier[-1], read)
    total = weekly.total(conn, wanted)
    usual = under.usual_posts(total.usual_posts)
    topics = _topics(conn, wanted, under)
    return Issue(
        name=name,
        week=week,
        title=one_line(charter.purposes[digest.purpose].title),
        agency=one_line(charter.agency.name),
        contact=charter.agency.contact,
        privacy_notice=str(charter.agency.privacy_notice),
        scope=tuple(one_line(label) for label in topic_names(conn, roots).values()),
        posts=total.posts,
        usual=usual,
        authors=total.authors,
        in_communities=total.communities,
        change=change_of(total.posts, usual),
        coverage=under.coverage,
        usual_coverage=under.usual,
        topics=_top(topics, _TOPICS),
        entities=_top(_entities(conn, wanted, under)),
        datasets=_top(_datasets(conn, wanted, under)),
        unmet=_top(_unmet(conn, wanted, under)),
        unranked=weekly.unranked(conn, wanted),
        spoken=spoken_lines(conn, wanted),
        communities=_top(_communities(conn, wanted, under)),
        quotes=_quotes(conn, wanted, topics),
        ground=_ground_lines(conn, charter, digest.purpose, week, hours),
        notices=notices_of(weekly.platforms(conn, wanted)),
    )


def _topics_of(conn: sa.Connection, name: str, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the URIs of the topics a digest is held to."""
    found = topics_named(conn, wanted) if wanted else {}
    for topic, uris in found.items():
        if not uris:
            raise FixSettings(
                f"digests.{name}.topics: {topic!r} is no topic of the loaded vocabulary; allowed"
                " are URIs and preferred labels as they stand there (goodguest catalogue loads it)"
            )
    return tuple(dict.fromkeys(uri for uris in found.values() for uri in uris))


def _shares(hours: Iterable[ground.SourceWeek]) -> dict[str, float]:
    """Return the share of each week's hours that was read, the mean of all sources.

    A source that was not read in a week counts with nothing, so that one that joined or fell away
    is not taken for a change in what people write.
    """
    rows = list(hours)
    sources = {row.source for row in rows}
    weeks = {row.week for row in rows}
    read = {(row.source, row.week): row.hours_complete for row in rows}
    return {w: fmean(read.get((s, w), 0) / _HOURS for s in sources) for w in weeks}


def _topics(conn: sa.Connection, of: weekly.Wanted, under: _Ground) -> list[TopicChange]:
    """Return the topics: what rose, what fell, then the rest by posts."""
    counts = weekly.topics(conn, of)
    labels = topic_names(conn, [x.uri for x in counts])
    lines = []
    for count in counts:
        usual = under.usual_posts(count.earlier_posts)
        lines.append(
            TopicChange(
                uri=count.uri,
                topic=one_line(labels[count.uri]),
                posts=count.posts,
                usual=usual,
                change=change_of(count.posts, usual),
            )
        )
    return _both_ways(sorted(lines, key=_weight))


def _weight(line: TopicChange) -> tuple[int, float]:
    by = abs(line.posts - (line.usual or 0))
    return {"rose": (0, -by), "fell": (1, -by)}.get(line.change, (2, -line.posts))


def _both_ways(lines: list[TopicChange]) -> list[TopicChange]:
    """Return the lines with the deepest falls before the smaller rises: what fades is news too."""
    rose = [line for line in lines if line.change == "rose"]
    fell = [line for line in lines if line.change == "fell"]
    first = rose[: _TOPICS - _FALLS] + fell[:_FALLS]
    return first + [line for line in lines if line not in first]


def _entities(conn: sa.Connection, of: weekly.Wanted, under: _Ground) -> list[EntityLine]:
    counts = weekly.entities(conn, of)
    examples = examples_of(conn, of, "entity", [x.key for x in counts[:_LINES]])
    return [
        EntityLine(
            name=one_line(x.name),
            register=x.register,
            place=one_line(x.place) if x.place else None,
            posts=x.posts,
            before=under.posts_before(x.before),
            stars=(x.few_stars, x.some_stars, x.many_stars),
            example=examples.get(x.key),
        )
        for x in counts
    ]


def _datasets(conn: sa.Connection, of: weekly.Wanted, under: _Ground) -> list[DatasetLine]:
    counts = weekly.datasets(conn, of)
    examples = examples_of(conn, of, "dataset", [x.key for x in counts[:_LINES]])
    return [
        DatasetLine(
            title=one_line(x.title),
            url=web_address(x.landing_page),
            posts=x.posts,
            before=under.posts_before(x.before),
            with_link=x.with_link,
            example=examples.get(x.key),
        )
        for x in counts
    ]


def _unmet(conn: sa.Connection, of: weekly.Wanted, under: _Ground) -> list[UnmetLine]:
    counts = [x for x in weekly.unmet(conn, of) if max(x.posts, x.earlier_posts) >= FEW]
    labels = topic_names(conn, [x.uri for x in counts])
    return [
        UnmetLine(
            topic=one_line(labels[x.uri]), posts=x.posts, before=under.posts_before(x.earlier_posts)
        )
        for x in counts
    ]


def _communities(conn: sa.Connection, of: weekly.Wanted, under: _Ground) -> list[CommunityLine]:
    return [
        CommunityLine(
            community=_place(x.name, x.url, x.platform),
            platform=x.platform,
            url=web_address(x.url),
            posts=x.posts,
            before=under.posts_before(x.before),
            authors=x.authors,
        )
        for x in weekly.communities(conn, of)
    ]


def _place(community: str | None, url: str | None, platform: str) -> str:
    """Return what to call a community: its name, else where it stands, else its platform."""
    parts = urlsplit(web_address(url) or "")
    return one_line(community or f"{parts.netloc}{parts.path}".rstrip("/")) or platform.capitalize()


def _quotes(
    conn: sa.Connection, of: weekly.Wanted, topics: Sequence[TopicChange]
) -> tuple[Quote, ...]:
    labels = {line.uri: line.topic for line in topics[:_TOPICS]}
    return tuple(
        Quote(
            text=quotable(x.text),
            lang=x.lang,
            topic=labels[x.target],
            why=why(x.method, x.evidence),
            community=_place(x.community, x.url and urljoin(x.url, "/"), x.platform),
            url=web_address(x.url),
            said_on=date.fromisoformat(x.day),
            post_key=x.post_key,
        )
        for x in chosen(candidates(conn, of), labels, _QUOTES)
    )


def _ground_lines(
    conn: sa.Connection,
    charter: Charter,
    purpose: str,
    week: str,
    hours: Iterable[ground.SourceWeek],
) -> tuple[GroundLine, ...]:
    """Return a line for each source that is read, or was in this week; the least read first."""
    read = {x.source: x for x in hours if x.week == week}
    platforms = {x.source: x.platform for x in read.values()} | {
        name: s.platform
        for name, s in charter.sources.items()
        if s.purpose == purpose and s.enabled
    }
    since, until = span(week)
    stops = ground.stops(conn, purpose, since, until)
    unread = ground.unread_records(conn, purpose, since, until)
    lines = []
    for name, platform in platforms.items():
        coverage = read[name].hours_complete / _HOURS if name in read else 0
        reasons = [why for source, why in stops if source == name and why != COMPLETE]
        lines.append(
            GroundLine(
                source=name,
                platform=platform,
                coverage=coverage,
                stopped_because=reasons[-1] if reasons and coverage < 1 else None,
                rejected=unread.get(name, 0),
            )
        )
    return tuple(sorted(lines, key=lambda line: line.coverage))


def _top(lines: Sequence[Line], most: int = _LINES) -> Top[Line]:
    return Top(tuple(lines[:most]), max(0, len(lines) - most))
