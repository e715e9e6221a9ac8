"""What is asked of feeds, and what is not asked twice."""

from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from itertools import pairwise

import pytest
from loopback import Site, Told
from runs import ago, fetching, killed_after, outcomes, source, state_after, whole

from connectors.feed import TERMS, recheck
from connectors.http import Client
from contract.errors import FixSettings, StopSource
from contract.post import Post, Skipped

Make = Callable[..., Client]


def rss(*items: tuple[str, datetime], generator: str = "", more: str = "") -> str:
    entries = "".join(
        f"<item><guid>https://lane.example/{name}</guid><title>{name}</title>"
        f"<pubDate>{format_datetime(at)}</pubDate></item>"
        for name, at in items
    )
    return (
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
        f"<title>Lane</title><generator>{generator}</generator>{more}{entries}</channel></rss>"
    )


def wordpress(pages: int) -> Callable[[dict[str, list[str]]], Told]:
    """Return a blog of so many pages, each of two articles that are ten hours apart."""

    def answer(query: dict[str, list[str]]) -> Told:
        number = int(query.get("paged", ["1"])[0])
        if number > pages:
            return Told(status=404)
        hours = [20 * number - 20, 20 * number - 10]
        items = [(f"{h}h", ago(hours=h + 1)) for h in hours]
        body = rss(*items, generator="https://wordpress.org/?v=6.8")
        return Told(body, headers={"ETag": f'"page-{number}"'})

    return answer


def three_feeds(site: Site) -> list[str]:
    site.answers |= {
        "/news": Told(rss(("n", ago(days=3))), headers={"ETag": '"n1"'}),
        "/blog": wordpress(pages=9),
        "/lost": Told(status=410),
    }
    return ["/news", "blog", f"{site.base}/lost"]


def test_a_killed_run_goes_on_where_it_stood(site: Site, client: Make) -> None:
    lane = source("feed", site.base, feeds=three_feeds(site))
    pages, end = whole(fetching(client(), lane))
    asked = site.asked_but_robots
    assert asked == ["/news", "/blog", "/blog?paged=2", "/blog?paged=3", "/lost"]
    assert end == "complete"
    for count in range(1, len(pages) + 1):
        landed = killed_after(fetching(client(), lane), count)
        site.asked.clear()
        rest, end = whole(fetching(client(), lane, landed[-1].cursor))
        assert [p.body for p in landed + rest] == [p.body for p in pages]
        assert site.asked_but_robots == asked[count:]
        assert end == "complete"
        assert rest == [] or rest[-1].cursor == pages[-1].cursor


def test_the_next_run_asks_only_for_what_is_new(site: Site, client: Make) -> None:
    lane = source("feed", site.base, feeds=three_feeds(site))
    pages, _ = whole(fetching(client(), lane))
    site.asked.clear()
    site.headers.clear()
    for path in ("/news", "/blog"):
        site.answers[path] = Told(status=304)
    again, end = whole(fetching(client(), lane, state_after(pages)))
    assert (end, [p.status for p in again]) == ("complete", [410])
    assert site.asked_but_robots == ["/news", "/blog", "/lost"]
    sent = [h.get("if-none-match") for h in site.headers[1:]]
    assert sent == ['"n1"', '"page-1"', None]


def test_pages_of_the_last_run_are_not_asked_again(site: Site, client: Make) -> None:
    site.answers["/blog"] = wordpress(pages=9)
    blog = source("feed", site.base, feeds=["/blog"])
    pages, _ = whole(fetching(client(), blog))
    site.asked.clear()
    site.answers["/blog"] = Told(
        rss(("new", ago(hours=0)), ("0h", ago(hours=1)), generator="https://wordpress.org/?v=6.8")
    )
    again, end = whole(fetching(client(), blog, state_after(pages)))
    assert (len(again), end, site.asked_but_robots) == (1, "complete", ["/blog"])


def test_a_feed_left_in_the_middle_is_not_taken_for_known(site: Site, client: Make) -> None:
    lane = source("feed", site.base, feeds=three_feeds(site))
    landed = killed_after(fetching(client(), lane), 2)
    assert list(state_after(landed)["feeds"]) == [f"{site.base}/news"]


def test_there_are_five_seconds_between_hits(site: Site, client: Make, time: object) -> None:
    site.answers["/a"] = Told(rss())
    whole(fetching(client(limits=TERMS.limits), source("feed", site.base, feeds=["/a", "/a?b"])))
    assert time.slept == [5.0, 5.0]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("RFC 5005 paged", rss(("a", ago(hours=1)), more='<atom:link rel="next" href="/older"/>')),
        (
            "RFC 5005 archived",
            rss(("a", ago(hours=1)), more='<atom:link rel="prev-archive" href="/older"/>'),
        ),
        (
            "JSON Feed",
            '{"version": "https://jsonfeed.org/version/1.1", "next_url": "/older", "items": '
            f'[{{"id": "a", "title": "a", "date_published": "{ago(hours=1).isoformat()}"}}]}}',
        ),
    ],
)
def test_older_pages_are_followed(site: Site, client: Make, kind: str, body: str) -> None:
    site.answers |= {"/feed": Told(body), "/older": Told(rss(("b", ago(days=3))))}
    pages, end = whole(fetching(client(), source("feed", site.base, feeds=["/feed"])))
    assert (len(pages), end) == (2, "complete"), kind


