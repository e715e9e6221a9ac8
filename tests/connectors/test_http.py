"""The manners of the client, each against a real server on loopback."""

import gc
import gzip
import logging
import socket
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from importlib.metadata import version
from weakref import ref

import pytest
from loopback import LOOPBACK, NOON, Site, Time, Told

from connectors.answers import TRIES, meaning_of, should_retry, shown
from connectors.http import ROBOT, Client
from contract.errors import RetryLater, SkipPage, StopSource
from contract.terms import Rate

Make = Callable[..., Client]


def test_it_says_who_it_is(site: Site, client: Make) -> None:
    site.answers["/a"] = Told("hello", headers={"Set-Cookie": "track=1", "X-Thing": "Yes"})
    asks = client()
    answer = asks.get(f"{site.base}/a")
    assert (answer.status, answer.body, answer.headers["x-thing"]) == (200, b"hello", "Yes")
    assert (answer.url, answer.received_at) == (f"{site.base}/a", NOON)
    asks.get(f"{site.base}/a")
    expected = f"{ROBOT}/{version('goodguest')} (Town of Example; listening@example.gov)"
    assert {sent["user-agent"] for sent in site.headers} == {expected}
    assert not any("cookie" in sent or "authorization" in sent for sent in site.headers)
    assert (asks.requests, asks.bytes_received) == (3, 10)


def test_a_name_in_any_script_can_be_sent(site: Site, time: Time) -> None:
    site.answers["/a"] = Told("x")
    with Client(
        agency="Δήμος Παραδείγματος\r\nX-Evil: 1", contact="a@b.example", limits=(),
        private_hosts=LOOPBACK, clock=time.clock, sleep=time.sleep,
    ) as asks:  # fmt: skip
        asks.get(f"{site.base}/a")
    sent = site.headers[-1]
    assert "Δήμος Παραδείγματος" in sent["user-agent"].encode("latin-1").decode()
    assert "x-evil" not in sent


def test_conditional_requests(site: Site, client: Make) -> None:
    site.answers["/feed"] = Told(status=304)
    answer = client().get(f"{site.base}/feed", etag='"v1"', last_modified="Mon, 05 Jan 2026")
    assert answer.status == 304
    assert site.headers[-1]["if-none-match"] == '"v1"'
    assert site.headers[-1]["if-modified-since"] == "Mon, 05 Jan 2026"


def test_an_error_holds_nothing_of_who_asked(site: Site, client: Make) -> None:
    """An element of a page, dropped by a thread other than its own, is an error of its library."""

    class Held:
        pass

    def asking() -> ref[Held]:
        held = Held()
        site.answers["/a"] = Told("", is_raw=True)
        with pytest.raises(RetryLater):
            client().get(f"{site.base}/a")
        return ref(held)

    gc.disable()
    try:
        assert asking()() is None
    finally:
        gc.enable()


def test_limits_hold_all_at_once_and_count_robots(site: Site, client: Make, time: Time) -> None:
    site.answers["/a"] = Told("x")
    asks = client(limits=(Rate(3, 10.0), Rate(5, 60.0)))
    for _ in range(7):
        asks.get(f"{site.base}/a")
    # robots, a, a | a, a | then the minute is full until the second 60.
    assert time.slept == [10.0, 50.0]
    assert (time.now - NOON).total_seconds() == 60.0
    assert asks.requests == 8


def test_a_wait_too_long_to_sleep_through_ends_the_run(
    site: Site, client: Make, time: Time
) -> None:
    site.answers["/a"] = Told("x")
    asks = client(limits=(Rate(2, 3600.0),))
    asks.get(f"{site.base}/a")
    with pytest.raises(RetryLater) as caught:
        asks.get(f"{site.base}/a")
    assert caught.value.at == NOON + timedelta(hours=1)
    assert time.slept == []


