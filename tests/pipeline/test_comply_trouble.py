"""What goes wrong while removals are honoured: odd answers, others at work, late arrivals."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
import yaml
from everywhere import held
from listening import listening

from contract.errors import RetryLater, StopSource
from contract.page import Page, Recheck
from pipeline import landing
from pipeline import refine as refining
from pipeline.comply import comply
from pipeline.erase import erase
from pipeline.refine import refine
from pipeline.settings import Settings
from warehouse.store import opened
from warehouse.tables import landing_part, post, removal

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
WORDS = [f"qxlamp{'abcdefghijklmnop'[n]}" for n in range(16)]
COMMUNITY = "/r/Quay/comments"


@pytest.fixture
def given(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return an installation that read a post of each word."""
    for name in ("GOODGUEST_KEY", "GOODGUEST_ERASURE_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pipeline.comply.credentials_of", lambda *_: None)
    given = listening(tmp_path / "place", store_url, ["reddit"])
    charter = yaml.safe_load(given.charter.read_text("utf-8"))
    charter["sources"]["reddit"]["approval"] = {
        "by": "Reddit", "on": "2026-01-01", "ref": "1", "expires": "2099-12-31", "clause": "all",
    }  # fmt: skip
    given.charter.write_text(yaml.safe_dump(charter), "utf-8")
    heard(given, *map(said, WORDS))
    assert refine(given)["posts_new"] == len(WORDS)
    return given


def said(word: str, **more: Any) -> dict[str, Any]:
    """Return a submission with this word in its text, as Reddit sends it."""
    name = f"t3_{word}"
    return {
        "name": name, "id": word, "subreddit": "Quay", "subreddit_id": "t5_quay",
        "author": f"{word}-name", "author_fullname": f"t2_{word}", "title": f"The {word} is out",
        "selftext": f"The lamp on the quay that we all know as {word} went out again last night.",
        "permalink": f"{COMMUNITY}/{word}/the_{word}_is_out/",
        "created_utc": (NOW - 20 * HOUR).timestamp(), **more,
    }  # fmt: skip


def answer_to(word: str, mine: str) -> dict[str, Any]:
    """Return a comment below the submission, that has its title beside and in its address."""
    return {
        "name": f"t1_{mine}", "id": mine, "subreddit": "Quay", "subreddit_id": "t5_quay",
        "author": f"{mine}-name", "author_fullname": f"t2_{mine}", "body": f"So it is: {mine}.",
        "link_id": f"t3_{word}", "parent_id": f"t3_{word}", "link_title": f"The {word} is out",
        "permalink": f"{COMMUNITY}/{word}/the_{word}_is_out/{mine}/",
        "created_utc": (NOW - 19 * HOUR).timestamp(),
    }  # fmt: skip


def heard(given: Settings, *things: dict[str, Any], ago: timedelta = 10 * HOUR) -> None:
    at = NOW - ago
    children = [{"kind": thing["name"][:2], "data": thing} for thing in things]
    page = Page(
        source="reddit", platform="reddit", url="https://oauth.reddit.com/r/Quay/new",
        received_at=at, body=msgspec.json.encode({"kind": "Listing", "data": {
            "children": children, "after": None}}),
    )  # fmt: skip
    landing.land(given.landing, [page], f"run{at:%Y%m%d%H%M%S}", at, 1)


def rows(given: Settings, table: sa.Table) -> list[dict[str, Any]]:
    with opened(given.warehouse) as engine, engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def answering(monkeypatch: pytest.MonkeyPatch, verdict: Callable[[str], Recheck | None]) -> None:
    def recheck(_client: Any, _source: Any, posts: Any) -> Iterator[tuple[str, Recheck]]:
        for native_id, _ in posts:
            if known := verdict(native_id):
                yield native_id, known

    monkeypatch.setattr("connectors.reddit.recheck", recheck)


def test_what_is_gone_all_at_once_goes_when_it_is_said_again(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, lambda _: "gone")
    doubted = comply(given)
    assert doubted["removed"] == 0
    assert "16 posts are said to be gone, more than half" in doubted["errors"]["reddit"]
    assert len(held(WORDS, given.data)) == len(WORDS)
    answering(monkeypatch, lambda _: "there")
    assert comply(given)["errors"] == {}
    answering(monkeypatch, lambda _: "gone")
    assert comply(given)["removed"] == 0, "what was there meanwhile is doubted anew"
    answering(monkeypatch, lambda id_: "gone" if id_ != f"t3_{WORDS[0]}" else "there")
    believed = comply(given)
    assert (believed["removed"], believed["errors"]) == (len(WORDS) - 1, {})
    assert list(held(WORDS, given.data)) == WORDS[:1]


