"""The head of an answer, asked for without its body."""

from collections.abc import Callable

import pytest
from loopback import Site, Told

from connectors.heads import head
from connectors.http import Client
from contract.errors import RetryLater, SkipPage


def test_where_head_is_not_known_nothing_of_the_body_is_read(
    site: Site, client: Callable[..., Client]
) -> None:
    site.answers["/a"] = Told("x" * 100_000, status=302, headers={"Location": "/b"})
    asks = client()
    answer = head(asks, f"{site.base}/a")
    assert (answer.status, answer.headers["location"], answer.body) == (302, "/b", b"")
    assert (site.asked_but_robots, asks.bytes_received) == (["/a"], 0)


def test_it_obeys_and_waits_as_any_other(site: Site, client: Callable[..., Client]) -> None:
    site.answers["/robots.txt"] = Told("User-agent: *\nDisallow: /no")
    site.answers["/busy"] = Told(status=503)
    with pytest.raises(SkipPage, match=r"robots\.txt"):
        head(client(), f"{site.base}/no")
    with pytest.raises(RetryLater):
        head(client(), f"{site.base}/busy")
    assert site.asked_but_robots == ["/busy"] * 4
