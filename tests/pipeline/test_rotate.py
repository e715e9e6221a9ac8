"""A new key: landed posts get new pseudonyms, the others keep theirs or lose it, on both stores."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from listening import listening

from contract.errors import FixSettings
from contract.page import Page
from contract.post import Post
from pipeline import landing, rotate
from pipeline import refine as refining
from pipeline.prepare import Prepared
from pipeline.refine import refine
from pipeline.rotate import rotate_key
from pipeline.settings import KEY_FILE, Settings, pseudonym_key
from transforms.frame import frame_of
from transforms.pseudonyms import key_id, pseudonymise
from warehouse.store import opened
from warehouse.tables import author, post

DAY = datetime(2026, 11, 20, tzinfo=UTC)
AUTHORS = ("moss", "quill", "tansy")
GONE_AUTHORS = ("fern", "moss")
LANDED, GONE = 30, 8


def heard(
    given: Settings, first: int, count: int, authors: tuple[str, ...], *, hour: int = 0
) -> landing.Part:
    posts = [
        {"id": n, "topic_id": n, "topic_slug": "lamps", "post_number": 1, "post_type": 1,
         "username": authors[n % len(authors)], "created_at": DAY.isoformat(),
         "cooked": f"<p>Lamp {n} on the quay has been out all week.</p>"}
        for n in range(first, first + count)
    ]  # fmt: skip
    page = Page(
        source="discourse", platform="discourse", url="https://discourse.example/posts.json",
        received_at=DAY.replace(hour=hour), body=msgspec.json.encode({"latest_posts": posts}),
    )  # fmt: skip
    return landing.land(given.landing, [page], f"run{first}-{hour}", DAY, 1)


@pytest.fixture
def given(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return an installation that read two files, one of which is no longer landed."""
    monkeypatch.delenv("GOODGUEST_KEY", raising=False)
    given = listening(tmp_path / "place", store_url, ["discourse"])
    heard(given, 1, LANDED, AUTHORS)
    gone = heard(given, 1 + LANDED, GONE, GONE_AUTHORS)
    assert refine(given)["posts_new"] == LANDED + GONE
    Path(given.landing, gone.path).unlink()
    return given


def pseudonyms(key: bytes, authors: tuple[str, ...]) -> set[str]:
    posts = [
        Post(platform="discourse", native_id=name, kind="post",
             author_id=f"discourse.example/u/{name}")
        for name in authors
    ]  # fmt: skip
    return set(pseudonymise(frame_of(posts), key)["author_key"])


def stored(given: Settings) -> tuple[Counter[str | None], dict[str, str]]:
    """Return how many posts each author has, and with which key each author was named."""
    with opened(given.warehouse) as engine, engine.connect() as connection:
        posts = Counter(connection.scalars(sa.select(post.c.author_key)))
        keys = connection.execute(sa.select(author.c.author_key, author.c.key_id))
        return posts, {row.author_key: row.key_id for row in keys}


