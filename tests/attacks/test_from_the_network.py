"""An attacker who owns a page, a feed, a catalogue or a zone that is read."""

import gzip
import logging
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import brotli
import pytest
from backports import zstd
from loopback import LOOPBACK, NOON, Site, Time, Told

from connectors import feed
from connectors.heads import head
from connectors.http import Client
from contract.charter import Source
from contract.charter_vocabulary import Vocabulary
from contract.errors import GoodguestError, RetryLater, SkipPage, StopSource
from contract.page import Window
from pipeline.catalogue import _bytes, _datasets

Make = Callable[..., Client]
WITHIN = (
    "localhost", "LOCALHOST", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "127.0.0.2",
    "0.0.0.0", "0", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]", "127.0.0.1@localhost",
)  # fmt: skip
"""One and the same machine; the charter names it as 127.0.0.1 alone."""
NOT_ASKED = ("file:///etc/passwd", "ftp://files.example/", "gopher://old.example/_x",
             "data:text/plain,x", "jar:http://a.example/b!/c", "unix:/run/x.sock")  # fmt: skip


def source(hostile: Site, *feeds: str) -> Source:
    return Source.model_validate(
        {"platform": "feed", "url": hostile.base, "purpose": "test", "select": {"feeds": feeds}}
    )


def rss(more: str) -> str:
    return (
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>x</title>'
        f"{more}<item><title>x</title><guid>1</guid><pubDate>Thu, 08 Jan 2026 11:00:00 GMT"
        "</pubDate></item></channel></rss>"
    )


def read_feed(client: Client, hostile: Site, at: str) -> None:
    window = Window(NOON - timedelta(days=9), NOON)
    list(feed.fetch(client, "town", source(hostile, at), window, None))


def by_feed_address(client: Client, hostile: Site, there: str) -> None:
    read_feed(client, hostile, there)


def by_redirect(client: Client, hostile: Site, there: str) -> None:
    hostile.answers["/a"] = Told(status=302, headers={"Location": "/b"})
    hostile.answers["/b"] = Told(status=307, headers={"Location": there})
    client.get(f"{hostile.base}/a")


def by_robots(client: Client, hostile: Site, there: str) -> None:
    hostile.answers["/robots.txt"] = Told(status=301, headers={"Location": there})
    client.get(f"{hostile.base}/a")


def by_next_link(client: Client, hostile: Site, there: str) -> None:
    hostile.answers["/a"] = Told(rss(f'<atom:link rel="next" href="{there}"/>'))
    read_feed(client, hostile, "/a")


def by_next_link_of_json(client: Client, hostile: Site, there: str) -> None:
    item = '{"id": "1", "date_published": "2026-01-08T11:00:00Z"}'
    version = '"version": "https://jsonfeed.org/version/1.1"'
    hostile.answers["/a"] = Told(f'{{{version}, "next_url": "{there}", "items": [{item}]}}')
    read_feed(client, hostile, "/a")


def by_article(client: Client, hostile: Site, there: str) -> None:
    assert set(feed.recheck(client, source(hostile), [("1", there)])) <= {("1", "silent")}


def by_page_of_a_catalogue(client: Client, hostile: Site, there: str) -> None:
    hostile.answers["/a.ttl"] = Told(
        "@prefix hydra: <http://www.w3.org/ns/hydra/core#> ."
        "@prefix dcat: <http://www.w3.org/ns/dcat#> ."
        f"<http://a.example/c> a dcat:Catalog . <> hydra:next <{there}> ."
    )
    _datasets(partial(_bytes, client, Path()), f"{hostile.base}/a.ttl")


def by_short_link(client: Client, hostile: Site, there: str) -> None:
    head(client, there)


