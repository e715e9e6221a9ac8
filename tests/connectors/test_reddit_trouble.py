"""Reddit's tokens, refusals and odd answers, and that no secret goes anywhere else."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from loopback import Site, Time, Told
from on_reddit import LOGIN, TOKEN, listing, open_reddit, reading, small_town, told
from praw.config import Config
from runs import whole, window

from connectors import reddit
from connectors.http import Client
from contract.charter import Source
from contract.credentials import Credentials
from contract.errors import FixSettings, RateLimited, RetryLater, StopSource
from contract.page import Pages

Make = Callable[..., Client]
NEW = "/reddit/r/town/new"
BLOCKED = "<!doctype html><title>Blocked</title><h1>whoa there, pardner!</h1><p>network policy"
SLOW_DOWN = "<!doctype html><title>Too Many Requests</title><h1>whoa there, pardner!</h1>"


@pytest.fixture
def asking(client: Make) -> Make:
    """Return a maker of clients that know the application's secret."""
    return lambda **options: client(credentials=Credentials("town", LOGIN), **options)


def fetching(client: Client, base: str) -> Pages:
    source = reading(base, communities=["town"])
    return reddit.fetch(client, "town", source, window(), None)


@pytest.mark.parametrize(
    "answer",
    [
        told({"error": "invalid_grant"}),
        told({"message": "Unauthorized", "error": 401}, 401),
        told({"error": 400}, 400),
        Told("<html>Forbidden", 403),
    ],
    ids=["200 and an error", "401", "400", "403"],
)
def test_without_a_token_nothing_is_asked_and_the_connection_is_named(
    site: Site, asking: Make, answer: Told
) -> None:
    open_reddit(site, small_town())
    site.answers[TOKEN] = answer
    with pytest.raises(StopSource, match="client_id and client_secret of the connection"):
        whole(fetching(asking(), site.base))
    assert site.asked == [TOKEN]


@pytest.mark.parametrize(
    "answer", [Told("<html>"), told({"access_token": "x"}), Told(""), told([])]
)
def test_a_token_that_is_none_is_asked_for_again(site: Site, asking: Make, answer: Told) -> None:
    open_reddit(site, small_town())
    right = site.answers[TOKEN]
    assert isinstance(right, Told)
    site.answers[TOKEN] = [answer, right]
    assert whole(fetching(asking(), site.base))[1] == "complete"


@pytest.mark.parametrize("secret", ["client_id", "client_secret"])
def test_credentials_are_needed(site: Site, client: Make, secret: str) -> None:
    login = {name: value for name, value in LOGIN.items() if name != secret}
    with pytest.raises(FixSettings, match=f"have no {secret}"):
        whole(fetching(client(credentials=Credentials("town", login)), site.base))
    assert site.asked == []


@pytest.mark.parametrize("status", [200, 403])
def test_a_block_page_stops_the_source(site: Site, asking: Make, status: int) -> None:
    open_reddit(site, small_town())
    site.answers[NEW] = Told(BLOCKED, status)
    with pytest.raises(StopSource, match="blocks this network or User-Agent"):
        whole(fetching(asking(), site.base))
    assert sum(target.startswith(NEW) for target in site.asked) == 1


@pytest.mark.parametrize(
    "odd",
    [
        Told(SLOW_DOWN, 429, {"retry-after": "4"}),
        Told("<html>Our CDN was unable to reach our servers"),
        Told('{"kind": "Listing", "data": {"children": ['),
        Told(""),
        told({"message": "Not Found", "error": 404}),
        Told("", 500),
        Told("", 503),
        Told("", 522),
    ],
    ids=["429", "HTML", "cut", "0 bytes", "an error with 200", "500", "503", "522"],
)
def test_an_odd_answer_is_asked_for_again_and_then_later(
    site: Site, asking: Make, time: Time, odd: Told
) -> None:
    open_reddit(site, small_town())
    right = site.answers[NEW]

    def twice(query: Any) -> Told:
        is_odd = sum(target.startswith(NEW) for target in site.asked) <= 2
        return odd if is_odd else right(query)  # type: ignore[operator]

    site.answers[NEW] = twice
    pages, end = whole(fetching(asking(), site.base))
    assert end == "complete"
    assert all(page.status == 200 and page.body.startswith(b"{") for page in pages)
    if odd.status == 429:
        assert time.slept[:2] == [4.0, 4.0]
    site.answers[NEW] = odd
    with pytest.raises(RateLimited if odd.status == 429 else RetryLater):
        whole(fetching(asking(), site.base))


