"""What is asked of an instance of the fediverse, what it keeps from guests, and what is gone."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from loopback import Site, Time, Told, serving
from runs import UNTIL, ago, fetching, killed_after, outcomes, source, whole

from connectors.http import Client
from connectors.mastodon import TERMS, fetch, probe, recheck, unknown_fields
from contract.errors import FixSettings, RetryLater, SkipPage, StopSource
from contract.page import Page, Window
from contract.post import Post
from pipeline.rechecking import _Heard

Make = Callable[..., Client]
TAG, LOCAL = "/api/v1/timelines/tag/flood", "/api/v1/timelines/public"
INSTANCE = "/api/v2/instance"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def status(site: Site, number: int, at: datetime, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number), "uri": f"{site.base}/users/iola/statuses/{number}", "reblog": None,
        "created_at": f"{at:%Y-%m-%dT%H:%M:%S}.000Z", "visibility": "public", "content": "<p>x</p>",
        "account": {"id": "1", "username": "iola", "acct": "iola", "url": f"{site.base}/@iola",
                    "indexable": True},
        **more,
    }  # fmt: skip


def timeline(site: Site, held: list[Any], *, linked: bool = True) -> Callable[..., Told]:
    """Return a list as Mastodon answers it: behind an id, newest first, 40 at most, with a link."""

    def answer(query: dict[str, list[str]]) -> Told:
        below = int(query.get("max_id", [str(2**62)])[0])
        shown = [s for s in held if int(s["id"]) < below][: int(query["limit"][0])]
        # The address it gives is another one: only the id in it is taken.
        link = (
            f'<http://elsewhere.example/api?max_id={shown[-1]["id"]}>; rel="next"' if shown else ""
        )
        headers = {"Link": f'{link}, <http://elsewhere.example/api?min_id=9>; rel="prev"'}
        return Told(json.dumps(shown), headers=headers if linked and shown else {})

    return answer


def says(**feeds: dict[str, str]) -> Told:
    access = {"version": "4.5.2", "configuration": {"timelines_access": feeds}}
    return Told(json.dumps(access))


@pytest.fixture
def instance(site: Site) -> Site:
    """An instance with 200 posts by tag, 25 minutes apart: the window's 2 days hold 115."""
    held = [status(site, 9000 - n, ago(minutes=25 * n)) for n in range(1, 201)]
    site.answers |= {
        INSTANCE: says(
            hashtag_feeds={"local": "public", "remote": "public"},
            live_feeds={"local": "public", "remote": "authenticated"},
        ),
        TAG: timeline(site, held),
        LOCAL: timeline(site, held[:3]),
    }
    return site


def ids(pages: list[Page]) -> list[int]:
    posts = (o for o in outcomes(pages) if isinstance(o, Post))
    return [int(p.native_id.rpartition("/")[2]) for p in posts]


def test_a_tag_is_read_back_to_the_start_of_the_window(instance: Site, client: Make) -> None:
    wanted = source("mastodon", instance.base, tags=["#flood"])
    pages, end = whole(fetching(client(), wanted))
    assert end == "complete"
    # A page that is older as a whole ends it: by its last post alone it could end too early.
    assert ids(pages) == list(range(8999, 8839, -1))
    assert instance.asked == [
        "/robots.txt", INSTANCE, f"{TAG}?limit=40", f"{TAG}?limit=40&max_id=8960",
        f"{TAG}?limit=40&max_id=8920", f"{TAG}?limit=40&max_id=8880",
    ]  # fmt: skip


def test_without_a_selection_the_instances_own_posts_are_read(instance: Site, client: Make) -> None:
    pages, end = whole(fetching(client(), source("mastodon", instance.base)))
    assert (len(ids(pages)), end) == (3, "complete")
    assert instance.asked_but_robots[1:] == [
        f"{LOCAL}?local=true&limit=40", f"{LOCAL}?local=true&limit=40&max_id=8997",
    ]  # fmt: skip


