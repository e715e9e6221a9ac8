"""All that was recorded of Bluesky's API: nothing raises, nothing is lost."""

from collections import Counter
from pathlib import Path

import pytest
from recordings import recorded_pages

from connectors import bluesky
from connectors.decoding import decoded
from connectors.parts.bluesky.fields import found_in
from contract.page import Page
from contract.post import Outcome, Post, Rejected, Skipped
from transforms.frame import frame_of


@pytest.fixture(scope="module")
def pages(recorded: Path) -> list[Page]:
    return list(recorded_pages(recorded / "bluesky", "bluesky", "https://bsky.social/xrpc/"))


def outcomes_of(pages: list[Page], file: str = "") -> list[Outcome]:
    return [o for page in pages if not file or page.file == file for o in bluesky.parse(page)]


def test_every_record_is_accounted_for(pages: list[Page]) -> None:
    for page in pages:
        outcomes, found = list(bluesky.parse(page)), found_in(decoded(page.body)) or []
        assert len(outcomes) == max(len(found), 1), page.file
        assert bluesky.unknown_fields(page) == set(), page.file
        assert bluesky.is_page(page.body) or not found, page.file


def test_what_becomes_of_them(pages: list[Page]) -> None:
    outcomes = outcomes_of(pages)
    posts = [o for o in outcomes if isinstance(o, Post)]
    assert len(frame_of(posts)) == len(posts) == 359
    assert Counter(p.opt_out for p in posts) == {None: 306, "!no-unauthenticated": 53}
    assert not [o for o in outcomes if isinstance(o, Rejected)]
    rules = Counter(o.rule for o in outcomes if isinstance(o, Skipped))
    assert (rules["repost"], rules["bridged from another network"]) == (10, 3)
    assert all(p.created_at and p.author_id and p.native_id.startswith("at://") for p in posts)
    assert not any(p.author_handle == "handle.invalid" for p in posts)
    assert all(p.root_id for p in posts)


def test_addresses_are_whole_though_the_text_cuts_them(pages: list[Page]) -> None:
    """Offsets count bytes: read as characters, many would cut words in two."""
    posts = [o for o in outcomes_of(pages) if isinstance(o, Post)]
    linked = [post for post in posts if post.links]
    # The others have it on a card below.
    assert len(linked) == 112
    assert sum(any(link.url in post.body for link in post.links) for post in linked) == 101
    assert not any("\ufffd" in post.body for post in posts)
    cut = [
        word for post in posts for word in post.body.split() if ".com/" in word and "..." in word
    ]
    assert cut == []
    # What a tag says stands in the text as a whole.
    tagged = [(post, tag.tag) for post in posts for tag in post.tags]
    assert len(tagged) > 200
    assert all(f"#{tag}" in post.body for post, tag in tagged)
