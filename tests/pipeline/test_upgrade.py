"""Upgrading: a run under way stops cleanly, `init` waits for it, and what was read stays read."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from installed import heard, holdings, installed

from contract.errors import FixSettings, MendFirst
from pipeline import refine as refining
from pipeline.refine import refine
from pipeline.settings import Settings
from warehouse.store import check_revision, downgrade, migrate, open_store, opened, writing

HELD_SECONDS = 0.5


@pytest.fixture
def given(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return an installation with three parts landed, each a batch."""
    monkeypatch.setattr("pipeline.batches._BATCH_BYTES", 1)
    given = installed(tmp_path / "place", store_url)
    for first in (1, 11, 21):
        heard(given, first, 10)
    return given


def _stamp(given: Settings, revision: str) -> None:
    engine = open_store(given.warehouse)
    with writing(engine) as connection:
        connection.execute(sa.text("update alembic_version set version_num = :r"), {"r": revision})
    engine.dispose()


def test_a_run_under_way_writes_nothing_more_after_a_migration(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(given.warehouse) as engine:
        now = check_revision(engine)
    prepared_by = refining.prepared_by

    def migrated_after_one(*arguments: Any) -> Iterator[Any]:
        for number, batch in enumerate(prepared_by(*arguments)):
            if number == 1:
                _stamp(given, "9999")
            yield batch

    with monkeypatch.context() as patched:
        patched.setattr(refining, "prepared_by", migrated_after_one)
        with pytest.raises(MendFirst, match=r"another version .* migrated it while this one ran"):
            refine(given)
    with pytest.raises(FixSettings, match="made by a newer version"):
        refine(given)
    _stamp(given, now)
    assert refine(given)["posts_new"] == 20, "one batch was stored, whole"


def test_init_waits_for_a_batch_under_way(given: Settings) -> None:
    refine(given)
    before = holdings(given)
    engine = open_store(given.warehouse)
    downgrade(engine, "0006")
    done = threading.Event()
    told: list[str] = []

    def init() -> None:
        own = open_store(given.warehouse)
        told.append(migrate(own))
        own.dispose()
        done.set()

    thread = threading.Thread(target=init)
    with writing(engine):
        thread.start()
        assert not done.wait(HELD_SECONDS), "it waits for who writes"
    thread.join(60)
    assert done.is_set()
    assert told == [check_revision(engine)]
    engine.dispose()
    after = holdings(given)
    assert {name: after[name] for name in ("post", "post_words", "post_tag", "v_post")} == {
        name: before[name] for name in ("post", "post_words", "post_tag", "v_post")
    }
    assert refine(given)["posts_new"] == 0
