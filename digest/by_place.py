"""The lines of communities: where it was said, and where an official could usefully join in."""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, Final
from urllib.parse import urljoin

from connectors import connector_of
from contract.charter import Charter
from contract.places import plain_community
from digest.examples import place_name
from digest.issue import CommunityLine, JoinLine
from digest.quoting import web_address
from digest.scope import Scope
from transforms.signs import Sign
from warehouse.queries import FEWEST_TOLD
from warehouse.weekly_places import Asked, CommunityCount, asked, communities

_JOIN_IN = 4
_RULES: Final = {"discourse": "/guidelines", "mastodon": "/about", "reddit": "about/rules"}
"""Where a community's own rules stand, from its address; the terms of its software are none."""


def community_lines(scope: Scope, signs: Mapping[str, Sign]) -> list[CommunityLine]:
    """Return the communities with posts of the week, those with most first."""
    return [
        CommunityLine(
            **_change(x, signs.get(x.key or f"platform:{x.platform}")),
            community=place_name(x.name, x.url, x.platform),
            platform=x.platform,
            url=web_address(x.url),
            posts=x.posts,
            before=scope.under.posts_before(x.before),
            authors=x.authors if x.authors >= FEWEST_TOLD else None,
            key=x.key or "",
        )
        for x in communities(scope.conn, scope.of)
        if x.open or x.authors >= scope.fewest_authors
    ]


def _change(x: CommunityCount, sign: Sign | None) -> dict[str, Any]:
    if sign is None or sign.usual is None or sign.low is None or sign.high is None:
        return {}
    # Posts that came of what was not read are beside the point: they are on both sides.
    unread = x.posts - sign.posts
    around = {"usual": sign.usual, "low": sign.low, "high": sign.high}
    return {name: value + unread for name, value in around.items()} | {"change": sign.change}


def join_lines(scope: Scope) -> tuple[JoinLine, ...]:
    """Return open communities with questions nobody answered there: those with most of them first,
    then those whose owner gave a permission, then those that talk most of the topics.
    """
    lines = [
        JoinLine(
            community=place_name(x.name, x.url, x.platform),
            platform=x.platform,
            url=web_address(x.url),
            questions=x.questions,
            share=x.on_topics / x.posts,
            rules=_rules(x),
            has_permission=_has_permission(x, scope.charter),
            key=x.key,
        )
        for x in _by_community(asked(scope.conn, scope.of))
        if _is_open(x, scope.charter)
    ]
    best = attrgetter("questions", "has_permission", "share")
    return tuple(sorted(lines, key=best, reverse=True)[:_JOIN_IN])


def _by_community(found: Iterable[Asked]) -> Iterable[Asked]:
    """Return each community once, as the source reads it through which most questions came."""
    once: dict[str, Asked] = {}
    for one in found:
        once.setdefault(one.key, one)
    return once.values()


def _is_open(x: Asked, charter: Charter) -> bool:
    """Return whether it is there for everybody, and did not ask to be left alone."""
    outs = charter.opt_outs
    left_alone = {plain_community(name) for name in outs.communities.get(x.platform, ())}
    names = {plain_community(name) for name in (x.native_id, x.name, x.url) if name}
    if names & left_alone or (x.url and outs.place_of(x.url)):
        return False
    return _has_permission(x, charter) or not connector_of(x.platform).TERMS.needs_approval


def _rules(x: Asked) -> str | None:
    place = x.url and web_address(x.url)
    return urljoin(f"{place}/", _RULES[x.platform]) if place and x.platform in _RULES else None


def _has_permission(x: Asked, charter: Charter) -> bool:
    source = charter.sources.get(x.source)
    return source is not None and source.permission is not None
