"""Who asked not to be read: stored where nobody did, left out of every byte where somebody does."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from json import dumps
from pathlib import Path
from typing import Any

import pytest
import yaml
from listening import listening
from place import hurry
from planet import NOW, OTHERS, OUT, WAYS, WORDS, Planet, left_of, rows_of, serving, skipped

from connectors.answers import Answer
from contract.errors import FixSettings, NotAllowed
from pipeline import landing
from pipeline.comply import comply
from pipeline.erase import erase
from pipeline.importing import import_files
from pipeline.opt_out import opt_out
from pipeline.refine import refine
from pipeline.settings import Settings
from warehouse.tables import due_step, erased, post, removal

on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
"""What the database has no part in."""
on_postgresql_slow = pytest.mark.parametrize(
    "store_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)
READ_OR_GIVEN = ["collect", "import"]


@pytest.fixture
def planet() -> Iterator[Planet]:
    with serving() as told:
        yield told


@pytest.fixture
def given(
    store_url: str, tmp_path: Path, planet: Planet, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Return an installation that may read the planet."""
    for name in ("GOODGUEST_KEY", "GOODGUEST_ERASURE_KEY"):
        monkeypatch.delenv(name, raising=False)
    for stage in ("collect", "rechecking"):
        monkeypatch.setattr(f"pipeline.{stage}.Client", hurry())
    given = listening(tmp_path / "place", store_url, ["feed", "reddit"])
    _change(given, lambda charter: charter["sources"]["reddit"].update(enabled=False))
    _change(given, lambda charter: charter["sources"]["feed"].update(
        url=planet.base, private_addresses=True, select={"feeds": ["/feed"]}))  # fmt: skip
    return given


def _change(given: Settings, change: Callable[[dict[str, Any]], None]) -> None:
    charter = yaml.safe_load(given.charter.read_text("utf-8"))
    change(charter)
    given.charter.write_text(yaml.safe_dump(charter), "utf-8")


def _opt_outs(given: Settings, **outs: Any) -> None:
    _change(given, lambda charter: charter.setdefault("opt_outs", {}).update(outs))


def _account(given: Settings, planet: Planet) -> None:
    name = f"{OUT[2:]}s.example#{OUT} name"
    _opt_outs(given, accounts={"feed": [opt_out(given, "feed", name)["hash"]]})


KINDS: dict[str, Callable[[Settings, Planet], Any]] = {
    "tag": lambda _, planet: planet.said.update({OUT: "Not for robots: #NoBot."}),
    "account": _account,
    "community": lambda given, _: _opt_outs(given, communities={"feed": ["Herons"]}),
    "instance": lambda given, _: _opt_outs(given, instances=["herons.example"]),
    "site": lambda given, _: _opt_outs(given, sites=["herons.example/blog"]),
}


