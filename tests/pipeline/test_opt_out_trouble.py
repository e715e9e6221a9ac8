"""Opt-outs when names change, words are passed on, places are shared and processes are late."""

import gzip
from collections.abc import Callable, Iterator, Sequence
from json import dumps
from pathlib import Path
from typing import Any

import pytest
import yaml
from backports import zstd
from listening import listening
from planet import NOW, left_of, rows_of, skipped

from pipeline.comply import comply
from pipeline.erase import erase
from pipeline.importing import import_files
from pipeline.landing import Part, parts, remove
from pipeline.opt_out import opt_out
from pipeline.prepare import Prepare, Prepared
from pipeline.refine import refine
from pipeline.settings import Settings
from warehouse.tables import removal

on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
"""What the database has no part in."""

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes, ".gz": gzip.compress, ".zst": zstd.compress,
}  # fmt: skip


@pytest.fixture
def given(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return an installation whose sources answer nothing when they are asked again."""
    monkeypatch.delenv("GOODGUEST_ERASURE_KEY", raising=False)
    silent: Any = lambda *_: iter(())  # noqa: E731
    for platform in ("reddit", "x"):
        monkeypatch.setattr(f"connectors.{platform}.recheck", silent)
    return listening(tmp_path / "place", store_url, ["reddit", "x"])


def _opt_outs(given: Settings, **outs: Any) -> None:
    charter = yaml.safe_load(given.charter.read_text("utf-8"))
    charter["opt_outs"] = outs
    given.charter.write_text(yaml.safe_dump(charter), "utf-8")


def _import(given: Settings, platform: str, said: Any, packed: str = "") -> None:
    content, number = dumps(said).encode(), len(list(given.data.parent.glob("*.json*")))
    file = given.data.parent / f"{number}.json{packed}"
    file.write_bytes(PACKED[packed](content))
    import_files(given, platform, [file])
    file.write_bytes(b"")


def _submission(word: str, by: int, community: str = "town", **more: Any) -> dict[str, Any]:
    return {"kind": "t3", "data": {
        "name": f"t3_{word[2:]}", "title": f"On {word}", "selftext": f"It says {word}.",
        "author": f"person{by}", "author_fullname": f"t2_{by}", "subreddit": community,
        "subreddit_id": f"t5_{community}", "created_utc": NOW.timestamp() - 3600, **more,
    }}  # fmt: skip


def _comment(word: str, by: int, root: str) -> dict[str, Any]:
    whole = _submission(word, by)["data"]
    begun = f"t3_{root[2:]}"
    named = {"name": f"t1_{word[2:]}", "link_id": begun, "parent_id": begun}
    return {"kind": "t1", "data": {
        **whole, **named, "link_title": f"On {root}", "body": f"It says {word}."}}  # fmt: skip


def _listing(*children: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"children": children}}


def _tweets(*tweets: tuple[int, int, str], names: dict[int, str], **of: int) -> dict[str, Any]:
    """Return a page of posts: id, author and text each; `shared` is one that the last shares."""
    data: list[dict[str, Any]] = [
        {"id": str(id_), "text": text, "author_id": str(author),
         "edit_history_tweet_ids": [str(id_)], "conversation_id": str(id_),
         "entities": {"hashtags": [{"tag": "nobot", "start": 0, "end": 6}] * ("#nobot" in text)}}
        for id_, author, text in tweets
    ]  # fmt: skip
    if "shared" in of:
        data[-1]["referenced_tweets"] = [{"type": "retweeted", "id": str(of["shared"])}]
    users = [{"id": str(id_), "username": name, "name": name} for id_, name in names.items()]
    return {"data": data, "includes": {"users": users}}


def test_who_writes_where_others_opted_out_is_read_elsewhere(given: Settings) -> None:
    _import(given, "reddit", _listing(_submission("qxone", 1, "park")))
    refine(given)
    comply(given)
    _opt_outs(given, communities={"reddit": ["r/Town"]})
    unlisted = _submission("qxthree", 1, "lake", quarantine=True)
    _import(given, "reddit", _listing(_submission("qxtwo", 1), unlisted))
    refine(given)
    assert comply(given)["opted_out"] == 0
    assert left_of(given, ["qxone", "qxtwo", "qxthree"]) == {"qxone"}


@on_sqlite
def test_a_community_that_is_renamed_stays_left_out(given: Settings) -> None:
    _import(given, "reddit", _listing(_submission("qxone", 1)))
    refine(given)
    _opt_outs(given, communities={"reddit": ["r/Town"]})
    assert comply(given)["opted_out"] == 1
    renamed = _submission("qxtwo", 1, subreddit="village", title="Anew")
    _import(given, "reddit", _listing(renamed, _submission("qxthree", 2, "park")))
    refine(given)
    assert left_of(given, ["qxone", "qxtwo", "qxthree"]) == {"qxthree"}


@on_sqlite
def test_who_opted_out_by_name_is_known_by_another_name(given: Settings) -> None:
    _opt_outs(given, accounts={"x": [opt_out(given, "x", "@heron")["hash"]]})
    _import(given, "x", _tweets((1, 7, "It says qxone."), names={7: "heron"}))
    _import(given, "x", _tweets((2, 7, "It says qxtwo."), names={7: "egret"}))
    _import(given, "x", _tweets((3, 8, "It says qxthree."), names={8: "egret"}))
    _import(given, "reddit", _listing(_submission("qxfour", 1, author="heron")))
    refine(given)
    assert left_of(given, ["qxone", "qxtwo", "qxthree", "qxfour"]) == {"qxthree", "qxfour"}
    _opt_outs(given, accounts={"reddit": [opt_out(given, "x", "@crane")["hash"]]})
    _import(given, "x", _tweets((4, 9, "It says qxfive."), names={9: "crane"}))
    assert left_of(given, ["qxfive"]) == {"qxfive"}, "the hash is of one platform"


def test_who_passes_on_a_tag_has_not_opted_out(given: Settings) -> None:
    names = {7: "heron", 8: "otter"}
    _import(given, "x", _tweets((1, 8, "It says qxone."), names=names))
    refine(given)
    both = ((2, 7, "Leave qxtwo out #nobot"), (3, 8, "RT @heron: Leave qxtwo out #nob…"))
    _import(given, "x", _tweets(*both, names=names, shared=2))
    _import(given, "x", _tweets((4, 8, "RT @heron: qxthree #nobot"), names=names, shared=9))
    _import(given, "x", _tweets((5, 8, "It says qxfour."), names=names))
    refine(given)
    comply(given)
    assert left_of(given, ["qxone", "qxtwo", "qxfour"]) == {"qxone", "qxfour"}
    assert skipped(given) == {"opted out": 3}


@on_sqlite
def test_a_share_that_was_held_before_is_removed_and_nothing_else_of_who_shared(
    given: Settings,
) -> None:
    _opt_outs(given, tags=["none"])
    names = {7: "heron", 8: "otter"}
    both = ((2, 7, "Leave qxtwo out #nobot"), (3, 8, "RT @heron: Leave qxtwo out #nob…"))
    _import(given, "x", _tweets(*both, names=names, shared=2))
    _import(given, "x", _tweets((4, 8, "It says qxfour."), names=names))
    assert refine(given)["posts_new"] == 3
    _opt_outs(given, tags=["nobot"])
    assert comply(given)["opted_out"] == 2
    assert left_of(given, ["qxtwo", "qxfour"]) == {"qxfour"}
    assert [row["why"] for row in rows_of(given, removal)] == ["opted out"] * 2


@pytest.mark.parametrize("how", ["erased", "opted out", "noindex"])
@on_sqlite
def test_no_answer_brings_the_title_of_who_is_left_out(given: Settings, how: str) -> None:
    begun = _submission("qxone", 1)
    if how == "erased":
        erase(given, "reddit", account="t2_1")
    elif how == "opted out":
        _opt_outs(given, accounts={"reddit": [opt_out(given, "reddit", "u/person1")["hash"]]})
    else:
        begun["data"]["is_robot_indexable"] = False
    _import(given, "reddit", _listing(begun, _comment("qxtwo", 2, "qxone")))
    _import(given, "reddit", _listing(_comment("qxthree", 3, "qxone")))
    assert refine(given)["posts_new"] == 2
    assert left_of(given, ["on qxone", "qxtwo", "qxthree"]) == {"qxtwo", "qxthree"}


@pytest.mark.parametrize("packed", [".gz", ".zst"])
@on_sqlite
def test_of_an_archive_only_who_did_not_opt_out_is_landed(given: Settings, packed: str) -> None:
    _opt_outs(given, accounts={"reddit": [opt_out(given, "reddit", "t2_1")["hash"]]})
    said = _listing(_submission("qxone", 1, author="qxname"), _submission("qxtwo", 2))
    _import(given, "reddit", said, packed)
    assert left_of(given, ["qxone", "qxname", "qxtwo"]) == {"qxtwo"}
    assert refine(given)["posts_new"] == 1


@pytest.mark.parametrize("more", [{"title": 1}, {"promoted": True}])
@on_sqlite
def test_a_record_that_is_no_post_says_nothing_of_who_opted_out(
    given: Settings, more: dict[str, Any]
) -> None:
    odd = _listing(_submission("qxone", 1, **more), _submission("qxtwo", 2))
    _import(given, "reddit", odd)
    assert left_of(given, ["qxone", "qxtwo"]) == {"qxone", "qxtwo"}
    _opt_outs(given, accounts={"reddit": [opt_out(given, "reddit", "u/person3")["hash"]]})
    _import(given, "reddit", odd)
    assert left_of(given, ["qxone", "qxtwo"]) == {"qxone", "qxtwo"}, "it is of somebody else"
    for part in parts(given.landing):
        remove(given.landing, part)
    _opt_outs(given, accounts={"reddit": [opt_out(given, "reddit", "u/person1")["hash"]]})
    _import(given, "reddit", odd)
    assert left_of(given, ["qxone", "qxtwo"]) == {"qxtwo"}


@on_sqlite
def test_what_was_prepared_before_somebody_opted_out_is_prepared_anew(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for word, by in (("qxone", 1), ("qxtwo", 1), ("qxthree", 2)):
        _import(given, "reddit", _listing(_submission(word, by)))

    def late(prepare: Prepare, batches: Iterator[Sequence[Part]], _: int) -> Iterator[Prepared]:
        ready = [one for batch in batches for one in prepare(batch)]
        tag = _submission("qxfour", 1, selftext="#nobot")
        _import(given, "reddit", _listing(tag))
        yield from ready

    monkeypatch.setattr("pipeline.refine.prepared_by", late)
    monkeypatch.setattr("pipeline.batches._BATCH_BYTES", 1)
    result = refine(given)
    assert (result["posts_new"], result["skipped"]) == (1, 2)
