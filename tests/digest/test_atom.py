"""The feed of a digest as a program for news reads it."""

from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import feedparser
from fernley_issues import FULL

from digest.archive import index_of
from digest.atom import atom_of
from digest.issue import Issue

NEXT = replace(
    FULL, week="2026-W47", title="Roads \u202e & <script>alert(1)</script> \x0b\ufffe\uffff"
)


def _read(*issues: Issue) -> feedparser.FeedParserDict:
    found = feedparser.parse(atom_of(issues))
    assert not found.bozo
    return found


def test_a_feed_leads_to_the_page_of_each_week_the_latest_first() -> None:
    found = _read(FULL, NEXT)
    assert [(x.id, x.link) for x in found.entries] == [
        (f"tag:fernley.example,2026:{FULL.name}:{week}", f"{FULL.name}-{week}.html")
        for week in ("2026-W47", "2026-W46")
    ]
    assert found.feed.author == "Town of Fernley"
    assert f"{FULL.name}.html" in {link.href for link in found.feed.links}
    assert all(entry.link in index_of([FULL, NEXT]) for entry in found.entries)


def test_an_entry_says_what_matters_and_when_it_was_counted() -> None:
    (entry,) = _read(FULL).entries
    assert FULL.title in entry.title
    assert entry.summary
    assert datetime(*entry.updated_parsed[:6], tzinfo=UTC) == (
        FULL.snapshot.counted_at.replace(microsecond=0)
        if FULL.snapshot
        else datetime(2026, 11, 16, tzinfo=UTC)
    )


def test_what_is_hostile_stays_text() -> None:
    said = atom_of([NEXT])
    assert b"<script" not in said
    assert "\u202e".encode() not in said
    ElementTree.fromstring(said)


def test_the_same_issues_are_the_same_bytes() -> None:
    assert atom_of([FULL, NEXT]) == atom_of([NEXT, FULL])
