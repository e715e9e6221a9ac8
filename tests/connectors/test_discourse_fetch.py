"""What is asked of a forum, and what is not asked twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from forum import Topic, open_forum, open_search, told
from loopback import Site, Told
from runs import ago, fetching, killed_after, outcomes, source, state_after, whole

from connectors.discourse import recheck
from connectors.http import Client
from contract.errors import FixSettings, StopSource
from contract.page import Page
from contract.post import Post, Skipped

Make = Callable[..., Client]


def numbers(pages: list[Page]) -> dict[int, list[int]]:
    """Return which posts of which topics were read, in order."""
    found: dict[int, list[int]] = {}
    for outcome in outcomes(pages):
        if outcome == Skipped(rule="empty list"):
            continue
        assert isinstance(outcome, Post)
        topic, number = outcome.native_id.split("/t/")[1].split("/")
        found.setdefault(int(topic), []).append(int(number))
    return {topic: sorted(read) for topic, read in found.items()}


def town(site: Site) -> list[Topic]:
    topics = [
        Topic(11, posts=65, last=ago(hours=2), tags=["lamps"]),
        Topic(12, posts=3, last=ago(hours=5), category=6),
        Topic(13, posts=25, last=ago(hours=9), hours_apart=0.1),
        Topic(14, posts=2, last=ago(days=9), pinned=True),
        Topic(15, posts=2, last=ago(hours=30)),
        Topic(16, posts=2, last=ago(days=5), tags=["lamps"]),
        Topic(17, posts=2, last=ago(days=6)),
        Topic(18, posts=2, last=ago(days=7)),
        Topic(19, posts=1, last=ago(hours=1), category=7),
    ]
    open_forum(site, *topics)
    open_search(site, [(topics[0], 64), (topics[0], 50), (topics[8], 1)])
    return topics


SELECTIONS: list[dict[str, Any]] = [
    {},
    {"categories": ["roads"]},
    {"tags": ["lamps"]},
    {"query": "lamp OR dark street"},
    {"categories": ["roads/bridges"], "tags": ["lamps"], "query": "lamp"},
]


@pytest.mark.parametrize("select", SELECTIONS, ids=str)
def test_a_killed_run_goes_on_where_it_stood(
    site: Site, client: Make, select: dict[str, Any]
) -> None:
    town(site)
    forum = source("discourse", site.base, **select)
    pages, end = whole(fetching(client(), forum))
    assert end == "complete"
    assert len(pages) >= 2
    contents = [t for t in site.asked if t.startswith(("/t/", "/posts"))]
    for count in range(1, len(pages) + 1):
        landed = killed_after(fetching(client(), forum), count)
        site.asked.clear()
        rest, end = whole(fetching(client(), forum, landed[-1].cursor))
        assert [p.body for p in landed + rest] == [p.body for p in pages]
        assert site.asked_but_robots == contents[count:]
        assert end == "complete"


def test_the_latest_posts_back_to_the_window(site: Site, client: Make) -> None:
    town(site)
    pages, end = whole(fetching(client(), source("discourse", site.base)))
    read = numbers(pages)
    assert end == "complete"
    assert read[19] == [1]
    assert read[11][-48:] == list(range(18, 66))
    assert all(isinstance(o, Post) and o.title for o in outcomes(pages))


def test_a_post_moved_under_a_newer_id_does_not_end_it(site: Site, client: Make) -> None:
    open_forum(
        site,
        Topic(11, posts=12, last=ago(hours=20)),
        Topic(12, posts=1, last=ago(days=300)),
        Topic(13, posts=9, last=ago(hours=1)),
    )
    pages, _ = whole(fetching(client(), source("discourse", site.base)))
    assert numbers(pages) == {11: list(range(1, 13)), 12: [1], 13: list(range(1, 10))}


def test_spans_of_ids_without_posts_do_not_end_it(site: Site, client: Make) -> None:
    open_forum(
        site,
        Topic(11, posts=3, last=ago(hours=9)),
        Topic(14, posts=3, last=ago(hours=1)),
        id_span=50,
    )
    pages, end = whole(fetching(client(), source("discourse", site.base)))
    assert numbers(pages) == {11: [1, 2, 3], 14: [1, 2, 3]}
    assert end == "complete"


def test_a_server_that_ignores_before_is_not_asked_for_ever(site: Site, client: Make) -> None:
    topic = Topic(11, posts=3, last=ago(hours=1))
    site.answers["/posts.json"] = told({"latest_posts": topic.all_posts})
    pages, end = whole(fetching(client(), source("discourse", site.base)))
    assert (len(pages), end) == (2, "limit of the platform")


def test_a_category_is_read_with_what_is_below_it(site: Site, client: Make) -> None:
    town(site)
    pages, end = whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    read = numbers(pages)
    assert end == "complete"
    # The pinned topic of nine days ago neither ends the list nor is read.
    assert sorted(read) == [11, 12, 13, 15]
    assert read[11] == list(range(1, 66))
    assert read[13] == list(range(1, 26))
    names = {o.community_name for o in outcomes(pages) if isinstance(o, Post)}
    assert names == {"Roads", "Bridges"}
    assert {o.title for o in outcomes(pages) if isinstance(o, Post)} >= {"Topic 11", "Topic 13"}
    assert not any("post_number" in target for target in site.asked)
    asked = [parse_qs(urlsplit(t).query).get("post_ids[]", []) for t in site.asked]
    assert max(len(ids) for ids in asked) == 20


def test_a_long_topic_is_read_back_to_the_window_only(site: Site, client: Make) -> None:
    open_forum(site, Topic(11, posts=200, last=ago(hours=1), hours_apart=2))
    pages, _ = whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    # Its first page, then from its end.
    assert numbers(pages)[11] == [*range(1, 21), *range(161, 201)]


def test_unchanged_topics_are_not_asked_again(site: Site, client: Make) -> None:
    topics = town(site)
    forum = source("discourse", site.base, categories=["roads"], query="lamp")
    pages, _ = whole(fetching(client(), forum))
    site.asked.clear()
    assert whole(fetching(client(), forum, state_after(pages))) == ([], "complete")
    assert not any(target.startswith("/t/") for target in site.asked)
    topics[4].posts += 1
    topics[4].last += timedelta(hours=1)
    open_forum(site, *topics)
    again, _ = whole(fetching(client(), forum, state_after(pages)))
    assert numbers(again) == {15: [1, 2, 3]}
    # What is remembered is what the lists still show: it does not grow.
    later, _ = whole(fetching(client(), forum, state_after(again), days=0.1))
    assert later == []
    assert len(state_after(again)["seen"]) <= len(state_after(pages)["seen"])


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        (told({"errors": ["gone"]}, 404), "gone"),
        (told({"errors": ["gone"]}, 410), "gone"),
        (told({"errors": ["no"], "error_type": "invalid_access"}, 403), "gone"),
    ],
)
def test_a_topic_that_is_gone_is_landed_as_such(
    site: Site, client: Make, answer: Told, rule: str
) -> None:
    open_forum(site, Topic(11, 2, ago(hours=1)), Topic(12, 2, ago(hours=2)))
    site.answers["/t/11.json"] = answer
    pages, end = whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    assert end == "complete"
    assert outcomes(pages)[0] == Skipped(rule=rule)
    assert numbers(pages[1:]) == {12: [1, 2]}


def test_a_forum_that_refuses_us_is_not_asked_on(site: Site, client: Make) -> None:
    open_forum(site, Topic(11, 2, ago(hours=1)), Topic(12, 2, ago(hours=2)))
    site.answers["/t/11.json"] = Told("<html>blocked", 403)
    with pytest.raises(StopSource, match="answered 403"):
        whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    assert "/t/12.json" not in site.asked


def test_a_page_cut_short_is_landed_and_asked_again_the_next_time(site: Site, client: Make) -> None:
    open_forum(site, Topic(11, 2, ago(hours=1)))
    site.answers["/t/11.json"] = Told('{"post_stream": {"po')
    forum = source("discourse", site.base, categories=["roads"])
    pages, end = whole(fetching(client(), forum))
    assert [o.reason for o in outcomes(pages)] == ["not JSON"]  # type: ignore[union-attr]
    assert (end, state_after(pages)["seen"]) == ("pages left out", {})


def test_what_robots_excludes_is_left_out_and_told(site: Site, client: Make) -> None:
    open_forum(site, Topic(11, 2, ago(hours=1)), Topic(12, 2, ago(hours=2)))
    site.answers["/robots.txt"] = Told("User-agent: *\nDisallow: /t/11.json")
    pages, end = whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    assert (numbers(pages), end) == ({12: [1, 2]}, "pages left out")


def test_a_search_reads_the_posts_it_names_and_no_others(site: Site, client: Make) -> None:
    town(site)
    pages, end = whole(fetching(client(), source("discourse", site.base, query="lamp")))
    assert (numbers(pages), end) == ({11: [50, 64], 19: [1]}, "complete")
    assert {o.title for o in outcomes(pages) if isinstance(o, Post)} == {"Topic 11", "Topic 19"}
    searches = [parse_qs(urlsplit(t).query)["q"] for t in site.asked if "search" in t]
    assert searches == [[f"lamp after:{ago(days=2):%Y-%m-%d} order:latest"]] * 2


def test_a_search_ends_where_the_platform_ends_it(site: Site, client: Make) -> None:
    topic = Topic(11, posts=9, last=ago(hours=1))
    open_forum(site, topic)
    open_search(site, [(topic, 9), (topic, 8)], is_endless=True)
    pages, end = whole(fetching(client(), source("discourse", site.base, query="lamp")))
    assert (numbers(pages), end) == ({11: [8, 9]}, "limit of the platform")
    assert sum("search" in target for target in site.asked) == 10


def test_a_search_that_robots_forbids_says_what_to_do(site: Site, client: Make) -> None:
    town(site)
    site.answers["/robots.txt"] = Told("User-agent: *\nDisallow: /search")
    with pytest.raises(StopSource, match=r"robots\.txt .* select something else, or ask"):
        whole(fetching(client(), source("discourse", site.base, query="lamp")))
    assert site.asked_but_robots == []


@pytest.mark.parametrize(
    ("wanted", "found"), [("rods", "names 0 categories"), ("bridges", "names 2 categories")]
)
def test_a_category_must_be_one(site: Site, client: Make, wanted: str, found: str) -> None:
    town(site)
    with pytest.raises(FixSettings, match=f"{found}.*roads/bridges, town, town/bridges"):
        whole(fetching(client(), source("discourse", site.base, categories=[wanted])))


def test_categories_of_a_forum_without_site_json(site: Site, client: Make) -> None:
    town(site)
    site.answers["/site.json"] = Told(status=404)
    below = {"id": 6, "slug": "bridges", "name": "Bridges", "parent_category_id": 5}
    roads = {"id": 5, "slug": "roads", "name": "Roads", "subcategory_list": [below]}
    site.answers["/categories.json"] = told({"category_list": {"categories": [roads]}})
    pages, _ = whole(fetching(client(), source("discourse", site.base, categories=["bridges"])))
    assert numbers(pages) == {12: [1, 2, 3]}


@pytest.mark.parametrize(
    "body", ["<html>Welcome", '{"hello": 1}', '{"topic_list": {"topics": [{}]}}']
)
def test_what_is_no_forum_is_stopped(site: Site, client: Make, body: str) -> None:
    site.answers["/tag/lamps.json"] = Told(body)
    with pytest.raises(StopSource, match="not what a Discourse forum sends"):
        whole(fetching(client(), source("discourse", site.base, tags=["lamps"])))


def test_feeds_are_not_for_a_forum(site: Site, client: Make) -> None:
    with pytest.raises(FixSettings, match="allowed here: categories, tags, query"):
        whole(fetching(client(), source("discourse", site.base, feeds=["/posts.rss"])))


def test_recheck_asks_once_a_topic_and_says_only_what_it_knows(site: Site, client: Make) -> None:
    long = Topic(11, posts=30, last=ago(hours=1))
    open_forum(site, long, Topic(12, 2, ago(hours=2)))
    here = [p for p in long.all_posts[:20] if p["post_number"] != 4]
    here[1] = {**here[1], "hidden": True}
    site.answers |= {
        "/t/11.json": told({**long.head, "post_stream": {"posts": here, "stream": []}}),
        "/posts/by_number/11/29.json": told({"errors": ["gone"]}, 404),
        "/posts/by_number/13/1.json": Told("not JSON"),
    }
    name = site.base.removeprefix("http://")
    asked = [(11, n) for n in (1, 2, 4, 28, 29)] + [(12, 2), (13, 1), (14, 1), (14, 2)]
    posts = [(f"{name}/t/{topic}/{number}", None) for topic, number in asked]
    found = dict(
        recheck(client(), source("discourse", site.base), [("other.example/t/1/1", None), *posts])
    )
    assert {key.split("/t/")[1]: verdict for key, verdict in found.items()} == {
        "11/1": "there", "11/2": "gone", "11/4": "gone", "11/28": "there", "11/29": "gone",
        "12/2": "there", "14/1": "gone", "14/2": "gone",
    }  # fmt: skip
    assert site.asked_but_robots == [
        "/t/11.json", "/posts/by_number/11/28.json", "/posts/by_number/11/29.json",
        "/posts/by_number/12/2.json", "/posts/by_number/13/1.json", "/t/14.json",
    ]  # fmt: skip