def test_a_killed_run_goes_on_where_it_stood(instance: Site, client: Make) -> None:
    wanted = source("mastodon", instance.base, tags=["flood", "flood"])
    pages, end = whole(fetching(client(), wanted))
    asked = instance.asked_but_robots[1:]
    for count in range(1, len(pages) + 1):
        landed = killed_after(fetching(client(), wanted), count)
        instance.asked.clear()
        rest, end = whole(fetching(client(), wanted, landed[-1].cursor))
        assert [p.body for p in landed + rest] == [p.body for p in pages]
        assert (instance.asked_but_robots, end) == (asked[count:], "complete")


@pytest.mark.parametrize(
    ("local", "remote", "asked"),
    [
        ("public", "public", f"{TAG}?limit=40"),
        ("public", "authenticated", f"{TAG}?local=true&limit=40"),
        ("disabled", "public", f"{TAG}?remote=true&limit=40"),
        ("authenticated", "authenticated", None),
        ("disabled", "disabled", None),
        ("something new", None, None),
    ],
)
def test_no_more_is_asked_for_than_guests_may_read(
    instance: Site, client: Make, local: str, remote: str, asked: str | None
) -> None:
    instance.answers[INSTANCE] = says(hashtag_feeds={"local": local, "remote": remote})
    wanted = source("mastodon", instance.base, tags=["flood"])
    if asked is None:
        with pytest.raises(StopSource, match=f"posts by tag from guests.*{local}.*administrators"):
            whole(fetching(client(), wanted))
        with pytest.raises(StopSource, match="posts by tag from guests"):
            probe(client(), "town", wanted)
        assert not any(target.startswith(TAG) for target in instance.asked)
    else:
        whole(fetching(client(), wanted))
        assert instance.asked_but_robots[1] == asked
        assert probe(client(), "town", wanted).said.startswith("the instance lets guests read")


@pytest.mark.parametrize("local", ["authenticated", "disabled"])
def test_an_instance_may_keep_its_own_posts(instance: Site, client: Make, local: str) -> None:
    instance.answers[INSTANCE] = says(live_feeds={"local": local, "remote": "public"})
    with pytest.raises(StopSource, match="its local posts from guests"):
        whole(fetching(client(), source("mastodon", instance.base)))
    assert instance.asked_but_robots == [INSTANCE]


@pytest.mark.parametrize("told", [Told("{}"), Told('{"error":"Not Found"}', 404)])
def test_an_older_instance_says_nothing_and_is_asked(
    instance: Site, client: Make, told: Told
) -> None:
    instance.answers[INSTANCE] = told
    pages, end = whole(fetching(client(), source("mastodon", instance.base, tags=["flood"])))
    assert (len(pages), end) == (4, "complete")


def test_what_is_no_instance_is_told_from_an_old_one(site: Site, client: Make) -> None:
    wanted = source("mastodon", f"{site.base}/@iola", tags=["flood"])
    assert probe(client(), "town", wanted).said == "the instance does not say, being old"
    with pytest.raises(StopSource, match="no instance of Mastodon stands here"):
        whole(fetching(client(), wanted))


@pytest.mark.parametrize("where", [INSTANCE, TAG])
@pytest.mark.parametrize("status", [401, 403, 422])
def test_a_refusal_stops_the_source_and_says_what_to_do(
    instance: Site, client: Make, where: str, status: int
) -> None:
    # In the server's own language: only the status is the same everywhere.
    instance.answers[where] = Told('{"error":"Anmeldung erforderlich"}', status)
    with pytest.raises(StopSource, match="only its members read this; ask its administrators"):
        whole(fetching(client(), source("mastodon", instance.base, tags=["flood"])))
    assert sum(target.startswith(where) for target in instance.asked) == 1


@pytest.mark.parametrize("body", ["<html>Just a moment", '[{"id": "1", "da', '{"a": 1}'])
def test_an_odd_answer_is_asked_once_more_and_then_left_out(
    instance: Site, client: Make, body: str
) -> None:
    instance.answers["/api/v1/timelines/tag/bridge"] = Told(body)
    wanted = source("mastodon", instance.base, tags=["bridge", "flood"])
    pages, end = whole(fetching(client(), wanted))
    assert (len(pages), end) == (4, "pages left out")
    assert sum("/bridge" in target for target in instance.asked) == 2


