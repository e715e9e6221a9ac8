"""What is asked of X, what it may cost, and what its refusals lead to."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from loopback import Time
from on_x import EARLY, NOW, Purse, XTown, told, x_town

from connectors import x
from connectors.answers import TRIES
from connectors.http import Client
from contract.charter import Select, Source
from contract.credentials import Credentials
from contract.errors import FixSettings, OutOfBudget, RateLimited, RetryLater, StopSource
from contract.page import Page, Pages, Stop, Window, line_of_page, page_of_line
from contract.post import Post, Rejected, Skipped
from samples.parts.x.asked import TOKEN
from samples.parts.x.model import Status
from samples.parts.x.wire import whole_text

Make = Callable[..., Client]
CONVERSATION = "conversation"


@pytest.fixture(autouse=True)
def noon(time: Time) -> None:
    time.now = NOW


@pytest.fixture
def town() -> Iterator[XTown]:
    with x_town() as found:
        yield found


@pytest.fixture
def keyed(client: Make) -> Make:
    """Return a maker of clients that have the key to the town's X, and do not ask robots.txt."""

    def make(**options: Any) -> Client:
        secrets = Credentials("town", {"bearer_token": TOKEN})
        return client(**{"credentials": secrets, "obey_robots": False, **options})

    return make


def source(town: XTown, **select: Any) -> Source:
    return Source.model_validate(
        {
            "platform": "x", "url": town.base, "purpose": "test", "select": Select(**select),
            "account_kind": "organisation",
        }
    )  # fmt: skip


def fetching(
    client: Client, wanted: Source, cursor: dict[str, Any] | None = None, days: float = 65
) -> Pages:
    return x.fetch(client, "town", wanted, Window(NOW - timedelta(days=days), NOW), cursor)


def whole(pages: Pages) -> tuple[list[Page], Stop]:
    got = []
    while True:
        try:
            got.append(next(pages))
        except StopIteration as end:
            return got, end.value


def posts_of(pages: list[Page]) -> dict[str, Post]:
    outcomes = [outcome for page in pages for outcome in x.parse(page)]
    return {o.native_id: o for o in outcomes if isinstance(o, Post)}


def first_ids(posts: list[Status]) -> set[str]:
    return {post.history[0] for post in posts}


def tagged(town: XTown, since: datetime | None = None) -> list[Status]:
    return [
        post
        for post in town.talk.shown
        if "#aberwennol" in whole_text(town.talk, post).lower()
        and (since is None or post.created_at >= since)
    ]


def busiest(town: XTown) -> str:
    roots = [post.root for post in town.talk.shown if post.root != post.id]
    return max(roots, key=roots.count)


SELECTIONS: list[dict[str, Any]] = [
    {"query": "#Aberwennol", "archive": True},
    {"tags": ["aberwennol"]},
    {"accounts": ["AberwennolTC", "@aberwennollib"]},
    {"lists": ["1770000000000000001"]},
    {"threads": [CONVERSATION], "archive": True},
    {
        "query": "library evenings", "tags": ["CockleStreet"], "accounts": ["AberwennolTC"],
        "lists": ["1770000000000000001"], "archive": True,
    },
]  # fmt: skip


@pytest.mark.parametrize("select", SELECTIONS, ids=str)
def test_a_killed_run_goes_on_where_it_stood(
    town: XTown, keyed: Make, select: dict[str, Any]
) -> None:
    if "threads" in select:
        select = {**select, "threads": [busiest(town)]}
    wanted = source(town, **select)

    def asked() -> list[str]:
        return [f"{a.path} {a.query}" for a in town.asked if "/users/by" not in a.path]

    # Little is left, so that the pages are small.
    little = 20 if select.keys() == {"lists"} else 100
    pages, stop = whole(fetching(keyed(budget=Purse(little)), wanted))
    everything = asked()
    assert len(pages) >= 2
    assert len(everything) == len(pages)
    for count in range(1, len(pages) + 1):
        purse = Purse(little)
        run = fetching(keyed(budget=purse), wanted)
        landed = [page_of_line(line_of_page(page)) for page in islice(run, count)]
        run.close()
        town.asked.clear()
        rest, again = whole(fetching(keyed(budget=purse), wanted, landed[-1].cursor))
        assert [p.body for p in landed + rest] == [p.body for p in pages]
        assert asked() == everything[count:]
        assert again == stop
        assert not any("/users/by" in a.path for a in town.asked)


