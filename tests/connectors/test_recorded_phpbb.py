"""All that was recorded of real boards: every post is found, and nothing else is taken for one."""

import csv
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.phpbb import is_page, parse, unknown_fields
from contract.page import Page
from contract.post import Post, Skipped

RECEIVED_AT = datetime(2026, 1, 8, tzinfo=UTC)
QUOTING = {"phpbb2_viewtopic.php@t=498_start=15.html", "phpbb2_viewtopic.php@t=49_start=120.html"}
"""Where the index counts the two halves of a post around its quote as two."""


@pytest.fixture(scope="module")
def pages(recorded: Path) -> list[tuple[Page, int]]:
    folder = recorded / "forums_html_rss"
    with (folder / "INDEX.tsv").open(encoding="utf-8", newline="") as index:
        rows = list(csv.DictReader(index, delimiter="\t"))
    return [
        (
            Page(
                source="recorded", platform="phpbb", url="https://source.example/",
                received_at=RECEIVED_AT, body=(folder / row["file"]).read_bytes(), file=row["file"],
            ),
            int(row["records"]),
        )
        for row in rows
    ]  # fmt: skip


def test_every_post_is_found(pages: list[tuple[Page, int]]) -> None:
    boards: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    for page, records in pages:
        if not is_page(page.body):
            continue
        assert unknown_fields(page) == set()
        outcomes = list(parse(page))
        posts = [o for o in outcomes if isinstance(o, Post)]
        rules.update(o.rule for o in outcomes if isinstance(o, Skipped))
        assert len(posts) == records - (page.file in QUOTING), page.file
        assert len(posts) + sum(isinstance(o, Skipped) for o in outcomes) == len(outcomes)
        for post in posts:
            assert post.created_at, page.file
            assert 2003 <= post.created_at.year <= 2016
            assert post.edited_at is None or post.edited_at > post.created_at
            assert all((post.author_name, post.title, post.root_id, post.body, post.url)), page.file
            assert post.community_id != post.community_name
            assert not re.search(r"sid=[0-9a-f]{32}|_{15}|class=\"signature", post.body)
        boards.update({p.native_id.split("/p/")[0]: 1 for p in posts})
    assert rules == {"topic list entry": 121}
    # The archives of a board are one board, whatever their source is said to be.
    assert set(boards) == {"source.example", "starbound-fr.net/forum"}


def test_a_page_says_windows_1252_whatever_it_declares(pages: list[tuple[Page, int]]) -> None:
    (page,) = (page for page, _ in pages if page.file == "phpbb2_viewtopic.php@t=443.html")
    bodies = "".join(o.body for o in parse(page) if isinstance(o, Post))
    assert "\N{RIGHT SINGLE QUOTATION MARK}" in bodies
    assert not re.search("[\x80-\x9f\ufffd]", bodies)


def test_guests_have_no_account(pages: list[tuple[Page, int]]) -> None:
    (page,) = (page for page, _ in pages if page.file == "phpbb2_viewtopic.php@t=164.html")
    first, second = (o for o in parse(page) if isinstance(o, Post))
    assert (first.author_id, first.kind, second.kind) == (None, "post", "reply")
    assert second.author_id == "source.example/u/3"
    # GMT + 8 at the page's foot.
    assert first.created_at == datetime(2003, 10, 23, 4, 22, tzinfo=UTC)


def test_the_same_topic_under_many_addresses_has_the_same_posts(
    pages: list[tuple[Page, int]],
) -> None:
    named = {page.file: [o for o in parse(page) if isinstance(o, Post)] for page, _ in pages[:-1]}
    one = named["phpbb2_viewtopic.php@t=38.html"]
    other = named["phpbb2_viewtopic.php@t=38_start=0.html"]
    later = named["phpbb2_viewtopic.php@t=38_start=15.html"]
    assert [(p.native_id, p.url) for p in one] == [(p.native_id, p.url) for p in other]
    assert {p.root_id for p in (*one, *later)} == {one[0].root_id}
    assert not {p.native_id for p in one} & {p.native_id for p in later}


def test_only_boards_are_boards(pages: list[tuple[Page, int]]) -> None:
    for page, _ in pages:
        is_board = str(page.file).startswith(("phpbb2_", "mybb_")) and ".html" in str(page.file)
        assert is_page(page.body) == is_board, page.file
