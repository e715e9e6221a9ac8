"""The REST API of a real site, saved: every record is accounted for."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from connectors import feed, wordpress
from contract.page import Page
from contract.post import Post, Rejected, Skipped

RECEIVED_AT = datetime(2026, 8, 20, tzinfo=UTC)


def pages(folder: Path, *patterns: str) -> list[Page]:
    files = sorted(file for pattern in patterns for file in folder.glob(pattern))
    return [
        Page(
            source="recorded", platform="wordpress", url="https://source.example/",
            received_at=RECEIVED_AT, body=file.read_bytes(), file=file.name,
        )
        for file in files
    ]  # fmt: skip


def test_records_of_every_kind(recorded: Path) -> None:
    found: Counter[str] = Counter()
    posts: list[Post] = []
    for page in pages(recorded / "wordpress", "*.json", "*.xml"):
        outcomes = list(wordpress.parse(page))
        assert wordpress.is_page(page.body), page.file
        assert wordpress.unknown_fields(page) == set(), page.file
        assert not [o for o in outcomes if isinstance(o, Rejected)], page.file
        posts += [o for o in outcomes if isinstance(o, Post)]
        found.update(o.rule for o in outcomes if isinstance(o, Skipped))
    assert Counter(post.kind for post in posts) == {"article": 48, "comment": 37}
    assert found == {
        "media object": 34, "account": 15, "category": 12, "page of the site": 7,
        "answer of XML-RPC": 1, "record of WordPress.com's own API": 1,
    }  # fmt: skip
    assert all(post.created_at and post.created_at < RECEIVED_AT for post in posts)
    assert all(post.author_name for post in posts if post.kind == "comment")
    assert all(post.title and "&#" not in post.title for post in posts if post.kind == "article")


def test_a_comment_stands_under_the_article_of_its_id(recorded: Path) -> None:
    outcomes = [
        o
        for page in pages(recorded / "wordpress", "unc_*.json")
        for o in wordpress.parse(page)
        if isinstance(o, Post)
    ]
    articles = {post.native_id for post in outcomes if post.kind == "article"}
    comments = [post for post in outcomes if post.kind == "comment"]
    assert all(post.native_id.startswith(f"{post.root_id}#comment-") for post in comments)
    assert len({post.root_id for post in comments} & articles) >= 3


def test_ids_have_the_form_they_have_in_the_sites_feeds(recorded: Path) -> None:
    (feed_page,) = pages(recorded / "wordpress", "whizzy_comments_feed.rss")
    form = {
        post.native_id.partition("?")[2].rstrip("0123456789")[:2]
        for post in feed.parse(feed_page)
        if isinstance(post, Post) and "?p=" in post.native_id
    }
    (page,) = pages(recorded / "wordpress", "unc_comments.json")
    own = [post for post in wordpress.parse(page) if isinstance(post, Post)]
    assert {post.native_id.partition("?")[2][:2] for post in own} == form == {"p="}
