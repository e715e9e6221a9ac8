"""Loading: every record accounted for; repeats, order and splits change nothing."""

import msgspec
import pandas as pd
import pytest
import sqlalchemy as sa
from batches import LONG, NOON, batch_of, counted, holdings, later, load, moved, post_of, rows

from contract.errors import FixSettings, GoodguestError
from contract.keys import post_key
from contract.post import Link, Media, Post, Tag
from warehouse.links import Tied
from warehouse.load import Counts, Part, RejectedRecord, SkippedRecord, known_parts, load_batch
from warehouse.store import writing
from warehouse.tables import (
    author,
    community,
    ingest_run,
    landing_part,
    post,
    post_link,
    post_media,
    post_metric,
    post_tag,
    rejected,
    removal,
)


def test_a_post_is_stored_with_everything_around_it(town: sa.Engine) -> None:
    said = post_of(
        "7", title="Potholes", text=LONG, url="https://forum.example.org/t/7", lang="en",
        lang_score=0.98, community_id="roads", community_name="Roads",
        community_url="https://forum.example.org/c/roads", author_id="42", author_name="Ada Moss",
        author_kind="person",
        parent_id="6", root_id="5", created_at=later(-36), edited_at=later(-1),
        place="Mill Lane", latitude=51.5, longitude=-0.25, likes=3, views=0,
        tags=(
            Tag(tag="#Ｐothole", normalised="pothole"),
            Tag(tag="roads", normalised="roads", added_by="community"),
        ),
        links=(Link(url="https://a.ex/?x", canonical_url="https://a.ex/", domain="a.ex"),),
        media=(
            Media(url="https://a.ex/1.jpg", alt_text="A hole", licence="CC BY 4.0"),
            Media(url="https://a.ex/2.mp4", kind="video"),
        ),
    )  # fmt: skip
    assert load(town, [said]) == Counts(new=1)
    (stored,) = rows(town, post)
    key = post_key("discourse", "7")
    assert stored["post_key"] == key
    same = "title text url lang lang_score created_at edited_at place latitude longitude landing"
    assert {n: stored[n] for n in same.split()} == {n: getattr(said, n) for n in same.split()}
    assert stored["first_seen_at"] == stored["last_seen_at"] == stored["observed_at"] == NOON
    assert (stored["week"], stored["day"]) == ("2026-W46", "2026-11-14")
    assert stored["parent_key"] == post_key("discourse", "6")
    assert stored["near_duplicate_of"] is stored["linked_with"] is stored["removed_at"] is None
    (place,) = rows(town, community)
    assert place == {
        "community_key": stored["community_key"], "platform": "discourse", "native_id": "roads",
        "name": "Roads", "url": "https://forum.example.org/c/roads", "observed_at": NOON,
    }  # fmt: skip
    (writer,) = rows(town, author)
    assert writer == {
        "author_key": stored["author_key"], "platform": "discourse", "kind": "person",
        "name": None, "account_created_on": None, "key_id": "k", "observed_at": NOON,
    }  # fmt: skip
    numbers = {"likes": 3, "replies": None, "shares": None, "views": 0}
    assert rows(town, post_metric) == [{"post_key": key, "observed_at": NOON, **numbers}]
    assert [(t["tag"], t["tag_normalised"], t["added_by"]) for t in rows(town, post_tag)] == [
        ("#Ｐothole", "pothole", "author"),
        ("roads", "roads", "community"),
    ]
    assert [link["domain"] for link in rows(town, post_link)] == ["a.ex"]
    assert [tuple(one.values()) for one in rows(town, post_media)] == [
        (key, 0, "https://a.ex/1.jpg", "image", "A hole", "CC BY 4.0"),
        (key, 1, "https://a.ex/2.mp4", "video", None, None),
    ]
    assert "Ada" not in repr(holdings(town))


def test_counts_say_what_became_of_each_record(town: sa.Engine) -> None:
    first = [post_of("1", text="one"), post_of("2", text="two"), post_of("1", text="one")]
    lost = RejectedRecord("forum/a#2", "no id", NOON, detail="id: null")
    left_out = SkippedRecord("forum/a#2", "small action")
    assert load(town, first, [lost, lost], [left_out]) == Counts(2, 0, 1, 2, 1)
    again = moved(
        [
            post_of("1", text="one", observed_at=later(1)),
            post_of("2", text="two, edited", observed_at=later(1)),
            post_of("2", text="two, older", observed_at=later(-1)),
            post_of("3", text="three"),
        ],
        "forum/b",
    )
    counts = load(town, again)
    assert counts == Counts(new=1, changed=1, unchanged=2)
    assert counts + Counts(rejected=1) == Counts(1, 1, 2, 1)
    assert {row["text"] for row in rows(town, post)} == {"one", "two, edited", "three"}
    (a, b) = sorted(rows(town, landing_part), key=lambda row: row["path"])
    assert (a["records"], a["posts_rejected"], a["skipped_by_rule"]) == (6, 2, {"small action": 1})
    assert (b["posts_new"], b["posts_changed"], b["posts_unchanged"]) == (1, 1, 2)
    with town.connect() as connection:
        assert known_parts(connection) == {("forum/a", "0" * 64), ("forum/b", "0" * 64)}
    assert len(rows(town, rejected, resolved_at=None)) == 2


