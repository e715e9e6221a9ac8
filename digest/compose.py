"""How an issue is read from the store."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from connectors.notices import notices_of
from contract.charter import Charter
from contract.errors import FixSettings
from digest.by_holding import dataset_lines, entity_lines
from digest.by_place import community_lines, join_lines
from digest.by_topic import (
    TOPICS,
    changes,
    spoken_lines,
    thanks_lines,
    topics_told,
    unmet_lines,
)
from digest.examples import quotes
from digest.grounds import ground_of
from digest.issue import Issue, Snapshot, TopicChange
from digest.network import network_of, pictured
from digest.quoting import one_line
from digest.scope import LINES, Scope, top
from digest.since import since, snapshot_of
from digest.weeks import previous
from warehouse import weekly
from warehouse.labels import topics_named
from warehouse.ranked import ranked_languages
from warehouse.series import WEEKS
from warehouse.weekly_topics import unranked

_USUAL_WEEKS: Final = 4
_QUIET_LINES: Final = 3
"""Lines of a kind in a week in which no topic moved: the tables beside the page hold the others."""


def compose(
    conn: sa.Connection,
    charter: Charter,
    name: str,
    week: str,
    *,
    held_to: Sequence[str] = (),
    before: Issue | None = None,
    counted_at: datetime | None = None,
    first_counted_at: datetime | None = None,
) -> Issue:
    """Return the issue of the digest for the week, read from the store.

    `held_to` are topics that are wanted alone of those of the digest; `before` is the issue of the
    week before, as it was given out. Raises FixSettings when the
    charter has no such digest, when the week is none, or when a topic the digest is held to is not
    in the store.
    """
    scope = scope_of(conn, charter, name, week, held_to)
    weeks = (*previous(week, WEEKS - 1), week)
    with weekly.held(conn, scope.of, weeks) as of:
        scope = scope._replace(of=of)
        snapshot = snapshot_of(scope, counted_at or datetime.now(UTC), first_counted_at)
        return _counted(scope, name, before, snapshot)


def _counted(scope: Scope, name: str, before: Issue | None, snapshot: Snapshot) -> Issue:
    charter = scope.charter
    total = weekly.total(scope.conn, scope.of)
    counts = topics_told(scope)
    whole, topics, places = changes(scope, counts)
    is_known = whole is not None and whole.change != "not known"
    moved = [
        *map(_has_moved, topics),
        *(sign.change in ("rose", "fell") for sign in places.values()),
    ]
    is_quiet = is_known and not any(moved)
    most = _QUIET_LINES if is_quiet else LINES
    shown = top(topics, _QUIET_LINES if is_quiet else TOPICS)
    digest = charter.digests[name]
    return Issue(
        name=name,
        week=scope.of.week,
        title=one_line(charter.purposes[digest.purpose].title),
        agency=one_line(charter.agency.name),
        contact=charter.agency.contact,
        privacy_notice=str(charter.agency.privacy_notice),
        scope=tuple(scope.names(list(scope.of.topics)).values()),
        language=digest.language,
        posts=total.posts,
        usual=None
        if whole is None or whole.usual is None
        else whole.usual + total.posts - whole.posts,
        authors=total.authors,
        in_communities=total.communities,
        change=whole.change if whole else "not known",
        coverage=scope.under.coverage,
        usual_coverage=scope.under.usual,
        topics=shown,
        entities=top(entity_lines(scope), most),
        datasets=top(dataset_lines(scope), most),
        unmet=top(unmet_lines(scope, counts), most),
        unranked=unranked(scope.conn, scope.of),
        spoken=spoken_lines(scope, counts),
        communities=top(community_lines(scope, places), most),
        join_in=join_lines(scope),
        thanks=thanks_lines(scope, counts),
        network=pictured(network_of(scope.conn, scope.of)),
        quotes=quotes(scope, shown.lines),
        withheld=total.withheld,
        since=since(scope, before, snapshot, total.earlier),
        snapshot=snapshot,
        ground=scope.under.lines,
        notices=notices_of(weekly.platforms(scope.conn, scope.of)),
    )


def _has_moved(line: TopicChange) -> bool:
    """Return whether something of the topic was beyond chance: its week, a day, or its months."""
    return line.change in ("rose", "fell") or bool(line.drift or line.spike_on)


def scope_of(
    conn: sa.Connection, charter: Charter, name: str, week: str, held_to: Sequence[str] = ()
) -> Scope:
    """Return what the digest is read from in this week; raises what `compose` raises."""
    if name not in charter.digests:
        known = ", ".join(charter.digests) or "none yet"
        raise FixSettings(f"{name!r} is no digest of the charter; there are: {known}")
    digest = charter.digests[name]
    earlier = previous(week, _USUAL_WEEKS)
    under = ground_of(conn, charter, digest.purpose, earlier, week)
    roots = _topics_of(conn, name, held_to or digest.topics)
    wanted = weekly.Wanted(
        digest.purpose,
        roots,
        week,
        earlier[-1],
        under.usual_weeks,
        tuple(sorted(ranked_languages(conn))),
    )
    return Scope(conn, charter, wanted, under, digest.language, set())


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
