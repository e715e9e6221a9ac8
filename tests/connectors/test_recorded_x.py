"""All that was recorded of X's API v2: nothing raises, nothing is lost."""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors import x
from connectors.decoding import decoded
from connectors.parts.x.fields import objects
from contract.page import Page
from contract.post import Outcome, Post, Rejected, Skipped
from pipeline.archives import responses_of

RECEIVED_AT = datetime(2026, 1, 8, tzinfo=UTC)
WRAPPED = "error_bodies_quoted_in_issues.json"
"""Bodies with what a person wrote around them."""


@pytest.fixture(scope="module")
def pages(recorded: Path) -> list[Page]:
    return list(_pages(recorded / "x_twitter_v2"))


def _pages(folder: Path) -> Iterator[Page]:
    with (folder / "INDEX.tsv").open(encoding="utf-8", newline="") as index:
        files = [row["file"] for row in csv.DictReader(index, delimiter="\t")]
    for file in files:
        for response in responses_of(folder / file):
            yield Page(
                source="recorded", platform="x", url="https://api.x.com/2/tweets", file=file,
                received_at=RECEIVED_AT, body=response.body,
            )  # fmt: skip


def outcomes_of(pages: list[Page], file: str = "") -> list[Outcome]:
    return [o for page in pages if not file or page.file == file for o in x.parse(page)]


def test_every_record_is_accounted_for(pages: list[Page]) -> None:
    for page in pages:
        outcomes, read = list(x.parse(page)), decoded(page.body)
        assert outcomes, page.file
        data = read if isinstance(read, list) else objects(read, "data")
        assert len(outcomes) >= len(data), page.file
        if page.file != WRAPPED:
            assert x.unknown_fields(page) == set(), page.file
            assert x.is_page(page.body) == bool(page.body.strip()), page.file


def test_what_becomes_of_them(pages: list[Page]) -> None:
    outcomes = outcomes_of([page for page in pages if page.file != WRAPPED])
    posts = [o for o in outcomes if isinstance(o, Post)]
    assert len(posts) == 631
    assert Counter(p.removal_reason for p in posts if p.removed_at) == {
        "withheld in IN": 11, "account made private": 1, "account deactivated": 1,
    }  # fmt: skip
    assert Counter(o.reason for o in outcomes if isinstance(o, Rejected)) == {
        "not found on X": 4, "not JSON": 1,
    }  # fmt: skip
    assert {o.rule for o in outcomes if isinstance(o, Skipped)} == {
        "answer to a command", "compliance job", "count", "earlier version", "empty body",
        "error page", "list", "same post again", "space", "user",
    }  # fmt: skip
    # One has an id somebody made up.
    assert [p.native_id for p in posts if p.created_at is None] == ["1234567890"]
    assert {p.created_at.year for p in posts if p.created_at} <= set(range(2006, 2027))
    assert not any(p.body or p.tags or p.links or p.media for p in posts if p.removed_at)
    assert not any(p.lang_declared in ("qst", "und", "in", "zxx") for p in posts)
    assert not any("&amp;" in p.body for p in posts)
    assert sum(p.place is not None or p.latitude is not None for p in posts) >= 5


def test_retweets_say_the_whole_text(pages: list[Page]) -> None:
    posts = [o for o in outcomes_of(pages, "twarc_kpop.jsonl") if isinstance(o, Post)]
    by_id = {p.native_id: p for p in posts}
    shared = [p for p in posts if p.parent_id in by_id and p.likes is None]
    assert len(shared) > 50
    assert all(p.body == by_id[str(p.parent_id)].body for p in shared)


def test_versions_of_an_edited_post_are_one(pages: list[Page]) -> None:
    for file in ("twarc_edited.jsonl", "twarc_edited_before.jsonl"):
        (post,) = (o for o in outcomes_of(pages, file) if isinstance(o, Post))
        assert post.edited_at is None or post.edited_at > (post.created_at or RECEIVED_AT)
        assert post.url is not None
        assert post.root_id == post.native_id
