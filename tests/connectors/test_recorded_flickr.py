"""All that was recorded of the real Flickr: nothing raises, nothing is lost, every field known."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors import flickr
from connectors.parts.flickr.answers import read_answer
from connectors.parts.flickr.fields import items_of
from contract.page import Page
from contract.post import Outcome, Post, Rejected, Skipped
from pipeline.archives import responses_of

RECEIVED_AT = datetime(2026, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def pages(recorded: Path) -> list[Page]:
    return list(_pages(recorded / "flickr"))


def _pages(folder: Path) -> Iterator[Page]:
    for file in sorted(folder.glob("*.yml")):
        for response in responses_of(file):
            yield Page(
                source="recorded", platform="flickr", url=response.url or "https://www.flickr.com",
                received_at=RECEIVED_AT, status=response.status, body=response.body,
                file=file.name,
            )  # fmt: skip


def method_of(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query).get("method", [""])[0].removeprefix("flickr.")


def parsed(pages: list[Page]) -> list[tuple[Page, Outcome]]:
    return [(page, outcome) for page in pages for outcome in flickr.parse(page)]


def test_every_record_is_accounted_for(pages: list[Page]) -> None:
    outcomes = parsed(pages)
    assert not [o for _, o in outcomes if isinstance(o, Rejected)]
    posts = [(method_of(page), o) for page, o in outcomes if isinstance(o, Post)]
    counts = Counter((method, post.kind, post.removed_at is None) for method, post in posts)
    assert counts == {
        ("photos.getInfo", "photo", True): 27,
        ("photos.getInfo", "photo", False): 7,
        ("photos.getInfo", "comment", True): 35,
        ("photos.comments.getList", "comment", True): 530,
        ("photos.search", "photo", True): 102,
        ("people.getPublicPhotos", "photo", True): 212,
        ("photosets.getPhotos", "photo", True): 23,
        ("interestingness.getList", "photo", True): 94,
    }
    skipped = {o.rule for _, o in outcomes if isinstance(o, Skipped)}
    assert skipped == {
        "account", "albums and groups of a photo", "album", "camera data", "error page",
        "licences of a photo", "list of galleries", "list of institutions", "list of licences",
        "listing entry", "not of Flickr's API", "people in a photo", "sizes of a photo",
    }  # fmt: skip


def test_lists_give_as_many_outcomes_as_entries(pages: list[Page]) -> None:
    for page in pages:
        read = read_answer(page.body) or {}
        entries = [*items_of(read.get("photos"), "photo"), *items_of(read.get("photoset"), "photo")]
        if entries and isinstance(entries[0], dict):
            assert len(list(flickr.parse(page))) == len(entries), page.file


def test_no_field_is_unknown(pages: list[Page]) -> None:
    unknown = {path for page in pages if flickr.is_page(page.body)
               for path in flickr.unknown_fields(page)}  # fmt: skip
    assert unknown == set()


def test_what_the_posts_say(pages: list[Page]) -> None:
    posts = [o for _, o in parsed(pages) if isinstance(o, Post) and o.removed_at is None]
    photos = [p for p in posts if p.kind == "photo"]
    comments = [p for p in posts if p.kind == "comment" and "-note-" not in p.native_id]
    assert all(p.url and p.url.startswith("http") and p.author_id for p in posts)
    assert sum(p.created_at is None for p in photos) <= 111  # cut dates, and lists without them
    assert all(p.created_at and p.created_at.year >= 2005 for p in comments)
    assert sum(p.author_name is None for p in comments) >= 35
    tags = [tag for p in photos for tag in p.tags]
    assert {tag.added_by for tag in tags} == {"author", "community"}
    assert all(tag.tag for tag in tags)
    placed = [p for p in photos if p.latitude is not None]
    assert placed
    assert all((p.latitude, p.longitude) != (0, 0) for p in placed)
    licences = {m.licence for p in photos for m in p.media}
    assert licences - {None, "All rights reserved"}
    assert all(m.url == p.url for p in photos for m in p.media)
    ids = Counter((p.native_id, p.kind) for p in comments)
    assert max(ids.values()) == 1


def test_what_is_an_answer_is_known(pages: list[Page]) -> None:
    others = [p for p in pages if not flickr.is_page(p.body)]
    assert {urlsplit(p.url).hostname for p in others} <= {
        "commons.wikimedia.org", "live.staticflickr.com", "www.wikidata.org",
    }  # fmt: skip
