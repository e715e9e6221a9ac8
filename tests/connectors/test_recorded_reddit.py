"""All that was recorded of Reddit: nothing raises, nothing is lost, every field is known."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors import reddit
from connectors.decoding import decoded
from connectors.parts.reddit.fields import things_in
from contract.page import Page
from contract.post import Outcome, Post, Rejected, Skipped
from pipeline.archives import responses_of

RECEIVED_AT = datetime(2026, 11, 22, tzinfo=UTC)


def pages(folder: Path) -> Iterator[Page]:
    for file in sorted(folder.iterdir()):
        if file.suffix in (".tsv", ".md"):
            continue
        for response in responses_of(file):
            yield Page(
                source="recorded", platform="reddit", received_at=RECEIVED_AT, file=file.name,
                url=response.url or "https://www.reddit.com", status=response.status,
                method=response.method, body=response.body,
            )  # fmt: skip


@pytest.fixture
def parsed(recorded: Path) -> list[tuple[Page, list[Outcome]]]:
    return [(page, list(reddit.parse(page))) for page in pages(recorded / "reddit")]


def test_every_record_is_accounted_for(parsed: list[tuple[Page, list[Outcome]]]) -> None:
    rejected: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for page, outcomes in parsed:
        things = list(things_in(decoded(page.body))) if page.status == 200 else []
        assert len(outcomes) == max(len(things), 1), page.file
        assert reddit.unknown_fields(page) == set(), page.file
        rejected.update(o.reason for o in outcomes if isinstance(o, Rejected))
        skipped.update(o.rule for o in outcomes if isinstance(o, Skipped))
        kinds.update(o.kind for o in outcomes if isinstance(o, Post))
    assert rejected == {"not JSON": 1}
    assert kinds == {"comment": 2576, "post": 1419}
    assert set(skipped) == {
        "account", "advertisement", "answer to an action", "block page", "community",
        "empty answer", "empty list", "error page", "feed", "gone", "list of communities",
        "list of trophies", "live thread", "live update", "more comments", "not about posts",
        "profile page", "redirect", "token", "wiki revision",
    }  # fmt: skip
    assert (skipped["advertisement"], skipped["more comments"]) == (5, 42)


def test_what_posts_say(parsed: list[tuple[Page, list[Outcome]]]) -> None:
    posts = [o for _, outcomes in parsed for o in outcomes if isinstance(o, Post)]
    assert all(post.created_at for post in posts)
    assert all(post.url and post.url.startswith("https://www.reddit.com/") for post in posts)
    assert all(post.root_id for post in posts)
    assert all(post.parent_id for post in posts if post.kind == "comment")
    removed = [post for post in posts if post.removed_at]
    assert len(removed) == 22
    assert not any(p.body or p.title or p.author_id or p.media or p.links for p in removed)
    assert sum(post.author_id is None for post in posts) == 73
    assert sum(post.likes is None for post in posts) >= 430
    assert sum(bool(post.media) for post in posts) >= 190
    assert not any("&amp;" in media.url for post in posts for media in post.media)


def test_without_raw_json_everything_is_unescaped(
    parsed: list[tuple[Page, list[Outcome]]],
) -> None:
    ((page, outcomes),) = [each for each in parsed if "2026a" in (each[0].file or "")]
    assert page.body.count(b"&amp;") > 200
    shown = [o for o in outcomes if isinstance(o, Post)]
    assert len(shown) == 10
    addresses = [link.url for o in shown for link in o.links] + [
        m.url for o in shown for m in o.media
    ]
    assert not any("&amp;" in text for text in (*addresses, *(o.title or "" for o in shown)))
    assert all(o.body.startswith("<!-- SC_OFF -->") for o in shown if o.body_format == "html")


def test_its_own_pages_are_known(recorded: Path) -> None:
    strange = {"block_page_network_policy_2026.html", "rss_listing_2026.rss", "INDEX.tsv"}
    for file in sorted((recorded / "reddit").iterdir()):
        bodies = [r.body for r in responses_of(file)]
        if file.name in strange or file.suffix == ".md":
            assert not any(map(reddit.is_page, bodies)), file.name
        elif file.name.startswith("public_json") or "TestSubredditListings" in file.name:
            assert all(map(reddit.is_page, bodies)), file.name
