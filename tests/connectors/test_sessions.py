"""A library's requests go through the client, with all its manners."""

import logging
from collections.abc import Callable

import pytest
import requests
from loopback import Site, Time, Told

from connectors.answers import Answer, Judged
from connectors.http import Client
from connectors.sessions import Through, hush
from contract.credentials import Credentials
from contract.errors import OddAnswer, RateLimited, RetryLater, SkipPage, StopSource

Make = Callable[..., Client]
API = "https://api.example"
SECRET = {"Authorization": "Bearer hush-hush"}


def words(answer: Answer) -> Judged | None:
    if b"never again" in answer.body:
        return Judged(StopSource, "ask for a new key")
    if answer.body.startswith(b"<"):
        return Judged(OddAnswer, "not JSON")
    return None


@pytest.fixture
def session(site: Site, client: Make) -> Through:
    return Through(client(obey_robots=False), {API: f"{site.base}/api/"}, words)


def test_it_asks_the_other_base_and_keeps_the_raw_answer(site: Site, session: Through) -> None:
    site.answers["/api/a"] = Told('{"x": 1}', headers={"X-RateLimit-Remaining": "7", "X-A": "b"})
    got = session.get(f"{API}/a", params={"q": "é"}, headers={**SECRET, "User-Agent": "lib/1"})
    assert got.json() == {"x": 1}
    assert site.asked == ["/api/a?q=%C3%A9"]
    assert site.headers[0]["authorization"] == "Bearer hush-hush"
    assert site.headers[0]["user-agent"].startswith("Goodguest/")
    assert (session.last.body, session.last.status) == (b'{"x": 1}', 200)
    assert "x-a" in got.headers
    assert "x-ratelimit-remaining" not in got.headers


def test_a_post_takes_its_body_along(site: Site, session: Through) -> None:
    site.answers["/api/token"] = Told("{}", 201)
    closing = {"Connection": "close"}
    done = session.post(f"{API}/token", data={"a": "b"}, auth=("me", "x"), headers=closing)
    assert done.status_code == 201
    assert site.bodies == [b"a=b"]
    assert "connection" not in site.headers[0]


def test_no_other_host_gets_a_byte(site: Site, session: Through) -> None:
    with pytest.raises(StopSource, match="a host this source does not have"):
        session.get(f"{site.base}/api/a", headers=SECRET)
    site.answers["/api/moved"] = Told(status=302, headers={"Location": "https://evil.example/"})
    with pytest.raises(StopSource, match="a host this source does not have"):
        session.get(f"{API}/moved", headers=SECRET)
    with pytest.raises(StopSource, match="a host this source does not have"):
        session.get(f"{API}.evil.example/a", headers=SECRET)
    assert site.asked == ["/api/moved"]


def test_what_the_library_cannot_mend_is_mended(site: Site, session: Through, time: Time) -> None:
    site.answers["/api/a"] = [
        Told(status=503),
        Told(status=429, headers={"Retry-After": "30"}),
        Told('{"cut', headers={"Content-Length": "50"}),
        Told("{}"),
    ]
    assert session.get(f"{API}/a").status_code == 200
    assert len(time.slept) == 3
    assert 30.0 in time.slept


def test_the_platforms_own_words_decide(site: Site, session: Through) -> None:
    site.answers["/api/a"] = Told("never again", 429)
    with pytest.raises(StopSource, match="ask for a new key"):
        session.get(f"{API}/a")
    assert len(site.asked) == 1
    site.answers["/api/b"] = Told("<html>")
    with pytest.raises(OddAnswer, match="not JSON"):
        session.get(f"{API}/b")
    assert site.asked.count("/api/b") == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_the_library_sees_what_it_understands(site: Site, session: Through, status: int) -> None:
    site.answers["/api/a"] = Told("{}", status)
    assert session.get(f"{API}/a").status_code == status


def test_a_limit_that_lasts_is_handed_on(site: Site, session: Through, time: Time) -> None:
    reset = str(int(time.now.timestamp()) + 600)
    site.answers["/api/a"] = Told(
        "{}", 429, headers={"x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
    )
    with pytest.raises(RateLimited) as caught:
        session.get(f"{API}/a")
    assert (caught.value.at - time.now).total_seconds() == 600
    assert len(site.asked) == 1


def test_no_message_tells_a_secret(
    site: Site, client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    asks = client(obey_robots=False, credentials=Credentials("town", {"key": "hush-hush"}))
    site.answers |= {"/gone": Told(status=404), "/busy": Told(status=500), "/ok": Told("x"),
                     "/moved": Told(status=302, headers={"Location": "/ok"})}  # fmt: skip
    secrets = {"key": asks.credentials["key"]}
    for path, kind in (("/gone", SkipPage), ("/busy", RetryLater)):
        with pytest.raises(kind) as caught:
            asks.get(site.base + path, params={"a": 1}, secrets=secrets)
        assert "hush" not in str(caught.value)
        assert caught.value.__context__ is None
    for path in ("/ok", "/moved"):
        answer = asks.get(site.base + path, secrets=secrets)
        assert "hush" not in f"{answer}"
    assert site.asked[0] == "/gone?a=1&key=hush-hush"
    assert site.asked[-2:] == ["/moved?key=hush-hush", "/ok"]
    assert "hush" not in caplog.text


def test_a_hushed_library_says_no_secrets_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    loud = logging.getLogger("loud.library")
    hush("loud.library")
    hush("loud.library")
    loud.debug("Bearer hush-hush")
    loud.warning("the limit is near")
    assert caplog.messages == ["the limit is near"]
    assert len(loud.filters) == 1


def test_the_netrc_of_the_environment_is_not_read(
    site: Site, session: Through, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w") as file:  # noqa: PTH123
        file.write("machine api.example login me password hush-hush\n")
    monkeypatch.setenv("NETRC", netrc)
    site.answers["/api/a"] = Told("{}")
    assert isinstance(session.get(f"{API}/a"), requests.Response)
    assert "authorization" not in site.headers[0]