def test_without_links_a_whole_page_is_followed_by_its_last_post(
    instance: Site, client: Make
) -> None:
    held = [status(instance, 9000 - n, ago(minutes=n)) for n in range(1, 96)]
    instance.answers[TAG] = timeline(instance, held, linked=False)
    pages, end = whole(fetching(client(), source("mastodon", instance.base, tags=["flood"])))
    assert ([len(ids([page])) for page in pages], end) == ([40, 40, 15], "complete")


def test_a_page_that_stays_the_same_is_not_read_for_ever(instance: Site, client: Make) -> None:
    held = [status(instance, 9000 - n, ago(minutes=n)) for n in range(1, 41)]
    instance.answers[TAG] = Told(json.dumps(held))
    pages, end = whole(fetching(client(), source("mastodon", instance.base, tags=["flood"])))
    assert (len(pages), end) == (2, "limit of the platform")


@pytest.mark.parametrize("linked", [True, False])
def test_ids_of_other_software_are_followed(instance: Site, client: Make, linked: bool) -> None:
    numbered = [status(instance, 9000 - n, ago(minutes=n)) for n in range(1, 96)]
    ids_ = [f"0184f062-1c2d-7e3f-8a4b-{n:012d}" for n in range(95)]
    held = [{**one, "id": id_} for one, id_ in zip(numbered, ids_, strict=True)]

    def answer(query: dict[str, list[str]]) -> Told:
        start = ids_.index(query["max_id"][0]) + 1 if "max_id" in query else 0
        shown = held[start : start + 40]
        link = f'<http://x/?max_id={shown[-1]["id"]}>; rel="next"' if shown else ""
        return Told(json.dumps(shown), headers={"Link": link} if linked and shown else {})

    instance.answers[TAG] = answer
    wanted = source("mastodon", instance.base, tags=["flood"])
    pages, end = whole(fetching(client(), wanted))
    assert (len(set(ids(pages))), end) == (95, "complete")
    (first,) = killed_after(fetching(client(), wanted), 1)
    rest, _ = whole(fetching(client(), wanted, first.cursor))
    assert len(set(ids([first, *rest]))) == 95


@pytest.mark.parametrize("id_", [7, "../1", "x" * 65, "", None])
@pytest.mark.parametrize("linked", [True, False])
def test_a_next_page_nobody_can_ask_for_is_no_end(
    instance: Site, client: Make, id_: object, linked: bool
) -> None:
    held = [{**status(instance, 9000 - n, ago(minutes=n)), "id": id_} for n in range(1, 41)]
    headers = {"Link": f'<http://x/?max_id={id_ or ""}#>; rel="next"'} if linked else {}
    instance.answers[TAG] = Told(json.dumps(held), headers=headers)
    _, end = whole(fetching(client(), source("mastodon", instance.base, tags=["flood"])))
    # A number is one to ask with where the address names it.
    assert end == "limit of the platform"


def test_a_list_without_end_is_bounded(instance: Site, client: Make) -> None:
    def endless(query: dict[str, list[str]]) -> Told:
        number = int(query.get("max_id", ["100000"])[0]) - 1
        link = f'<http://x/?max_id={number}>; rel="next"'
        return Told(json.dumps([status(instance, number, ago(hours=1))]), headers={"Link": link})

    instance.answers[TAG] = endless
    pages, end = whole(fetching(client(), source("mastodon", instance.base, tags=["flood"])))
    assert (len(pages), end) == (500, "bound of one run")


def test_what_came_late_from_elsewhere_does_not_end_a_list(instance: Site, client: Make) -> None:
    held = [status(instance, 9000 - n, ago(minutes=n)) for n in range(1, 81)]
    held[39]["created_at"] = "2020-01-01T00:00:00.000Z"
    instance.answers[TAG] = timeline(instance, held)
    pages, _ = whole(fetching(client(), source("mastodon", instance.base, tags=["flood"])))
    assert len(set(ids(pages))) == 80


