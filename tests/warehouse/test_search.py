"""Search: the same posts by the same words on both databases, in any script."""

import pandas as pd
import pytest
import sqlalchemy as sa
from batches import later, load, post_of, rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.catalogue import Label, Topic
from contract.errors import FixSettings
from pipeline.search import index_words
from transforms.search import fold_words, phrases_of, searched
from warehouse.catalogue import load_topics
from warehouse.links import store_ties, unlinked_posts
from warehouse.search import forget_words, posts_without_words, search_posts, store_words
from warehouse.store import writing

SAID = {
    "lane": "The pothole on Mill Lane is back",
    "mill": "A lane by the old mill. Potholes!",
    "umlaut": "Die STRASSE nach Llanfair-ym-Muallt, l’été, don't",
    "hindi": "नमस्ते दुनिया, सड़क",
    "kanji": "自転車置き場がほしい",
    "odd": "B2B 4x4 1e5 07700 3.14 -5 a_b x/y.z?q=1 C++ 0x1F 12th 2026-11-22",
    "empty": "",
    "often": "the " * 400 + "bridge",
    "long": "w" * 65 + " \0 end",
}
FINDS = {
    "pothole": {"lane"},
    '"mill lane"': {"lane"},
    '"lane mill"': set(),
    "mill lane": {"lane", "mill"},
    "MILL": {"lane", "mill"},
    "strasse": {"umlaut"},
    "straße": {"umlaut"},
    "muallt": {"umlaut"},
    "Été": {"umlaut"},
    "don't": {"umlaut"},
    "सड़क": {"hindi"},
    "दुनिया नमस्ते": {"hindi"},
    "自転車": {"kanji"},
    "車自": set(),
    "4x4": {"odd"},
    "1e5 b2b": {"odd"},
    "3.14": {"odd"},
    "2026-11-22": {"odd"},
    "12th 0x1f": {"odd"},
    "": set(SAID),
    'NEAR("mill lane" , 5) OR *': set(),
    '"mill lane': {"lane"},
    '"the bridge"': {"often"},
    "w" * 64 + " end": set(),
    "w" * 65 + " end": {"long"},
}


@pytest.fixture
def said(town: sa.Engine) -> sa.Engine:
    """Return an engine for a store with these posts."""
    load(town, [post_of(name, text=text) for name, text in SAID.items()])
    return town


def _holding(engine: sa.Engine, phrases: list[str], **only: str) -> set[str]:
    posts = {row["post_key"]: row["native_id"] for row in rows(engine, "post")}
    found = search_posts(engine, phrases, 100, **only)  # type: ignore[arg-type]
    return {posts[row["post_key"]] for row in found}


def _found(engine: sa.Engine, text: str, **only: str) -> set[str]:
    return _holding(engine, phrases_of(text), **only)


def test_words_and_phrases_find_the_posts_that_hold_them(said: sa.Engine) -> None:
    assert {text: _found(said, text) for text in FINDS} == FINDS


def test_what_is_edited_or_removed_is_found_as_it_stands(said: sa.Engine) -> None:
    edited = post_of("lane", text="The bollard on Mill Lane", observed_at=later(1))
    gone = post_of("mill", removed_at=later(1), observed_at=later(1))
    load(said, [edited, gone])
    assert _found(said, "mill lane") == {"lane"}
    assert _found(said, "pothole") == set()
    with writing(said) as connection:
        assert connection.scalar(sa.text("select count(*) from post_words")) == len(SAID) - 1
        if said.dialect.name == "sqlite":
            # The index agrees with the table it is of.
            check = "insert into post_fts (post_fts, rank) values ('integrity-check', 1)"
            connection.exec_driver_sql(check)
    forget_words(said)
    if said.dialect.name == "sqlite":
        with said.connect() as connection:
            blocks = connection.exec_driver_sql("select block from post_fts_data").scalars().all()
        assert not any(b"potholes" in block for block in blocks)


def test_a_search_is_held_to_topic_community_and_week(town: sa.Engine) -> None:
    load_topics(
        town,
        "t",
        [Topic(uri="urn:roads", labels=(Label(kind="prefLabel", value="Roads", lang="en"),))],
    )
    load(town, [
        post_of("1", text="A hole", community_id="c", community_name="Mill End"),
        post_of("2", text="A hole too", created_at=later(-24 * 7)),
        post_of("3", text="A hole as well"),
    ])  # fmt: skip
    with town.connect() as connection:
        posts = unlinked_posts(connection, "v", 10)
    key = {row["native_id"]: row["post_key"] for row in rows(town, "post")}
    ties = [(key["3"], "urn:roads", 0.9, "label", {})]
    columns = ["post_key", "target", "score", "method", "evidence"]
    frames = [pd.DataFrame(each, columns=columns) for each in (ties, [], [])]
    store_ties(town, posts, "v", *frames)
    assert _found(town, "hole") == {"1", "2", "3"}
    assert _found(town, "hole", topic="Roads") == _found(town, "", topic="urn:roads") == {"3"}
    assert _found(town, "hole", community="Mill End") == {"1"}
    assert _found(town, "hole", week="2026-W45") == {"2"}
    latest = [row["day"] for row in search_posts(town, ["hole"], 2)]
    assert latest == ["2026-11-15", "2026-11-15"]
    for name in ("topic", "community", "week"):
        with pytest.raises(FixSettings, match=f"found 'Elsewhere' as {name}"):
            _found(town, "hole", **{name: "Elsewhere"})


def test_posts_of_an_older_store_become_searchable(said: sa.Engine) -> None:
    with writing(said) as connection:
        connection.exec_driver_sql("delete from post_words")
    assert _found(said, "pothole") == set()
    assert index_words(said) == len(SAID)
    assert {text: _found(said, text) for text in FINDS} == FINDS
    assert index_words(said) == 0


def test_what_was_removed_meanwhile_does_not_become_searchable(said: sa.Engine) -> None:
    with writing(said) as connection:
        connection.exec_driver_sql("delete from post_words")
        posts = posts_without_words(connection, 100, "")
    load(said, [
        post_of("mill", removed_at=later(1), observed_at=later(1)),
        post_of("lane", text="Edited", observed_at=later(1)),
    ])  # fmt: skip
    store_words(said, fold_words(posts))
    assert _found(said, "mill") == set()
    assert _found(said, "edited") == {"lane"}
    assert _found(said, "b2b") == {"odd"}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=15), other=st.text(max_size=15))  # too short to be copies
def test_every_word_of_a_post_finds_it(town: sa.Engine, text: str, other: str) -> None:
    with writing(town) as connection:
        connection.exec_driver_sql("delete from post_words")
        connection.exec_driver_sql("delete from post")
    load(town, [post_of("1", text=text), post_of("2", text=other)])
    words = {"1": searched(text).split(), "2": searched(other).split()}
    for word in words["1"]:
        assert _holding(town, [word]) == {name for name, held in words.items() if word in held}
    if words["1"]:
        assert "1" in _holding(town, [" ".join(words["1"])])
