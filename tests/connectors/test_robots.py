"""What robots.txt says, and what it says when it cannot be had: RFC 9309."""

import gzip
from collections.abc import Callable

import pytest
from loopback import Site, Time, Told

from connectors.http import Client
from contract.errors import RetryLater, SkipPage
from contract.terms import Rate

Make = Callable[..., Client]


def test_robots_is_asked_once_and_obeyed(site: Site, client: Make, time: Time) -> None:
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: goodguest\nDisallow: /no\nCrawl-delay: 7\n"
    site.answers |= {"/robots.txt": Told(rules), "/a": Told("x"), "/moved": Told(
        status=302, headers={"Location": "/no/entry"})}  # fmt: skip
    asks = client()
    asks.get(f"{site.base}/a")
    for forbidden in ("/no/entry", "/moved"):
        with pytest.raises(SkipPage, match=r"robots\.txt does not allow"):
            asks.get(f"{site.base}{forbidden}")
    assert site.asked == ["/robots.txt", "/a", "/moved"]
    assert time.slept == [7.0, 7.0]
    assert asks.seconds_limited == 14.0


@pytest.mark.parametrize(
    "rules",
    [
        "\ufeffUser-agent: *\nDisallow: /no\n",
        "User-agent: GOODGUEST\r\nDisallow: /no\r\n\r\nUser-agent: *\r\nAllow: /\r\n",
        "User-agent: other\nUser-agent: goodguest\nNoindex: /a\nDisallow: /no",
        "<html>\nSitemap: /s\nUser-agent : *\nDisallow : /no # not this\n",
    ],
)
def test_robots_is_read_however_it_is_written(site: Site, client: Make, rules: str) -> None:
    site.answers |= {"/robots.txt": Told(rules), "/a": Told("x"), "/no": Told("x")}
    asks = client()
    assert asks.get(f"{site.base}/a").body == b"x"
    with pytest.raises(SkipPage, match=r"robots\.txt does not allow"):
        asks.get(f"{site.base}/no")


def test_a_crawl_delay_beyond_sense_is_bounded(site: Site, client: Make, time: Time) -> None:
    site.answers |= {
        "/robots.txt": Told("User-agent: *\nCrawl-delay: 86400"),
        "/a": Told("x"),
    }
    client().get(f"{site.base}/a")
    assert time.slept == [30.0]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_without_robots_all_is_allowed(site: Site, client: Make, status: int) -> None:
    site.answers |= {"/robots.txt": Told(status=status), "/a": Told("x")}
    assert client().get(f"{site.base}/a").body == b"x"


def test_a_site_whose_robots_fails_is_left_alone(site: Site, client: Make) -> None:
    site.answers |= {"/robots.txt": Told(status=500), "/a": Told("x")}
    with pytest.raises(RetryLater):
        client().get(f"{site.base}/a")
    assert site.asked_but_robots == []


def test_redirects_of_robots_that_lead_nowhere_allow_everything(
    site: Site, client: Make, time: Time
) -> None:
    site.answers["/a"] = Told("x")
    for where in ("/robots.txt", "ftp://files.example/robots.txt"):
        site.answers["/robots.txt"] = Told(status=302, headers={"Location": where})
        asks = client(limits=(Rate(1, 2.0),))
        assert [asks.get(f"{site.base}/a").body for _ in range(2)] == [b"x", b"x"]
    # The first, and five redirects; then it is known.
    assert site.asked == [*["/robots.txt"] * 6, "/a", "/a", "/robots.txt", "/a", "/a"]
    assert time.slept == [2.0] * 7 + [2.0] * 2


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_of_a_large_robots_the_beginning_is_obeyed(site: Site, client: Make, encoding: str) -> None:
    rules = b"User-agent: *\nDisallow: /no\n" + b"# nothing\n" * 3_000_000 + b"Disallow: /a\n"
    body = gzip.compress(rules) if encoding == "gzip" else rules
    site.answers |= {
        "/robots.txt": Told(body, headers={"Content-Encoding": encoding}), "/a": Told("x"),
    }  # fmt: skip
    asks = client()
    assert asks.get(f"{site.base}/a").body == b"x"
    assert asks.bytes_received < 600_000
    with pytest.raises(SkipPage, match=r"robots\.txt does not allow"):
        asks.get(f"{site.base}/no")


def test_a_robots_cut_short_is_asked_for_later(site: Site, client: Make) -> None:
    site.answers |= {
        "/robots.txt": Told("User-agent: *\nDis", headers={"Content-Length": "40"}),
        "/a": Told("x"),
    }
    with pytest.raises(RetryLater):
        client().get(f"{site.base}/a")
    assert site.asked_but_robots == []