@pytest.mark.parametrize("status", [429, 503])
def test_a_short_retry_after_is_waited_for(
    site: Site, client: Make, time: Time, status: int
) -> None:
    at = format_datetime(NOON + timedelta(seconds=45), usegmt=True)
    busy = [Told(status=status, headers={"Retry-After": wait}) for wait in ("20", at)]
    site.answers["/a"] = [*busy, Told("x")]
    assert client().get(f"{site.base}/a").body == b"x"
    assert time.slept == [20.0, 25.0]


def test_a_long_retry_after_is_for_the_scheduler(site: Site, client: Make, time: Time) -> None:
    site.answers["/a"] = Told(status=429, headers={"Retry-After": "900"})
    asks = client()
    for _ in range(2):
        with pytest.raises(RetryLater) as caught:
            asks.get(f"{site.base}/a")
        assert caught.value.at == NOON + timedelta(seconds=900)
    assert len(site.asked_but_robots) == 1
    assert time.slept == []


@pytest.mark.parametrize(
    "headers",
    [
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"},
        {"RateLimit-Remaining": "0", "RateLimit-Reset": str(int(NOON.timestamp()) + 30)},
        {"X-RateLimit-Remaining": "0.0", "X-RateLimit-Reset": "2026-01-08T12:00:30.000Z"},
    ],
    ids=["seconds to go", "unix", "iso"],
)
def test_an_exhausted_limit_is_waited_for(
    site: Site, client: Make, time: Time, headers: dict[str, str]
) -> None:
    site.answers["/a"] = [Told("x", headers=headers), Told("y")]
    asks = client()
    asks.get(f"{site.base}/a")
    assert time.slept == []
    assert asks.get(f"{site.base}/a").body == b"y"
    assert time.slept == [30.0]


def test_a_failing_server_is_asked_four_times(site: Site, client: Make, time: Time) -> None:
    site.answers["/a"] = Told(status=502)
    with pytest.raises(RetryLater, match="answered 502") as caught:
        client().get(f"{site.base}/a")
    assert len(site.asked_but_robots) == TRIES
    assert all(0.5 * 2**n <= s <= 2**n for n, s in enumerate(time.slept, 1))
    assert len(time.slept) == TRIES - 1
    assert caught.value.at > time.now


def test_a_site_that_is_down_is_for_later(client: Make) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(RetryLater, match="ConnectionError"):
        client().get(f"http://127.0.0.1:{port}/a?token=secret")


@pytest.mark.parametrize(
    ("status", "meaning"),
    [(400, StopSource), (401, StopSource), (403, StopSource), (404, SkipPage), (410, SkipPage),
     (418, StopSource), (204, SkipPage), (304, SkipPage)],
)  # fmt: skip
def test_what_a_status_means(
    site: Site, client: Make, status: int, meaning: type[Exception]
) -> None:
    site.answers["/a"] = Told(status=status)
    with pytest.raises(meaning, match=f"answered {status}"):
        client().get(f"{site.base}/a", accept=frozenset({200}))
    assert client().get(f"{site.base}/a", accept=frozenset({status})).status == status


def test_only_what_may_pass_is_retried() -> None:
    assert all(should_retry(meaning_of(status), 1) for status in (408, 425, 429, 500, 503, 599))
    assert not should_retry(RetryLater, TRIES)
    assert not any(should_retry(meaning_of(status), 1) for status in (200, 301, 401, 404, 410))


def test_redirects_are_followed_and_counted(site: Site, client: Make) -> None:
    for number in range(7):
        site.answers[f"/{number}"] = Told(status=301, headers={"Location": f"/{number + 1}?q"})
    site.answers["/7"] = Told("end")
    assert client().get(f"{site.base}/2#part").url == f"{site.base}/7?q"
    with pytest.raises(SkipPage, match="more than 5 redirects"):
        client().get(f"{site.base}/1")


