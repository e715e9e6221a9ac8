"""The search finds the posts that hold the words, whatever is typed."""

import re

import pytest
from explored import Explored
from place import LAST_WEEK

from transforms.search import match_of
from transforms.words import words_of


def found(explored: Explored, **query: str) -> set[str]:
    """Return the keys of all posts found, over all pages."""
    keys: set[str] = set()
    for page in range(1, 100):
        answer = explored.get("/goodguest/-/search", page=str(page), **query)
        assert answer.status_code == 200
        shown = re.findall(r'<h3><a href="/goodguest/-/post/(\w+)"', answer.text)
        assert keys.isdisjoint(shown), "a post stands on two pages"
        keys.update(shown)
        if 'rel="next"' not in answer.text:
            return keys
    raise AssertionError("more pages than there are posts for")


def holds(words: list[str], phrase: list[str]) -> bool:
    return any(words[at : at + len(phrase)] == phrase for at in range(len(words)))


@pytest.mark.parametrize(
    ("typed", "phrases"),
    [
        ("pothole", ["pothole"]),
        ("LIBRARY open", ["library", "open"]),
        ('"the library" open', ["the library", "open"]),
        ("bike-lane", ["bike lane"]),
        ("the", ["the"]),
        ("llyfrgell", ["llyfrgell"]),
        ("bardzo dziękuję", ["bardzo", "dziękuję"]),
        ("roads & paths", ["roads", "and", "paths"]),
    ],
)
def test_it_finds_what_reading_every_post_finds(
    typed: str, phrases: list[str], explored: Explored
) -> None:
    asked = [words_of(phrase).folded for phrase in phrases]
    expected = {
        key
        for key, title, text in explored.rows("select post_key, post_title, text from v_post")
        if all(holds(words_of(f"{title or ''}\n{text or ''}").folded, each) for each in asked)
    }
    assert found(explored, q=typed) == expected


def test_topic_community_and_week_narrow_it(explored: Explored) -> None:
    ((uri, community),) = explored.rows(
        "select tie.target_key, post.community_key from v_post as post join v_post_tie as tie "
        "on tie.post_key = post.post_key where tie.target = 'topic' and post.week = ? "
        "group by 1, 2 order by count(*) desc, 1, 2 limit 1",
        LAST_WEEK,
    )
    query = {"topic": uri, "community": community, "week": LAST_WEEK}
    narrowed = "where week = ? and community_key = ? and post_key in " \
        "(select post_key from v_post_tie where target_key = ?)"  # fmt: skip
    rows = explored.rows(f"select post_key from v_post {narrowed}", LAST_WEEK, community, uri)
    expected = {key for (key,) in rows}
    assert found(explored, **query) == expected
    whole = found(explored, q="the")
    assert found(explored, q="the", **query) == expected & whole
    page = explored.get("/goodguest/-/search", q="the", **query).text
    assert "<h2>Posts with these words, narrowed</h2>" in page
    assert f"in all, {len(whole):,} posts hold these words" in page
    assert expected


@pytest.mark.parametrize(
    "typed",
    ['"', '""', '"a', 'a"b"c', "NEAR(a b)", "a NEAR b", "*", "a*", "^a", "-", "a-", "a OR", "OR",
     "NOT a", "(", ")", "words:a", "{words}:a", "🙂", "坑洞", "a\0b", "x" * 5000, "' or 1=1 --",
     "\\", "%", "é", "\u202e", "https://a.example/b", "@someone", "[mail]"],
)  # fmt: skip
def test_odd_input_is_answered(typed: str, explored: Explored) -> None:
    assert explored.get("/goodguest/-/search", q=typed).status_code == 200


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "9" * 30, "99"])
def test_an_odd_page_is_answered(page: str, explored: Explored) -> None:
    assert explored.get("/goodguest/-/search", q="the", page=page).status_code == 200


@pytest.mark.parametrize("typed", ["", "  ", '"', '""', "🙂", "-", "@someone"])
def test_what_holds_no_word_asks_nothing(typed: str) -> None:
    assert match_of(typed) is None


def test_scripts_without_spaces_are_found_by_their_signs() -> None:
    assert match_of("坑洞") == '"坑 洞"'
