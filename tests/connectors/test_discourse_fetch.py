"""What is asked of a forum, and what is not asked twice."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from forum import Make, Topic, contents_asked, numbers, open_forum, told, town
from loopback import Site
from runs import ago, fetching, killed_after, outcomes, source, state_after, whole

from contract.post import Post

SELECTIONS: list[dict[str, Any]] = [
    {},
    {"categories": ["roads"]},
    {"tags": ["lamps"]},
    {"query": "lamp OR dark street"},
    {"threads": ["11", "14", "99"]},
    {"categories": ["roads/bridges"], "tags": ["lamps"], "query": "lamp", "threads": ["12"]},
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
    contents = contents_asked(site)
    for count in range(1, len(pages) + 1):
        landed = killed_after(fetching(client(), forum), count)
        site.asked.clear()
        rest, end = whole(fetching(client(), forum, landed[-1].cursor))
        assert [p.body for p in landed + rest] == [p.body for p in pages]
        assert contents_asked(site) == contents[count:]
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


def remembered(state: dict[str, Any]) -> set[str]:
    return {*state.get("seen", ()), *state["fresh"]}


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
    assert len(remembered(state_after(again))) <= len(remembered(state_after(pages)))


def test_a_thread_is_read_by_its_number_and_landed_when_it_has_changed(
    site: Site, client: Make
) -> None:
    topics = town(site)
    forum = source("discourse", site.base, threads=["16", "14", "99"])
    pages, end = whole(fetching(client(), forum))
    assert (numbers([p for p in pages if p.status == 200]), end) == (
        {16: [1, 2], 14: [1, 2]}, "complete",
    )  # fmt: skip
    assert sorted(p.status for p in pages) == [200, 200, 404]
    assert whole(fetching(client(), forum, state_after(pages))) == ([], "complete")
    topics[5].posts, topics[5].last = 3, ago(hours=1)
    open_forum(site, *topics)
    assert numbers(whole(fetching(client(), forum, state_after(pages)))[0]) == {16: [1, 2, 3]}


@pytest.mark.parametrize(
    "old", [{"seen": {"t11": "3 3"}}, {"run": {"left": [], "end": "complete"}}]
)
def test_a_state_of_another_version_is_begun_anew(
    site: Site, client: Make, old: dict[str, Any]
) -> None:
    town(site)
    pages, end = whole(fetching(client(), source("discourse", site.base, tags=["lamps"]), old))
    assert (list(numbers(pages)), end) == ([11], "complete")