def test_organisations_are_looked_up_and_their_own_posts_read(instance: Site, client: Make) -> None:
    host = instance.base.removeprefix("http://")
    own = [status(instance, 500 - n, ago(minutes=n)) for n in range(1, 4)]
    instance.answers |= {
        "/api/v1/accounts/lookup": Told(json.dumps({"id": "42", "acct": "town"})),
        "/api/v1/accounts/42/statuses": timeline(instance, own, linked=False),
    }
    wanted = source(
        "mastodon", instance.base, accounts=[f"@town@{host}", "@fire@elsewhere.example"]
    )
    pages, end = whole(fetching(client(), wanted))
    assert (set(ids(pages)), end) == ({499, 498, 497}, "complete")
    assert instance.asked_but_robots == [
        INSTANCE, "/api/v1/accounts/lookup?acct=town",
        "/api/v1/accounts/lookup?acct=fire%40elsewhere.example",
        *["/api/v1/accounts/42/statuses?exclude_reblogs=true&limit=40"] * 2,
    ]  # fmt: skip


@pytest.mark.parametrize("told", [Told("{}", 404), Told('{"id": "../1"}'), Told('{"id": 7}')])
def test_an_account_must_be_known_there(instance: Site, client: Make, told: Told) -> None:
    instance.answers["/api/v1/accounts/lookup"] = told
    with pytest.raises(FixSettings, match=r"select\.accounts: found '@town@x\.example', which"):
        whole(fetching(client(), source("mastodon", instance.base, accounts=["@town@x.example"])))


def test_a_window_long_past_is_not_paged_to_from_today(instance: Site, client: Make) -> None:
    past = Window(UNTIL - timedelta(days=40), UNTIL - timedelta(days=38))
    wanted = source("mastodon", instance.base, tags=["flood"])
    whole(fetch(client(), "town", wanted, past, None))
    milliseconds = int(past.until.timestamp() * 1000)
    assert instance.asked_but_robots[1] == f"{TAG}?limit=40&max_id={milliseconds << 16}"
    # What only speaks its API counts otherwise.
    for version in ("2.7.2 (compatible; Pleroma 2.9.0)", "0.20.1+git-1a2b3c4"):
        instance.answers[INSTANCE] = Told(json.dumps({"version": version}))
        instance.asked.clear()
        next(fetch(client(), "town", wanted, past, None))
        assert instance.asked_but_robots[1] == f"{TAG}?limit=40"


def test_the_end_of_its_limit_is_waited_for(instance: Site, client: Make, time: Time) -> None:
    told = instance.answers[TAG]
    assert callable(told)

    def nearly_used_up(query: dict[str, list[str]]) -> Told:
        answer = told(query)
        answer.headers |= {
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": f"{time.now + timedelta(seconds=50):%Y-%m-%dT%H:%M:%S.%fZ}",
        }
        return answer

    instance.answers[TAG] = nearly_used_up
    asker = client(limits=TERMS.limits)
    whole(fetching(asker, source("mastodon", instance.base, tags=["flood"])))
    assert asker.seconds_limited > 95


def test_what_nobody_decided_about_is_told(site: Site) -> None:
    odd = status(site, 1, UNTIL, shiny={"a": 1})
    odd["account"] |= {"wishes": "none"}
    page = Page(
        source="s", platform="mastodon", url="https://x.example", received_at=UNTIL,
        body=json.dumps([odd]).encode(),
    )  # fmt: skip
    assert unknown_fields(page) == {"shiny", "account.wishes"}


def test_robots_txt_is_obeyed(instance: Site, client: Make) -> None:
    instance.answers["/robots.txt"] = Told("User-agent: *\nDisallow: /api/")
    with pytest.raises(SkipPage, match=r"robots\.txt does not allow"):
        whole(fetching(client(), source("mastodon", instance.base, tags=["flood"])))
    assert instance.asked == ["/robots.txt"]


@pytest.fixture
def elsewhere() -> Iterator[Site]:
    with serving() as told:
        yield told


def own(site: Site, number: int, **more: Any) -> Told:
    return Told(json.dumps(status(site, number, ago(hours=1), **more)))


