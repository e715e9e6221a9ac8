"""What was noted under keys that did not rise with ids is honoured as before."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from everywhere import held
from listening import listening

from contract.keys import post_key, stable_key
from contract.page import Page
from digest.archive import ISSUE
from digest.issue import Issue, Quote
from digest.redacting import content_of
from pipeline import landing
from pipeline.cleaning import withdraw_protected
from pipeline.comply import comply, erase_again
from pipeline.disclose import Request, disclose_subject
from pipeline.erase import erase
from pipeline.erased import Erased
from pipeline.refine import refine
from pipeline.review import import_review
from pipeline.settings import Settings
from pipeline.tombstones import ERASURE
from warehouse.holding import Order, enter, hold_key_of, standing_over
from warehouse.receipts import request
from warehouse.store import opened, writing
from warehouse.tables import (
    due_step,
    held_record,
    link_review,
    post,
    removal,
    sensitive_topic,
    topic,
)
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


@pytest.mark.parametrize("is_first", [True, False])
def test_a_list_may_name_a_post_by_both_keys(given: Settings, is_first: bool) -> None:
    assert refine(given)["posts_new"] == 2
    before, now = NOW - timedelta(days=1), datetime.now(UTC)
    keys = (FORMER, post_key("x", GONE)) if is_first else (post_key("x", GONE), FORMER)
    # It was seen after it was gone, and erased after that.
    erased = [Erased("post", keys[0], ERASURE, now), Erased("post", keys[1], "gone there", before)]
    assert erase_again(given, erased) == 1
    assert _keys(given) == {post_key("x", STAYS)}


def test_what_was_erased_before_has_one_receipt(given: Settings) -> None:
    with opened(given.warehouse) as engine, writing(engine) as connection:
        put_up(connection, [Tombstone(FORMER, "x", "post", NOW)])
        request(connection, FORMER, ERASURE, "x", NOW)
        order = Order("O-1", "court", "a case", NOW.date(), NOW.date())
        enter(connection, order, NOW)
        sealed = {"post_key": FORMER, "record": "{}", "sha256": "", "sealed_at": NOW}
        connection.execute(sa.insert(held_record), sealed | {"hold_key": hold_key_of("O-1")})
    receipt = erase(given, "x", post=GONE)["receipt"]
    assert receipt["done_at"]
    assert "O-1" in receipt["held"]
    with opened(given.warehouse) as engine, engine.connect() as connection:
        assert connection.scalars(sa.select(removal.c.what)).all() == [FORMER]
        assert standing_over(connection, [post_key("x", GONE)], [], NOW.date())


def test_a_title_goes_with_what_is_erased(given: Settings) -> None:
    assert refine(given)["posts_new"] == 2
    roots = {GONE: stable_key("post", "x", ELSEWHERE), STAYS: post_key("x", ELSEWHERE)}
    with opened(given.warehouse) as engine, writing(engine) as connection:
        for native_id, root in roots.items():
            lent = sa.update(post).values(title="The lamp", root_key=root)
            connection.execute(lent.where(post.c.native_id == native_id))
    erase(given, "x", post=ELSEWHERE)
    with opened(given.warehouse) as engine, engine.connect() as connection:
        assert connection.scalars(sa.select(post.c.title)).all() == [None, None]


@pytest.fixture
def digests(given: Settings) -> Path:
    """Return the folder of an issue of before, which quotes one of the two."""
    quote = Quote(
        text=WORDS[GONE], lang="en", topic="Lamps", community="x", url=None, said_on=NOW.date(),
        post_key=FORMER,
    )  # fmt: skip
    issue = Issue(
        name="weekly", week="2026-W46", title="Weekly", agency="none", contact="none",
        privacy_notice="none", quotes=(quote,),
    )  # fmt: skip
    folder = given.data / "digests"
    folder.mkdir()
    (folder / f"weekly-2026-W46{ISSUE}").write_bytes(content_of(issue))
    return folder


def test_who_asks_is_told_of_a_digest_of_before(given: Settings, digests: Path) -> None:
    assert refine(given)["posts_new"] == 2
    asked = Request("R-1", "officer")
    disclose_subject(given, "x", [GONE[::-1]], asked, digests.parent / "answer")
    answer = json.loads((digests.parent / "answer" / "answer.json").read_bytes())
    assert answer["quoted_in"] == ["weekly-2026-W46"]


def test_a_digest_of_before_quotes_nothing_that_became_sensitive(
    given: Settings, digests: Path
) -> None:
    assert refine(given)["posts_new"] == 2
    with opened(given.warehouse) as engine:
        with writing(engine) as connection:
            row = {"topic_uri": "urn:lamps", "named": "Lamps", "min_authors": 5}
            connection.execute(sa.insert(sensitive_topic), row)
            connection.execute(sa.update(post).values(linked_with=None))
        assert withdraw_protected(given, engine)["digests"] == 1
    assert not held([WORDS[GONE]], digests)


def test_a_review_of_before_is_read(given: Settings, tmp_path: Path) -> None:
    assert refine(given)["posts_new"] == 2
    with opened(given.warehouse) as engine, writing(engine) as connection:
        lamps = {"uri": "urn:lamps", "vocabulary": "none", "is_deprecated": False}
        connection.execute(sa.insert(topic), lamps)
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        "post_key,target,target_key,method,verdict\n"
        f"post:{FORMER},topic,topic:urn:lamps,label,agree\n"
    )
    assert import_review(given, sheet, "analyst")["stored"] == 1
    with opened(given.warehouse) as engine, engine.connect() as connection:
        assert connection.scalars(sa.select(link_review.c.post_key)).all() == [post_key("x", GONE)]


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