WAYS = (
    by_feed_address, by_redirect, by_robots, by_next_link, by_next_link_of_json, by_article,
    by_page_of_a_catalogue, by_short_link,
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_to_an_address_that_is_not_public(
    way: Callable[[Client, Site, str], None], hostile: Site, asking: Make
) -> None:
    """Not even where one host of the private network may be asked, on purpose."""
    port = hostile.base.rsplit(":", 1)[1]
    hostile.answers["/inner"] = Told(rss(""))
    # An article that cannot be asked for is left alone.
    refused = nullcontext() if way is by_article else pytest.raises(StopSource, match="not public")
    for host in WITHIN:
        with refused:
            way(asking(), hostile, f"http://{host}:{port}/inner")
    assert "/inner" not in hostile.asked
    # Where the charter names the host, the same way leads there.
    with suppress(AssertionError, GoodguestError):
        way(asking(private_hosts=LOOPBACK), hostile, f"http://localhost:{port}/inner")
    assert "/inner" in hostile.asked


@pytest.mark.parametrize("way", WAYS)
def test_nothing_but_the_web_is_asked(
    way: Callable[[Client, Site, str], None],
    hostile: Site,
    asking: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_up: list[str] = []
    honest = socket.getaddrinfo

    def noting(host: str, *rest: object) -> object:
        looked_up.append(host)
        return honest(host, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", noting)
    for address in NOT_ASKED:
        with suppress(SkipPage):
            way(asking(), hostile, address)
    assert set(looked_up) <= {"127.0.0.1"}


def test_the_charter_names_who_may_be_asked_within() -> None:
    said = {"platform": "feed", "url": "http://Forum.intern:8080/x", "purpose": "test"}
    feeds = {"feeds": ["/a", "http://blog.intern/feed"]}
    within = Source.model_validate({**said, "select": feeds, "private_addresses": True})
    assert within.private_hosts == {"forum.intern", "blog.intern"}
    assert Source.model_validate(said).private_hosts == set()
    words = Vocabulary(datasets=("data.json", "http://data.intern/data.json"))
    assert words.private_hosts == set()
    assert words.model_copy(update={"private_addresses": True}).private_hosts == {"data.intern"}


def test_a_zone_of_dead_addresses_is_given_up(
    asking: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    time, tried = Time(tick=timedelta(seconds=1)), 0
    dead = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 9))

    def many(*_: object) -> Iterator[object]:
        nonlocal tried
        for _ in range(50_000):
            tried += 1
            yield dead

    monkeypatch.setattr(socket, "getaddrinfo", many)
    asks = asking(time=time, private_hosts={"dead.example"}, obey_robots=False)
    with pytest.raises(RetryLater):
        asks.get("http://dead.example/")
    assert tried < 1_000


def test_a_redirect_takes_no_key_and_no_cookie_along(hostile: Site, asking: Make) -> None:
    there = hostile.base.replace("127.0.0.1", "localhost") + "/there"
    hostile.answers |= {
        "/here": Told(status=302, headers={"Location": there, "Set-Cookie": "a=hush; Path=/"}),
        "/there": Told("x"),
    }
    asks = asking(private_hosts=LOOPBACK)
    answer = asks.get(f"{hostile.base}/here", secrets={"key": "hush"})
    assert [target for target in hostile.asked if "robots" not in target] == [
        "/here?key=hush",
        "/there",
    ]
    sent = hostile.headers[-1]
    assert not {"cookie", "authorization", "referer"} & sent.keys()
    assert "hush" not in str(sent) + str(answer)


def packed(*names: str) -> bytes:
    body = b"\0" * 60_000_000
    pack = {"gzip": gzip.compress, "br": partial(brotli.compress, quality=1),
            "deflate": zlib.compress, "zstd": zstd.compress}  # fmt: skip
    for name in names:
        body = pack[name](body)
    return body


@pytest.mark.parametrize("names", [("deflate",), ("br",), ("zstd",), ("gzip", "gzip", "zstd")])
def test_a_bomb_of_any_packing_is_not_unpacked(
    names: tuple[str, ...], hostile: Site, asking: Make
) -> None:
    encoding = {"Content-Encoding": ", ".join(names)}
    hostile.answers["/bomb"] = Told(packed(*names), headers=encoding)
    asks = asking(max_bytes=1_000_000)
    with pytest.raises(SkipPage, match="larger than"):
        asks.get(f"{hostile.base}/bomb")
    assert asks.bytes_received < 2_400_000  # it is asked for twice


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
IMPOSSIBLE = {
    "/date": "Date: Fri, 31 Dec 9999 23:59:59 -1000",
    "/reset": "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 0001-01-01T00:00:00+10:00",
    "/later": "Retry-After: Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    "/length": "Content-Length: -1",
}


def test_an_impossible_header_is_one_answer_lost(hostile: Site, asking: Make) -> None:
    """An error that nobody expects would end the run, and with it a sweep for removals."""
    for path, header in IMPOSSIBLE.items():
        said = f"HTTP/1.1 200 OK\r\n{header}\r\nConnection: close\r\n\r\nx".encode()
        hostile.answers[path] = Told(said, is_raw=True)
        assert asking().get(hostile.base + path).status == 200
    hostile.answers["/pieces"] = Told(CHUNKED + b"-5\r\nabcde\r\n0\r\n\r\n", is_raw=True)
    with pytest.raises(SkipPage, match="impossible pieces"):
        asking().get(f"{hostile.base}/pieces")


def test_a_site_of_an_article_holds_up_no_other(
    hostile: Site, asking: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    hostile.answers["/there"] = Told("x")
    port = hostile.base.rsplit(":", 1)[1]
    articles = [
        ("within", f"http://localhost:{port}/ada-bell"),
        ("away", "http://away.invalid/ada-bell"),
        ("away too", "http://away.invalid/another"),
        ("no address", "http://[bad/"),
        ("there", f"{hostile.base}/there"),
    ]
    asks = asking()
    assert dict(feed.recheck(asks, source(hostile), articles)) == {
        "within": "silent", "away": "silent", "away too": "silent", "there": "there",
    }  # fmt: skip
    assert "away.invalid" in caplog.text
    assert "ada-bell" not in caplog.text
    # The site that was chosen is waited for.
    hostile.answers["/there"] = Told(status=503)
    with pytest.raises(RetryLater):
        list(feed.recheck(asking(), source(hostile), articles))


def test_a_site_that_had_enough_is_asked_for_the_rest_later(hostile: Site, asking: Make) -> None:
    """Did its other articles count as asked for, the first would come first every time."""
    there = hostile.base.replace("127.0.0.1", "localhost")
    hostile.answers |= {
        "/1": Told("x"),
        "/2": Told(status=429, headers={"Retry-After": "1800"}),
        "/3": Told("x"),
    }
    articles = [(number, f"{there}/{number}") for number in "123"] + [("4", f"{hostile.base}/3")]
    found: list[tuple[str, str]] = []
    time = Time()
    asks = asking(private_hosts=LOOPBACK, time=time)
    with pytest.raises(RetryLater, match="busy") as later:
        found.extend(feed.recheck(asks, source(hostile), articles))
    assert found == [("1", "there"), ("4", "there")]
    assert later.value.at - time.clock() <= timedelta(minutes=30)
