"""How a value of the export is shown: by its column, and never as HTML of its own."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from datasette.utils import tilde_encode
from markupsafe import Markup, escape

from explorer.chart import share
from explorer.evidence import evidence_in_words, evidence_of, method_in_words

DATABASE: Final = "goodguest"
"""Name of the database in addresses: the stem of the export's file."""
_LONGEST = 280
_NONE: Final = Markup('<span class="none">none</span>')


def path(*parts: str, **query: str | None) -> str:
    """Return an address of this site."""
    given = {name: value for name, value in query.items() if value}
    place = "/" + "/".join(quote(part, safe="-_.~") for part in (DATABASE, *parts))
    return f"{place}?{urlencode(given)}" if given else place


def row_path(table: str, row: Mapping[str, Any], key: Sequence[str]) -> str:
    """Return the address of a row."""
    return f"/{DATABASE}/{table}/{','.join(tilde_encode(str(row[name])) for name in key)}"


def csv_path(table: str, query: str) -> str:
    """Return the address of all rows that a table's page shows the first of, as CSV."""
    kept = [pair for pair in parse_qsl(query) if pair[0] not in ("_next", "_sort", "_sort_desc")]
    place = path(f"{table}.csv")
    return f"{place}?{urlencode(kept)}" if kept else place


def link(address: str, words: str) -> Markup:
    """Return a link within this site."""
    return Markup('<a href="{}">{}</a>').format(address, words)


def way_out(address: object, words: str | None = None) -> Markup:
    """Return a link that leaves this site and says so; only words where it is no web address."""
    shown = words or str(address)
    try:
        parts = urlsplit(str(address))
    except ValueError:
        return escape(shown)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return escape(shown)
    return Markup(
        '<a class="out" href="{}" rel="noopener noreferrer nofollow">{}'
        '<span class="unseen"> (leaves this site)</span></a>'
    ).format(str(address), shown)


def moment(value: object) -> Markup:
    """Return a UTC time to the minute."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return escape(str(value))
    return Markup('<time datetime="{}">{}</time>').format(str(value), f"{at:%Y-%m-%d %H:%M}")


def number(value: object) -> Markup:
    """Return a number with its thousands apart, or two places where it is not whole."""
    if isinstance(value, float) and not value.is_integer():
        return escape(f"{value:,.2f}")
    return escape(f"{value:,.0f}") if isinstance(value, int | float) else escape(str(value))


def shortened(value: object, longest: int = _LONGEST) -> str:
    """Return the beginning of a long text, cut between words."""
    text = str(value)
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(None, 1)[0].rstrip() + " …"


def in_language(lang: object) -> Markup:
    """Return the attribute that tells programs the language of a text; none for no language."""
    known = isinstance(lang, str) and re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", lang)
    return Markup(' lang="{}"').format(lang) if known else Markup("")


def cell(column: str, value: object, row: Mapping[str, Any]) -> Markup:
    """Return what a cell shows."""
    if value is None or value == "":
        return _NONE
    if column in _SHOWN:
        return _SHOWN[column](value, row)
    return number(value) if isinstance(value, int | float) else escape(shortened(value))


def _of(row: Mapping[str, Any], column: str) -> str | None:
    return str(row[column]) if column in row.keys() and row[column] is not None else None  # noqa: SIM118


def _post(value: object, row: Mapping[str, Any]) -> Markup:
    return link(path("-", "post", str(value)), f"post {str(value)[-8:]}")


def _topic(value: object, row: Mapping[str, Any]) -> Markup:
    uri, week = _of(row, "topic_uri"), _of(row, "week")
    if uri is None:
        return escape(str(value))
    return link(path("what_people_say", topic=uri, week=week), str(value))


def _evidence(value: object, row: Mapping[str, Any]) -> Markup:
    target, method = _of(row, "target") or "topic", _of(row, "method") or ""
    return escape(evidence_in_words(target, evidence_of(str(value)), method) or str(value))


def _dataset(value: object, row: Mapping[str, Any]) -> Markup:
    page = _of(row, "landing_page")
    return way_out(page, str(value)) if page else escape(str(value))


def _tied(value: object, row: Mapping[str, Any]) -> Markup:
    return link(path("v_post_tie", target_key=str(value)), f"posts {str(value)[:8]}")


def _community(value: object, row: Mapping[str, Any]) -> Markup:
    return link(path("v_post", community_key=str(value)), f"posts {str(value)[:8]}")


def _out(value: object, row: Mapping[str, Any]) -> Markup:
    host = ""
    try:
        host = urlsplit(str(value)).netloc
    except ValueError:
        return escape(str(value))
    return way_out(value, shortened(host, 40) or None)


def _share(value: object, row: Mapping[str, Any]) -> Markup:
    return escape(share(value) if isinstance(value, int | float) else str(value))


_SHARES: Final = ("coverage", "baseline_coverage", "share_unmet", "share_spent", "precision",
                  "precision_low", "precision_high")  # fmt: skip
_TIMES: Final = ("created_at", "edited_at", "linked_at", "ended_at", "last_run_at",
                 "last_success_at")  # fmt: skip
_SHOWN: Final[dict[str, Callable[[object, Mapping[str, Any]], Markup]]] = {
    "post_key": _post,
    "parent_key": _post,
    "topic": _topic,
    "title": _dataset,
    "dataset_key": _tied,
    "entity_key": _tied,
    "community_key": _community,
    "evidence": _evidence,
    "url": _out,
    "community_url": _out,
    "landing_page": _out,
    "week": lambda week, row: link(
        path("v_topic_week", week=str(week), _sort_desc="posts"), str(week)
    ),
    "method": lambda method, row: Markup('{} <span class="soft">{}</span>').format(
        str(method), method_in_words(str(method))
    ),
    **dict.fromkeys(_SHARES, _share),
    **dict.fromkeys(_TIMES, lambda value, row: moment(value)),
}


def in_order(items: Sequence[Any], name: str) -> list[Any]:
    """Return columns or cells with those first that a reader looks for first."""
    rank = {column: place for place, column in enumerate(_FIRST)}
    return sorted(items, key=lambda item: rank.get(item[name], len(_FIRST)))


_FIRST: Final = ("Link", "post_key", "created_at", "post_title", "text", "community", "platform")


def cells_of(columns: Sequence[str], row: Mapping[str, Any]) -> list[tuple[str, Markup]]:
    """Return the cells of a row, each with its column; what only names another is left out."""
    return [(column, cell(column, row[column], row)) for column in columns if column not in _BESIDE]


_BESIDE: Final = ("topic_uri", "landing_page")
"""Columns that a link in another column of the same row already leads by."""