def test_the_whole_archive_is_read_as_it_stands(town: XTown, keyed: Make) -> None:
    pages, stop = whole(fetching(keyed(), source(town, tags=["Aberwennol"], archive=True)))
    posts, wanted = posts_of(pages), tagged(town)
    assert stop == Stop("complete")
    assert first_ids(wanted) <= set(posts)
    assert len(wanted) > 150
    # The counts come first and are landed too.
    assert {type(o) for o in x.parse(pages[0])} == {Skipped}
    assert all(set(x.unknown_fields(page)) == set() for page in pages)
    assert not any(isinstance(o, Rejected) and o.native_id is None
                   for page in pages for o in x.parse(page))  # fmt: skip
    edited = [posts[p.history[0]] for p in wanted if len(p.history) > 1]
    assert [post.body[-28:] for post in edited] == ["week now. A week! #Aberwennol"[-28:]]
    assert edited[0].edited_at is not None
    assert edited[0].created_at is not None
    assert edited[0].edited_at - edited[0].created_at == timedelta(minutes=8)
    hidden = [post for post in posts.values() if post.removed_at]
    assert [(post.removal_reason, post.body) for post in hidden] == [("withheld in GB, IE", "")]
    assert not any("in anger" in post.body for post in posts.values())
    shared = [p for p in town.talk.shown if p.refers and p.refers[0][0] == "retweeted"]
    original = {p.id: p for p in wanted}
    cut = [p for p in shared if p.text.endswith("…") and p.refers[0][1] in original
           and p.history[0] in posts]  # fmt: skip
    assert cut
    for post in cut:
        assert posts[post.id].parent_id == original[post.refers[0][1]].history[0]
        assert posts[post.id].body == original[post.refers[0][1]].text
        assert posts[post.id].likes is None
    assert sum(any(m.alt_text for m in post.media) for post in posts.values()) > 5
    assert sum(post.place is not None for post in posts.values()) > 5
    assert sum(post.latitude is not None for post in posts.values()) > 1
    long = next(post for post in posts.values() if "Near misses" in post.body)
    assert long.body.endswith("#CockleStreet")
    assert "& put it" in long.body
    assert {post.source for post in posts.values()} == {"town"}


def test_organisations_and_lists(town: XTown, keyed: Make) -> None:
    both = source(town, accounts=["AberwennolTC", "AberwennolLib"])
    pages, stop = whole(fetching(keyed(), both))
    assert stop == Stop("complete")
    assert {p.author_name for p in posts_of(pages).values()} == {
        "Aberwennol Town Council", "Aberwennol Library",
    }  # fmt: skip
    assert {p.author_kind for p in posts_of(pages).values()} == {"organisation"}
    assert len(posts_of(pages)) == 8
    listed, stop = whole(fetching(keyed(), source(town, lists=["1770000000000000001"])))
    assert (set(posts_of(listed)), stop) == (set(posts_of(pages)), Stop("complete"))
    # A list goes back until all of a page is older than the window, and no further.
    town.asked.clear()
    whole(fetching(keyed(budget=Purse(9)), source(town, lists=["1770000000000000001"]), days=14))
    assert len(town.asked) <= 4
    # Names are looked up once.
    town.asked.clear()
    state = {k: v for k, v in (pages[-1].cursor or {}).items() if k != "run"}
    whole(fetching(keyed(), both, state))
    assert not town.params("/users/by")
    with pytest.raises(FixSettings, match="X has no Nobody"):
        whole(fetching(keyed(), source(town, accounts=["Nobody"])))
    missing, stop = whole(fetching(keyed(), source(town, lists=["12"])))
    assert stop == Stop("pages left out", NOW - EARLY)
    assert [type(o) for o in x.parse(missing[0])] == [Rejected]


