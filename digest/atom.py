"""The issues of a digest as an Atom feed, for programs that read news and for intranet pages."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from digest.archive import stem_of
from digest.harmless import harmless
from digest.issue import Issue
from digest.render import subject_of, summary_of
from digest.weeks import span

ATOM: Final = ".atom"
"""Ending of the feed, which stands beside the pages it leads to."""
_MOST: Final = 52
_NAMESPACE: Final = "http://www.w3.org/2005/Atom"


def atom_of(issues: Sequence[Issue]) -> bytes:
    """Return the feed (RFC 4287) of a digest's issues, one or more, the latest 52 of them.

    An entry has the subject and the sentences of what matters, and leads to the page; its id
    follows from agency, digest and week, so that one written anew replaces the former.
    """
    latest_first = sorted(issues, key=lambda issue: issue.week, reverse=True)[:_MOST]
    latest = harmless(latest_first[0])
    feed = Element("feed", {"xmlns": _NAMESPACE, "xml:lang": latest.language})
    _add(feed, "id", _tag(latest_first[-1], ""))
    _add(feed, "title", latest.title)
    _add(feed, "updated", _when(max(_made_at(issue) for issue in latest_first)))
    author = SubElement(feed, "author")
    _add(author, "name", latest.agency)
    _add(feed, "link", rel="self", href=f"{latest.name}{ATOM}", type="application/atom+xml")
    _add(feed, "link", rel="alternate", href=f"{latest.name}.html", type="text/html")
    for issue in latest_first:
        _entry(feed, issue)
    indent(feed)
    said: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return said + b"\n"


def _entry(feed: Element, issue: Issue) -> None:
    entry = SubElement(feed, "entry")
    page = f"{stem_of(issue.name, issue.week)}.html"
    _add(entry, "id", _tag(issue, f":{issue.week}"))
    _add(entry, "title", subject_of(issue))
    _add(entry, "updated", _when(_made_at(issue)))
    _add(entry, "link", rel="alternate", href=page, type="text/html")
    _add(entry, "summary", " ".join(summary_of(issue)))


def _add(parent: Element, name: str, text: str | None = None, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = text


def _tag(issue: Issue, rest: str) -> str:
    """Return an id that no other thing has (RFC 4151): of the agency's domain."""
    return f"tag:{issue.contact.rpartition('@')[2]},2026:{issue.name}{rest}"


def _made_at(issue: Issue) -> datetime:
    """Return when the issue was counted; its week's end where it does not say."""
    return issue.snapshot.counted_at if issue.snapshot else span(issue.week)[1]


def _when(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