def test_what_remains_of_the_limit_is_obeyed_by_us_and_not_by_the_library(
    site: Site, asking: Make, time: Time
) -> None:
    open_reddit(site, small_town())
    used_up = {"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "41", "x-ratelimit-used": "99"}
    site.answers[NEW] = told(listing(), **used_up)
    site.answers["/reddit/r/town/comments"] = told(listing(), **used_up)
    whole(fetching(asking(), site.base))
    assert time.slept == [41.0]


def test_a_token_that_ran_out_is_fetched_anew(site: Site, asking: Make) -> None:
    open_reddit(site, small_town())
    right = site.answers["/reddit/r/town/new"]
    assert callable(right)
    said = 'Bearer realm="reddit", error="invalid_token"'
    expired = told({"message": "Unauthorized", "error": 401}, 401, **{"www-authenticate": said})
    site.answers[NEW] = lambda query: expired if site.asked.count(TOKEN) < 2 else right(query)
    pages, end = whole(fetching(asking(), site.base))
    assert (end, site.asked.count(TOKEN)) == ("complete", 2)
    assert {page.status for page in pages} == {200}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, ""),
        (401, "Bearer"),
        (401, 'Bearer realm="reddit", error="novel"'),
        (403, 'Bearer realm="reddit", error="insufficient_scope"'),
    ],
)
def test_a_token_that_may_not_read_stops_the_source(
    site: Site, asking: Make, status: int, said: str
) -> None:
    open_reddit(site, small_town())
    headers = {"www-authenticate": said} if said else {}
    site.answers[NEW] = told({"error": status}, status, **headers)
    with pytest.raises(StopSource, match="no token that may read"):
        whole(fetching(asking(), site.base))


@pytest.mark.parametrize(
    "planted",
    [
        "[DEFAULT]\noauth_url=http://127.0.0.1:9/x\nreddit_url=http://127.0.0.1:9/x\n",
        "[DEFAULT]\nusername=ines\npassword=pass\nrefresh_token=r\ntimeout=soon\n",
        "no settings at all",
    ],
    ids=["other hosts", "a login", "malformed"],
)
def test_no_file_and_no_environment_leads_the_credentials_elsewhere(
    site: Site, asking: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: str
) -> None:
    """PRAW reads praw.ini of the working directory and the home, and variables praw_…"""
    open_reddit(site, small_town())
    for folder in (tmp_path, tmp_path / "home"):
        folder.mkdir(exist_ok=True)
        (folder / "praw.ini").write_text(planted, encoding="utf-8")
    monkeypatch.setattr(Config, "CONFIG", None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    for name in ("username", "password", "refresh_token", "client_id", "client_secret", "site"):
        monkeypatch.setenv(f"praw_{name}", "elsewhere")
    pages, end = whole(fetching(asking(), site.base))
    assert (end, len(pages) > 2) == ("complete", True)
    assert site.bodies[0] == b"grant_type=client_credentials"
    # an-id:kept-secret
    assert site.headers[0]["authorization"] == "Basic YW4taWQ6a2VwdC1zZWNyZXQ="
    assert {headers["user-agent"] for headers in site.headers} == {site.headers[0]["user-agent"]}
    assert "listening@example.gov" in site.headers[0]["user-agent"]


def test_secrets_stand_nowhere(site: Site, asking: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for logger in ("prawcore", "praw", "goodguest"):
        caplog.set_level(logging.DEBUG, logger)
    open_reddit(site, small_town())
    pages, _ = whole(fetching(asking(), site.base))
    site.answers[NEW] = told({"error": 403}, 401)
    with pytest.raises(StopSource) as stopped:
        whole(fetching(asking(), site.base))
    shown = "".join(f"{p.url} {json.dumps(p.cursor)} {p.headers} {p.body!r}" for p in pages)
    shown += caplog.text + repr(stopped.value)
    assert not any(secret in shown for secret in (*LOGIN.values(), "fresh-token", "bearer"))
    assert "/r/town" not in caplog.text


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://www.reddit.com", None),
        ("http://old.reddit.com/", None),
        ("https://www.redit.example", "www.redit.example"),
        ("https://reddit.com.elsewhere.example", "reddit.com.elsewhere.example"),
    ],
)
def test_credentials_go_to_reddit_only(client: Make, url: str, wanted: str | None) -> None:
    source = Source.model_validate({"platform": "reddit", "url": url, "purpose": "test"})
    asking = client(credentials=Credentials("town", LOGIN))
    if wanted is None:
        assert reddit.Reddit(asking, source)
        return
    with pytest.raises(FixSettings, match=wanted):
        reddit.Reddit(asking, source)