def test_recent_search_reaches_seven_days(town: XTown, keyed: Make) -> None:
    pages, stop = whole(fetching(keyed(), source(town, tags=["Aberwennol"]), days=65))
    assert stop.because == "window exceeded the platform's depth"
    assert stop.reached == NOW - timedelta(days=7) + timedelta(minutes=2)
    assert first_ids(tagged(town, stop.reached)) <= set(posts_of(pages))
    _, stop = whole(fetching(keyed(), source(town, tags=["Aberwennol"]), days=6))
    assert stop == Stop("complete")
    asked = town.params("search/recent")[-1]
    assert asked["end_time"] == "2026-11-22T11:59:30Z"
    assert asked["query"] == "#Aberwennol"
    assert "referenced_tweets.id.author_id" in asked["expansions"]


@pytest.mark.parametrize("budget", [0, 14, 29, 30, 75, 150, 400, 900])
def test_no_request_could_pass_the_budget(town: XTown, keyed: Make, budget: int) -> None:
    purse = Purse(budget)
    wanted = source(town, tags=["Aberwennol"], accounts=["AberwennolTC"], archive=True)
    pages, stop = whole(fetching(keyed(budget=purse), wanted))
    charged = 0
    for page in pages:
        read = json.loads(page.body)
        if "count" not in page.url:
            charged += len({t["id"] for t in [*read["data"], *read["includes"].get("tweets", ())]})
    assert purse.posts == budget - charged
    assert all(int(p["max_results"]) * 3 <= budget for p in town.params("search/all"))
    if budget == 900:
        assert stop == Stop("complete")
        return
    assert (stop.because, len(town.params("counts"))) == ("budget", 1)
    assert stop.reached is not None
    # What it says it has, it has.
    assert first_ids(tagged(town, stop.reached + timedelta(seconds=1))) <= set(posts_of(pages))
    if budget >= 75:
        assert charged > budget / 4
        assert stop.reached < NOW - timedelta(days=1)


def test_what_the_counts_say_does_not_fit_is_not_asked_for(town: XTown, keyed: Make) -> None:
    whole(fetching(keyed(budget=Purse(100)), source(town, tags=["Aberwennol"], archive=True)))
    (asked,) = town.params("search/all")[:1]
    since = datetime.fromisoformat(asked["start_time"])
    assert since > NOW - timedelta(days=60)
    assert len(tagged(town, since)) <= 100
    assert len(tagged(town, since - timedelta(days=1))) > 100


@pytest.mark.parametrize(
    ("status", "body", "advice"),
    [
        (401, {"title": "Unauthorized"}, "make a new one"),
        (402, {"title": "CreditsDepleted"}, "no credits left"),
        (403, {"title": "Client Forbidden", "reason": "client-not-enrolled"}, "project or plan"),
        (403, {"type": "https://api.x.com/2/problems/unsupported-authentication"}, "kind of key"),
        (403, {"title": "Forbidden"}, "plan, the declared use"),
        (429, {"title": "UsageCapExceeded", "period": "Monthly"}, "cap of posts"),
    ],
)
def test_a_refusal_stops_with_advice(
    town: XTown, keyed: Make, status: int, body: dict[str, str], advice: str
) -> None:
    headers = {"x_rate_limit_remaining": "39999", "x_rate_limit_reset": "1795348800"}
    town.always["/search/"] = told(body, status, **headers)
    purse = Purse(1000)
    with pytest.raises(StopSource, match=advice) as stopped:
        whole(fetching(keyed(budget=purse), source(town, query="gulls"), days=3))
    assert TOKEN not in str(stopped.value)
    assert len(town.params("/search/")) == 1
    assert purse.posts == 1000


def test_a_short_window_that_is_used_up_is_waited_for(town: XTown, keyed: Make) -> None:
    reset = NOW + timedelta(minutes=11)
    town.always["/search/"] = told(
        {"title": "Too Many Requests", "type": "about:blank", "status": 429}, 429,
        x_rate_limit_remaining="0", x_rate_limit_reset=f"{reset.timestamp():.0f}",
    )  # fmt: skip
    with pytest.raises(RateLimited) as limited:
        whole(fetching(keyed(), source(town, query="gulls"), days=3))
    assert limited.value.at == reset
    assert len(town.params("/search/")) == 1


