"""What is asked of feeds, and what is not asked twice."""

import gzip
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from loopback import NOON, Site, Time, Told
from runs import ago, fetching, killed_after, outcomes, source, state_after, whole

from connectors.feed import TERMS, recheck, unknown_fields
from connectors.http import Client
from contract.errors import FixSettings, RateLimited, StopSource
from contract.page import Page
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
    second, third = "/blog?paged=2", "/blog?paged=3"
    # A page that is numbered is looked at again once the next one is read.
    assert asked == ["/news", "/blog", second, "/blog", third, second, "/lost"]
    begun = [0, 1, 2, 3, 5, 7]
    assert end == "pages left out"
    for count in range(1, len(pages) + 1):
        landed = killed_after(fetching(client(), lane), count)
        site.asked.clear()
        rest, end = whole(fetching(client(), lane, landed[-1].cursor))
        assert [p.body for p in landed + rest] == [p.body for p in pages]
        assert site.asked_but_robots == asked[begun[count] :]
        assert end == "pages left out"
        assert rest == [] or rest[-1].cursor == pages[-1].cursor


def test_what_slides_onto_a_page_that_was_read_is_not_lost(site: Site, client: Make) -> None:
    names = [f"{n:02}" for n in range(12)]

    def answer(query: dict[str, list[str]]) -> Told:
        number = int(query.get("page", ["1"])[0])
        here = names[4 * number - 4 : 4 * number]
        if number == 2 and "01" in names:
            names.remove("01")
            here = names[4:8]
        more = f'<atom:link rel="next" href="/feed?page={number + 1}"/>'
        return Told(rss(*((name, ago(hours=int(name))) for name in here), more=more))

    site.answers["/feed"] = answer
    lane = source("feed", site.base, feeds=["/feed"])
    pages, end = whole(fetching(client(), lane, days=0.3))
    assert [o.title for o in outcomes(pages[-1:]) if isinstance(o, Post)] == names[:4]
    assert {o.title for o in outcomes(pages) if isinstance(o, Post)} >= set(names[:8])
    assert (len(pages), end) == (3, "complete")
    state = state_after(pages)
    assert state["feeds"][f"{site.base}/feed"]["newest"] == ago(hours=0).isoformat()


def test_the_next_run_asks_only_for_what_is_new(site: Site, client: Make, time: Time) -> None:
    lane = source("feed", site.base, feeds=three_feeds(site))
    pages, _ = whole(fetching(client(), lane))
    site.asked.clear()
    site.headers.clear()
    for path in ("/news", "/blog"):
        site.answers[path] = Told(status=304)
    again, end = whole(fetching(client(), lane, state_after(pages)))
    # What is gone for good is not asked for a week.
    assert (end, again) == ("pages left out", [])
    assert site.asked_but_robots == ["/news", "/blog"]
    assert [h.get("if-none-match") for h in site.headers[1:]] == ['"n1"', '"page-1"']
    time.now += timedelta(days=8)
    whole(fetching(client(), lane, state_after(pages)))
    assert site.asked_but_robots[-1] == "/lost"


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


def test_a_feed_is_no_deeper_the_second_time(site: Site, client: Make) -> None:
    """That nothing is new says nothing of what it did not reach the first time."""
    items = ("a", ago(days=1)), ("b", ago(days=2))
    site.answers["/short"] = Told(rss(*items), headers={"ETag": '"s1"'})
    lane = source("feed", site.base, feeds=["/short"])
    pages, end = whole(fetching(client(), lane, days=9))
    assert end == "window exceeded the platform's depth"
    for answer in (Told(status=304), Told(rss(("new", ago(days=0)), *items))):
        site.answers["/short"] = answer
        again, end = whole(fetching(client(), lane, state_after(pages), days=9))
        assert end == "window exceeded the platform's depth"
        pages = again or pages
    assert state_after(pages)["feeds"][f"{site.base}/short"]["reached"] == ago(days=2).isoformat()
    assert whole(fetching(client(), lane, state_after(pages), days=1))[1] == "complete"


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
    # The next time its oldest item was there the last time: nothing lies between, nor before it.
    pages, end = whole(fetching(client(), short, state_after(pages)))
    assert (len(pages), end) == (1, "window exceeded the platform's depth")
    assert whole(fetching(client(), short, state_after(pages), days=0.3))[1] == "complete"


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


@pytest.mark.parametrize(
    "feed",
    ["/@ida.rss", "/u/ida/activity.rss", "/user/ida/.rss", "/author/ida/feed/", "/feeds/u/ida.xml"],
)
def test_the_feed_of_a_person_is_refused(site: Site, client: Make, feed: str) -> None:
    lane = source("feed", site.base, feeds=[feed])
    with pytest.raises(FixSettings, match="an organisation's own with account_kind"):
        whole(fetching(client(), lane))
    site.answers[feed] = Told(rss(("a", ago(days=3))))
    own = lane.model_copy(update={"account_kind": "organisation"})
    assert len(whole(fetching(client(), own))[0]) == 1


