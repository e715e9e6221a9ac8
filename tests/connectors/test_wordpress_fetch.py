"""What is asked of a WordPress site, and what its REST API refuses."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from loopback import Site, Told
from runs import ago, fetching, killed_after, outcomes, source, whole

from connectors.http import Client
from connectors.wordpress import recheck
from contract.errors import FixSettings, StopSource
from contract.page import Page
from contract.post import Post

Make = Callable[..., Client]
API = "/wp-json/wp/v2"
PAGE = 100


def _asked(site: Site) -> list[str]:
    """Return what was asked of the API."""
    return [target for target in site.asked_but_robots if target != "/"]


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


def article(number: int, at: datetime, edited: datetime | None = None, **more: Any) -> Any:
    return {
        "id": number, "date_gmt": stamp(at), "modified_gmt": stamp(edited or at), "type": "post",
        "status": "publish", "title": {"rendered": f"A{number}"}, "content": {"rendered": "x"},
        "categories": [11], **more,
    }  # fmt: skip


def comment(number: int, post: int, at: datetime) -> Any:
    return {
        "id": number, "post": post, "date_gmt": stamp(at), "author": 0, "author_name": "Ida",
        "content": {"rendered": "x"}, "type": "comment", "status": "approved",
    }  # fmt: skip


def listing(records: list[Any], field: str = "date_gmt") -> Callable[[dict[str, Any]], Told]:
    """Return a list of the API as WordPress answers it: windows, order, pages, 400 past the end."""

    def answer(query: dict[str, list[str]]) -> Told:
        def said(name: str) -> str:
            return query.get(name, [""])[0].removesuffix("Z")

        by = "modified_gmt" if said("orderby") == "modified" else "date_gmt"
        held = sorted((r for r in records), key=lambda r: str(r[by]), reverse=True)
        held = [r for r in held if r["date_gmt"] > said("after")]
        held = [r for r in held if not said("before") or r["date_gmt"] < said("before")]
        held = [r for r in held if r.get("modified_gmt", "z") > said("modified_after")]
        for name in ("include", "post"):
            if said(name):
                key = "id" if name == "include" else "post"
                held = [r for r in held if str(r[key]) in said(name).split(",")]
        page, size = int(said("page") or 1), int(said("per_page"))
        if page > max(1, -(-len(held) // size)):
            return Told(json.dumps({"code": "rest_post_invalid_page_number"}), 400)
        return Told(
            json.dumps(held[page * size - size : page * size]),
            headers={"X-WP-TotalPages": str(-(-len(held) // size))},
        )

    return answer


def blog(site: Site) -> None:
    site.answers |= {
        f"{API}/posts": listing(
            [article(n, ago(minutes=9 * n)) for n in range(1, 251)]
            + [article(900, ago(days=40), ago(hours=3)), article(901, ago(days=40))]
        ),
        f"{API}/comments": listing([comment(n, 900, ago(minutes=20 * n)) for n in range(1, 121)]),
        f"{API}/categories": Told(json.dumps([{"id": 11, "slug": "roads"}])),
    }


def ids(pages: list[Page]) -> list[str]:
    return [o.native_id.rpartition("/")[2] for o in outcomes(pages) if isinstance(o, Post)]


def test_articles_edits_and_comments_of_the_window(site: Site, client: Make) -> None:
    blog(site)
    pages, end = whole(fetching(client(), source("wordpress", site.base)))
    assert end == "complete"
    read = ids(pages)
    assert len(set(read)) == 250 + 1 + 120
    # Twice only what both lists hold, as no server's own zone is known.
    assert len(read) == 371 + 24
    assert {"?p=250", "?p=900", "?p=900#comment-120"} <= set(read)
    assert [t.partition("?")[0] for t in _asked(site)] == [f"{API}/posts"] * 4 + [
        f"{API}/comments"
    ] * 2


def test_a_killed_run_goes_on_where_it_stood(site: Site, client: Make) -> None:
    blog(site)
    lane = source("wordpress", site.base, categories=["roads"])
    pages, end = whole(fetching(client(), lane))
    asked = [t for t in _asked(site) if "categories?" not in t]
    # Only under the articles that were read can comments be asked for.
    assert end == "limit of the platform"
    for count in range(1, len(pages) + 1):
        landed = killed_after(fetching(client(), lane), count)
        site.asked.clear()
        rest, end = whole(fetching(client(), lane, landed[-1].cursor))
        assert [p.body for p in landed + rest] == [p.body for p in pages]
        assert _asked(site) == asked[count:]
        assert end == "limit of the platform"


def test_without_the_number_of_pages_the_end_is_a_refusal(site: Site, client: Make) -> None:
    blog(site)
    counted = site.answers[f"{API}/posts"]
    assert callable(counted)

    def uncounted(query: dict[str, list[str]]) -> Told:
        told = counted(query)
        return Told(told.body, told.status)

    site.answers[f"{API}/posts"] = uncounted
    pages, end = whole(fetching(client(), source("wordpress", site.base)))
    assert (len(set(ids(pages))), end) == (371, "complete")


def test_a_copy_in_files_is_not_read_for_ever(site: Site, client: Make) -> None:
    same = Told(json.dumps([article(n, ago(hours=n)) for n in range(1, 11)]))
    site.answers |= {f"{API}/posts": same, f"{API}/comments": Told("[]")}
    pages, end = whole(fetching(client(), source("wordpress", site.base)))
    assert (len(pages), end) == (5, "limit of the platform")


def test_a_list_without_end_is_bounded(site: Site, client: Make) -> None:
    def endless(query: dict[str, list[str]]) -> Told:
        return Told(json.dumps([article(int(query["page"][0]), ago(hours=1))]))

    site.answers |= {f"{API}/posts": endless, f"{API}/comments": Told("[]")}
    pages, end = whole(fetching(client(), source("wordpress", site.base)))
    assert (len(pages), end) == (101, "bound of one run")


@pytest.mark.parametrize("status", [401, 403, 404])
def test_closed_comments_are_left_out(site: Site, client: Make, status: int) -> None:
    blog(site)
    site.answers[f"{API}/comments"] = Told(json.dumps({"code": "rest_forbidden"}), status)
    pages, end = whole(fetching(client(), source("wordpress", site.base)))
    assert (len(set(ids(pages))), end) == (251, "pages left out")


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_closed_api_stops_the_source_and_names_the_feed(
    site: Site, client: Make, status: int
) -> None:
    site.answers[f"{API}/posts"] = Told(json.dumps({"code": "rest_cannot_access"}), status)
    with pytest.raises(StopSource, match=r"rest_cannot_access.*its feed may be open"):
        whole(fetching(client(), source("wordpress", site.base)))
    assert len(_asked(site)) == 1


@pytest.mark.parametrize("body", ["<html>Just a moment", '[{"id": 1, "da', '{"a": 1}'])
def test_an_odd_answer_is_asked_once_more_and_then_left_out(
    site: Site, client: Make, body: str
) -> None:
    blog(site)
    site.answers[f"{API}/posts"] = Told(body)
    pages, end = whole(fetching(client(), source("wordpress", site.base)))
    assert (len(ids(pages)), end) == (120, "pages left out")
    assert len(_asked(site)) == 2 + 2 + 2


@pytest.mark.parametrize("begin", [b"\xef\xbb\xbf", b"\r\n\xef\xbb\xbf\xef\xbb\xbf"])
def test_a_site_whose_answers_begin_with_a_mark(site: Site, client: Make, begin: bytes) -> None:
    marked = Told(begin + json.dumps([article(1, ago(hours=1))]).encode(),
                  headers={"X-WP-TotalPages": "1"})  # fmt: skip
    site.answers |= {f"{API}/posts": marked, f"{API}/comments": Told("[]")}
    pages, end = whole(fetching(client(), source("wordpress", site.base)))
    assert (ids(pages), end) == (["?p=1", "?p=1"], "complete")


def test_a_category_must_be_there(site: Site, client: Make) -> None:
    blog(site)
    with pytest.raises(FixSettings, match=r"select\.categories: found 'rods'"):
        whole(fetching(client(), source("wordpress", site.base, categories=["roads", "rods"])))


def test_servers_with_any_clock_are_asked_for_the_whole_window(site: Site, client: Make) -> None:
    blog(site)
    whole(fetching(client(), source("wordpress", site.base)))
    since = stamp(ago(days=2) - timedelta(hours=14)).replace(":", "%3A")
    assert f"after={since}Z" in _asked(site)[0]


def test_recheck_asks_for_a_hundred_at_once_and_says_only_what_it_knows(
    site: Site, client: Make
) -> None:
    blog(site)
    own = [f"{site.base}/?p={n}" for n in (1, 2, 7777, *range(3, 150))]
    comments = [f"{site.base}/?p=900#comment-{n}" for n in (1, 9999)]
    posts = [(each, None) for each in [*own, *comments, "https://other.example/?p=1", "odd"]]
    found = dict(recheck(client(), source("wordpress", site.base), posts))
    assert set(found) == {*own, *comments}
    assert {each for each, verdict in found.items() if verdict == "gone"} == {own[2], comments[1]}
    assert len(_asked(site)) == 3


def test_recheck_knows_the_site_however_it_names_itself(site: Site, client: Make) -> None:
    blog(site)
    host = site.base.removeprefix("http://")
    posts = [f"https://{host}/?p=1", f"https://www.{host}/?p=7777", f"{site.base}/?p=1"]
    found = dict(recheck(client(), source("wordpress", site.base), [(p, None) for p in posts]))
    assert found == dict(zip(posts, ("there", "gone", "there"), strict=True))


@pytest.mark.parametrize(
    "told",
    [
        Told(json.dumps({"code": "rest_forbidden"}), 401),
        Told("<html>"),
        Told(json.dumps([{"id": 5555}])),
        Told("[1", 200),
    ],
)
def test_recheck_says_nothing_where_it_is_answered_something_else(
    site: Site, client: Make, told: Told
) -> None:
    site.answers[f"{API}/posts"] = told
    posts = [(f"{site.base}/?p=1", None)]
    assert list(recheck(client(), source("wordpress", site.base), posts)) == []
