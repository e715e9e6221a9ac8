"""What is removed, hidden or edited there is gone here from every byte, on both stores."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from everywhere import held
from place import LAST_WEEK, TODAY, hurry, place_in
from stores import made_and_let_go

from pipeline import comply as complying
from pipeline import cutting
from pipeline.catalogue import load_catalogue
from pipeline.collect import collect
from pipeline.comply import comply
from pipeline.digest import write_digest
from pipeline.export import export
from pipeline.refine import refine
from pipeline.settings import Settings
from samples.changes import Change, changes
from samples.connections import variables
from samples.server import serve
from samples.town import build_town
from warehouse.store import opened
from warehouse.tables import landing_part, removal
from warehouse.views import rows_of

QUICK = ["allotment-board", "town-reddit"]
ALL = [*QUICK, "streets-flickr", "museum-flickr", "town-x", "town-forum"]


@dataclass(frozen=True)
class Listened:
    """An installation that has listened, and the changes that are still to be made there."""

    given: Settings
    changes: list[Change]

    @property
    def words(self) -> list[str]:
        return [change.word for change in self.changes]


@contextmanager
def listened(
    folder: Path, monkeypatch: pytest.MonkeyPatch, store_url: str, sources: Sequence[str]
) -> Iterator[Listened]:
    client = hurry()  # one clock: what is asked later is received later
    for module in ("collect", "rechecking"):
        monkeypatch.setattr(f"pipeline.{module}.Client", client)
    for name, value in variables().items():
        monkeypatch.setenv(name, value)
    town = build_town(TODAY)
    planned = changes(town, Random(2026))
    with serve(town, per_ten_seconds=10_000) as address:
        given = replace(place_in(folder, address, town).given, warehouse=store_url)
        made_and_let_go(store_url)
        load_catalogue(given)
        collect(given, sources)
        refine(given)
        write_digest(given, "town-weekly", week=LAST_WEEK)
        export(given, given.data / "exported", "parquet", "personal")
        there = held([change.word for change in planned], given.data)
        yield Listened(given, [change for change in planned if change.word in there])


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store_url: str) -> Iterator[Listened]:
    """Return an installation that listened to the smaller communities."""
    with listened(tmp_path / "place", monkeypatch, store_url, QUICK) as found:
        yield found


def left_of(words: Sequence[str], given: Settings) -> dict[str, set[str]]:
    """Return what is left of the words in the folder of data, and in PostgreSQL's files."""
    url = sa.make_url(given.warehouse)
    found = held(words, given.data)
    if url.get_backend_name() == "sqlite":
        return found
    folder = str(url.query["host"])
    with psycopg.connect(host=folder, user="goodguest", dbname="postgres", autocommit=True) as c:
        c.execute("checkpoint")
    return found | held(words, Path(folder, "data", "base"))


def sums(given: Settings) -> Counter[str]:
    """Return how many records there are by what became of them; each part's sum has to hold."""
    with opened(given.warehouse) as engine, engine.connect() as connection:
        rows = connection.execute(sa.select(landing_part)).mappings().all()
    found: Counter[str] = Counter()
    for row in rows:
        assert row["records"] == sum(row[f"posts_{name}"] for name in (
            "new", "changed", "unchanged", "rejected", "skipped"))  # fmt: skip
        assert sum(row["skipped_by_rule"].values()) == row["posts_skipped"]
        assert Path(given.landing, row["path"]).exists()
        assert row["sha256"] in row["path"]
        found.update(records=row["records"], **row["skipped_by_rule"])
    return found


def expect_honoured(place: Listened, made: list[Change]) -> None:
    """Make the changes, comply once, and expect nothing of them and all of the others."""
    given, words = place.given, [change.word for change in made]
    others = sorted(set(place.words) - set(words))
    records = sums(given)["records"]
    for change in made:
        change.make()
    result = comply(given)
    kinds = {change.word: f"{change.platform} {change.kind}" for change in made}
    left = left_of(words, given)
    assert not left, Counter(kinds[word] for word in left)
    assert sorted(held(others, given.data)) == others, "what stands there stays here"
    assert result["errors"] == {}
    assert result["pending"] == result["past"] == 0
    is_edited = [change for change in made if change.kind == "edited"]
    assert result["edited"] >= len(is_edited)
    assert result["removed"] >= len(made) - len(is_edited)
    after = sums(given)
    assert after["records"] == records
    assert after["removed"] >= len(made)


def test_gone_there_is_gone_here_from_every_byte(quick: Listened) -> None:
    given, made = quick.given, quick.changes[:60]
    assert len({change.platform for change in made}) == 2
    expect_honoured(quick, made)
    words = [change.word for change in made]
    first, again = refine(given), refine(given, reparse=True)
    assert first["posts_new"] == again["posts_new"] == 0
    # Answers that lost the title of what they answered are another content, once.
    assert refine(given, reparse=True)["posts_changed"] == 0
    assert not held(words, given.data), "reading it again does not bring it back"
    with opened(given.warehouse) as engine:
        with engine.connect() as connection:
            receipts = connection.execute(sa.select(removal)).all()
        latency = rows_of(engine, "v_removal_latency", 100)
    assert all(row.done_at and row.places == complying.PLACES for row in receipts)
    assert all(row.latency_seconds == (row.done_at - row.since_at).total_seconds() or
               row.latency_seconds == 0 for row in receipts)  # fmt: skip
    assert sum(row["removals"] for row in latency) == len(receipts)
    assert {row["in_time"] for row in latency} == {1.0}
    quiet = comply(given)
    assert (quiet["removed"], quiet["edited"]) == (0, 0)


def test_cut_short_anywhere_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/warehouse.db"
    steps: list[tuple[Any, str]] = [
        (complying, "note_erased"), (cutting, "swap_part"), (cutting, "forget_part"),
        (complying, "cut_parts"), (complying, "redact_digests"), (complying, "remove_exports"),
        (complying, "free"), (complying, "done"),
    ]  # fmt: skip
    with listened(tmp_path / "place", monkeypatch, url, ["town-reddit"]) as place:
        made = place.changes
        for change in made:
            change.make()
        for module, step in steps:
            whole: Callable[..., Any] = getattr(module, step)

            def cut(*given: Any, whole: Callable[..., Any] = whole, **named: Any) -> None:
                whole(*given, **named)
                raise KeyboardInterrupt

            with monkeypatch.context() as patched:
                patched.setattr(module, step, cut)
                with pytest.raises(KeyboardInterrupt):
                    comply(place.given)
        assert comply(place.given)["pending"] == 0
        assert not held([change.word for change in made], place.given.data)
        sums(place.given)


@pytest.mark.slow
def test_three_hundred_changes_everywhere_are_honoured_by_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store_url: str
) -> None:
    with listened(tmp_path / "place", monkeypatch, store_url, ALL) as place:
        made = place.changes[:300]
        assert len(made) == 300
        assert len({change.platform for change in made}) == 5
        expect_honoured(place, made)
