"""Single posts beside the counts of an issue: quotes and examples."""

from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import urljoin, urlsplit

import sqlalchemy as sa

from digest.issue import Example, Quote, TopicChange
from digest.quoting import (
    MET,
    OF_A_THREAD,
    beginning,
    chosen,
    is_lent,
    one_line,
    quotable,
    quoted_platforms,
    web_address,
    why,
)
from digest.scope import Scope
from warehouse.quotable import Candidate, Condition, candidates

_QUOTES = 4


def quotes(scope: Scope, topics: Sequence[TopicChange]) -> tuple[Quote, ...]:
    """Return a quote on each of the first topics, of posts that may be shown and are not yet."""
    labels = {line.uri: line.topic for line in topics}
    found = _found(scope, "topic", list(labels))
    return tuple(
        Quote(
            text=quotable(x.text),
            lang=x.lang,
            topic=labels[x.target],
            why=why(x.method, x.evidence, language=scope.language),
            community=_where(x),
            url=web_address(x.url),
            said_on=date.fromisoformat(x.day),
            post_key=x.post_key,
            credit=_credit(x),
        )
        for x in chosen(found, labels, _QUOTES)
    )


def examples_of(
    scope: Scope, kind: str, keys: Sequence[str], only: Condition | None = None
) -> dict[str, Example]:
    """Return for each of these topics, datasets or rows one post, another one each, if any may be
    shown.
    """
    if not keys:
        return {}
    found = _found(scope, kind, keys, only)
    # Of what a thread is about, its replies may say nothing; or what is true of another care home.
    fit = [x for x in found if kind != "entity" or x.evidence.get("where") != OF_A_THREAD]
    best = sorted(fit, key=lambda x: is_lent(x.evidence))
    picked = chosen(best, keys, len(keys))
    scope.told.update(x.post_key for x in picked)
    return {x.target: _example(scope, x) for x in picked}


def spoken_examples(scope: Scope, side: Mapping[str, str]) -> dict[str, Example]:
    """Return for each of these topics a post that shows this stance well, if any may be shown."""
    if not side:
        return {}
    found = _found(scope, "topic", list(side), with_stance=True)
    fit = [x for x in found if x.stance == side[x.target]]
    best = {x.target: x for x in chosen(fit, side, len(side))}
    scope.told.update(x.post_key for x in best.values())
    return {uri: _example(scope, x, ("stance",)) for uri, x in best.items()}


def _found(
    scope: Scope,
    kind: str,
    keys: Sequence[str],
    only: Condition | None = None,
    *,
    with_stance: bool = False,
) -> list[Candidate]:
    def may_be_shown(said: sa.CTE) -> sa.ColumnElement[bool]:
        is_fit = said.c.platform.in_(quoted_platforms()) & said.c.post_key.not_in(scope.told)
        return is_fit & only(said) if only else is_fit

    return candidates(
        scope.conn, scope.of, kind, targets=keys, with_stance=with_stance, only=may_be_shown
    )


def _example(scope: Scope, x: Candidate, of: Sequence[str] = MET) -> Example:
    return Example(
        text=beginning(x.text),
        lang=x.lang,
        why=why(x.method, x.evidence, of, scope.language),
        url=web_address(x.url),
        post_key=x.post_key,
        credit=_credit(x),
    )


def _where(x: Candidate) -> str:
    return place_name(x.community, x.url and urljoin(x.url, "/"), x.platform)


def _credit(x: Candidate) -> str:
    """Return the community and the site: what platforms ask to have named beside a link."""
    site = (urlsplit(web_address(x.url) or "").hostname or "").removeprefix("www.")
    return ", ".join(dict.fromkeys(part for part in (_where(x), one_line(site)) if part))


def place_name(community: str | None, url: str | None, platform: str) -> str:
    """Return what to call a community: its name, else where it stands, else its platform."""
    parts = urlsplit(web_address(url) or "")
    return one_line(community or f"{parts.netloc}{parts.path}".rstrip("/")) or platform.capitalize()
