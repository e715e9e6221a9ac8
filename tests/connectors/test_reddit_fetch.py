"""What is asked of Reddit, how far back it comes, and what is not asked twice."""

from collections.abc import Callable
from typing import Any

import pytest
from loopback import Site, Told
from on_reddit import (
    LOGIN,
    Community,
    asked_of,
    comment,
    listing,
    more,
    open_reddit,
    pages_of,
    reading,
    small_town,
    submission,
    told,
)  # fmt: skip
from runs import ago, killed_after, state_after, whole, window

from connectors import reddit
from connectors.http import Client
from connectors.parts.reddit import lists as reddit_lists
from contract.charter import Source
from contract.credentials import Credentials
from contract.errors import FixSettings, StopSource
from contract.page import Page, Pages, Stop
from contract.post import Post

Make = Callable[..., Client]


@pytest.fixture
def asking(client: Make) -> Make:
    """Return a maker of clients that know the application's secret."""
    return lambda **options: client(credentials=Credentials("town", LOGIN), **options)


def fetching(client: Client, source: Source, cursor: Any = None, days: float = 2) -> Pages:
    return reddit.fetch(client, "town", source, window(days), cursor)


def stop_of(pages: Pages) -> tuple[list[Page], Stop]:
    got = []
    while True:
        try:
            got.append(next(pages))
        except StopIteration as end:
            return got, end.value


def ids(pages: list[Page]) -> set[str]:
    return {o.native_id for p in pages for o in reddit.parse(p) if isinstance(o, Post)}


SELECTIONS: list[dict[str, Any]] = [
    {"communities": ["r/Town"]},
    {"query": "gulls"},
    {"communities": ["town"], "query": "gulls"},
    {"threads": ["s1", "t3_s2", "s5"]},
    {"communities": ["town"], "threads": ["s2"]},
]


@pytest.mark.parametrize("select", SELECTIONS, ids=str)
def test_a_killed_run_goes_on_where_it_stood(
    site: Site, asking: Make, select: dict[str, Any]
) -> None:
    open_reddit(site, small_town())
    source = reading(site.base, **select)
    pages, end = whole(fetching(asking(), source))
    contents = asked_of(site)
    assert end == "complete"
    assert len(pages) == len(contents) >= 3
    for count in range(1, len(pages) + 1):
        landed = killed_after(fetching(asking(), source), count)
        site.asked.clear()
        rest, end = whole(fetching(asking(), source, landed[-1].cursor))
        assert [p.body for p in landed + rest] == [p.body for p in pages]
        assert asked_of(site) == contents[count:]
        assert end == "complete"


def test_comments_and_submissions_back_to_the_window_and_no_thread(
    site: Site, asking: Make
) -> None:
    open_reddit(site, small_town())
    pages, end = whole(fetching(asking(), reading(site.base, communities=["/r/town/"])))
    assert end == "complete"
    assert {f"t1_c{n}" for n in range(1, 10)} | {f"t3_s{n}" for n in range(1, 6)} <= ids(pages)
    paths = [target.partition("?")[0] for target in asked_of(site)]
    assert set(paths) == {"r/town/comments", "r/town/new"}
    assert all("raw_json=1" in page.url and "limit=100" in page.url for page in pages)


def test_a_list_ends_at_the_window_whatever_is_pinned_or_let_in_late(
    site: Site, asking: Make
) -> None:
    old = [submission(f"o{n}", ago(days=3 + n)) for n in range(30)]
    pinned, advert = submission("p1", ago(days=90), stickied=True), submission("a1", ago(days=9))
    advert["data"]["promoted"] = True
    fresh = [submission(f"s{n}", ago(hours=n)) for n in range(1, 9)]
    town = Community([pinned, advert, old[0], *fresh, *old[1:]], [], size=6)
    open_reddit(site, town)
    pages, end = whole(fetching(asking(), reading(site.base, communities=["town"])))
    assert end == "complete"
    assert {f"t3_s{n}" for n in range(1, 9)} <= ids(pages)
    assert len([p for p in pages if "/new" in p.url]) == 3