def test_a_mended_parser_resolves_what_was_rejected(town: sa.Engine) -> None:
    lost = [RejectedRecord("forum/a#2", "no id", NOON), RejectedRecord("forum/a#3", "no id", NOON)]
    load(town, [post_of("1")], lost)
    load(town, [post_of("1"), post_of("2")], lost[1:])
    found = {row["landing"]: row["resolved_at"] for row in rows(town, rejected)}
    assert found["forum/a#2"] is not None
    assert found["forum/a#3"] is None


@pytest.mark.parametrize(
    ("records", "parts", "said"),
    [
        ([post_of("1")], [Part("forum/a", "0", "forum", 1, 2)], "forum/a: 2 records came in"),
        ([post_of("1")], [Part("forum/b", "0", "forum", 1, 1)], "1 not at all"),
        ([post_of("1")], [Part("forum/a", "0", "forum", 1, 1)] * 2, "1 twice"),
        ([post_of("1", observed_at=None)], [Part("forum/a", "0", "forum", 1, 1)], "observed_at"),
    ],
)
def test_what_does_not_add_up_is_refused_and_leaves_nothing(
    town: sa.Engine, records: list[Post], parts: list[Part], said: str
) -> None:
    before = holdings(town)
    with pytest.raises(GoodguestError, match=said):
        load_batch(town, batch_of(records), parts)
    assert holdings(town) == before


def test_an_unregistered_source_is_refused(town: sa.Engine) -> None:
    with pytest.raises(FixSettings, match="knows no source elsewhere"):
        load(town, [post_of("1", source="elsewhere")])


def test_a_run_sums_what_became_of_its_files(town: sa.Engine) -> None:
    with town.begin() as connection:
        times = {"window_since_at": NOON, "window_until_at": later(1), "started_at": NOON}
        run = {"run_id": "r1", "source": "forum", "is_backfill": False, "status": "done"}
        connection.execute(sa.insert(ingest_run).values(**run, **times))
    for path, ids in (("forum/a", "12"), ("forum/b", "23"), ("forum/b", "23")):
        part = Part(path, "0", "forum", 1, 2, run_id="r1")
        load_batch(town, batch_of(moved([post_of(i) for i in ids], path)), [part])
    (row,) = rows(town, ingest_run)
    assert [row[f"posts_{name}"] for name in Counts.__slots__] == [2, 0, 2, 0, 0]


def test_signs_a_database_refuses_do_not_stop_a_batch(town: sa.Engine) -> None:
    odd = post_of("1\0", text="a\0b", title="\0", tags=(Tag(tag="x\0"),), community_id="\0")
    assert load(town, [odd, post_of("2")]) == Counts(new=2)
    assert {row["text"] for row in rows(town, post)} == {"a\ufffdb", ""}
    before = holdings(town)
    assert load(town, [odd, post_of("2")]) == Counts(unchanged=2)
    assert holdings(town) == before


def test_a_removed_post_is_emptied_everywhere(town: sa.Engine) -> None:
    said = post_of(
        "1", title="Mill Lane", text=LONG, url="https://forum.example.org/t/1", place="Mill Lane",
        author_id="42", latitude=51.5, tags=(Tag(tag="roads"),),
        links=(Link(url="https://a.example/", canonical_url="https://a.example/"),),
        media=(Media(url="https://a.example/1.jpg", alt_text="Mill Lane"),),
    )  # fmt: skip
    copy = msgspec.structs.replace(said, native_id="2", created_at=later(-1))
    third = msgspec.structs.replace(said, native_id="3", created_at=later(-2))
    load(town, [said, copy, third])
    gone = post_of(
        "3", text=LONG, title="Mill Lane", removed_at=later(2), removal_reason="by author",
        observed_at=later(2), landing="forum/b#1",
    )  # fmt: skip
    assert load(town, [gone]) == Counts(changed=1)
    assert load(town, moved([third], "forum/c")) == Counts(unchanged=1)
    (row,) = rows(town, post, native_id="3")
    personal = ("title", "url", "place", "author_key", "latitude", "longitude", "near_duplicate_of")
    assert {row[name] for name in personal} == {None}
    assert (row["text"], row["text_signature"], row["removal_reason"]) == ("", "", "by author")
    keys = {row["native_id"]: row["post_key"] for row in rows(town, post)}
    assert {t["post_key"] for t in rows(town, post_tag)} == {keys["1"], keys["2"]}
    assert {t["post_key"] for t in rows(town, post_link)} == {keys["1"], keys["2"]}
    assert {t["post_key"] for t in rows(town, post_media)} == {keys["1"], keys["2"]}
    counted(town)
    # The copies' original is gone; the next takes its place.
    assert rows(town, post, native_id="1")[0]["near_duplicate_of"] == keys["2"]
    assert rows(town, post, native_id="2")[0]["near_duplicate_of"] is None
    load(town, moved([msgspec.structs.replace(gone, observed_at=later(9))], "forum/d"))
    (receipt,) = rows(town, removal)
    assert (receipt["what"], receipt["why"]) == (keys["3"], "by author")
    assert receipt["detected_at"] == later(2)
    assert (receipt["done_at"], receipt["places"]) == (None, ["warehouse"]), "the rest follows"


