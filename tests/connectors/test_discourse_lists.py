"""Lists of a forum that move, repeat themselves or are long."""

import json
from datetime import timedelta
from typing import Any

import pytest
from forum import PAGE, Make, Query, Topic, numbers, open_forum, open_search, told
from loopback import Site, Told
from runs import ago, fetching, outcomes, source, state_after, whole

from contract.page import Page
from contract.post import Post

Numbers = dict[int, list[int]]


def opened(site: Site, count: int = 6) -> list[Topic]:
    topics = [
        Topic(10 + n, posts=2, last=ago(hours=n), hours_apart=0.1) for n in range(1, count + 1)
    ]
    open_forum(site, *topics)
    return topics


@pytest.mark.parametrize("landed", [1, 2, 4, 5, 7])
def test_what_moves_up_when_a_topic_vanishes_is_read(site: Site, client: Make, landed: int) -> None:
    topics = opened(site, 9)
    run = fetching(client(), source("discourse", site.base, categories=["roads"]))
    first = [next(run) for _ in range(landed)]
    open_forum(site, *topics[: landed - 1], *topics[landed:])
    pages, end = whole(run)
    assert sorted(numbers([*first, *pages])) == list(range(11, 20))
    assert end == "complete"


def test_what_is_answered_while_the_list_is_walked_is_read(site: Site, client: Make) -> None:
    topics = opened(site)
    run = fetching(client(), source("discourse", site.base, categories=["roads"]))
    first = next(run)
    topics[5].last, topics[5].posts = ago(minutes=1), 3
    open_forum(site, *topics)
    pages, _ = whole(run)
    assert numbers([first, *pages])[16] == [1, 2, 3]
    read = [topic for page in [first, *pages] for topic in numbers([page])]
    assert sorted(read) == [11, 12, 13, 14, 15, 16]


@pytest.mark.parametrize("served", ["first", "last"])
def test_a_list_that_repeats_a_page_is_walked_once(site: Site, client: Make, served: str) -> None:
    topics = opened(site)
    shown = {"0": topics[:PAGE], "1": topics[PAGE:]}
    for_ever = shown["0" if served == "first" else "1"]
    site.answers["/c/roads/5/l/latest.json"] = lambda query: told(
        {
            "topic_list": {
                "topics": [t.head for t in shown.get(query.get("page", ["0"])[0], for_ever)],
                "more_topics_url": "/next",
            }
        }
    )
    pages, end = whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    assert set(numbers(pages)) == {11, 12, 13, 14, 15, 16}
    assert end == "limit of the platform"
    assert sum("latest.json" in target for target in site.asked) <= 6


def test_a_page_with_doubles_and_in_disorder_is_read_once(site: Site, client: Make) -> None:
    topics = opened(site)
    heads = [topics[n].head for n in (3, 0, 3, 5, 1, 0)]
    site.answers["/tag/lamps.json"] = told({"topic_list": {"topics": heads}})
    pages, _ = whole(fetching(client(), source("discourse", site.base, tags=["lamps"])))
    assert [list(numbers([page])) for page in pages] == [[14], [11], [16], [12]]


def test_topics_in_several_lists_are_read_once(site: Site, client: Make) -> None:
    topics = [Topic(10 + n, 2, ago(hours=n), tags=["lamps"]) for n in range(1, 7)]
    open_forum(site, *topics)
    wanted = source("discourse", site.base, categories=["roads"], tags=["lamps"], threads=["13"])
    pages, _ = whole(fetching(client(), wanted))
    assert sorted(topic for page in pages for topic in numbers([page])) == [11, 12, 13, 14, 15, 16]


def cursor_sizes(pages: list[Page]) -> list[int]:
    return [len(json.dumps(page.cursor)) for page in pages]


def test_cursors_stay_small_however_much_there_is_to_read(site: Site, client: Make) -> None:
    topics = [Topic(1000 + n, 1, ago(minutes=n)) for n in range(400)]
    open_forum(site, *topics, a_page=30)
    forum = source("discourse", site.base, categories=["roads"])
    pages, end = whole(fetching(client(), forum))
    assert (len(pages), end) == (400, "complete")
    assert max(cursor_sizes(pages)) < 20_000
    assert len(state_after(pages)["fresh"]) == 300
    # What found no room is known by when it was active.
    assert whole(fetching(client(), forum, state_after(pages))) == ([], "complete")
    topics[399].posts, topics[399].last = 2, ago() + timedelta(minutes=1)
    open_forum(site, *topics, a_page=30)
    again, _ = whole(fetching(client(), forum, state_after(pages)))
    assert numbers(again) == {1399: [1, 2]}


def test_what_was_left_out_is_not_taken_for_read(site: Site, client: Make) -> None:
    topics = [Topic(1000 + n, 1, ago(minutes=n)) for n in range(330)]
    open_forum(site, *topics, a_page=30)
    forum = source("discourse", site.base, categories=["roads"])
    right = site.answers["/t/1325.json"]
    site.answers["/t/1325.json"] = told({"post_stream": None})
    pages, end = whole(fetching(client(), forum))
    assert (len(pages), end) == (329, "pages left out")
    site.answers["/t/1325.json"] = right
    state = state_after(pages)
    again, end = whole(fetching(client(), forum, state))
    assert (numbers(again), end) == ({1325: [1]}, "complete")


def test_the_rest_of_a_long_topic_is_in_the_cursor_once(site: Site, client: Make) -> None:
    open_forum(site, Topic(11, posts=2500, last=ago(hours=1), hours_apart=0.001))
    pages, end = whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    assert (len(numbers(pages)[11]), end) == (2020, "bound of one run")
    assert max(cursor_sizes(pages)) < 25_000


@pytest.mark.parametrize(
    "select", [{"categories": ["roads"]}, {"query": "lamp"}, {"threads": ["12"]}, {}], ids=str
)
def test_a_time_that_cannot_be_read_costs_no_post(
    site: Site, client: Make, select: dict[str, Any]
) -> None:
    topics = [Topic(11, posts=2, last=ago(hours=1)), Topic(12, posts=23, last=ago(hours=2.5))]
    open_forum(site, *topics)
    open_search(site, [(topics[0], 2), (topics[1], 23)])
    for path, right in list(site.answers.items()):

        def odd(query: Query, right: Any = right) -> Told:
            found = right(query) if callable(right) else right
            body = str(found.body).replace(topics[1].last.isoformat(), "last night")
            return told(json.loads(body))

        site.answers[path] = odd
    pages, end = whole(fetching(client(), source("discourse", site.base, **select)))
    (unread,) = [o for o in outcomes(pages) if isinstance(o, Post) and o.created_at is None]
    assert unread.native_id.endswith("/t/12/23")
    assert end == "complete"