@pytest.mark.parametrize("body", ["<html>Oops", '{"data": [{"id": "1", "te', ""])
def test_an_answer_that_is_no_json_is_asked_for_again(town: XTown, keyed: Make, body: str) -> None:
    town.instead += [("/search/", told(body)), ("/search/", told("busy", 503))]
    purse = Purse(1000)
    pages, stop = whole(fetching(keyed(budget=purse), source(town, query="gulls"), days=6))
    assert stop == Stop("complete")
    assert len(town.params("/search/")) == 3
    town.always["/search/"] = told(body)
    left = purse.posts
    with pytest.raises(RetryLater):
        whole(fetching(keyed(budget=purse), source(town, query="gulls"), days=6))
    assert len(town.params("/search/")) == 3 + TRIES
    # What never came whole may have been charged.
    assert purse.posts == left - 300
    assert pages


def test_what_comes_with_posts_costs_money_too(town: XTown, keyed: Make) -> None:
    wanted = source(town, tags=["Aberwennol"], accounts=["AberwennolTC"], archive=True)
    for money in (0, 3, 100, 300, 700, 2000):
        purse = Purse(10**6, money)
        town.asked.clear()
        with suppress(OutOfBudget):
            pages, stop = whole(fetching(keyed(budget=purse), wanted))
            charged = 2 + 2 * len(town.params("/counts/"))  # an account's name comes first
            for page in pages:
                if "counts" not in page.url:
                    read = json.loads(page.body)
                    held = read.get("includes", {})
                    posts = {t["id"] for t in [*read["data"], *held.get("tweets", ())]}
                    charged += len(posts) + 2 * len(held["users"]) + len(held.get("media", ()))
            assert purse.money == money - charged
            assert stop.because == ("complete" if money == 2000 else "budget")


@pytest.mark.timeout(10)
def test_a_post_of_many_versions_is_read_once() -> None:
    history = [str(1_800_000_000_000_000_000 + n) for n in range(20_000)]
    post = {"id": history[-1], "text": "Again.", "edit_history_tweet_ids": history}
    page = Page(
        source="s", platform="x", url="https://api.x.com/2/tweets", received_at=NOW,
        body=json.dumps({"data": [post]}).encode(),
    )  # fmt: skip
    (outcome,) = x.parse(page)
    assert isinstance(outcome, Post)
    assert outcome.native_id == history[0]


def test_lists_are_of_organisations(town: XTown, keyed: Make) -> None:
    lists = source(town, lists=["1770000000000000001"]).model_copy(update={"account_kind": None})
    with pytest.raises(FixSettings, match="allowed are lists of organisations"):
        whole(fetching(keyed(), lists))
    assert town.asked == []


def test_a_server_that_is_down_is_not_paid(town: XTown, keyed: Make) -> None:
    town.always["/search/"], purse = told("busy", 503), Purse(1000)
    with pytest.raises(RetryLater):
        whole(fetching(keyed(budget=purse), source(town, query="gulls"), days=6))
    assert (len(town.params("/search/")), purse.posts) == (TRIES, 1000)


def test_a_server_that_hangs_is_given_up(town: XTown, keyed: Make, time: Time) -> None:
    town.always["/counts/"] = told({"data": []}, drips="slowly")
    time.tick = timedelta(seconds=15)
    with pytest.raises(RetryLater):
        whole(fetching(keyed(), source(town, query="gulls"), days=3))
    assert len(town.params("/counts/")) == TRIES


