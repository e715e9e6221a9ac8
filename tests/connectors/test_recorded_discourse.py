"""Every field and every record of what was recorded of real Discourse forums."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors import discourse
from contract.page import Page
from contract.post import Outcome, Post, Rejected, Skipped

RECEIVED_AT = datetime(2026, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def pages(recorded: Path) -> list[Page]:
    files = sorted((recorded / "discourse").glob("*.*"))
    return [
        Page(
            source="recorded", platform="discourse", url="https://source.example/",
            received_at=RECEIVED_AT, body=file.read_bytes(), file=file.name,
        )
        for file in files
        if file.suffix in (".json", ".rss")
    ]  # fmt: skip


def of_all(pages: list[Page]) -> list[Outcome]:
    return [outcome for page in pages for outcome in discourse.parse(page)]


def test_every_field_is_used_or_left_aside_on_purpose(pages: list[Page]) -> None:
    assert len(pages) > 180
    assert {page.file: found for page in pages if (found := discourse.unknown_fields(page))} == {}


def test_a_field_nobody_knows_is_found_at_every_level(pages: list[Page]) -> None:
    named = {page.file: page for page in pages}
    body = named["dapi_topic.json"].body
    for known, unknown in (
        (b'"post_stream":', {"new_one"}),
        (b'"stream":', {"post_stream.new_one"}),
        (b'"cooked":', {"post_stream.posts.new_one"}),
    ):
        changed = body.replace(known, b'"new_one": 1, ' + known)
        assert changed != body
        page = Page(source="s", platform="discourse", url="https://source.example/",
                    received_at=RECEIVED_AT, body=changed)  # fmt: skip
        assert discourse.unknown_fields(page) == unknown


@pytest.mark.parametrize("body", [b"", b"<rss/>", b"{", b"null", b'"x"', b"[[1]]", b"\xff"])
def test_what_is_no_json_has_no_fields(body: bytes) -> None:
    page = Page(source="s", platform="discourse", url="https://source.example/",
                received_at=RECEIVED_AT, body=body)  # fmt: skip
    assert discourse.unknown_fields(page) == set()


def test_every_record_has_an_outcome(pages: list[Page]) -> None:
    outcomes = of_all(pages)
    assert not [o for o in outcomes if isinstance(o, Rejected)]
    rules = Counter(o.rule for o in outcomes if isinstance(o, Skipped))
    assert sum(isinstance(o, Post) for o in outcomes) == 2904
    assert rules["small action"] == 41


def test_pictures_are_those_people_put_there(pages: list[Page]) -> None:
    media = [m for o in of_all(pages) if isinstance(o, Post) for m in o.media]
    kinds = Counter(each.kind for each in media)
    assert kinds["image"] > 200
    assert all(each.url.startswith(("http://", "https://")) for each in media)
    odd = ("/images/emoji/", "/user_avatar/", "/letter_avatar", "favicon")
    assert not [each.url for each in media if any(sign in each.url for sign in odd)]


def test_removed_posts_say_nothing(pages: list[Page]) -> None:
    removed = [o for o in of_all(pages) if isinstance(o, Post) and o.removed_at]
    assert {post.removal_reason for post in removed} >= {"hidden by flags"}
    assert not [post for post in removed if post.body or post.title or post.media or post.tags]
