"""What a site says to robots: header, head of the page, front page, and robots.txt for a day."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from loopback import Site, Time, Told
from runs import fetching, source, whole

from connectors.http import Client
from connectors.indexing import forbids_indexing
from contract.errors import SkipPage, StopSource

Make = Callable[..., Client]
HTML = "<!-- of a board --><!DOCTYPE html><html><head>{}</head><body>{}</body></html>"
META = '<meta name="robots" content="noindex">'
CASES = {
    "page, header": (HTML.format("", ""), "noindex", True),
    "page, header for all else": (HTML.format("", ""), "googlebot: noindex, nofollow", False),
    "page, header for us": (HTML.format("", ""), "googlebot: nofollow, Goodguest: NOINDEX", True),
    "page, header with a date": (HTML.format("", ""), "unavailable_after: 1 Jan 2027, none", True),
    "page, meta": (HTML.format(META, ""), "", True),
    "page, meta written otherwise": (
        HTML.format("<META content='follow, NOINDEX' name=Robots />", ""), "", True),
    "page, meta for us": (HTML.format('<meta name="goodguest" content="none">', ""), "", True),
    "page, meta for another": (HTML.format('<meta name="otherbot" content="none">', ""), "", False),
    "page, no such meta": (HTML.format('<meta name="robots" content="nofollow">', ""), "", False),
    "page, meta in a comment": (HTML.format(f"<!-- {META} -->", ""), "", False),
    "page, meta that somebody wrote": (HTML.format("", META), "", False),
    "feed, header of its software": ("<?xml version='1.0'?><rss></rss>", "noindex", False),
    "feed, header of its owner": ("<?xml version='1.0'?><rss></rss>", "noindex, nofollow", True),
    "answer, header of its software": ('{"a": "<html><head>"}', "noindex, follow", False),
    "answer, header of its owner": ("{}", "none", True),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_noindex(site: Site, client: Make, case: str) -> None:
    body, header, is_closed = CASES[case]
    site.answers["/a"] = Told(body, headers={"X-Robots-Tag": header} if header else {})
    assert forbids_indexing(client().get(f"{site.base}/a")) is is_closed


def test_a_wordpress_that_discourages_robots_is_not_read(site: Site, client: Make) -> None:
    told = Told("[]", headers={"X-Robots-Tag": "noindex", "Content-Type": "application/json"})
    site.answers |= {f"/wp-json/wp/v2/{route}": told for route in ("posts", "comments")}
    site.answers["/"] = Told(HTML.format("", "A blog"))
    assert whole(fetching(client(), source("wordpress", site.base)))[1] == "complete"
    assert len(site.asked_but_robots) > 1
    site.asked.clear()
    site.answers["/"] = Told(HTML.format("<meta name='robots' content='noindex, nofollow' />", ""))
    with pytest.raises(StopSource, match="asks robots not to keep it"):
        whole(fetching(client(), source("wordpress", site.base)))
    assert site.asked_but_robots == ["/"]


def test_robots_is_asked_again_after_a_day(site: Site, client: Make, time: Time) -> None:
    site.answers |= {"/robots.txt": Told("User-agent: *\nDisallow: /no"), "/a": Told("x")}
    asks = client()
    asks.get(f"{site.base}/a")
    site.answers["/robots.txt"] = Told("User-agent: *\nDisallow: /")
    time.now += timedelta(hours=23)
    assert asks.get(f"{site.base}/a").body == b"x"
    time.now += timedelta(hours=1)
    with pytest.raises(SkipPage, match=r"robots\.txt does not allow"):
        asks.get(f"{site.base}/a")
    assert site.asked == ["/robots.txt", "/a", "/a", "/robots.txt"]


def test_an_address_that_opted_out_is_not_asked(site: Site, client: Make) -> None:
    site.answers |= {"/a": Told(status=302, headers={"Location": "/out/b"}), "/out/b": Told("x")}
    assert client().get(f"{site.base}/a").body == b"x"
    site.asked.clear()
    with pytest.raises(SkipPage, match="opted out"):
        client(has_opted_out=lambda url: "/out/" in url).get(f"{site.base}/a")
    assert site.asked_but_robots == ["/a"]