def test_a_page_that_is_gone_is_one_outcome(site: Site, client: Make) -> None:
    pages, end = whole(fetching(client(), source("feed", site.base, feeds=["/gone"])))
    assert (outcomes(pages), end) == ([Skipped(rule="error page")], "pages left out")


def test_recheck_says_only_what_it_knows(site: Site, client: Make) -> None:
    site.answers |= {
        "/there": Told("<p id='comment-7'>"),
        "/gone": Told(status=410),
        "/front": Told("", 302, headers={"Location": "/"}),
        "/": Told("home"),
        "/kept out": Told("<html><head><meta name=robots content=noindex></head>"),
        "/refused": Told(status=403),
    }
    paths = ["/there", "/gone", "/front", "/there#comment-7", "/there#comment-8", "/kept%20out"]
    paths.append("/refused")
    posts = [(path, f"{site.base}{path}") for path in [*paths, "/gone"]]
    found = list(
        recheck(
            client(), source("feed", site.base), [("no address", None), ("tag", "tag:x"), *posts]
        )
    )
    assert found == [
        ("/there", "there"),
        ("/gone", "gone"),
        ("/there#comment-7", "there"),
        ("/kept%20out", "gone"),
    ]
    assert site.asked_but_robots[-1] == "/refused"


def test_an_article_speaks_of_itself_alone(site: Site, client: Make) -> None:
    site.answers["/article"] = Told(rss(("another post", ago(hours=1))))
    unheard = SimpleNamespace(get=client().get)
    # What is asked of the client itself is read as a page, with all the posts that it names.
    listening: Any = SimpleNamespace(unheard=unheard, now=lambda: NOON)
    asked = [("article", f"{site.base}/article")]
    assert list(recheck(listening, source("feed", site.base), asked)) == [("article", "there")]


def test_times_of_pages_only_go_back(site: Site, client: Make) -> None:
    site.answers["/blog"] = wordpress(pages=9)
    pages, end = whole(fetching(client(), source("feed", site.base, feeds=["/blog"]), days=5))
    times = [o.created_at for o in outcomes(pages) if isinstance(o, Post) and o.created_at]
    assert all(newer > older for newer, older in pairwise(times))
    assert (min(times) < ago(days=5), end) == (True, "complete")


def circling(pages: int) -> Callable[[dict[str, list[str]]], Told]:
    """Return a feed whose last page names the first as the next."""

    def answer(query: dict[str, list[str]]) -> Told:
        number = int(query.get("n", ["0"])[0])
        more = f'<atom:link rel="next" href="/feed?n={(number + 1) % pages}"/>'
        return Told(rss((f"{number}", ago(hours=number + 1)), more=more))

    return answer


def test_next_links_in_circles_end(site: Site, client: Make) -> None:
    site.answers["/feed"] = circling(3)
    pages, end = whole(fetching(client(), source("feed", site.base, feeds=["/feed"])))
    assert (len(pages), end) == (4, "window exceeded the platform's depth")


def test_a_feed_without_end_is_bounded(site: Site, client: Make) -> None:
    site.answers["/feed"] = circling(10_000)
    lane = source("feed", site.base, feeds=["/feed"])
    fetched = fetching(client(), lane, days=9)
    assert (len(whole(fetched)[0]), whole(fetching(client(), lane, days=9))[1]) == (
        50, "bound of one run",
    )  # fmt: skip


def test_a_redirect_in_circles_is_left_out(site: Site, client: Make) -> None:
    site.answers["/feed"] = Told("", 302, headers={"Location": "/feed"})
    assert whole(fetching(client(), source("feed", site.base, feeds=["/feed"]))) == (
        [], "pages left out",
    )  # fmt: skip


@pytest.mark.parametrize("body", ["<!DOCTYPE html><html>Just a moment", "", "<rss><chan", "{}"])
def test_what_is_no_feed_is_asked_once_more_and_never_remembered(
    site: Site, client: Make, body: str
) -> None:
    lane = source("feed", site.base, feeds=["/feed", "/other"])
    good = Told(rss(("a", ago(days=3))), headers={"ETag": '"good"'})
    bad = Told(body, headers={"ETag": '"bad"'})
    site.answers |= {"/feed": [good, bad, bad, good], "/other": Told(rss(("b", ago(days=3))))}
    pages, _ = whole(fetching(client(), lane))
    site.asked.clear()
    again, end = whole(fetching(client(), lane, state_after(pages)))
    assert ([p.url for p in again], end) == ([f"{site.base}/other"], "pages left out")
    assert site.asked_but_robots == ["/feed", "/feed", "/other"]
    assert state_after(again)["feeds"][f"{site.base}/feed"]["etag"] == '"good"'