def test_the_depth_of_a_list_is_written_and_the_threads_are_read(site: Site, asking: Make) -> None:
    talked = [comment(f"c{n}", ago(minutes=n), f"s{n % 3 + 1}") for n in range(1, 1000)]
    subs = [submission(f"s{n}", ago(hours=10 * n), comments=5 * (n - 1)) for n in range(1, 6)]
    open_reddit(site, Community(subs, talked))
    source = reading(site.base, communities=["town"])
    pages, stop = stop_of(fetching(asking(), source))
    assert stop == Stop("window exceeded the platform's depth", ago(minutes=995))
    paths = [target.partition("?")[0] for target in asked_of(site)]
    # s1 has no comments, s5 is older than the window and was never read.
    assert paths == ["r/town/comments"] * 10 + ["r/town/new"] + [
        f"comments/s{n}" for n in (2, 3, 4)
    ]
    # Of what was remembered, that is read again which has grown, in the window or not.
    subs[1]["data"]["num_comments"], subs[3]["data"]["num_comments"] = 6, 16
    subs[3]["data"]["created_utc"] = ago(days=30).timestamp()
    site.asked.clear()
    whole(fetching(asking(), source, state_after(pages)))
    assert [t.partition("?")[0] for t in asked_of(site)][10:] == [
        "r/town/new", "api/info", "comments/s2", "comments/s4",
    ]  # fmt: skip


@pytest.mark.parametrize("lacking", [0, 100, 400])
def test_a_deep_list_is_deep_whatever_was_removed_of_it(
    site: Site, asking: Make, lacking: int
) -> None:
    """Of a thousand items Reddit sends what still stands."""
    talked = [comment(f"c{n}", ago(minutes=n)) for n in range(1, 1001 - lacking)]
    open_reddit(site, Community([submission("s1", ago(hours=1), comments=9)], talked))
    _, stop = stop_of(fetching(asking(), reading(site.base, communities=["town"])))
    assert stop.because == "window exceeded the platform's depth"
    assert "comments/s1" in {target.partition("?")[0] for target in asked_of(site)}


def test_a_short_history_is_complete_and_not_deep(site: Site, asking: Make) -> None:
    open_reddit(site, small_town())
    source = reading(site.base, communities=["town"])
    _, stop = stop_of(fetching(asking(), source, days=500))
    assert stop == Stop("complete", None)


@pytest.mark.parametrize("sends_nothing", [False, True])
@pytest.mark.parametrize("removed", [1, 3, 6])
def test_the_item_asked_behind_may_vanish(
    site: Site, asking: Make, removed: int, sends_nothing: bool
) -> None:
    """Reddit begins anew behind it or sends nothing; one before it is asked behind instead."""
    subs = [submission(f"s{n:02}", ago(hours=n)) for n in range(1, 41)]
    town = Community(list(subs), [], size=10)
    open_reddit(site, town)
    ordinary = pages_of(town.submissions, 10)

    def page(query: dict[str, list[str]]) -> Told:
        names = [thing["data"]["name"] for thing in town.submissions]
        after = query.get("after", [""])[0]
        return told(listing()) if sends_nothing and after not in ("", *names) else ordinary(query)

    site.answers["/reddit/r/town/new"] = page
    run = fetching(asking(), reading(site.base, communities=["town"]))
    pages = [next(run), next(run)]
    # The last ones of the first page of submissions; five others are remembered.
    del town.submissions[10 - removed : 10]
    rest, stop = stop_of(run)
    expected = {thing["data"]["name"] for thing in subs}
    if removed <= 5 or not sends_nothing:
        assert stop == Stop("complete", None)
        assert ids(pages + rest) == expected
    else:
        assert stop == Stop("limit of the platform", ago(hours=6))
    assert len(rest) <= removed + 3


def test_a_page_that_comes_for_ever_ends(site: Site, asking: Make) -> None:
    open_reddit(site, small_town())
    same = listing(*(comment(f"c{n}", ago(hours=n)) for n in range(1, 9)), after="t1_c8")
    site.answers["/reddit/r/town/comments"] = told(same)
    pages, stop = stop_of(fetching(asking(), reading(site.base, communities=["town"])))
    assert stop == Stop("limit of the platform", ago(hours=4))
    assert len([p for p in pages if "/comments" in p.url]) < 12


