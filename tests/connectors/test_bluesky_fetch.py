"""What is asked of Bluesky, with a login and without, what it refuses, and what is gone."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from loopback import Site, Time, Told
from runs import UNTIL, ago, fetching, killed_after, outcomes, source, whole

from connectors.bluesky import TERMS, probe, recheck, unknown_fields
from connectors.http import Client
from connectors.parts.bluesky import lists
from contract.charter import Source
from contract.credentials import Credentials
from contract.errors import FixSettings, RateLimited, RetryLater, StopSource
from contract.page import Page
from contract.post import Post

Make = Callable[..., Client]
SEARCH, OF_AUTHOR, OF_LIST, OF_FEED, POSTS = (
    f"/xrpc/app.bsky.feed.{name}"
    for name in ("searchPosts", "getAuthorFeed", "getListFeed", "getFeed", "getPosts")
)
LOGIN = "/xrpc/com.atproto.server.createSession"
SECRET = "planted-secret-4711"
KEYS = Credentials("town", {"identifier": "town.example.gov", "app_password": SECRET})
TOWN = "did:plc:invented0000000000town"
LIST, FEED = f"at://{TOWN}/app.bsky.graph.list/3l", f"at://{TOWN}/app.bsky.feed.generator/town"


def uri(number: int) -> str:
    return f"at://{TOWN}/app.bsky.feed.post/3k{number}"


def view(number: int, at: datetime, **more: Any) -> dict[str, Any]:
    stamp = f"{at:%Y-%m-%dT%H:%M:%S}.000Z"
    record = {"$type": "app.bsky.feed.post", "text": f"Post {number}", "createdAt": stamp}
    author = {"did": TOWN, "handle": "town.example.gov", "labels": []}
    return {"uri": uri(number), "author": author, "record": record, "indexedAt": stamp, **more}


def answers(held: list[Any], name: str = "feed") -> Callable[..., Told]:
    """Return a list as Bluesky answers it: from an offset, and no cursor at its end."""

    def answer(query: dict[str, list[str]]) -> Told:
        start, size = int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
        until, since = (query.get(key, [""])[0] for key in ("until", "since"))
        fits = [
            v for v in held
            if (not until or v["indexedAt"] < until) and (not since or v["indexedAt"] >= since)
        ]  # fmt: skip
        shown = fits[start : start + size]
        more = {"cursor": str(start + size)} if len(fits) > start + size else {}
        return Told(
            json.dumps({name: [{"post": v} for v in shown] if name == "feed" else shown, **more})
        )

    return answer


@pytest.fixture
def bluesky(site: Site) -> Site:
    """450 posts, 10 minutes apart: the window's 2 days hold 288."""
    held = [view(n, ago(minutes=10 * n)) for n in range(1, 451)]
    site.answers |= {
        LOGIN: Told(json.dumps({"accessJwt": f"jwt-{SECRET}", "did": TOWN})),
        SEARCH: answers(held, "posts"),
        OF_AUTHOR: answers(held),
        OF_LIST: answers(held),
        OF_FEED: answers(held),
    }
    return site


def numbers(pages: list[Page]) -> list[int]:
    posts = (o for o in outcomes(pages) if isinstance(o, Post))
    return [int(p.native_id.rpartition("3k")[2]) for p in posts]


def organisations(base: str, **select: Any) -> Source:
    return source("bluesky", base, **select).model_copy(update={"account_kind": "organisation"})