def test_recheck_asks_the_instance_for_the_posts_of_its_own_people(
    site: Site, client: Make
) -> None:
    private = {"id": "1", "username": "iola", "acct": "iola", "indexable": False}
    site.answers |= {
        "/api/v1/statuses/1": own(site, 1),
        "/api/v1/statuses/2": Told('{"error":"Record not found"}', 404),
        "/api/v1/statuses/3": Told("", 410),
        "/api/v1/statuses/4": own(site, 4, visibility="unlisted"),
        "/api/v1/statuses/5": own(site, 5, account=private),
        "/api/v1/statuses/6": own(site, 66),
        "/api/v1/statuses/7": Told("<html>"),
        "/api/v1/statuses/8": own(site, 8),
    }
    posts = [(f"{site.base}/users/iola/statuses/{n}", None) for n in range(1, 9)]
    posts += [("tag:old.example,2017:1", None), ("http://[x", None), ("nonsense", None)]
    found = dict(recheck(client(), source("mastodon", site.base), posts))
    assert {int(k.rpartition("/")[2]): v for k, v in found.items()} == {
        1: "there", 2: "gone", 3: "gone", 4: "gone", 5: "gone", 8: "there",
    }  # fmt: skip


def note(address: str, **more: Any) -> Told:
    return Told(json.dumps({"id": address, "type": "Note", "to": [PUBLIC], "cc": [], **more}))


def test_recheck_asks_where_others_wrote(site: Site, elsewhere: Site, client: Make) -> None:
    at = f"{elsewhere.base}/users/emrys/statuses"
    elsewhere.answers |= {
        "/users/emrys/statuses/1": note(f"{at}/1"),
        "/users/emrys/statuses/2": Told("", 410),
        "/users/emrys/statuses/3": note(f"{at}/3", type="Tombstone"),
        "/users/emrys/statuses/4": note(f"{at}/4", to=["x/followers"], cc=[PUBLIC]),
        "/users/emrys/statuses/5": note(f"{at}/5", to="as:Public"),
        "/users/emrys/statuses/6": note(f"{at}/other"),
        "/users/emrys/statuses/7": Told("<html>"),
        # It shows objects to other servers only, and pages to people.
        "/users/emrys/statuses/11": Told("", 403),
        "/@emrys/11": Told('<html><head><meta name="robots" content="noindex">'),
        "/users/emrys/statuses/8": Told("", 401),
        "/@emrys/8": Told("<html>x"),
        "/users/emrys/statuses/9": Told("", 401),
        "/@emrys/9": Told("", 404),
        "/users/emrys/statuses/10": Told("", 302, headers={"Location": "/login"}),
    }
    posts: list[tuple[str, str | None]] = [
        (f"{at}/{n}", f"{elsewhere.base}/@emrys/{n}") for n in range(1, 12)
    ]
    posts.append((f"{elsewhere.base}/users/emrys/statuses/8#x", "http://169.254.169.254/"))
    found = dict(recheck(client(), source("mastodon", site.base), posts))
    assert {k.removeprefix(f"{at}/"): v for k, v in found.items()} == {
        "1": "there", "2": "gone", "3": "gone", "4": "gone", "5": "there", "8": "there",
        "9": "gone", "11": "gone",
    }  # fmt: skip
    assert site.asked == []
    asked = [h for t, h in zip(elsewhere.asked, elsewhere.headers, strict=True) if "/users" in t]
    assert {h["accept"] for h in asked} == {"application/activity+json"}


def test_a_server_that_is_gone_keeps_no_other_from_being_asked(
    site: Site, elsewhere: Site, client: Make
) -> None:
    elsewhere.answers["/notes/1"] = note(f"{elsewhere.base}/notes/1")
    with serving() as closed:
        dead = closed.base
    posts = [(f"{dead}/notes/1", None), (f"{dead}/notes/2", None)]
    posts.append((f"{elsewhere.base}/notes/1", None))
    asker = client()
    found = list(recheck(asker, source("mastodon", site.base), posts))
    assert found == list(
        zip([asked for asked, _ in posts], ["silent", "silent", "there"], strict=True)
    )
    assert asker.requests <= 6


