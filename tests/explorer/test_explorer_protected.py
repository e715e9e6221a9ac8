"""Of protected speech the explorer shows no post, and says why there is none."""

from explored import Explored
from place import LAST_WEEK

PROTECTED = "https://data.aberwennol.example/topics/protected-speech"


def test_a_post_that_is_kept_back_is_answered_as_one_that_is_not_there(explored: Explored) -> None:
    answer = explored.get(f"/goodguest/-/post/{'0' * 32}")
    assert answer.status_code == 404
    assert "protected speech" in answer.text


def test_a_question_about_a_protected_topic_says_why_it_shows_none(explored: Explored) -> None:
    page = explored.get("/goodguest/what_people_say", topic=PROTECTED, week=LAST_WEEK)
    assert page.status_code == 200
    assert "no single post is shown" in page.text


def test_it_shows_which_topics_are_protected(explored: Explored) -> None:
    page = explored.get("/goodguest/v_sensitive_topic").text
    assert "unions, faith and elections" in page
    assert explored.rows("select min_authors from v_sensitive_topic") == [(30,)]