@pytest.mark.parametrize("target", ["ftp://files.example/a", "file:///etc/passwd", "http://[bad"])
def test_redirects_to_other_schemes_are_refused(site: Site, client: Make, target: str) -> None:
    site.answers["/a"] = Told(status=302, headers={"Location": target})
    with pytest.raises(SkipPage, match="not an address"):
        client().get(f"{site.base}/a")


def test_a_host_that_is_not_public_is_not_asked(site: Site, client: Make) -> None:
    site.answers["/a"] = Told("x")
    port = site.base.rsplit(":", 1)[1]
    for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0"):
        with pytest.raises(StopSource, match="not public"):
            client(private_hosts=()).get(f"http://{host}:{port}/a")
    assert site.asked == []


def test_a_name_looked_up_twice_cannot_lead_astray(
    site: Site, client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is public when checked and private when connected to never gets that far."""
    looked_up = []
    port = int(site.base.rsplit(":", 1)[1])

    def rebinding(host: str, *_: object) -> list[object]:
        looked_up.append(host)
        address = "192.0.2.1" if len(looked_up) > 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    site.answers |= {"/robots.txt": Told(""), "/a": Told("x")}
    asks = client(private_hosts={"rebinding.example"})
    assert asks.get(f"http://rebinding.example:{port}/a").body == b"x"
    assert looked_up == ["rebinding.example"]


def test_a_bomb_is_not_unpacked(site: Site, client: Make) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    site.answers["/bomb"] = Told(bomb, headers={"Content-Encoding": "gzip"})
    asks = client(max_bytes=1_000_000)
    with pytest.raises(SkipPage, match="larger than 1,000,000 bytes"):
        asks.get(f"{site.base}/bomb")
    site.answers["/moved"] = Told(
        bomb, 302, headers={"Content-Encoding": "gzip", "Location": "/small"}
    )
    with pytest.raises(SkipPage, match="larger than"):
        asks.get(f"{site.base}/moved")
    small = Told(gzip.compress(b"small"), headers={"Content-Encoding": "gzip"})
    assert asks.bytes_received < 4_800_000  # each is asked for twice
    site.answers["/small"] = small
    assert asks.get(f"{site.base}/small").body == b"small"


@pytest.mark.parametrize(
    "drip",
    [b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 3000, b"HTTP/1.1 200 OK\r\n\r\n" + b"b" * 3000],
    ids=["headers", "body"],
)
def test_what_drips_is_given_up(site: Site, client: Make, time: Time, drip: bytes) -> None:
    site.answers |= {"/robots.txt": Told(""), "/drip": Told(drip, is_raw=True)}
    asks = client()
    asks.get(f"{site.base}/robots.txt")
    time.tick = timedelta(seconds=5)
    with pytest.raises(RetryLater):
        asks.get(f"{site.base}/drip")
    assert len(site.asked_but_robots) == TRIES


def test_nothing_secret_is_said(site: Site, client: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    site.answers |= {"/a": Told("x"), "/gone": Told(status=404)}
    host = site.base.removeprefix("http://")
    asks = client()
    answer = asks.get(f"http://user:password@{host}/a", params={"token": "hush"})
    assert answer.url == f"{site.base}/a?token=hush"
    with pytest.raises(SkipPage) as caught:
        asks.get(f"http://user:password@{host}/gone?token=hush")
    assert "/gone" in str(caught.value)
    assert "GET 127.0.0.1: 200" in caplog.text
    assert "/a" not in "".join(caplog.messages), "an address of a post leads to a person"
    said = caplog.text + str(caught.value)
    assert not any(secret in said for secret in ("hush", "password", "user", "listening@"))
    assert all("authorization" not in sent for sent in site.headers)
    assert shown("https://u:p@h.example/x?y#z") == "https://h.example/x"


def test_the_environment_lends_no_proxy_and_no_password(
    site: Site, client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    site.answers["/a"] = Told("x")
    assert client().get(f"{site.base}/a").body == b"x"
