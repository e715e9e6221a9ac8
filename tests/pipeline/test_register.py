"""The public register: what it says of a town that is read, and that anybody can read it."""

import json
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from place import Place
from playwright.sync_api import Browser

from contract.errors import FixSettings
from pipeline.collect import collect
from pipeline.refine import refine
from pipeline.register import register_of, write_register
from warehouse.store import opened
from warehouse.tables import author, post, removal, source

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def read(place: Place) -> Place:
    collect(place.given, ["neighbourhood-blog", "streets-flickr"])
    refine(place.given)
    return place


def test_it_says_who_reads_what_and_since_when(read: Place) -> None:
    found = register_of(read.given, NOW)
    charter = read.given.load_charter()
    assert {source["name"] for source in found["sources"]} == set(charter.sources)
    blog, x = (
        next(source for source in found["sources"] if source["name"] == name)
        for name in ("neighbourhood-blog", "town-x")
    )
    with opened(read.given.warehouse) as engine, engine.connect() as connection:
        kept = sa.select(sa.func.count()).where(post.c.source == "neighbourhood-blog")
        posts = connection.scalar(kept) or 0
    assert blog["posts_kept"] == f"about {posts // 10 * 10}"
    assert posts >= 10
    assert blog["read_since"] is not None
    assert blog["reads"] == {"feeds": ["/blog/feed.xml", "/blog/comments/feed.xml"]}
    assert (x["posts_kept"], x["read_since"], x["is_read_now"]) == ("none", None, True)
    assert x["agreed_with"] == ["X, 2026-08-14"]


def test_it_says_how_to_object_and_in_which_words(place: Place, tmp_path: Path) -> None:
    files = write_register(place.given, tmp_path / "register.html", NOW)["files"]
    said, page = json.loads(Path(files[1]).read_text()), Path(files[0]).read_text()
    charter = place.given.load_charter()
    assert said["objection"]["text"][0].startswith(f"To {charter.agency.name}: I object")
    assert all(escape(part) in page for part in said["objection"]["text"])
    assert f"mailto:{charter.agency.contact}?subject=Objection&amp;body=To%20" in page
    assert "#nobot" in page
    assert (said["holds"], "No posts are set aside by order" in page) == ([], True)
    assert {purpose["owner"] for purpose in said["purposes"]} == {
        purpose.owner for purpose in charter.purposes.values()
    }


def test_what_has_expired_is_not_read(place: Place) -> None:
    later = register_of(place.given, datetime(2036, 1, 1, tzinfo=UTC))
    assert not any(source["is_read_now"] for source in later["sources"])


def test_a_page_is_asked_for(place: Place, tmp_path: Path) -> None:
    with pytest.raises(FixSettings, match="allowed is the name of a page"):
        write_register(place.given, tmp_path / "register.pdf", NOW)


def test_words_of_the_charter_are_no_markup(place: Place, tmp_path: Path) -> None:
    text = place.given.charter.read_text("utf-8")
    place.given.charter.write_text(text.replace("title: What residents say", "title: <script>x"))
    write_register(place.given, tmp_path / "register.html", NOW)
    assert "<script" not in (tmp_path / "register.html").read_text("utf-8")


def test_nobody_and_nothing_anybody_said_is_in_it(read: Place, tmp_path: Path) -> None:
    write_register(read.given, tmp_path / "register.html", NOW)
    shown = (tmp_path / "register.html").read_text() + (tmp_path / "register.json").read_text()
    with opened(read.given.warehouse) as engine, engine.connect() as connection:
        texts = [text for text in connection.scalars(sa.select(post.c.text)) if len(text) > 20]
        keys = list(connection.scalars(sa.select(author.c.author_key)))
    assert texts
    assert keys
    assert not any(words in shown for words in (*texts, *keys))
    references = [s.permission.ref for s in read.given.load_charter().sources.values()
                  if s.permission]  # fmt: skip
    assert not any(reference in shown for reference in references)


def test_anybody_can_read_the_page(place: Place, tmp_path: Path, browser: Browser) -> None:
    _was_read(place, "old-forum", 12, "gone there", "purpose expired")
    result = write_register(place.given, tmp_path / "register.html", NOW)
    assert json.loads(Path(result["files"][1]).read_text())["agency"]
    for width, scheme in ((390, "light"), (1280, "dark")):
        page = browser.new_page(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        page.goto(f"file://{result['files'][0]}")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.close()


def test_what_is_no_longer_read_and_still_held_is_named(place: Place) -> None:
    _was_read(place, "old-forum", 9)
    (old,) = register_of(place.given, NOW)["no_longer_read"]
    assert (old["name"], old["posts_kept"]) == ("old-forum", "fewer than 10")
    assert old["address"] == "https://old.example.org/forum"


def test_only_what_people_removed_counts_as_removed(place: Place) -> None:
    _was_read(place, "town-forum", 0, *["gone there"] * 11, "erasure", "purpose expired", "edit")
    forum = next(s for s in register_of(place.given, NOW)["sources"] if s["name"] == "town-forum")
    assert (forum["removed_in_a_year"], forum["longest_hours"]) == ("about 10", 30.0)
    assert forum["per_cent_in_time"] == 5  # only the first came within the 24 hours


def test_one_post_more_or_less_does_not_show(place: Place) -> None:
    _was_read(place, "town-forum", 14, *["gone there"] * 3)
    before = register_of(place.given, NOW)
    with opened(place.given.warehouse) as engine, engine.begin() as connection:
        connection.execute(sa.delete(post).where(post.c.post_key == "town-forum 1"))
        connection.execute(sa.delete(removal).where(removal.c.removal_key == "2"))
    assert register_of(place.given, NOW) == before


def _was_read(place: Place, name: str, posts: int, *removals: str) -> None:
    """Write a source with so many posts, and removals for these reasons."""
    known = {"id": name, "platform": "discourse", "purpose": "old", "schedule": "@hourly",
             "url": "https://user:pass@old.example.org/forum?key=secret", "legal_basis": "x",
             "dpia": "x", "owner": "x", "expires_on": "2030-01-01",
             "is_enabled": False}  # fmt: skip
    said = {"platform": "discourse", "kind": "post", "native_id": "1", "source": name,
            "text": "", "redactions": 0, "content_hash": "h", "text_signature": "s",
            "landing": "l", "first_seen_at": NOW, "last_seen_at": NOW, "week": "2026-W46",
            "day": "2026-11-09"}  # fmt: skip
    gone = {"what": "x", "done_at": NOW, "places": [], "source": name, "duty_hours": 24}
    with opened(place.given.warehouse) as engine, engine.begin() as connection:
        connection.execute(sa.insert(source).values(known))
        for number in range(posts):
            row = said | {"post_key": f"{name} {number}"}
            connection.execute(sa.insert(post).values(row))
        for number, why in enumerate(removals):
            hours = {"purpose expired": 5000, "edit": 7000}.get(why, 30 if number else 1)
            row = gone | {"removal_key": f"{number}", "why": why, "latency_seconds": hours * 3600}
            connection.execute(sa.insert(removal).values(row))