def test_a_feed_cut_short_is_read_and_asked_for_whole_the_next_time(
    site: Site, client: Make
) -> None:
    lane = source("feed", site.base, feeds=["/feed"])
    whole_feed = rss(("b", ago(hours=60)), ("a", ago(days=3)))
    cut = whole_feed[: whole_feed.index("</item>") + 9]
    site.answers["/feed"] = Told(cut, headers={"ETag": '"1"'})
    pages, _ = whole(fetching(client(), lane))
    assert len([o for o in outcomes(pages) if isinstance(o, Post)]) == 1
    assert state_after(pages)["feeds"] == {f"{site.base}/feed": {}}


def test_a_moment_of_challenge_is_waited_out(site: Site, client: Make) -> None:
    site.answers["/feed"] = [Told("<html>Just a moment"), Told(rss(("a", ago(days=3))))]
    pages, end = whole(fetching(client(), source("feed", site.base, feeds=["/feed"])))
    assert (len(pages), end) == (1, "complete")


def test_a_bomb_is_left_out(site: Site, client: Make) -> None:
    bomb = gzip.compress(rss(("a", ago(days=3))).encode() + b" " * 3_000_000)
    site.answers["/feed"] = Told(bomb, headers={"Content-Encoding": "gzip"})
    lane = source("feed", site.base, feeds=["/feed"])
    assert whole(fetching(client(max_bytes=1_000_000), lane)) == ([], "pages left out")


def test_who_limits_us_is_left_alone_and_the_run_goes_on_there(site: Site, client: Make) -> None:
    site.answers |= {
        "/a": Told(rss(("a", ago(days=3)))),
        "/b": Told("slow down", 429, headers={"Retry-After": "3600"}),
    }
    lane = source("feed", site.base, feeds=["/a", "/b"])
    fetched = fetching(client(), lane)
    (landed,) = killed_after(fetched, 1)
    with pytest.raises(RateLimited) as limited:
        whole(fetching(client(), lane, landed.cursor))
    assert limited.value.at >= NOON + timedelta(hours=1)
    site.answers["/b"] = Told(rss(("b", ago(days=3))))
    site.asked.clear()
    pages, end = whole(fetching(client(), lane, landed.cursor))
    assert (site.asked_but_robots, end, len(pages)) == (["/b"], "complete", 1)


def test_an_item_dated_ahead_of_time_hides_nothing(site: Site, client: Make) -> None:
    blog = source("feed", site.base, feeds=["/blog"])
    items = [("fair", ago(days=-20)), ("a", ago(hours=60))]
    site.answers["/blog"] = Told(rss(*items))
    pages, _ = whole(fetching(client(), blog))
    older = '<atom:link rel="next" href="/older"/>'
    site.answers |= {
        "/blog": Told(rss(("fair", ago(days=-20)), ("c", ago(hours=1)), more=older)),
        "/older": Told(rss(("b", ago(hours=2)), ("a", ago(hours=60)))),
    }
    again, end = whole(fetching(client(), blog, state_after(pages)))
    assert (len(again), end) == (2, "complete")


def test_an_old_item_pinned_to_the_top_ends_nothing(site: Site, client: Make) -> None:
    older = '<atom:link rel="next" href="/older"/>'
    site.answers |= {
        "/blog": Told(rss(("pin", ago(days=90)), ("b", ago(hours=2)), ("a", ago(hours=9)),
                          more=older)),
        "/older": Told(rss(("z", ago(days=3)))),
    }  # fmt: skip
    pages, end = whole(fetching(client(), source("feed", site.base, feeds=["/blog"])))
    assert (len(pages), end) == (2, "complete")


def test_a_window_that_begins_earlier_is_read_whatever_is_known(site: Site, client: Make) -> None:
    site.answers["/blog"] = wordpress(pages=9)
    blog = source("feed", site.base, feeds=["/blog"])
    pages, _ = whole(fetching(client(), blog))
    site.headers.clear()
    again, end = whole(fetching(client(), blog, state_after(pages), days=5))
    assert (len(again), end) == (7, "complete")
    assert not any("if-none-match" in headers for headers in site.headers)


def test_an_empty_feed_is_complete(site: Site, client: Make) -> None:
    site.answers["/feed"] = Told(rss(), headers={"ETag": '"e"'})
    pages, end = whole(fetching(client(), source("feed", site.base, feeds=["/feed"])))
    assert (outcomes(pages), end) == ([Skipped(rule="empty feed")], "complete")


def test_fields_nobody_decided_about_are_named() -> None:
    def unknown(body: str) -> set[str]:
        return unknown_fields(
            Page(source="s", platform="feed", url="https://x.example/", received_at=NOON,
                 body=body.encode())
        )  # fmt: skip

    known = rss(("a", ago(days=3)))
    assert unknown(known) == set()
    own = known.replace("<title>a</title>", '<p:lamp xmlns:p="urn:p" is="out"/>')
    assert unknown(own) == {"item.p_lamp"}
    assert unknown(
        '{"version": "https://jsonfeed.org/version/1.1", "title": "x", "_own": {"a": 1},'
        ' "items": [{"id": "1", "lamp": {"is": "out"}, "tags": ["a"]}]}'
    ) == {"_own", "items.lamp"}
