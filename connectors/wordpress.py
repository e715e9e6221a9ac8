"""WordPress sites: articles and comments by the REST API every site has.

The ids are those that a site's own feeds give, `https://site/?p=123` and, for a comment,
`https://site/?p=123#comment-7`. A site read as `feed` too gives each post twice, once a platform:
one of the two sources is enough, and this one tells more.
"""

import logging
from datetime import date, timedelta
from typing import Any

from connectors.answers import Answer, Probed, needed, page_of
from connectors.cursors import kept
from connectors.ends import BOUND, COMPLETE, LEFT_OUT, LIMIT
from connectors.http import Client
from connectors.indexing import heed_front_page
from connectors.parts.wordpress.asking import API, PER_PAGE, held_by, judged, judged_comments
from connectors.parts.wordpress.fields import moment
from connectors.parts.wordpress.posts import is_page, parse, unknown_fields
from connectors.parts.wordpress.recheck import recheck
from connectors.parts.wordpress.state import State
from connectors.values import count, text
from contract.charter import Source
from contract.errors import FixSettings, SkipPage
from contract.page import Pages, Stop, Window
from contract.terms import Rate, Terms

__all__ = ["TERMS", "fetch", "is_page", "parse", "probe", "recheck", "unknown_fields"]

log = logging.getLogger("goodguest.wordpress")

TERMS = Terms(
    platform="wordpress",
    title="WordPress",
    document="WordPress REST API Handbook",
    url="https://developer.wordpress.org/rest-api/",
    read_on=date(2026, 8, 1),
    limits=(Rate(1, 2.0),),
    storage="The publisher's copyright: keep the address and a short extract for display.",
    deletion="Remove what the site no longer shows.",
    deletion_hours=72,
    selections=("categories",),
    forbidden=(
        "republishing whole articles",
        "reading what robots.txt excludes",
        "listing the accounts of a site",
    ),
    personal=("native_id", "url", "author_id", "author_name", "title", "body", "text"),
    attribution="Name of the site and a link to the article.",
)

_PLATFORM = "wordpress"
_MAX_PAGES = 50
"""Of one list in one run."""
_MAX_ARTICLES = 100
"""Under which comments are looked for when categories are selected."""
_ANY_ZONE = timedelta(hours=14)
"""Older servers compare a time with their own clock, whatever zone it is given in."""
_LISTS: dict[str, dict[str, str]] = {
    "new": {"route": "posts", "orderby": "date", "_embed": "author,wp:term,wp:featuredmedia"},
    "edited": {
        "route": "posts",
        "orderby": "modified",
        "_embed": "author,wp:term,wp:featuredmedia",
    },
    "comments": {"route": "comments", "orderby": "date_gmt", "_embed": "up"},
}


def fetch(
    client: Client, name: str, source: Source, window: Window, cursor: dict[str, Any] | None
) -> Pages:
    """Yield the articles of the window, those edited in it, and the window's comments.

    Of selected categories only the comments under the articles read in this run can be asked for.
    The cursor's `run` holds the list that is read and its page. It stops as connectors.ends says;
    a site that closes its articles raises StopSource, one that closes its comments leaves them out.
    """
    base = str(source.url).rstrip("/")
    known = kept(cursor, State)
    if "run" not in known:
        # WordPress itself writes `noindex` on every answer of its API; its pages tell.
        heed_front_page(client, f"{base}/")
    run: dict[str, Any] = (
        {**known["run"]}
        if "run" in known
        else {
            "left": list(_LISTS),
            "page": 1,
            "end": COMPLETE,
            "categories": _categories(client, base, name, source),
            "articles": [],
        }
    )
    while run["left"]:
        which = run["left"][0]
        if which == "comments" and run["categories"] and not run["articles"]:
            break
        url = f"{base}{API}/{_LISTS[which]['route']}"
        try:
            answer = client.get(
                url,
                params=_params(which, run, window),
                accept=frozenset({200, 400}),
                judge=judged if which != "comments" else judged_comments,
            )
        except SkipPage as left_out:
            log.warning("%s: %s left out: %s", name, which, left_out)
            run = {**_next_list(run), "end": LEFT_OUT}
            continue
        run = _advanced(run, which, answer, window)
        if answer.status == 200:
            yield page_of(
                answer, source=name, platform=_PLATFORM, url=answer.url, cursor={"run": run}
            )
    return Stop(run["end"])