@pytest.mark.parametrize(
    ("store_url", "kind", "way"),
    [
        ("sqlite", "tag", "backfill"),
        ("sqlite", "account", "import"),
        ("sqlite", "community", "collect"),
        ("sqlite", "instance", "import"),
        ("sqlite", "site", "collect"),
        ("postgresql", "tag", "import"),
        *(pytest.param("postgresql", kind, "backfill", marks=pytest.mark.slow)
          for kind in ("account", "community", "instance", "site")),
    ],
    indirect=["store_url"],
)  # fmt: skip
def test_who_opts_out_goes_with_receipts_and_does_not_come_back(
    given: Settings, planet: Planet, kind: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent: Any = lambda *_: iter(())  # noqa: E731 - their sites are not of this world
    monkeypatch.setattr("connectors.feed.recheck", silent)
    assert WAYS["backfill"](given, planet) == len(WORDS)
    assert refine(given)["posts_new"] == len(WORDS)
    assert (comply(given)["opted_out"], left_of(given, WORDS)) == (0, set(WORDS)), "not asked yet"
    KINDS[kind](given, planet)
    assert WAYS[way](given, planet) == len(WORDS), "each record is counted"
    assert refine(given)["skipped"] == 1
    result = comply(given)
    assert (result["opted_out"], result["pending"]) == (1, 0)
    assert "feed" not in result["errors"]
    assert left_of(given, WORDS) == set(OTHERS)
    (receipt,) = rows_of(given, removal)
    assert (receipt["why"], receipt["done_at"] is None) == ("opted out", False)
    WAYS[way](given, planet)
    assert left_of(given, WORDS) == set(OTHERS), "landed"
    assert refine(given, reparse=True)["posts_new"] == 0
    assert left_of(given, WORDS) == set(OTHERS), "loaded"
    assert len([row for row in rows_of(given, post) if row["removed_at"] is None]) == len(OTHERS)
    assert skipped(given) == {"opted out": 2, "removed": 1}


@pytest.mark.parametrize("way", READ_OR_GIVEN)
@on_sqlite
def test_a_feed_that_says_none_is_landed_as_a_count(
    given: Settings, planet: Planet, way: str
) -> None:
    planet.headers["X-Robots-Tag"] = "otherbot: noindex, goodguest: none"
    assert WAYS[way](given, planet) == len(WORDS)
    assert not left_of(given, WORDS)
    assert refine(given)["skipped"] == len(WORDS)
    assert skipped(given) == {"noindex": len(WORDS)}
    planet.headers["X-Robots-Tag"] = "otherbot: none"
    planet.said[OUT] = "It is lit again."
    WAYS[way](given, planet)
    assert refine(given)["posts_new"] == len(WORDS)


@on_sqlite
def test_an_article_that_says_noindex_is_removed(given: Settings, planet: Planet) -> None:
    planet.is_here = True
    WAYS["collect"](given, planet)
    refine(given)
    assert comply(given)["rechecked"] == len(WORDS)
    planet.closed.add(OUT)
    assert comply(given)["removed"] == 1
    assert left_of(given, WORDS) == set(OTHERS)
    assert [row["why"] for row in rows_of(given, removal)] == ["gone there"]


@on_postgresql_slow
def test_a_tag_holds_for_the_account_from_then_on(given: Settings, planet: Planet) -> None:
    planet.said[OUT] = "<p>Not for robots: #<b>NoBot</b>.</p>"
    WAYS["collect"](given, planet)
    del planet.said[OUT]
    WAYS["backfill"](given, planet)
    assert left_of(given, WORDS) == set(OTHERS), "it was said once"
    assert {row["kind"] for row in rows_of(given, erased)} == {"opted out", "thread"}
    assert not left_of(given, ["heron name"]), "and is known by a keyed hash"
    planet.said["qxotter"] = "<blockquote>Not for robots: #nobot</blockquote> What is that?"
    planet.said["qxbadger"] = "See https://robots.example/page#nobot and /#nobot, it says nobot."
    WAYS["collect"](given, planet)
    assert left_of(given, WORDS) == set(OTHERS), "others may speak of it"


@on_sqlite
def test_a_tag_that_an_edit_brings_holds_for_the_account(
    given: Settings, planet: Planet, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = given.data.parent / "more.xml"
    for number in (b"1", b"2"):
        file.write_bytes(planet.feed.replace(b",2026:1", b",2026:" + number))
        import_files(given, "feed", [file])
    file.write_bytes(b"")
    assert refine(given)["posts_new"] == 2 * len(WORDS)

    def said_anew(heard: Any, _: Any, asked: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        heard.answers.append(Answer(url=f"{planet.base}/feed", status=200, headers={},
            body=planet.feed, received_at=datetime.now(UTC)))  # fmt: skip
        yield from ((id_, "there") for id_, _ in asked)

    monkeypatch.setattr("connectors.feed.recheck", said_anew)
    planet.said[OUT] = "#nobot"
    comply(given)
    comply(given)
    assert left_of(given, WORDS) == set(OTHERS)
    assert [row["why"] for row in rows_of(given, removal)] == ["opted out"] * 2


def test_an_account_is_left_out_in_all_sources_of_its_platform(given: Settings) -> None:
    _change(given, lambda charter: charter["sources"].update(
        dict.fromkeys(("one", "two"), charter["sources"]["reddit"])))  # fmt: skip
    for name in ("one", "two"):
        _reddit(given, name, name)
    assert refine(given)["posts_new"] == 4
    assert left_of(given, ["qxone", "qxtwo"]) == {"qxone", "qxtwo"}
    _opt_outs(given, accounts={"reddit": [opt_out(given, "reddit", "/u/Heron")["hash"]]})
    comply(given)
    assert not left_of(given, ["qxone", "qxtwo", "heron"])
    for name in ("one", "two"):
        _reddit(given, name, f"{name}more")
    assert not left_of(given, ["qxone", "qxtwo", "heron"])
    assert refine(given)["posts_new"] == 2
    assert {row["title"] for row in rows_of(given, post) if row["removed_at"] is None} == {None}, (
        "what others answered has no title of who opted out"
    )


def _reddit(given: Settings, source: str, word: str) -> None:
    """Import what one person began and another answered."""
    begun = {"name": f"t3_{word}", "title": f"On qx{word}", "selftext": f"It says qx{word}."}
    answer = {"name": f"t1_{word}", "link_id": f"t3_{word}", "parent_id": f"t3_{word}",
              "link_title": f"On qx{word}", "body": f"I do agree. {word}"}  # fmt: skip
    place = {"subreddit": "town", "created_utc": NOW.timestamp() - 3600}
    children = [
        {"kind": "t3", "data": {**begun, **place, "author": "heron", "author_fullname": "t2_1"}},
        {"kind": "t1", "data": {**answer, **place, "author": "otter", "author_fullname": "t2_2"}},
    ]
    file = given.data.parent / f"{word}.json"
    file.write_text(dumps({"kind": "Listing", "data": {"children": children}}), "utf-8")
    import_files(given, "reddit", [file], source)


@pytest.mark.parametrize("way", READ_OR_GIVEN)
@on_sqlite
def test_what_was_erased_is_not_landed_again(given: Settings, planet: Planet, way: str) -> None:
    WAYS["backfill"](given, planet)
    refine(given)
    erase(given, "feed", post=f"tag:{OUT[2:]}s.example,2026:1")
    erase(given, "feed", account="otters.example#qxotter name")
    assert left_of(given, WORDS) == {"qxbadger"}
    WAYS[way](given, planet)
    assert left_of(given, WORDS) == {"qxbadger"}
    assert refine(given)["skipped"] == 2


@on_sqlite
def test_a_run_that_is_killed_leaves_nothing_of_who_opted_out(
    given: Settings, planet: Planet, monkeypatch: pytest.MonkeyPatch
) -> None:
    KINDS["tag"](given, planet)
    whole = landing.land

    def killed(*said: Any) -> Any:
        whole(*said)
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("pipeline.landing.land", killed)
        with pytest.raises(KeyboardInterrupt):
            WAYS["collect"](given, planet)
    assert left_of(given, WORDS) == set(OTHERS)
    planet.said.clear()
    assert WAYS["collect"](given, planet) == len(WORDS)
    WAYS["collect"](given, planet)
    assert left_of(given, WORDS) == set(OTHERS)
    assert refine(given)["posts_new"] == len(OTHERS)


@on_postgresql_slow
def test_comply_that_is_killed_goes_on(
    given: Settings, planet: Planet, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent: Any = lambda *_: iter(())  # noqa: E731
    monkeypatch.setattr("connectors.feed.recheck", silent)
    WAYS["collect"](given, planet)
    refine(given)
    KINDS["site"](given, planet)

    def killed(*_: Any) -> Any:
        raise KeyboardInterrupt

    for step in ("strip_titles", "cut_parts", "note_honoured"):
        with monkeypatch.context() as broken:
            broken.setattr(f"pipeline.opt_out.{step}", killed)
            with pytest.raises(KeyboardInterrupt):
                comply(given)
    comply(given)
    assert left_of(given, WORDS) == set(OTHERS)
    assert [row["why"] for row in rows_of(given, removal)] == ["opted out"]
    assert {row["step"] for row in rows_of(given, due_step)} == {"opt-outs honoured"}


@on_sqlite
def test_a_site_that_opted_out_is_not_asked(given: Settings, planet: Planet) -> None:
    _opt_outs(given, sites=["127.0.0.1/feed"])
    assert left_of(given, WORDS) == set()
    WAYS["collect"](given, planet)
    assert not planet.asked.count("/feed"), "nor is a page of it"
    _opt_outs(given, sites=["127.0.0.1"])
    planet.asked.clear()
    with pytest.raises(NotAllowed, match=r"sources\.feed.*127\.0\.0\.1.*opt_outs"):
        WAYS["collect"](given, planet)
    assert not planet.asked


@on_sqlite
def test_a_hash_of_another_secret_is_refused(given: Settings, planet: Planet) -> None:
    _account(given, planet)
    (given.data / "erasure.key").write_text("another secret of enough letters", "utf-8")
    for way in (WAYS["import"], WAYS["collect"], lambda given, _: refine(given)["pages"]):
        with pytest.raises(FixSettings, match=r"opt_outs\.accounts\.feed.*the secret"):
            way(given, planet)
    assert not left_of(given, WORDS)
