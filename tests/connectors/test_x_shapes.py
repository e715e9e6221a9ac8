"""An answer decoded straight into shapes says what reading it field by field says."""

import json
from datetime import UTC, datetime
from random import Random

import pytest
from mutation import mutated, payloads

from connectors import x
from connectors.accounting import unaccounted
from connectors.decoding import decoded
from connectors.parts.x.fields import KNOWN
from connectors.parts.x.pages import outcomes_of, outcomes_of_answer
from connectors.parts.x.shapes import Answer, Tweet, answer_of, read_as
from contract.page import Page
from contract.post import Post

USUAL = [body for each in payloads("x") if answer_of(body := each.body.strip()) is not None]


def page_of(body: bytes) -> Page:
    return Page(
        source="case", platform="x", url="https://api.x.com/2/tweets", body=body,
        received_at=datetime(2026, 1, 8, tzinfo=UTC), cursor={"accounts": {"invented": "902"}},
    )  # fmt: skip


def agrees(body: bytes) -> bool:
    """Return whether the body has the usual shape; assert that both ways say the same of it."""
    page, answer, read = page_of(body), answer_of(body), decoded(body)
    # What is left aside is not looked into, not even whether it is text.
    if answer is None or read is None:
        return False
    assert list(outcomes_of_answer(page, answer)) == list(outcomes_of(page, read)), body
    assert unaccounted(read, KNOWN) == set(), body
    return True


def test_pages_as_x_sends_them_are_read_at_once() -> None:
    assert len(USUAL) >= 15
    assert all(map(agrees, USUAL))
    assert sum(isinstance(o, Post) for body in USUAL for o in x.parse(page_of(body))) > 30


def test_whatever_happens_to_them_both_ways_say_the_same() -> None:
    dice = Random(3)
    fast = sum(agrees(mutated(dice.choice(USUAL), dice)) for _ in range(3_000))
    assert 300 < fast < 2_700


def test_a_field_nobody_knows_is_told() -> None:
    read = {"data": [{"id": "20", "text": "x", "entities": {"urls": [], "new": 1}}]}
    body = json.dumps(read).encode()
    assert answer_of(body) is None
    assert x.unknown_fields(page_of(body)) == {"data.entities.new"}


def test_what_does_not_fit_is_left_out() -> None:
    odd = {
        "id": 20, "text": ["x"], "lang": 7, "public_metrics": {"like_count": True},
        "edit_history_tweet_ids": [19, "20"], "entities": {"urls": [None, {"url": "u"}]},
        "attachments": "none", "author": {"name": {}}, "geo": [],
    }  # fmt: skip
    tweet = read_as(Tweet, odd)
    assert (tweet.id, tweet.text, tweet.lang, tweet.geo) == (20, None, None, None)
    assert tweet.edit_history_tweet_ids == ["20"]
    assert tweet.public_metrics is not None
    assert tweet.public_metrics.like_count is None
    assert tweet.entities is not None
    assert tweet.entities.urls is not None
    assert [each.url for each in tweet.entities.urls] == ["u"]
    assert tweet.attachments is not None
    assert tweet.author is not None


@pytest.mark.parametrize("count", ["-1", str(2**63), "true", '"3"', "2.5"])
def test_a_count_that_is_none_does_not_hide_the_one_of_the_newer_name(count: str) -> None:
    metrics = f'{{"retweet_count": {count}, "repost_count": 4, "like_count": {count}}}'
    body = f'{{"data": [{{"id": "20", "text": "x", "public_metrics": {metrics}}}]}}'.encode()
    (post,) = x.parse(page_of(body))
    assert isinstance(post, Post)
    assert (post.shares, post.likes) == (4, None)


def test_the_answer_is_decoded_once() -> None:
    body = USUAL[0]
    assert isinstance(answer_of(body), Answer)
    assert answer_of(body) is answer_of(body)