def test_what_is_shown_follows_the_latest_version(town: sa.Engine) -> None:
    def shown() -> list[tuple[int, str, str | None]]:
        return [(one["position"], one["url"], one["alt_text"]) for one in rows(town, post_media)]

    first, second = Media(url="https://a.ex/1.jpg"), Media(url="https://a.ex/2.jpg")
    load(town, [post_of("1", media=(first, second))])
    described = msgspec.structs.replace(second, alt_text="The hole")
    later_on = post_of("1", media=(described,), observed_at=later(1), landing="forum/b#1")
    assert load(town, [later_on]) == Counts(changed=1)
    assert shown() == [(0, "https://a.ex/2.jpg", "The hole")]
    assert load(town, moved([post_of("1", media=(first,))], "forum/c")) == Counts(unchanged=1)
    assert shown() == [(0, "https://a.ex/2.jpg", "The hole")]
    # A new signature in an address is stored, and is no change of what the post says.
    signed = msgspec.structs.replace(described, url="https://a.ex/2.jpg?s=2")
    again = post_of("1", media=(signed,), observed_at=later(2), landing="forum/d#1")
    assert load(town, [again]) == Counts(unchanged=1)
    assert shown() == [(0, "https://a.ex/2.jpg?s=2", "The hole")]


def test_only_an_organisation_keeps_its_name(town: sa.Engine) -> None:
    load(town, [
        post_of("1", author_id="a", author_name="Ada Moss", author_kind="person"),
        post_of("2", author_id="b", author_name="Mill Lane School", author_kind="organisation"),
        post_of("3", author_id="c", author_name="Cy Reed"),
    ])  # fmt: skip
    found = {row["kind"]: row["name"] for row in rows(town, author)}
    assert found == {"person": None, "organisation": "Mill Lane School", "unknown": None}


def test_what_people_wrote_is_in_no_message_of_a_failed_batch(town: sa.Engine) -> None:
    if town.dialect.name != "postgresql":
        pytest.skip("SQLite copies nothing")
    with writing(town) as connection:
        connection.exec_driver_sql(
            "alter table post_words add constraint none check (words not like '%%jane roe%%')"
        )
    posts = [post_of(str(n), text=f"My name is Jane Roe, said {n}") for n in range(60)]
    with pytest.raises(GoodguestError, match=r"CheckViolation .* rows of post_words") as failed:
        load(town, posts)
    assert "roe" not in repr(failed.value).casefold()
    assert failed.value.__context__ is None


@pytest.mark.parametrize("kind", ["topic", "dataset", "entity"])
def test_a_tie_to_what_is_not_held_is_refused_with_its_batch(town: sa.Engine, kind: str) -> None:
    batch = batch_of([post_of("1", text=LONG)])
    tie = {"post_key": batch.at[0, "post_key"], "target": "gone", "score": 1.0, "method": "label",
           "evidence": {"met": "pothole"}}  # fmt: skip
    ties = {name: pd.DataFrame(columns=list(tie)) for name in ("topics", "datasets", "entities")}
    ties["entities" if kind == "entity" else f"{kind}s"] = pd.DataFrame([tie])
    part = Part("forum/a", "0" * 64, "forum", pages=1, records=1)
    with pytest.raises(GoodguestError, match=f"1 of the {kind} targets .* first: gone"):
        load_batch(town, batch, [part], tied=Tied(batch, "v1", **ties), key_id="k")
    assert rows(town, post) == rows(town, landing_part) == []


def test_after_a_load_references_are_looked_after_again(town: sa.Engine) -> None:
    load(town, [post_of("1", text=LONG, tags=(Tag(tag="roads"),))])
    with pytest.raises(sa.exc.IntegrityError), writing(town) as connection:
        connection.execute(sa.update(post).values(author_key="0" * 32))
    if town.dialect.name == "sqlite":
        with writing(town) as connection:
            connection.execute(sa.delete(post))
        assert rows(town, post_tag) == []
