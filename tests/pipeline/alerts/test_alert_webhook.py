"""The webhook: what is sent there, what its answers mean, and what no message repeats."""

import socket
import time
from collections.abc import Iterator
from threading import Thread

import pytest
from alerted import Hook, hooked
from mailbox_server import free_port

from contract.errors import FixSettings, RetryLater
from pipeline.alert_webhook import post_events

EVENTS = [{"id": "1"}, {"id": "2"}]


@pytest.fixture
def url(hook: Hook) -> Iterator[str]:
    with hooked(hook) as address:
        yield address


def test_each_event_is_a_request(hook: Hook, url: str) -> None:
    post_events(url, EVENTS)
    assert hook.received == EVENTS
    assert hook.kinds == ["application/cloudevents+json; charset=utf-8"] * 2


def test_a_webhook_within_is_reached_however_its_host_is_written(
    hook: Hook, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *rest: honest("127.0.0.1", *rest))
    for host in ("Hooks.intern", "hooks.intern."):
        post_events(url.replace("127.0.0.1", host), EVENTS[:1])
    assert hook.asked == 2


def test_what_mends_itself_is_sent_again(hook: Hook, url: str) -> None:
    hook.answers = [503, 429]
    post_events(url, EVENTS)
    assert hook.ids == ["1", "2"]
    assert hook.asked == 4


@pytest.mark.parametrize(
    ("status", "raised", "asked", "said"),
    [
        (302, FixSettings, 1, "answered 302; name the address it leads to"),
        (401, FixSettings, 1, "answered 401; check GOODGUEST_WEBHOOK"),
        (404, FixSettings, 1, "answered 404"),
        (413, FixSettings, 1, "answered 413"),
        (429, RetryLater, 3, "answered 429"),
        (500, RetryLater, 3, "answered 500"),
    ],
)
def test_a_refusal_says_what_to_do_and_no_redirect_is_followed(
    hook: Hook, url: str, status: int, raised: type[Exception], asked: int, said: str
) -> None:
    hook.answers, hook.headers = [status] * 3, {"location": f"{url}/elsewhere"}
    with pytest.raises(raised, match=said) as error:
        post_events(url, EVENTS)
    assert hook.asked == asked
    assert not hook.received
    assert "t0ken" not in str(error.value)


def test_one_that_wants_a_long_wait_is_asked_at_the_next_run(hook: Hook, url: str) -> None:
    hook.answers, hook.headers = [429, 429], {"retry-after": "3600"}
    with pytest.raises(RetryLater):
        post_events(url, EVENTS)
    assert hook.asked == 1


@pytest.mark.parametrize(
    "address", ["ftp://h/t0ken", "file:///t0ken", "//h/t0ken", "http://", "t0ken", "http://[/t0ken"]
)
def test_an_address_that_is_none_of_the_web_is_refused(address: str) -> None:
    with pytest.raises(FixSettings, match="allowed is an address such as") as error:
        post_events(address, EVENTS)
    assert "t0ken" not in str(error.value)


def test_one_that_nobody_serves_is_not_named(url: str) -> None:
    address = f"http://user:s3cret@127.0.0.1:{free_port()}/t0ken"
    with pytest.raises(RetryLater, match=r"was not reached \(ConnectionError\)") as error:
        post_events(address, EVENTS)
    assert "t0ken" not in str(error.value)
    assert "s3cret" not in str(error.value)


def test_an_answer_that_drips_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.alert_webhook._SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=_drip, args=(server, 3))
        thread.start()
        began = time.monotonic()
        with pytest.raises(RetryLater, match="was not reached"):
            post_events(f"http://127.0.0.1:{server.getsockname()[1]}/", EVENTS)
        assert time.monotonic() - began < 5
        thread.join()


def _drip(server: socket.socket, times: int) -> None:
    """Answer so many requests with a head that never ends."""
    for _ in range(times):
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            try:
                while True:
                    connection.sendall(b"x: y\r\n")
                    time.sleep(0.02)
            except OSError:
                continue