@pytest.mark.parametrize(
    ("select", "path", "params"),
    [
        ({"accounts": ["@town.example.gov"]}, OF_AUTHOR, "actor=town.example.gov"),
        ({"accounts": [f"https://bsky.app/profile/{TOWN}"]}, OF_AUTHOR, f"actor={quote(TOWN)}"),
        ({"lists": [LIST]}, OF_LIST, f"list={quote(LIST, safe='')}"),
        (
            {"lists": [f"https://bsky.app/profile/{TOWN}/lists/3l"]},
            OF_LIST,
            f"list={quote(LIST, safe='')}",
        ),
    ],
)
def test_without_a_login_organisations_are_read_back_to_the_window(
    bluesky: Site, client: Make, select: dict[str, Any], path: str, params: str
) -> None:
    pages, end = whole(fetching(client(), organisations(bluesky.base, **select)))
    assert (numbers(pages), end) == (list(range(1, 401)), "complete")
    assert [t.partition("?")[0] for t in bluesky.asked] == ["/robots.txt", *[path] * 4]
    assert all(params in target for target in bluesky.asked_but_robots)
    assert not any("authorization" in headers for headers in bluesky.headers)


def test_what_nobody_decided_about_is_told() -> None:
    odd = view(1, UNTIL, embed={"$type": "app.bsky.embed.hologram#view"}, shiny=1)
    odd["author"] |= {"wishes": ["none"]}
    page = Page(
        source="s", platform="bluesky", url="https://x.example", received_at=UNTIL,
        body=json.dumps({"feed": [{"post": odd}]}).encode(),
    )  # fmt: skip
    told = {"author.wishes", "shiny", "embed app.bsky.embed.hologram#view"}
    assert unknown_fields(page) == told


def test_a_feed_has_an_order_of_its_own_and_is_read_so_far(bluesky: Site, client: Make) -> None:
    wanted = source("bluesky", bluesky.base, feeds=[FEED])
    pages, end = whole(fetching(client(), wanted))
    assert (len(set(numbers(pages))), end) == (450, "complete")
    endless = [view(n, ago(days=9)) for n in range(1, 4000)]
    bluesky.answers[OF_FEED] = answers(endless)
    pages, end = whole(fetching(client(), wanted))
    assert (len(pages), end) == (30, "bound of one run")


def test_a_search_logs_in_once_and_asks_for_the_window(bluesky: Site, client: Make) -> None:
    wanted = source("bluesky", bluesky.base, tags=["flood"], query="mill lane")
    pages, end = whole(fetching(client(credentials=KEYS), wanted))
    assert (numbers(pages), end) == ([*range(1, 289)] * 2, "complete")
    assert [t.partition("?")[0] for t in bluesky.asked] == [LOGIN, *[SEARCH] * 6]
    first = bluesky.asked[1]
    assert "q=%23flood&sort=latest&since=2026-01-06T12%3A00%3A00.000Z" in first
    assert json.loads(bluesky.bodies[0]) == {"identifier": "town.example.gov", "password": SECRET}
    assert {h["authorization"] for h in bluesky.headers[1:]} == {f"Bearer jwt-{SECRET}"}
    assert SECRET not in str(bluesky.asked) + "".join(
        f"{p.url} {p.cursor} {p.headers}" for p in pages
    )


@pytest.mark.parametrize("select", [{"tags": ["flood"]}, {"query": "mill lane"}])
def test_a_search_without_a_login_is_not_tried(
    bluesky: Site, client: Make, select: dict[str, Any]
) -> None:
    wanted = source("bluesky", bluesky.base, **select)
    for ask in (lambda: whole(fetching(client(), wanted)), lambda: probe(client(), "town", wanted)):
        with pytest.raises(
            FixSettings, match=r"sources\.town\.select\.\w+: Bluesky keeps this.*conn_id"
        ):
            ask()
    assert bluesky.asked == []