def test_a_server_that_had_enough_is_asked_for_the_rest_later(
    site: Site, elsewhere: Site, client: Make
) -> None:
    """Did its other posts count as asked for, those it answers first would come first again."""
    at = f"{elsewhere.base}/notes"
    elsewhere.answers["/notes/1"] = note(f"{at}/1")
    elsewhere.answers["/notes/2"] = Told(status=429, headers={"Retry-After": "1800"})
    site.answers["/api/v1/statuses/7"] = own(site, 7)
    posts = [(f"{at}/{number}", None) for number in (1, 2, 3)]
    posts.append((f"{site.base}/users/iola/statuses/7", None))
    found: list[tuple[str, str]] = []
    with pytest.raises(RetryLater, match="busy"):
        found.extend(recheck(client(), source("mastodon", site.base), posts))
    assert found == [(posts[0][0], "there"), (posts[3][0], "there")]


def test_what_a_server_nobody_chose_says_is_no_page(
    site: Site, elsewhere: Site, client: Make
) -> None:
    """An answer that is heard is read as a page: it would change whatever post it names."""
    at = f"{elsewhere.base}/notes/1"
    forged = status(site, 7, ago(hours=1), content="<p>I resign.</p>")
    elsewhere.answers["/notes/1"] = note(at, statuses=[forged])
    site.answers["/api/v1/statuses/7"] = own(site, 7)
    heard = _Heard(client())
    asked = [(at, None), (f"{site.base}/users/iola/statuses/7", None)]
    found = list(recheck(cast("Client", heard), source("mastodon", site.base), asked))
    assert [verdict for _, verdict in found] == ["there", "there"]
    assert [answer.url for answer in heard.answers] == [f"{site.base}/api/v1/statuses/7"]


def test_nobodys_password_is_sent_anywhere(site: Site, elsewhere: Site, client: Make) -> None:
    address = f"{elsewhere.base.replace('://', '://emrys:guess@')}/notes/1"
    assert list(recheck(client(), source("mastodon", site.base), [(address, address)])) == []
    assert elsewhere.asked == []


def test_silent_servers_are_not_waited_for_all_day(
    site: Site, client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.silence._MOST_SILENT", 3)
    asker, dead = client(), [f"http://no{n}.invalid/notes/1" for n in range(9)]
    posts: list[tuple[str, str | None]] = [(address, None) for address in dead]
    found: list[tuple[str, str]] = []
    with pytest.raises(RetryLater, match="3 sites are silent"):
        found.extend(recheck(asker, source("mastodon", site.base), posts))
    assert found == [(address, "silent") for address in dead[:3]]
    assert 3 <= asker.requests <= 3 * 4


def test_in_a_private_network_nobodys_address_is_followed(
    site: Site, elsewhere: Site, client: Make
) -> None:
    wanted = source("mastodon", site.base).model_copy(update={"private_addresses": True})
    assert list(recheck(client(), wanted, [(f"{elsewhere.base}/admin", None)])) == []
    assert elsewhere.asked == []


def test_an_address_that_is_not_public_is_not_asked(site: Site, client: Make) -> None:
    asker = client(private_hosts=())
    port = site.base.rpartition(":")[2]
    hosts = [f"{name}:{port}" for name in (
        "127.0.0.1", "localhost", "[::1]", "0.0.0.0", "127.1", "2130706433", "0x7f000001",
        "[::ffff:127.0.0.1]", "127.0.0.1.", "①②⑦.⓪.⓪.①", "u:p@127.0.0.1",
    )]  # fmt: skip
    hosts += ["10.0.0.1", "169.254.169.254", "127.0.0.1:99999", "127.0.0.1:0", "xn--", "a b"]
    posts = [(f"http://{host}/users/x/statuses/1", f"http://{host}/@x/1") for host in hosts]
    found = list(recheck(asker, source("mastodon", "https://social.example"), posts))
    assert {verdict for _, verdict in found} == {"silent"}
    assert site.asked == []
