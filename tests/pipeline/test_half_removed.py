"""What is to be removed when keys come to rise is removed, also after a restore of before.

The store is of the revision before, as that revision left it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from everywhere import held
from listening import listening

from contract.keys import post_key, stable_key
from contract.page import Page
from pipeline import landing
from pipeline.backup import backup
from pipeline.comply import comply
from pipeline.erased import Erased, note_erased
from pipeline.refine import refine
from pipeline.restore import restore
from pipeline.settings import Settings
from pipeline.tombstones import ERASURE
from warehouse.due import leave_due
from warehouse.receipts import request
from warehouse.removals import remove_posts
from warehouse.store import downgrade, migrate, open_store, opened, writing
from warehouse.tables import due_step, post, removal
from warehouse.tombstones import Tombstone, put_up

BEFORE = "0013"
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
LONG_AGO = NOW - timedelta(days=2)
GONE, ERASED, PASSED_ON, EDITED, DOUBTED, STAYS = (f"198997682047628093{n}" for n in range(6))
ZEROS, ONE = "0000000000", "0000000001"
IDS = (GONE, ERASED, PASSED_ON, EDITED, DOUBTED, STAYS, ZEROS, ONE)
WORDS = {id_: f"qxword{'abcdefgh'[n]}" for n, id_ in enumerate(IDS)}
KEYS = {id_: post_key("x", id_) for id_ in IDS}


@pytest.fixture
def given(store_url: str, tmp_path: Path) -> Settings:
    """Return an installation that has read a page on which each says a word of its own."""
    given = listening(tmp_path / "place", store_url, ["x"])
    _land(given, IDS, NOW)
    assert refine(given)["posts_new"] == len(IDS)
    return given


def test_what_was_begun_before_is_done(given: Settings) -> None:
    at = datetime.now(UTC)
    with opened(given.warehouse) as engine, writing(engine) as connection:
        remove_posts(connection, {KEYS[GONE]: at, KEYS[ZEROS]: at}, "gone there")
        put_up(connection, [Tombstone(KEYS[ERASED], "x", "post", at)])
        request(connection, KEYS[ERASED], ERASURE, "x", at)
        remove_posts(connection, dict.fromkeys([KEYS[ERASED], KEYS[ONE]], at), ERASURE)
        leave_due(connection, "remove passed on", [KEYS[PASSED_ON]])
        leave_due(connection, "gone if said again", [KEYS[DOUBTED]])
    _land(given, [EDITED], NOW + timedelta(minutes=9), "once more")
    assert refine(given)["posts_changed"] == 1
    _through(given, lambda engine: downgrade(engine, BEFORE))
    _through(given, migrate)

    comply(given)
    with opened(given.warehouse) as engine, engine.connect() as connection:
        receipts = connection.execute(sa.select(removal.c.what, removal.c.done_at)).all()
        doubted = sa.select(due_step.c.subject).where(due_step.c.step == "gone if said again")
        assert connection.scalars(doubted).all() == [KEYS[DOUBTED]]
    gone = {GONE, ERASED, PASSED_ON, ZEROS, ONE}
    assert sorted(row.what for row in receipts) == sorted(KEYS[id_] for id_ in {*gone, EDITED})
    assert all(row.done_at for row in receipts)
    assert _said(given) == set(IDS) - gone
    assert set(held(WORDS.values(), given.data)) == {WORDS[id_] for id_ in set(IDS) - gone}


@pytest.mark.parametrize("is_former", [True, False])
def test_a_backup_of_before_brings_nothing_back(
    given: Settings, tmp_path: Path, is_former: bool
) -> None:
    _through(given, lambda engine: downgrade(engine, BEFORE))
    folder = Path(backup(given, tmp_path / "backups")["backup"])
    _through(given, migrate)
    former = {id_: stable_key("post", "x", id_) for id_ in IDS}
    some, others = (former, KEYS) if is_former else (KEYS, former)
    at = datetime.now(UTC)
    note_erased(
        given.landing,
        [
            Erased("post", some[GONE], "gone there", at),
            Erased("post", others[ZEROS], ERASURE, at),
            Erased("post", some[ERASED], ERASURE, at),
            Erased("post", others[ERASED], "gone there", LONG_AGO),
            Erased("post", some[STAYS], "gone there", LONG_AGO),
        ],
    )
    assert restore(given, folder, force=True)["erased_again"] == 3
    refine(given, reparse=True)
    comply(given)
    gone = {GONE, ERASED, ZEROS}
    assert _said(given) == set(IDS) - gone
    assert set(held(WORDS.values(), given.data)) == {WORDS[id_] for id_ in set(IDS) - gone}
    with opened(given.warehouse) as engine, engine.connect() as connection:
        receipts = connection.execute(sa.select(removal.c.what, removal.c.done_at)).all()
    assert sorted(row.what for row in receipts) == sorted(KEYS[id_] for id_ in gone)
    assert all(row.done_at for row in receipts)


def _land(given: Settings, ids: tuple[str, ...] | list[str], at: datetime, more: str = "") -> None:
    tweets = [
        {"id": id_, "text": f"The lamp on quay {id_} is out, says {WORDS[id_]} {more}",
         "author_id": f"77{id_[-1]}", "created_at": NOW.isoformat(), "lang": "en"}
        for id_ in ids
    ]  # fmt: skip
    page = Page(
        source="x", platform="x", url="https://api.x.com/2/tweets/search/recent", received_at=at,
        body=msgspec.json.encode({"data": tweets, "meta": {"result_count": len(tweets)}}),
    )  # fmt: skip
    landing.land(given.landing, [page], f"run{at:%H%M}", at, 1)


def _through(given: Settings, do: Callable[[sa.Engine], object]) -> None:
    engine = open_store(given.warehouse)
    do(engine)
    engine.dispose()


def _said(given: Settings) -> set[str]:
    with opened(given.warehouse) as engine, engine.connect() as connection:
        return set(connection.scalars(sa.select(post.c.native_id).where(post.c.text != "")))
