"""Feeds recorded of real sites: every item is accounted for, in its thread and by its author."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from connectors.feed import is_page, parse, unknown_fields
from contract.page import Page
from contract.post import Outcome, Post, Rejected, Skipped

RECEIVED_AT = datetime(2026, 8, 20, tzinfo=UTC)
OF_NO_KNOWN_MEANING = {
    "feed.c9_pagecount", "feed.c9_pagesize", "feed.c9_totalresults", "item.avatar",
    "item.linkmobile", "item.omny_clipid", "item.svnit_semantics", "item.value", "item.valuename",
}  # fmt: skip


def pages(folder: Path, *patterns: str) -> Iterator[Page]:
    files = sorted(file for pattern in patterns for file in folder.glob(pattern))
    assert files
    for file in files:
        yield Page(
            source="recorded", platform="feed", url="https://source.example/",
            received_at=RECEIVED_AT, body=file.read_bytes(), file=file.name,
        )  # fmt: skip


def parsed(page: Page) -> list[Outcome]:
    outcomes = list(parse(page))
    assert is_page(page.body), page.file
    assert outcomes, page.file
    return outcomes


def posts_of(page: Page) -> list[Post]:
    outcomes = parsed(page)
    assert not [o for o in outcomes if isinstance(o, Rejected)], page.file
    assert len(outcomes) == max(1, page.body.count(b"<item>") + page.body.count(b"<entry")), (
        page.file
    )
    return [o for o in outcomes if isinstance(o, Post)]


def test_comments_of_wordpress_have_root_author_and_title(recorded: Path) -> None:
    posts = [
        post
        for folder, pattern in (("wordpress", "*.rss"), ("forums_html_rss", "*.rss"))
        for page in pages(recorded / folder, pattern)
        for post in posts_of(page)
    ]
    assert len(posts) == 129
    for post in posts:
        assert post.kind == "comment"
        assert post.root_id
        assert post.native_id.startswith(f"{post.root_id}#comment-")
        assert post.parent_id
        assert post.parent_id.startswith(post.root_id)
        assert post.author_name
        assert post.title
        assert not post.title.startswith(("Comment", "By: "))
        assert "In reply to <a" not in post.body
        assert post.created_at
    assert sum(post.parent_id != post.root_id for post in posts) == 36


def test_mybb_lists_threads(recorded: Path) -> None:
    found = Counter[str]()
    for page in pages(recorded / "forums_html_rss", "mybb_*.xml"):
        for post in posts_of(page):
            assert post.native_id == post.root_id == post.url
            assert (post.kind, post.parent_id, bool(post.title)) == ("post", None, True)
            assert (post.community_id, post.body_format) == ("starbound-fr.net/forum", "html")
            found[post.native_id] += 1
        empty = [o for o in parsed(page) if isinstance(o, Skipped)]
        assert not empty or "fid=37" in str(page.file)
    assert len(found) >= 40


def test_reddit_names_submission_subreddit_and_author(recorded: Path) -> None:
    (page,) = pages(recorded / "reddit", "rss_listing_2026.rss")
    posts = posts_of(page)
    assert len(posts) == 25
    for post in posts:
        assert (post.kind, post.native_id) == ("post", post.root_id)
        assert (post.community_name, post.tags) == ("gravelcycling", ())
        assert post.author_id == f"https://www.reddit.com/user/{post.author_name}"
        assert "submitted by" not in post.body
        assert post.created_at


def test_discourse_gives_a_post_one_id_in_both_its_feeds(recorded: Path) -> None:
    of_all, of_topic = pages(recorded / "discourse", "cf_*.rss")
    shared = {p.native_id for p in posts_of(of_all)} & {p.native_id for p in posts_of(of_topic)}
    assert len(shared) >= 10
    for post in (*posts_of(of_all), *posts_of(of_topic)):
        assert post.root_id
        assert post.root_id.endswith("/1")
        assert (post.kind == "reply") == (post.native_id != post.root_id)
        assert post.author_name
        assert "Read full topic" not in post.body


def test_all_feeds_give_ids_once_and_no_mail_address_for_a_name(recorded: Path) -> None:
    unknown: set[str] = set()
    for page in pages(recorded / "feeds", "*.xml", "*.json", "*.rss", "*.atom"):
        posts = [o for o in parsed(page) if isinstance(o, Post)]
        assert all("@" not in (post.author_name or "") for post in posts), page.file
        if not str(page.file).startswith("feedparser__"):
            unknown |= unknown_fields(page)
            ids = Counter(post.native_id for post in posts)
            assert len(ids) == len(posts), page.file
    assert {name for name in unknown if not name.startswith("item.cap_")} == OF_NO_KNOWN_MEANING
