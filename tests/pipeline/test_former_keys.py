"""What was noted under keys that did not rise with ids is honoured as before."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from everywhere import held
from listening import listening

from contract.keys import post_key, stable_key
from contract.page import Page
from pipeline import landing
from pipeline.comply import comply, erase_again
from pipeline.erased import Erased
from pipeline.refine import refine
from pipeline.settings import Settings
from pipeline.tombstones import ERASURE
from warehouse.store import opened, writing
from warehouse.tables import due_step, post, removal
from warehouse.tombstones import Tombstone, put_up

NOW = datetime.now(UTC).replace(microsecond=0)
GONE, STAYS = "1989976820476280931", "1989976820476280999"
WORDS = {GONE: "qxbittern", STAYS: "qxcurlew"}
ELSEWHERE = "1989976820476270000"
FORMER = stable_key("post", "x", GONE)


@pytest.fixture
def given(store_url: str, tmp_path: Path) -> Settings:
    """Return an installation with a page landed, on which two people say a word each."""
    given = listening(tmp_path / "place", store_url, ["x"])
    tweets = [
        {"id": id_, "text": f"The lamp on the quay is out, says {word}.", "author_id": id_[::-1],
         "created_at": NOW.isoformat(), "lang": "en",
         "referenced_tweets": [{"type": "replied_to", "id": ELSEWHERE}]}
        for id_, word in WORDS.items()
    ]  # fmt: skip
    page = Page(
        source="x", platform="x", url="https://api.x.com/2/tweets/search/recent", received_at=NOW,
        body=msgspec.json.encode({"data": tweets, "meta": {"result_count": len(tweets)}}),
    )  # fmt: skip
    landing.land(given.landing, [page], "run1", NOW, 1)
    return given


def _keys(given: Settings) -> set[str]:
    with opened(given.warehouse) as engine, engine.connect() as connection:
        return set(connection.scalars(sa.select(post.c.post_key).where(post.c.text != "")))


def test_a_tombstone_stands(given: Settings) -> None:
    with opened(given.warehouse) as engine, writing(engine) as connection:
        put_up(connection, [Tombstone(FORMER, "x", "post", NOW)])
    result = refine(given)
    assert (result["posts_new"], result["skipped"]) == (1, 1)
    assert _keys(given) == {post_key("x", STAYS)}
    comply(given)
    assert set(held(WORDS.values(), given.data)) == {WORDS[STAYS]}


def test_a_list_is_erased_again(given: Settings) -> None:
    assert refine(given)["posts_new"] == 2
    assert erase_again(given, [Erased("post", FORMER, ERASURE, datetime.now(UTC))]) == 1
    assert _keys(given) == {post_key("x", STAYS)}
    assert set(held(WORDS.values(), given.data)) == {WORDS[STAYS]}


def test_what_refers_to_posts_not_stored_is_mended_when_pages_are_read_again(
    given: Settings,
) -> None:
    assert refine(given)["posts_new"] == 2
    former = {"parent_key": stable_key("post", "x", ELSEWHERE), "row_hash": "of other methods"}
    with opened(given.warehouse) as engine, writing(engine) as connection:
        # A digest of what is said, with such a key in it, is as often greater as it is less.
        for key, digest in ((post_key("x", GONE), "0" * 32), (post_key("x", STAYS), "f" * 32)):
            is_it = post.c.post_key == key
            connection.execute(sa.update(post).where(is_it).values(content_hash=digest, **former))
    assert refine(given, reparse=True)["posts_changed"] == 2
    with opened(given.warehouse) as engine, engine.connect() as connection:
        parents = set(connection.scalars(sa.select(post.c.parent_key)))
        assert parents == {post_key("x", ELSEWHERE)}
        steps = set(connection.scalars(sa.select(due_step.c.step)))
        assert "cut versions" not in steps, "nothing was said otherwise"
    comply(given)
    with opened(given.warehouse) as engine, engine.connect() as connection:
        assert connection.scalars(sa.select(removal.c.why)).all() == []