def test_some_that_are_gone_are_believed_at_once(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = {f"t3_{word}" for word in WORDS[:8]}
    answering(monkeypatch, lambda id_: "gone" if id_ in half else "there")
    result = comply(given)
    assert (result["removed"], result["rechecked"], result["errors"]) == (8, 16, {})


@pytest.mark.parametrize("trouble", ["silent", "refused"])
def test_who_does_not_answer_says_nothing(
    given: Settings, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    def verdict(_id: str) -> None:
        if trouble == "refused":
            raise StopSource("reddit: wants a login")

    answering(monkeypatch, verdict)
    result = comply(given)
    assert (result["removed"], result["rechecked"]) == (0, 0)
    assert bool(result["errors"]) is (trouble == "refused")
    assert len(held(WORDS, given.data)) == len(WORDS)


def test_what_nothing_is_said_of_keeps_no_other_from_being_asked_for(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.rechecking.MOST_POSTS", 8)
    asked: list[str] = []
    answering(monkeypatch, asked.append)
    comply(given)
    comply(given)
    assert sorted(asked) == sorted(f"t3_{word}" for word in WORDS)
    comply(given)
    assert len(asked) == 3 * 8, "and then they are asked for again"


def test_sites_that_do_not_answer_keep_no_other_from_being_asked_for(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead, asked = {f"t3_{word}" for word in WORDS[:12]}, list[str]()

    def recheck(_client: Any, _source: Any, posts: Any) -> Iterator[tuple[str, Recheck]]:
        silent = 0
        for native_id, _ in posts:
            if silent == 4:
                raise RetryLater("4 sites are silent", NOW)
            asked.append(native_id)
            silent += native_id in dead
            yield native_id, "silent" if native_id in dead else "there"

    monkeypatch.setattr("connectors.reddit.recheck", recheck)
    rechecked = [comply(given)["rechecked"] for _ in range(4)]
    assert len(set(asked)) == len(WORDS), "each was asked for, the dead ones did not come first"
    assert sum(rechecked) >= len(WORDS) - len(dead)


def test_refine_and_cutting_at_once_lose_and_bring_back_nothing(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading a batch and writing it, what it was read from is erased and cut."""
    answering(monkeypatch, lambda _: None)
    gone = "qxlate"
    heard(given, said(gone), said("qxnewcomer"), ago=2 * HOUR)
    whole, began = refining.prepared_by, []

    def beside(*asked: Any) -> Iterator[Any]:
        for batch in whole(*asked):
            if not began:
                asked_for = {"post": f"t3_{gone}"}
                began.append(Thread(target=erase, args=(given, "reddit"), kwargs=asked_for))
                began[0].start()
                began[0].join()
            yield batch

    monkeypatch.setattr(refining, "prepared_by", beside)
    refine(given)
    refine(given)
    assert not held([gone], given.data)
    assert sorted(row["native_id"] for row in rows(given, post)) == sorted(
        f"t3_{word}" for word in (*WORDS, "qxnewcomer"))  # fmt: skip
    parts = {(part.path, part.digest) for part in landing.parts(given.landing)}
    assert {(row["path"], row["sha256"]) for row in rows(given, landing_part)} == parts
    for row in rows(given, post):
        assert row["landing"].partition("#")[0] in {path for path, _ in parts}


def test_a_batch_is_not_written_between_the_steps_of_a_cut(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, lambda id_: "gone" if id_ == f"t3_{WORDS[0]}" else "there")
    land, turn, running = landing.land_again, refining.in_turn, []
    at_the_door, inside = Event(), Event()

    @contextmanager
    def noted(*asked: Any) -> Iterator[None]:
        at_the_door.set()
        with turn(*asked):
            inside.set()
            yield

    def land_beside(*asked: Any) -> landing.Part:
        if not running:
            running.append(Thread(target=refine, args=(given,), kwargs={"reparse": True}))
            running[0].start()
            assert at_the_door.wait(60)
            assert not inside.wait(0.3), "it waits"
        return land(*asked)

    monkeypatch.setattr(refining, "in_turn", noted)
    monkeypatch.setattr(landing, "land_again", land_beside)
    comply(given)
    running[0].join()
    refine(given)
    assert not held(WORDS[:1], given.data)
    parts = {(part.path, part.digest) for part in landing.parts(given.landing)}
    assert {(row["path"], row["sha256"]) for row in rows(given, landing_part)} == parts


def test_a_repost_goes_with_what_refine_finds_to_be_gone(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, lambda _: None)
    word = WORDS[0]
    passed_on = said("again", selftext=said(word)["selftext"], title="Look",
                     crosspost_parent=f"t3_{word}")  # fmt: skip
    heard(given, passed_on, ago=9 * HOUR)
    refine(given)
    gone = said(word, selftext="[deleted]", author="[deleted]", title="[deleted by user]",
                removed_by_category="deleted")  # fmt: skip
    heard(given, gone, ago=HOUR)
    refine(given)
    comply(given)
    assert not held([word], given.data)
    done = {row["what"] for row in rows(given, removal) if row["done_at"]}
    assert len(done) == 2, "each has its receipt"


def test_the_title_of_an_erased_post_is_not_stored_with_an_answer(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, lambda _: None)
    word = WORDS[0]
    heard(given, answer_to(word, "firstanswer"), ago=9 * HOUR)
    refine(given)
    # The answer names it by its id, which is no secret and stays.
    assert held([f"the.{word}"], given.data)
    erase(given, "reddit", post=f"t3_{word}")
    assert not held([f"the.{word}"], given.data)
    heard(given, answer_to(word, "lateanswer"), ago=HOUR)
    refine(given)
    comply(given)
    assert not held([f"the.{word}"], given.data)
    titles = {row["native_id"]: row["title"] for row in rows(given, post)}
    assert titles["t1_firstanswer"] is titles["t1_lateanswer"] is None


def test_a_post_never_seen_is_erased_before_it_comes(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, lambda _: None)
    receipt = erase(given, "reddit", post="t3_qxtocome")["receipt"]
    assert (receipt["posts"], receipt["done_at"] is None) == (0, False)
    heard(given, said("qxtocome"), ago=HOUR)
    assert refine(given)["posts_new"] == 0
    comply(given)
    assert refine(given, reparse=True)["posts_new"] == 0
    assert not any("qxtocome" in row["text"] for row in rows(given, post))