def test_older_pages_that_never_end_do(site: Site, client: Make) -> None:
    body = rss(("a", ago(hours=1)), more='<atom:link rel="next" href="/feed?again"/>')
    site.answers["/feed"] = Told(body)
    pages, end = whole(fetching(client(), source("feed", site.base, feeds=["/feed"])))
    assert (len(pages), end) == (1 + 1, "window exceeded the platform's depth")


def test_a_feed_that_forgets_too_soon_is_told(site: Site, client: Make) -> None:
    short = source("feed", site.base, feeds=["/feed"])
    site.answers["/feed"] = Told(rss(("a", ago(hours=1)), ("b", ago(hours=9))))
    pages, end = whole(fetching(client(), short))
    assert end == "window exceeded the platform's depth"
    # The next time its oldest item was there the last time: nothing lies between.
    pages, end = whole(fetching(client(), short, state_after(pages)))
    assert (len(pages), end) == (1, "complete")


def test_what_robots_excludes_is_left_out_and_told(site: Site, client: Make) -> None:
    site.answers |= {
        "/robots.txt": Told("User-agent: *\nDisallow: /closed"),
        "/open": Told(rss(("a", ago(days=3)))),
    }
    lane = source("feed", site.base, feeds=["/closed/feed", "/open"])
    pages, end = whole(fetching(client(), lane))
    assert ([p.url for p in pages], end) == ([f"{site.base}/open"], "pages left out")
    assert site.asked_but_robots == ["/open"]


def test_a_site_that_refuses_is_not_asked_on(site: Site, client: Make) -> None:
    site.answers["/feed"] = Told(status=403)
    with pytest.raises(StopSource):
        whole(fetching(client(), source("feed", site.base, feeds=["/feed", "/other"])))
    assert site.asked_but_robots == ["/feed"]


def test_the_address_itself_is_the_feed_when_none_is_named(site: Site, client: Make) -> None:
    site.answers["/town/feed"] = Told("", 301, headers={"Location": "/town/new-feed"})
    site.answers["/town/new-feed"] = Told(
        rss(("a", ago(days=3))).replace("</guid>", "</guid><link>../a</link>")
    )
    pages, _ = whole(fetching(client(), source("feed", f"{site.base}/town/feed")))
    (post,) = outcomes(pages)
    assert isinstance(post, Post)
    assert pages[0].headers["content-location"] == f"{site.base}/town/new-feed"
    assert post.url == f"{site.base}/a"


@pytest.mark.parametrize("select", [{"query": "x"}, {"tags": ["x"]}, {"categories": ["x"]}])
def test_a_selection_no_feed_can_make(site: Site, client: Make, select: dict[str, object]) -> None:
    with pytest.raises(FixSettings, match=rf"select\.{next(iter(select))}: .* allowed here: feeds"):
        whole(fetching(client(), source("feed", site.base, **select)))


def test_a_page_that_is_gone_is_one_outcome(site: Site, client: Make) -> None:
    pages, end = whole(fetching(client(), source("feed", site.base, feeds=["/gone"])))
    assert (outcomes(pages), end) == ([Skipped(rule="error page")], "complete")


def test_recheck_says_only_what_it_knows(site: Site, client: Make) -> None:
    site.answers |= {
        "/there": Told("<p id='comment-7'>"),
        "/gone": Told(status=410),
        "/front": Told("", 302, headers={"Location": "/"}),
        "/": Told("home"),
        "/refused": Told(status=403),
    }
    paths = ["/there", "/gone", "/front", "/there#comment-7", "/there#comment-8", "/refused"]
    posts = [(path, f"{site.base}{path}") for path in [*paths, "/gone"]]
    found = list(
        recheck(
            client(), source("feed", site.base), [("no address", None), ("tag", "tag:x"), *posts]
        )
    )
    assert found == [("/there", "there"), ("/gone", "gone"), ("/there#comment-7", "there")]
    assert site.asked_but_robots[-1] == "/refused"


def test_times_of_pages_only_go_back(site: Site, client: Make) -> None:
    site.answers["/blog"] = wordpress(pages=9)
    pages, end = whole(fetching(client(), source("feed", site.base, feeds=["/blog"]), days=5))
    times = [o.created_at for o in outcomes(pages) if isinstance(o, Post) and o.created_at]
    assert all(newer > older for newer, older in pairwise(times))
    assert (min(times) < ago(days=5), end) == (True, "complete")
