"""All that was recorded of Mastodon's API: nothing raises, nothing is lost."""

import re
from collections import Counter
from pathlib import Path

import pytest
from recordings import recorded_pages

from connectors import mastodon
from connectors.decoding import decoded
from connectors.parts.mastodon.fields import is_status, statuses_in
from contract.page import Page
from contract.post import Outcome, Post, Rejected, Skipped
from transforms.frame import frame_of


@pytest.fixture(scope="module")
def pages(recorded: Path) -> list[Page]:
    return list(recorded_pages(recorded / "mastodon", "mastodon", "https://instance.example/"))


def outcomes_of(pages: list[Page], file: str = "") -> list[Outcome]:
    return [o for page in pages if not file or page.file == file for o in mastodon.parse(page)]


def test_every_record_is_accounted_for(pages: list[Page]) -> None:
    for page in pages:
        outcomes, records = list(mastodon.parse(page)), statuses_in(decoded(page.body)) or []
        assert outcomes, page.file
        assert mastodon.unknown_fields(page) == set(), page.file
        if page.status == 200 and page.method != "DELETE":
            assert len(outcomes) == max(len(records), 1), page.file
        if any(is_status(record) for record in records):
            assert mastodon.is_page(page.body), page.file


def test_what_becomes_of_them(pages: list[Page]) -> None:
    outcomes = outcomes_of(pages)
    posts = [o for o in outcomes if isinstance(o, Post)]
    assert len(frame_of(posts)) == len(posts) == 447
    assert Counter(p.opt_out for p in posts if p.opt_out) == {
        "indexable: false": 35, "locked: true": 32, "noindex: true": 4, "#nobot": 1,
    }  # fmt: skip
    # Half a line, and what a stream sends between its lines.
    assert Counter(o.reason for o in outcomes if isinstance(o, Rejected)) == {"not JSON": 2}
    rules = Counter(o.rule for o in outcomes if isinstance(o, Skipped))
    assert {rule: rules[rule] for rule in ("not public", "boost", "earlier version")} == {
        "not public": 25, "boost": 1, "earlier version": 3,
    }  # fmt: skip
    assert rules["bridged from another network"] == 1
    assert all(p.created_at and p.author_id and p.url and p.body_format == "html" for p in posts)
    assert all(re.fullmatch(r"[\w.-]+@[\w.-]+(:\d+)?", str(p.author_id)) for p in posts)
    assert not any(p.native_id == p.url for p in posts if "/users/" in p.native_id)


def test_the_same_post_at_two_instances_is_one(pages: list[Page]) -> None:
    posts = [o for o in outcomes_of(pages) if isinstance(o, Post)]
    seen_at: dict[str, set[str | None]] = {}
    authors: dict[str, set[str | None]] = {}
    for post in posts:
        seen_at.setdefault(post.native_id, set()).add(post.community_id)
        authors.setdefault(post.native_id, set()).add(post.author_id)
    assert all(len(found) == 1 for found in authors.values())
    host = {p.native_id: str(p.author_id).rpartition("@")[2] for p in posts}
    assert sum(host[native_id] not in found for native_id, found in seen_at.items()) > 50


def test_answers_within_a_page_know_what_they_answer(pages: list[Page]) -> None:
    found = outcomes_of(pages, "rtoot_get_context_with_token.yml")
    posts = {p.native_id: p for p in found if isinstance(p, Post)}
    answers = [p for p in posts.values() if p.kind == "reply"]
    assert answers
    assert any(p.parent_id in posts for p in answers)