@pytest.mark.parametrize("clear", [False, True])
def test_a_new_key_for_what_is_landed(given: Settings, clear: bool) -> None:
    old = pseudonym_key(given)
    result = rotate_key(given, clear=clear)
    new = pseudonym_key(given)
    assert new != old
    assert result == {
        "key": key_id(new),
        "posts_rekeyed": LANDED,
        "posts_left": 0 if clear else GONE,
        "posts_cleared": GONE if clear else 0,
        "authors_deleted": 4 if clear else 2,
    }
    posts, authors = stored(given)
    renamed, left = pseudonyms(new, AUTHORS), pseudonyms(old, GONE_AUTHORS)
    assert {key: posts[key] for key in renamed} == dict.fromkeys(renamed, LANDED // len(AUTHORS))
    assert posts[None] == (GONE if clear else 0)
    assert authors == dict.fromkeys(renamed, key_id(new)) | (
        {} if clear else dict.fromkeys(left, key_id(old))
    )
    assert [path.name for path in given.data.glob(f"*{KEY_FILE}*")] == [KEY_FILE]
    assert old not in (given.data / KEY_FILE).read_bytes()


def test_what_is_counted_goes_with_it(given: Settings) -> None:
    def counted() -> tuple[int, int]:
        with opened(given.warehouse) as engine, engine.connect() as connection:
            query = "select sum(posts), sum(authors) from community_week"
            return tuple(connection.execute(sa.text(query)).one())

    assert counted() == (LANDED + GONE, 4)
    rotate_key(given)
    assert counted() == (LANDED + GONE, 5), "whose landing is partly gone counts as two"
    rotate_key(given, clear=True)
    assert counted() == (LANDED + GONE, 3)


STEPS = (
    *("require_owner", "_take", "put_in_force", "refine"),
    *("clear_authors", "recount", "forget_authors"),
)
ANOTHER = "a new one of thirty-two letters!"


def test_cut_short_anywhere_it_goes_on(given: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_at(step: str, *, is_done: bool) -> None:
        whole: Callable[..., Any] = getattr(rotate, step)

        def cut(*arguments: Any, **named: Any) -> None:
            if is_done:
                whole(*arguments, **named)
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(rotate, step, cut)
            with pytest.raises(KeyboardInterrupt):
                rotate_key(given, clear=True)

    chosen = set()
    for step in STEPS:
        for is_done in (False, True):
            cut_at(step, is_done=is_done)
            chosen.add((given.data / f"{KEY_FILE}.next").read_bytes())
    assert rotate_key(given, clear=True)["posts_rekeyed"] == LANDED
    assert chosen == {pseudonym_key(given)}, "what was begun is ended, not begun anew"
    posts, authors = stored(given)
    assert set(authors) == set(posts) - {None} == pseudonyms(*chosen, AUTHORS)
    assert rotate_key(given)["key"] != key_id(*chosen)


def test_the_key_of_the_environment_is_the_operators(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOODGUEST_KEY", pseudonym_key(given).decode())
    before = stored(given)
    with pytest.raises(FixSettings, match=r"GOODGUEST_KEY holds the key.*give it a new value"):
        rotate_key(given)
    assert stored(given) == before
    monkeypatch.setenv("GOODGUEST_KEY", ANOTHER)
    result = rotate_key(given, clear=True)
    assert (result["posts_rekeyed"], result["posts_cleared"]) == (LANDED, GONE)
    assert set(stored(given)[1]) == pseudonyms(ANOTHER.encode(), AUTHORS)
    assert not list(given.data.glob(f"*{KEY_FILE}*")), "the old key would stay behind"


def test_cut_short_with_the_key_of_the_environment_it_goes_on(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(engine: sa.Engine) -> int:
        raise KeyboardInterrupt

    monkeypatch.setenv("GOODGUEST_KEY", ANOTHER)
    with monkeypatch.context() as patched:
        patched.setattr(rotate, "forget_authors", cut)
        with pytest.raises(KeyboardInterrupt):
            rotate_key(given, clear=True)
    assert rotate_key(given)["authors_deleted"] == len(pseudonyms(ANOTHER.encode(), AUTHORS)) + 1
    assert set(stored(given)[1]) == pseudonyms(ANOTHER.encode(), AUTHORS)
    with pytest.raises(FixSettings, match="GOODGUEST_KEY holds the key"):
        rotate_key(given)


def test_a_refine_under_way_writes_no_pseudonym_of_the_old_key(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared_by = refining.prepared_by

    def while_rotating(*arguments: Any) -> Iterator[Prepared]:
        for batch in prepared_by(*arguments):
            monkeypatch.setattr(refining, "prepared_by", prepared_by)
            rotate_key(given, clear=True)
            yield batch

    heard(given, 100, 3, ("yarrow",))
    old = pseudonym_key(given)
    monkeypatch.setattr(refining, "prepared_by", while_rotating)
    with pytest.raises(FixSettings, match=f"{key_id(old)} are not stored.*run refine again"):
        refine(given)
    new = pseudonyms(pseudonym_key(given), (*AUTHORS, "yarrow"))
    assert set(stored(given)[1]) == new
    assert refine(given)["posts_changed"] == 0, "whoever reads the key anew goes on"
    assert set(stored(given)[1]) == new


def test_only_the_newest_page_gives_a_new_pseudonym(given: Settings) -> None:
    newer = heard(given, 1, 1, AUTHORS, hour=1)
    refine(given)
    Path(given.landing, newer.path).unlink()
    result = rotate_key(given)
    assert (result["posts_rekeyed"], result["posts_left"]) == (LANDED - 1, GONE + 1)