def test_the_token_is_nowhere(town: XTown, keyed: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("tweepy").setLevel(logging.DEBUG)
    pages, _ = whole(
        fetching(keyed(), source(town, tags=["Aberwennol"], accounts=["AberwennolTC"]))
    )
    assert town.asked[-1].headers["authorization"] == f"Bearer {TOKEN}"
    assert "listening@example.gov" in town.asked[-1].headers["user-agent"]
    assert all(TOKEN.encode() not in line_of_page(page) for page in pages)
    assert any("200" in record.getMessage() for record in caplog.records)
    assert not any(TOKEN in record.getMessage() for record in caplog.records)
    assert not any("tweepy" in record.name for record in caplog.records)


def test_a_token_that_has_expired_is_done_without(town: XTown, keyed: Make) -> None:
    wanted = source(town, tags=["Aberwennol"], archive=True)
    undisturbed = set(posts_of(whole(fetching(keyed(), wanted))[0]))
    run = fetching(keyed(budget=Purse(600)), wanted)
    landed = list(islice(run, 2))
    run.close()
    town.takes_tokens = False
    rest, stop = whole(fetching(keyed(), wanted, landed[-1].cursor))
    assert stop == Stop("complete")
    assert set(posts_of(landed + rest)) == undisturbed
    last = json.loads(landed[-1].body)["data"][-1]["created_at"]
    again = datetime.fromisoformat(town.params("/search/")[-1]["end_time"])
    assert again == datetime.fromisoformat(last) + timedelta(seconds=1)


def test_tokens_that_are_never_taken_do_not_go_round(town: XTown, keyed: Make) -> None:
    town.takes_tokens = False
    wanted = source(town, tags=["Aberwennol"], archive=True)
    pages, stop = whole(fetching(keyed(budget=Purse(600)), wanted))
    assert stop == Stop("complete")
    assert first_ids(tagged(town)) <= set(posts_of(pages))
    # Where one second holds more than a page, there is no way on.
    moment = "2026-11-22T11:59:29.000Z"
    full = {"data": [{"id": "18", "text": "x", "created_at": moment}], "meta": {"next_token": "t"}}
    town.instead.append(("/search/", told(full)))
    _, stop = whole(fetching(keyed(), wanted))
    assert stop == Stop("limit of the platform", datetime.fromisoformat(moment))


def test_clocks_may_differ(town: XTown, keyed: Make, time: Time) -> None:
    time.now = NOW + timedelta(days=2)
    early = {"date": "Sun, 22 Nov 2026 12:00:00 GMT"}
    said = "'end_time' must be a minimum of 10 seconds prior to the request time."
    errors = {"errors": [{"parameters": {"end_time": ["x"]}, "message": said}]}
    town.instead.append(("/counts/", told(errors, 400, **early)))
    window = Window(NOW - timedelta(days=3), time.now)
    pages, stop = whole(x.fetch(keyed(), "town", source(town, tags=["Aberwennol"]), window, None))
    assert stop == Stop("complete")
    assert town.params("/search/")[0]["end_time"] == "2026-11-22T11:59:30Z"
    assert posts_of(pages)


def test_a_question_x_does_not_take_is_for_a_person_to_mend(town: XTown, keyed: Make) -> None:
    errors = {"errors": [{"message": "Reference to invalid operator 'is:foo'"}]}
    town.always["/counts/"] = told(errors, 400)
    with pytest.raises(FixSettings, match=r"sources\.town\.select.*invalid operator 'is:foo'"):
        whole(fetching(keyed(), source(town, query="gulls is:foo"), days=3))
    assert len(town.asked) == 1


def endless(**meta: str) -> dict[str, Any]:
    post = {"id": "1800000000000000000", "text": "x", "created_at": "2026-11-22T11:00:00.000Z"}
    return {"data": [post] if meta.pop("full", "") else [], "meta": {"result_count": 1, **meta}}


def test_no_paging_goes_on_for_ever(town: XTown, keyed: Make) -> None:
    wanted = source(town, lists=["1770000000000000001"])
    town.always["/lists/"] = told(endless(full="yes", next_token="same"))
    pages, stop = whole(fetching(keyed(), wanted))
    assert (len(pages), stop.because) == (2, "limit of the platform")
    assert stop.reached == datetime(2026, 11, 22, 11, tzinfo=UTC)
    town.always.clear()
    town.instead += [("/lists/", told(endless(next_token=f"t{n}"))) for n in range(99)]
    pages, stop = whole(fetching(keyed(), wanted))
    assert (len(pages), stop.because) == (10, "limit of the platform")


def test_a_run_has_a_bound(town: XTown, keyed: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x, "_MAX_PAGES", 3)
    wanted = source(town, tags=["Aberwennol"], archive=True)
    pages, stop = whole(fetching(keyed(budget=Purse(320)), wanted))
    assert (len(pages), stop.because) == (3, "bound of one run")
    assert stop.reached is not None
    assert first_ids(tagged(town, stop.reached + timedelta(seconds=1))) <= set(posts_of(pages))


def test_another_run_may_spend_what_is_left(town: XTown, keyed: Make) -> None:
    class Shared(Purse):
        def left(self, posts: int = 1, worth: int | None = None) -> int:
            return self.posts // max(posts, 1) + 500

    _, stop = whole(fetching(keyed(budget=Shared(9)), source(town, tags=["Aberwennol"]), days=6))
    assert stop == Stop("budget", NOW - EARLY)
    assert not town.params("/search/")
    assert list(x.recheck(keyed(budget=Shared(9)), source(town), held(town))) == []


def test_a_timeline_ends_at_its_depth(town: XTown, keyed: Make) -> None:
    for number in range(32):
        at = NOW - timedelta(hours=number + 1)
        posts = [{"id": str(1_800_000_000_000_000_000 + 100 * number + n), "text": "x",
                  "created_at": f"{at:%Y-%m-%dT%H:%M:%S}.000Z"} for n in range(100)]  # fmt: skip
        meta = {"next_token": f"t{number}"} if number < 31 else {}
        town.instead.append(("/tweets", told({"data": posts, "meta": meta})))
    pages, stop = whole(fetching(keyed(), source(town, accounts=["AberwennolTC"])))
    assert stop == Stop("window exceeded the platform's depth", NOW - timedelta(hours=32))
    assert len(pages) == 32


@pytest.mark.parametrize(
    ("select", "found"),
    [
        ({"query": "pothole from:marnie"}, "found from:"),
        ({"query": "(pothole OR TO:marnie)"}, "found TO:"),
        ({"query": "retweets_of:marnie"}, "found retweets_of:"),
        ({"query": "pothole @marnie"}, "found @"),
        ({"query": '"@marnie said"'}, "found @"),
        ({"query": 'from:"marnie"'}, "found from:"),
        ({"query": "context:10.799022225751871488"}, "found context:"),
        ({"query": "bio:teacher"}, "found bio:"),
        ({"query": "gulls -(-from:marnie)"}, "found from:"),
        ({"query": "\uff20marnie"}, "found @"),
        ({"query": 'url:"x.com/marnie"'}, "found url:"),
        ({"query": "url_contains:twitter.com/marnie"}, "found url_contains:"),
        ({"query": "gulls profile_locality:hull"}, "found profile_locality:"),
        ({"query": "point_radius:[-4.08 52.41 0.05km]"}, "looks at a single home"),
        ({"query": "gulls point_radius:[-4.08 52.41 0.06mi]"}, "looks at a single home"),
        ({"query": "bounding_box:[-4.0801 52.4100 -4.0799 52.4102]"}, "looks at a single home"),
        ({"query": "a" * 4097}, "4097 characters; allowed are 4096"),
        ({"tags": ["two words"]}, "select.tags: found 'two words'"),
        ({"threads": ["abc"]}, "select.threads"),
        ({"lists": ["my list"]}, "select.lists"),
        ({"accounts": ["https://x.com/a"]}, "select.accounts"),
        ({}, "is empty; allowed here"),
    ],
    ids=str,
)
def test_what_is_refused_before_anything_is_asked(
    town: XTown, keyed: Make, select: dict[str, Any], found: str
) -> None:
    with pytest.raises(FixSettings) as refused:
        whole(fetching(keyed(), source(town, **select)))
    assert found in str(refused.value)
    assert town.asked == []


@pytest.mark.parametrize(
    "query",
    [
        "gulls -from:marnie",
        '"from: the pier"',
        "mail a@b",
        "from:AberwennolTC tide",
        "url:netflix.com gulls",
        "point_radius:[-4.08 52.41 2km]",
        "gull " * 200 + "chips",
        "gulls bounding_box:[-4.1 52.40 -4.0 52.42]",
    ],
)
def test_what_selects_no_person_is_asked(town: XTown, keyed: Make, query: str) -> None:
    select = {"query": query, "accounts": ["AberwennolTC"]}
    whole(fetching(keyed(), source(town, **select), days=3))
    assert town.params("/search/")[0]["query"] == query


def test_all_that_is_searched_for_is_one_query_until_it_is_too_long(
    town: XTown, keyed: Make
) -> None:
    select = {"query": "gull chips", "tags": ["#Gulls", "Chips"], "threads": ["12"]}
    whole(fetching(keyed(), source(town, **select), days=3))
    (asked,) = town.params("/search/")
    assert asked["query"] == "(gull chips) OR #Gulls OR #Chips OR conversation_id:12"
    town.asked.clear()
    whole(fetching(keyed(), source(town, tags=[f"{n:03}{'x' * 97}" for n in range(12)]), days=3))
    queries = [asked["query"] for asked in town.params("/search/")]
    assert [q.count("#") for q in queries] == [4, 4, 4]
    assert all(len(query) <= 512 for query in queries)


def test_without_a_key_nothing_is_asked(town: XTown, client: Make) -> None:
    with pytest.raises(FixSettings, match="bearer_token"):
        whole(fetching(client(), source(town, query="gulls")))
    assert town.asked == []


def held(town: XTown) -> list[tuple[str, str | None]]:
    posts = [p for p in town.talk.shown if not p.withheld_in]
    return [(p.history[0], f"https://x.com/i/web/status/{p.id}") for p in posts]


def test_recheck_by_looking_up(town: XTown, keyed: Make) -> None:
    posts, purse = held(town), Purse(1000)
    gone, changed = posts[3][0], posts[150][0]
    town.talk.delete(gone)
    town.talk.edit(changed, "Other words.")
    withheld = next(p.id for p in town.talk.shown if p.withheld_in)
    asked = [*posts, (withheld, None), ("no id", None)]
    verdicts = dict(x.recheck(keyed(budget=purse), source(town), asked))
    assert {i: v for i, v in verdicts.items() if v != "there"} == {
        gone: "gone", changed: "changed", withheld: "gone",
    }  # fmt: skip
    assert set(verdicts) == {native_id for native_id, _ in asked} - {"no id"}
    assert len(town.asked) == 3
    assert purse.posts == 1000 - len(verdicts) + 1


@pytest.mark.parametrize(("many", "posts_left"), [(False, 100), (True, 100_000)])
def test_recheck_by_a_job_that_costs_nothing(
    town: XTown, keyed: Make, caplog: pytest.LogCaptureFixture, many: bool, posts_left: int
) -> None:
    caplog.set_level(logging.DEBUG)
    posts, purse = held(town), Purse(posts_left)
    town.talk.delete(posts[3][0])
    more = [(str(int(posts[-1][0]) - n), None) for n in range(1, 1000)] if many else []
    asked = [*posts, *more]
    for _ in range(2):
        with pytest.raises(RetryLater) as later:
            list(x.recheck(keyed(budget=purse), source(town), asked))
        assert later.value.at == NOW + timedelta(minutes=5)
        assert "signature" not in str(later.value)
    verdicts = dict(x.recheck(keyed(budget=purse), source(town), asked[::-1]))
    assert [i for i, v in verdicts.items() if v == "gone" and i in dict(posts)] == [posts[3][0]]
    assert sum(v == "gone" for v in verdicts.values()) == 1 + len(more)
    assert set(verdicts) == set(dict(asked))
    assert purse.posts == posts_left
    assert [a.method for a in town.asked].count("POST") == 1
    assert "authorization" not in next(a for a in town.asked if a.method == "PUT").headers
    assert not any("signature" in record.getMessage() for record in caplog.records)


def test_a_job_whose_ids_never_went_up_is_taken_up(town: XTown, keyed: Make) -> None:
    posts = held(town)
    town.instead.append(("/submission", told("", 403)))
    for _ in range(2):
        with pytest.raises(RetryLater):
            list(x.recheck(keyed(budget=Purse(0)), source(town), posts))
    assert len(town.talk.jobs) == 1
    assert [len(ids) for ids in town.talk.uploads.values()] == [len(posts)]


def test_old_results_do_not_answer_for_today(town: XTown, keyed: Make, time: Time) -> None:
    posts = held(town)
    for _ in range(2):
        with pytest.raises(RetryLater):
            list(x.recheck(keyed(budget=Purse(0)), source(town), posts))
    time.now += timedelta(days=1)
    town.talk.clock = time.clock
    with pytest.raises(RetryLater):
        list(x.recheck(keyed(budget=Purse(0)), source(town), posts))
    assert len(town.talk.jobs) == 2
