"""Categories, tags and searches of a forum: found, refused, and how far they reach."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from forum import CATEGORIES, Make, Topic, numbers, open_forum, open_search, told, town
from loopback import Site, Time, Told
from runs import ago, fetching, outcomes, source, whole

from contract.errors import FixSettings, RetryLater, StopSource
from contract.post import Post


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
    assert sum("search" in target for target in site.asked) == 2


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


@pytest.mark.parametrize("body", ['{"hello": 1}', '{"topic_list": {"topics": [{}]}}'])
def test_what_is_no_forum_is_stopped(site: Site, client: Make, body: str) -> None:
    site.answers["/tag/lamps.json"] = Told(body)
    with pytest.raises(StopSource, match="not what a Discourse forum sends"):
        whole(fetching(client(), source("discourse", site.base, tags=["lamps"])))


def test_what_is_no_json_is_waited_for_and_then_stopped(
    site: Site, client: Make, time: Time
) -> None:
    site.answers["/tag/lamps.json"] = Told("<html>Welcome")
    with pytest.raises(RetryLater, match="no JSON"):
        whole(fetching(client(), source("discourse", site.base, tags=["lamps"])))
    time.now += timedelta(hours=7)
    with pytest.raises(StopSource, match="select something else, or ask"):
        whole(fetching(client(), source("discourse", site.base, tags=["lamps"])))


def test_a_search_goes_on_to_the_tenth_page_and_no_further(site: Site, client: Make) -> None:
    topic = Topic(11, posts=60, last=ago(hours=1), hours_apart=0.1)
    open_forum(site, topic)
    open_search(site, [(topic, number) for number in range(60, 0, -1)])
    pages, end = whole(fetching(client(), source("discourse", site.base, query="lamp")))
    assert (numbers(pages), end) == ({11: list(range(41, 61))}, "limit of the platform")
    assert sum("search" in target for target in site.asked) == 10


def test_a_search_under_load_is_waited_for(site: Site, client: Make) -> None:
    site.answers["/search.json"] = told(
        {"posts": [], "grouped_search_result": {"error": "The site is busy.", "term": "lamp"}}
    )
    with pytest.raises(RetryLater, match="too much load"):
        whole(fetching(client(), source("discourse", site.base, query="lamp")))


@pytest.mark.parametrize(
    "query",
    ["lamp @ines", "user:ines", "lamp OR from:ines", "in:messages lamp", "lamp group_messages:a",
     "-assigned:bo", "badge:regular", "created:@ines", "lamp after:2026-01-01", "order:likes"],
)  # fmt: skip
def test_a_query_asks_for_no_person_and_leaves_time_to_the_run(
    site: Site, client: Make, query: str
) -> None:
    with pytest.raises(FixSettings, match=r"sources\.town\.select\.query: .* (allowed|leave)"):
        whole(fetching(client(), source("discourse", site.base, query=query)))
    assert site.asked == []


def test_a_closed_category_is_never_asked_for(site: Site, client: Make) -> None:
    town(site)
    with pytest.raises(FixSettings, match="'staff' is not open to all"):
        whole(fetching(client(), source("discourse", site.base, categories=["staff"])))
    assert site.asked_but_robots == ["/site.json"]


@pytest.mark.parametrize("wanted", ["6", "roads/bridges"])
def test_a_category_is_named_by_id_or_path(site: Site, client: Make, wanted: str) -> None:
    town(site)
    pages, _ = whole(fetching(client(), source("discourse", site.base, categories=[wanted])))
    assert numbers(pages) == {12: [1, 2, 3]}


def test_categories_a_large_forum_tells_page_by_page(site: Site, client: Make) -> None:
    town(site)
    site.answers["/site.json"] = told({"categories": CATEGORIES[2:3]})
    shown = {"1": CATEGORIES[:1], "2": CATEGORIES[:2]}
    site.answers["/categories.json"] = lambda query: told(
        {"category_list": {"categories": shown.get(query.get("page", ["1"])[0], [])}}
    )
    pages, _ = whole(fetching(client(), source("discourse", site.base, categories=["bridges"])))
    assert numbers(pages) == {12: [1, 2, 3]}
    with pytest.raises(FixSettings, match="names 0 categories"):
        whole(fetching(client(), source("discourse", site.base, categories=["rods"])))


def test_a_list_that_is_not_there_stops_no_other(site: Site, client: Make) -> None:
    town(site)
    forum = source("discourse", site.base, tags=["no-such-tag", "lamps"])
    pages, end = whole(fetching(client(), forum))
    assert (sorted(numbers(pages)), end) == ([11], "pages left out")


def test_threads_are_named_by_number(site: Site, client: Make) -> None:
    with pytest.raises(FixSettings, match=r"threads: found 'lamps'; allowed are numbers"):
        whole(fetching(client(), source("discourse", site.base, threads=["lamps"])))