def test_a_search_that_comes_near_its_end_is_asked_anew(
    bluesky: Site, client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_FOUND", 150)
    wanted = source("bluesky", bluesky.base, tags=["flood"])
    pages, end = whole(fetching(client(credentials=KEYS), wanted))
    # Twice only what stands at the very moment from which it is asked anew.
    assert (set(numbers(pages)), end) == (set(range(1, 289)), "complete")
    assert len(numbers(pages)) <= 288 + 3
    assert len({t.partition("until=")[2][:30] for t in bluesky.asked[1:]}) > 1


def test_one_with_an_old_date_does_not_end_a_search_that_goes_on(
    bluesky: Site, client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_FOUND", 150)
    held = [view(n, ago(minutes=10 * n)) for n in range(1, 289)]
    held[180]["record"]["createdAt"] = "1999-12-31T00:00:00.000Z"
    bluesky.answers[SEARCH] = answers(held, "posts")
    wanted = source("bluesky", bluesky.base, tags=["flood"])
    pages, end = whole(fetching(client(credentials=KEYS), wanted))
    assert (set(numbers(pages)), end) == (set(range(1, 289)), "complete")


@pytest.mark.parametrize("status", [301, 302, 404])
def test_where_nobody_logs_in_the_password_is_sent_once(
    bluesky: Site, client: Make, status: int
) -> None:
    bluesky.answers[LOGIN] = Told("", status, headers={"Location": "http://elsewhere.example/"})
    wanted = source("bluesky", bluesky.base, tags=["flood", "bridge"])
    with pytest.raises(StopSource, match=r"nobody logs in here; write https://bsky\.app"):
        whole(fetching(client(credentials=KEYS), wanted))
    assert bluesky.asked_but_robots == [LOGIN]


@pytest.mark.parametrize("token", ["a\r\nX-Odd: 1", " a", "ä", "", None, 7])
def test_what_can_be_no_token_is_not_sent(bluesky: Site, client: Make, token: object) -> None:
    bluesky.answers[LOGIN] = Told(json.dumps({"accessJwt": token}))
    wanted = source("bluesky", bluesky.base, tags=["flood"])
    with pytest.raises(RetryLater, match="no token where one is due"):
        whole(fetching(client(credentials=KEYS), wanted))
    assert not any(target.startswith(SEARCH) for target in bluesky.asked)


def test_all_at_one_moment_is_a_limit(
    bluesky: Site, client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_FOUND", 150)
    same = [view(n, UNTIL - timedelta(seconds=1)) for n in range(1, 400)]
    bluesky.answers[SEARCH] = answers(same, "posts")
    wanted = source("bluesky", bluesky.base, tags=["flood"])
    pages, end = whole(fetching(client(credentials=KEYS), wanted))
    assert end == "limit of the platform"
    assert len(pages) < 10


def test_a_killed_run_goes_on_where_it_stood(bluesky: Site, client: Make) -> None:
    wanted = organisations(bluesky.base, accounts=["town.example.gov"], lists=[LIST])
    pages, end = whole(fetching(client(), wanted))
    asked = bluesky.asked_but_robots
    for count in range(1, len(pages) + 1):
        landed = killed_after(fetching(client(), wanted), count)
        bluesky.asked.clear()
        rest, end = whole(fetching(client(), wanted, landed[-1].cursor))
        assert [p.body for p in landed + rest] == [p.body for p in pages]
        assert (bluesky.asked_but_robots, end) == (asked[count:], "complete")


def test_a_token_that_expires_is_made_anew(bluesky: Site, client: Make) -> None:
    told = bluesky.answers[SEARCH]
    assert callable(told)
    expired = iter([False, True, False, False])

    def sometimes(query: dict[str, list[str]]) -> Told:
        return Told('{"error":"ExpiredToken"}', 400) if next(expired, False) else told(query)

    bluesky.answers[SEARCH] = sometimes
    wanted = source("bluesky", bluesky.base, tags=["flood"])
    pages, end = whole(fetching(client(credentials=KEYS), wanted))
    assert (len(set(numbers(pages))), end) == (288, "complete")
    assert bluesky.asked.count(LOGIN) == 2


def test_a_token_that_is_never_good_is_given_up(bluesky: Site, client: Make) -> None:
    bluesky.answers[SEARCH] = Told('{"error":"ExpiredToken"}', 400)
    with pytest.raises(StopSource, match="does not take identifier and app_password"):
        whole(fetching(client(credentials=KEYS), source("bluesky", bluesky.base, tags=["flood"])))
    assert bluesky.asked.count(LOGIN) == 2


@pytest.mark.parametrize(
    ("told", "kind", "said"),
    [
        (Told('{"error":"AuthenticationRequired"}', 401), StopSource, "make a new app password"),
        (Told('{"error":"InvalidRequest"}', 400), StopSource, "make a new app password"),
        (Told("{}"), RetryLater, "no token"),
        (Told("<html>"), RetryLater, "no token"),
        (Told("{}", 429, {"RateLimit-Reset": "1900000000"}), RateLimited, "429"),
    ],
)
def test_a_login_that_fails_says_what_to_do(
    bluesky: Site, client: Make, told: Told, kind: type[Exception], said: str
) -> None:
    bluesky.answers[LOGIN] = told
    with pytest.raises(kind, match=said) as caught:
        whole(fetching(client(credentials=KEYS), source("bluesky", bluesky.base, tags=["flood"])))
    assert SECRET not in repr(caught.value)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_stops_the_source(bluesky: Site, client: Make, status: int) -> None:
    bluesky.answers[OF_LIST] = Told("<html>", status)
    with pytest.raises(StopSource, match="from who is not logged in; name a connection"):
        whole(fetching(client(), organisations(bluesky.base, lists=[LIST])))


def test_an_account_that_is_not_there_is_named(bluesky: Site, client: Make) -> None:
    bluesky.answers[OF_AUTHOR] = Told('{"error":"InvalidRequest","message":"Profile …"}', 400)
    wanted = organisations(bluesky.base, accounts=["nobody.example"])
    with pytest.raises(StopSource, match=r"nothing for 'nobody\.example' \(InvalidRequest\)"):
        whole(fetching(client(), wanted))


def test_a_refusal_deep_in_a_list_ends_it(bluesky: Site, client: Make) -> None:
    told = bluesky.answers[OF_AUTHOR]
    assert callable(told)
    bluesky.answers[OF_AUTHOR] = lambda q: Told("{}", 400) if "cursor" in q else told(q)
    wanted = organisations(bluesky.base, accounts=["town.example.gov"])
    pages, end = whole(fetching(client(), wanted))
    assert (len(pages), end) == (1, "limit of the platform")


@pytest.mark.parametrize("body", ["<html>", '{"feed": [{"po', "[]"])
def test_an_odd_answer_is_asked_once_more_and_then_left_out(
    bluesky: Site, client: Make, body: str
) -> None:
    bluesky.answers[OF_LIST] = Told(body)
    wanted = organisations(bluesky.base, accounts=["town.example.gov"], lists=[LIST])
    pages, end = whole(fetching(client(), wanted))
    assert (len(pages), end) == (4, "pages left out")
    assert sum(target.startswith(OF_LIST) for target in bluesky.asked) == 2


def test_a_cursor_that_stays_the_same_is_not_followed_for_ever(bluesky: Site, client: Make) -> None:
    same = {"feed": [{"post": view(1, ago(hours=1))}], "cursor": "x"}
    bluesky.answers[OF_AUTHOR] = Told(json.dumps(same))
    wanted = organisations(bluesky.base, accounts=["town.example.gov"])
    pages, end = whole(fetching(client(), wanted))
    assert (len(pages), end) == (2, "limit of the platform")


def test_what_is_dated_by_its_author_does_not_end_a_list(bluesky: Site, client: Make) -> None:
    held = [view(n, ago(minutes=n)) for n in range(1, 151)]
    held[0]["record"]["createdAt"] = "1970-01-02T00:00:00Z"
    bluesky.answers[OF_AUTHOR] = answers(held)
    wanted = organisations(bluesky.base, accounts=["town.example.gov"])
    pages, end = whole(fetching(client(), wanted))
    assert (len(numbers(pages)), end) == (150, "complete")


@pytest.mark.parametrize(
    ("select", "said"),
    [
        ({}, "select: is empty; allowed here: tags, query"),
        ({"lists": ["https://bsky.app/profile/town.example.gov/lists/3l"]}, "select.lists: found"),
        ({"lists": [FEED]}, "select.lists: found"),
        ({"feeds": [LIST]}, "select.feeds: found"),
        ({"feeds": [f"{FEED}/../x"]}, "select.feeds: found"),
        ({"accounts": ["town council"]}, "select.accounts: found 'town council'; allowed: an id"),
    ],
)
def test_what_cannot_be_read_is_named(
    bluesky: Site, client: Make, select: dict[str, Any], said: str
) -> None:
    with pytest.raises(FixSettings, match=said):
        whole(fetching(client(), organisations(bluesky.base, **select)))
    assert bluesky.asked == []


def test_lists_are_of_organisations(bluesky: Site, client: Make) -> None:
    with pytest.raises(FixSettings, match="with account_kind: organisation"):
        whole(fetching(client(), source("bluesky", bluesky.base, lists=[LIST])))


def test_a_password_does_not_travel_openly(client: Make) -> None:
    wanted = source("bluesky", "http://pds.example", tags=["flood"])
    with pytest.raises(FixSettings, match="would be sent a password; allowed: https"):
        whole(fetching(client(credentials=KEYS), wanted))


def test_robots_txt_is_obeyed_by_who_has_no_login(bluesky: Site, client: Make) -> None:
    bluesky.answers["/robots.txt"] = Told("User-agent: *\nDisallow: /xrpc/")
    pages, end = whole(fetching(client(), organisations(bluesky.base, accounts=["a.example"])))
    assert (pages, end, bluesky.asked) == ([], "pages left out", ["/robots.txt"])


def test_a_probe_asks_for_one_post(bluesky: Site, client: Make) -> None:
    wanted = organisations(bluesky.base, accounts=["town.example.gov"])
    assert probe(client(), "town", wanted).said == "Bluesky lets anybody read this"
    wanted = source("bluesky", bluesky.base, tags=["flood"])
    assert probe(client(credentials=KEYS), "town", wanted).said == "Bluesky takes the login"
    assert all("limit=1" in t for t in bluesky.asked_but_robots if t != LOGIN)


def test_its_limit_is_kept(bluesky: Site, client: Make, time: Time) -> None:
    asker = client(limits=TERMS.limits)
    whole(fetching(asker, organisations(bluesky.base, accounts=["a.example", "b.example"])))
    assert asker.requests == 9
    assert asker.seconds_limited >= 1


def test_recheck_asks_for_25_at_once_and_says_only_what_it_knows(site: Site, client: Make) -> None:
    labels = [{"val": "!no-unauthenticated", "src": TOWN}]
    held = {uri(n): view(n, ago(hours=n)) for n in range(1, 61) if n % 7}
    held[uri(8)]["author"] |= {"labels": labels}
    held[uri(9)]["labels"] = [{"val": "!takedown", "src": "did:plc:moderation"}]
    site.answers[POSTS] = lambda q: Told(
        json.dumps({"posts": [held[u] for u in q["uris"] if u in held]})
    )
    posts = [(uri(n), None) for n in range(1, 61)]
    posts += [("https://bsky.app/profile/x/post/1", None), ("odd", None)]
    found = dict(recheck(client(), source("bluesky", site.base), posts))
    assert set(found) == {uri(n) for n in range(1, 61)}
    gone = {int(u.rpartition("3k")[2]) for u, verdict in found.items() if verdict == "gone"}
    assert gone == {7, 8, 9, 14, 21, 28, 35, 42, 49, 56}
    assert [target.count("uris=") for target in site.asked_but_robots] == [25, 25, 10]


@pytest.mark.parametrize(
    "told",
    [
        Told('{"error":"InvalidRequest"}', 400),
        Told("<html>"),
        Told('{"posts": {}}'),
        Told(json.dumps({"posts": [view(9, ago(hours=1))]})),
    ],
)
def test_recheck_says_nothing_where_it_is_answered_something_else(
    site: Site, client: Make, told: Told
) -> None:
    site.answers[POSTS] = told
    assert list(recheck(client(), source("bluesky", site.base), [(uri(1), None)])) == []