def test_a_run_is_bounded(site: Site, asking: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    open_reddit(site, small_town())
    monkeypatch.setattr(reddit, "_MAX_PAGES", 4)
    pages, end = whole(fetching(asking(), reading(site.base, communities=["town"])))
    assert (len(pages), end) == (4, "bound of one run")
    monkeypatch.setattr(reddit, "_MAX_PAGES", 99)
    monkeypatch.setattr(reddit_lists, "_MAX_THREADS", 1)
    source = reading(site.base, query="gulls")
    pages, end = whole(fetching(asking(), source))
    assert (len([p for p in pages if "/comments/" in p.url]), end) == (1, "bound of one run")
    # What was left is found by the next run.
    pages, _ = whole(fetching(asking(), source, state_after(pages)))
    assert [p.url.split("?")[0][-2:] for p in pages if "/comments/" in p.url] == ["s2"]


def test_the_latest_submissions_are_remembered(
    site: Site, asking: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_reddit(site, small_town())
    monkeypatch.setattr(reddit_lists, "_REMEMBERED", 3)
    pages, _ = whole(fetching(asking(), reading(site.base, query="gulls")))
    # Of six submissions that come one after another, those with the highest ids.
    assert set(state_after(pages)["seen"]) >= {"s4", "s5"}
    assert len(state_after(pages)["seen"]) <= 5


def test_a_list_that_cannot_be_read_does_not_take_the_other_along(site: Site, asking: Make) -> None:
    open_reddit(site, small_town())
    site.answers["/reddit/r/town/comments"] = Told("", 302)
    pages, end = whole(fetching(asking(), reading(site.base, communities=["town"])))
    assert end == "pages left out"
    assert {f"t3_s{n}" for n in range(1, 6)} <= ids(pages)


def test_a_whole_thread_with_more_and_deeper_comments(site: Site, asking: Make) -> None:
    rest = [f"m{n}" for n in range(150)]
    chain = comment("d1", ago(hours=3), replies=listing(more("t1_d1")))
    deeper = comment("d2", ago(hours=2), parent_id="t1_d1")
    head = submission("s1", ago(hours=9), comments=153)
    open_reddit(site, Community([head], []))

    def some(query: dict[str, list[str]]) -> Told:
        things: list[Any] = [comment(i, ago(hours=1)) for i in query["children"][0].split(",")]
        # One that is not there any more comes back as more for ever.
        again = more("t3_s1", query["children"][0].split(",")[-1])
        return told({"json": {"errors": [], "data": {"things": [*things[:-1], again]}}})

    site.answers |= {
        "/reddit/comments/s1": told([listing(head), listing(chain, more("t3_s1", *rest))]),
        "/reddit/comments/s1/_/d1": told(
            [listing(head), listing({**chain, "data": {**chain["data"], "replies": ""}}, deeper)]
        ),
        "/reddit/api/morechildren": some,
    }
    source = reading(site.base, threads=["s1"])
    pages, end = whole(fetching(asking(), source))
    assert end == "complete"
    assert ids(pages) == {"t3_s1", "t1_d1", "t1_d2", *(f"t1_{i}" for i in rest)} - {
        "t1_m99", "t1_m149",
    }  # fmt: skip
    assert [t.partition("?")[0] for t in asked_of(site)] == [
        "api/info", "comments/s1", "api/morechildren", "api/morechildren", "comments/s1/_/d1",
    ]  # fmt: skip
    titles = {o.title for p in pages[2:4] for o in reddit.parse(p) if isinstance(o, Post)}
    assert titles == {"Title of s1"}
    # Unchanged, it is not read again.
    site.asked.clear()
    whole(fetching(asking(), source, state_after(pages)))
    assert [t.partition("?")[0] for t in asked_of(site)] == ["api/info"]


def test_a_thread_without_end_is_bounded(site: Site, asking: Make) -> None:
    head = submission("s1", ago(hours=9), comments=9)
    open_reddit(site, Community([head], []))
    fresh = iter(range(10**6))

    def always_more(_: dict[str, list[str]]) -> Told:
        things = [more("t3_s1", *(f"x{next(fresh)}" for _ in range(300)))]
        return told({"json": {"errors": [], "data": {"things": things}}})

    site.answers |= {
        "/reddit/comments/s1": told([listing(head), listing(more("t3_s1", "x"))]),
        "/reddit/api/morechildren": always_more,
    }
    pages, end = whole(fetching(asking(), reading(site.base, threads=["s1"])))
    assert end == "bound of one run"
    assert len(pages) <= 41


def test_a_thread_that_is_gone_or_broken_does_not_end_the_run(site: Site, asking: Make) -> None:
    open_reddit(site, small_town())
    site.answers["/reddit/comments/s1"] = told({"message": "Not Found", "error": 404}, 404)
    site.answers["/reddit/comments/s2"] = Told('[{"kind": "Listing", "data": {"chil')
    pages, end = whole(fetching(asking(), reading(site.base, query="gulls")))
    assert end == "pages left out"
    assert [p.status for p in pages if p.url.split("?")[0].endswith("comments/s1")] == [404]
    assert any(p.url.split("?")[0].endswith("comments/s5") for p in pages)
    # Odd answers are asked for once more.
    assert sum(t.startswith("comments/s2") for t in asked_of(site)) == 2


def test_a_query_is_asked_for_the_shortest_span_in_each_community(site: Site, asking: Make) -> None:
    open_reddit(site, small_town())
    site.answers["/reddit/r/quay/search"] = told(listing())
    source = reading(site.base, communities=["town", "quay", "r/Town"], query="gulls OR bins")
    whole(fetching(asking(), source, days=2))
    whole(fetching(asking(), reading(site.base, query="gulls"), days=7))
    searches = [t for t in asked_of(site) if "search" in t and "after" not in t]
    assert [t.partition("?")[0] for t in searches] == ["r/town/search", "r/quay/search", "search"]
    assert "q=gulls+OR+bins" in searches[0]
    assert all("sort=new" in target for target in searches)
    assert ["restrict_sr=1" in target for target in searches] == [True, True, False]
    assert "&t=week&" in searches[0]
    assert "&t=month&" in searches[2]


@pytest.mark.parametrize(
    ("select", "said"),
    [
        ({}, "is empty; needed are communities, query or threads"),
        ({"communities": ["u_somebody"]}, "communities: 'u_somebody' is a person's page"),
        ({"communities": ["r/u_somebody"]}, "is a person's page"),
        ({"communities": ["u/somebody"]}, "is a person's page"),
        ({"communities": ["all"]}, "communities: 'all' is no one community"),
        ({"communities": ["town+quay"]}, "is no one community"),
        ({"communities": ["../api/v1/me"]}, "is no one community"),
        ({"query": "gulls author:somebody"}, "query: 'author:' asks for a person"),
        ({"query": 'bins (AUTHOR :"somebody")'}, "asks for a person"),
        ({"query": "u/somebody"}, "asks for a person"),
        ({"query": "subreddit:u_somebody"}, "asks for a person"),
        ({"query": "url:reddit.com/user/somebody"}, "asks for a person"),
        ({"query": 'site:"https://old.reddit.com/u/somebody"'}, "asks for a person"),
        ({"threads": ["https://redd.it/x"]}, "is no submission's id"),
    ],
    ids=str,
)
def test_what_is_no_community_or_a_person_is_refused(
    site: Site, asking: Make, select: dict[str, Any], said: str
) -> None:
    with pytest.raises(FixSettings, match=r"^sources\.town\.select") as refused:
        whole(fetching(asking(), reading(site.base, **select)))
    assert said in str(refused.value)
    assert site.asked == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (told({"reason": "private", "message": "Forbidden", "error": 403}, 403), "is private;"),
        (told({"reason": "quarantined", "error": 403}, 403), "is quarantined;"),
        (told({"reason": "banned", "message": "Not Found", "error": 404}, 404), "is banned;"),
        (told({"message": "Not Found", "error": 404}, 404), "is not there;"),
        (Told("", 302, {"location": "/subreddits/search?q=town"}), "is not there;"),
        (Told("<html>Forbidden", 403), "is private or quarantined;"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_community_that_cannot_be_read_is_told_by_its_setting(
    site: Site, asking: Make, answer: Told, said: str
) -> None:
    open_reddit(site, small_town())
    site.answers["/reddit/r/town/comments"] = answer
    with pytest.raises(StopSource, match=r"sources\.town\.select\.communities: r/town") as stopped:
        whole(fetching(asking(), reading(site.base, communities=["town"])))
    assert said in str(stopped.value)


def test_recheck_asks_a_hundred_at_once_and_tells_what_is_gone(site: Site, asking: Make) -> None:
    posts = [submission(f"s{n}", ago(hours=n)) for n in range(1, 151)]
    posts[1]["data"]["removed_by_category"] = "deleted"
    posts[2]["data"]["selftext"] = "[removed]"
    posts[3]["data"]["author"] = "[deleted]"
    spoken = [comment("c1", ago(hours=1)), comment("c2", ago(hours=1), body="[deleted]")]
    open_reddit(site, Community(posts[:120], spoken))
    names = [f"t3_s{n}" for n in range(1, 151)] + ["t1_c1", "t1_c2", "forum.example/t/1/1"]
    source = reading(site.base, communities=["town"])
    found = dict(reddit.recheck(asking(), source, [(name, None) for name in names]))
    assert {name for name, verdict in found.items() if verdict == "gone"} == {
        "t3_s2", "t3_s3", "t1_c2", *(f"t3_s{n}" for n in range(121, 151)),
    }  # fmt: skip
    assert found["t3_s4"] == found["t1_c1"] == "there"
    assert len(found) == 152
    assert len(asked_of(site)) == 2
    # Of so many not one: asked twice before all of it is called gone.
    site.asked.clear()
    site.answers["/reddit/api/info"] = told(listing())
    assert set(dict(reddit.recheck(asking(), source, [("t1_c1", None)])).values()) == {"gone"}
    assert len(asked_of(site)) == 2
    # And nothing is said where nothing is known.
    site.answers["/reddit/api/info"] = told({"message": "Forbidden", "error": 403}, 403)
    assert list(reddit.recheck(asking(), source, [("t1_c1", None)])) == []