def _params(which: str, run: dict[str, Any], window: Window) -> dict[str, Any]:
    since, until = window.since - _ANY_ZONE, window.until + _ANY_ZONE
    span = {"after": since, "before": until}
    if which == "edited":
        # Servers before 5.7 do not know `modified_after`: the order alone ends their list.
        span = {"modified_after": since, "before": window.since + _ANY_ZONE}
    chosen = {key: value for key, value in _LISTS[which].items() if key != "route"}
    narrowed = {"comments": ("post", "articles")}.get(which, ("categories", "categories"))
    if run["categories"]:
        chosen[narrowed[0]] = ",".join(str(each) for each in run[narrowed[1]])
    times = {key: f"{value:%Y-%m-%dT%H:%M:%SZ}" for key, value in span.items()}
    return {**chosen, **times, "order": "desc", "per_page": PER_PAGE, "page": run["page"]}


def _next_list(run: dict[str, Any]) -> dict[str, Any]:
    return {**run, "left": run["left"][1:], "page": 1, "first": None, "asked": 0, "total": None}


def _advanced(run: dict[str, Any], which: str, answer: Answer, window: Window) -> dict[str, Any]:
    """Return the progress after an answer: the list's next page, or the next list."""
    records = held_by(answer) if answer.status == 200 else []
    following = _next_list(run)
    if run["categories"] and which != "comments":
        found = dict.fromkeys([*run["articles"], *(r.get("id") for r in records)])
        following["articles"] = [n for n in found if isinstance(n, int)][:_MAX_ARTICLES]
        run = {**run, "articles": following["articles"]}
    if which == "comments" and run["categories"] and following["end"] == COMPLETE:
        following["end"] = LIMIT
    asked, total = run.get("asked", 0) + 1, _said(answer, "x-wp-total")
    known, pages = run.get("total"), _said(answer, "x-wp-totalpages")
    is_past = answer.status == 400
    if known is not None and (is_past or (total or 0) < known) and asked < _MAX_PAGES:
        # Something vanished, and what came next slid onto the page before.
        back = {"page": max(run["page"] - 1, 1), "first": None}
        return {**run, **back, "asked": asked, "total": total}
    if not records or (pages is not None and run["page"] >= pages):
        return following
    stamp = "modified_gmt" if which == "edited" else "date_gmt"
    last = moment(str(records[-1].get(stamp)))
    if last and last < window.since - _ANY_ZONE:
        return following
    first = str(records[0].get("id"))[:20]
    if first == run.get("first"):
        # A page that is there whatever is asked for: a copy of the site in files.
        return {**following, "end": LIMIT}
    if asked >= _MAX_PAGES:
        return {**following, "end": BOUND}
    return {**run, "page": run["page"] + 1, "first": first, "asked": asked, "total": total}


def _said(answer: Answer, header: str) -> int | None:
    number = answer.headers.get(header, "")
    return int(number) if number.isdecimal() and len(number) < 10 else None


def _categories(client: Client, base: str, name: str, source: Source) -> list[int]:
    """Return the ids of the selected categories; raises FixSettings when one is not there."""
    wanted = source.select.categories
    if not wanted:
        return []
    url, params = f"{base}{API}/categories", {"slug": ",".join(wanted), "per_page": PER_PAGE}
    with needed(client.now()):
        answer = client.get(url, params=params, accept=frozenset({200}), judge=judged)
    found = ((text(each, "slug"), count(each, "id")) for each in held_by(answer))
    known = {slug: number for slug, number in found if number is not None}
    for slug in wanted:
        if slug not in known:
            raise FixSettings(
                f"sources.{name}.select.categories: found {slug!r}, which the site does not have; "
                "allowed are the slugs of its categories"
            )
    return [known[slug] for slug in wanted]


def probe(client: Client, name: str, source: Source) -> Probed:
    """Return the number of one article: the site lets guests read them by its API."""
    url = f"{str(source.url).rstrip('/')}{API}/posts"
    params = {"per_page": 1, "_fields": "id"}
    answer = client.get(url, params=params, accept=frozenset({200}), judge=judged)
    return Probed(answer, "the site gives its articles")
