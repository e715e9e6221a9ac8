"""Short links are asked for where the charter allows it, and change what posts lead to."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
import yaml
from listening import listening
from place import hurry
from shortener import Shortener, Told, shortening

from connectors.http import Client
from contract.catalogue import Dataset
from contract.page import Page
from pipeline import landing
from pipeline.cli import main
from pipeline.expand import expand
from pipeline.refine import refine
from pipeline.settings import Settings
from transforms import expansion
from warehouse.catalogue import load_datasets
from warehouse.short_links import Asked, store_asked
from warehouse.store import opened, writing
from warehouse.tables import metadata, post, post_dataset, post_link, short_link, stale_week

DAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
TOWN = "https://town.example"
_CLOCK = {"asked_at", "linked_at", "loaded_at", "number"}
NOTHING = dict.fromkeys(("looked", "expanded", "refused", "left", "posts"), 0)

Install = Callable[..., Settings]


@pytest.fixture
def site() -> Iterator[Shortener]:
    with shortening() as told:
        yield told


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """Return the address of a store where it matters little which it is."""
    return f"sqlite:///{tmp_path}/file.db"


@pytest.fixture
def install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Install:
    """Return a maker of installations: `open` lets short links be expanded, `closed` does not.

    Shorteners stand on loopback, and time jumps over waits.
    """
    caplog.set_level(logging.DEBUG)
    hosts = frozenset({"127.0.0.1", "localhost"})
    monkeypatch.setattr(expansion, "SHORTENERS", hosts)
    monkeypatch.setattr("pipeline.expand.Client", partial(hurry(), private_hosts=hosts))

    def make(store_url: str, **more: Any) -> Settings:
        given = listening(tmp_path / str(len(list(tmp_path.iterdir()))), store_url, ["discourse"])
        charter = yaml.safe_load(given.charter.read_text())
        source = charter["sources"].pop("discourse")
        source["permission"] = {"by": "owner", "on": "2026-01-01", "ref": "1"}
        charter["sources"] = {
            "open": {**source, "expand_short_links": True, **more},
            "closed": source,
        }
        given.charter.write_text(yaml.safe_dump(charter))
        return given

    return make


def land(
    given: Settings,
    *links: str,
    source: str = "open",
    run: str = "a",
    hour: int = 0,
    first: int = 1,
) -> None:
    """Land a page with a post for each link, seen at an hour; their numbers begin with `first`."""
    posts = [_post(number, url, source) for number, url in enumerate(links, first)]
    landing.land(given.landing, [_page(posts, source, hour, source)], run, DAY, 1)


def _post(number: int, url: str, words: str = "town") -> dict[str, Any]:
    return {
        "id": f"{number}", "topic_id": 7, "post_number": number, "post_type": 1,
        "username": "moss", "cooked": f'<p>Look at <a href="{url}">this</a> in {words}.</p>',
        "created_at": (DAY + timedelta(minutes=number)).isoformat(), "version": 1,
    }  # fmt: skip


def _page(posts: Sequence[dict[str, Any]], source: str, hour: int, forum: str) -> Page:
    return Page(
        source=source, platform="discourse", url=f"https://{forum}.example/posts.json",
        received_at=DAY + timedelta(hours=hour), body=msgspec.json.encode({"latest_posts": posts}),
    )  # fmt: skip


def rows(given: Settings, *columns: Any) -> list[Any]:
    with opened(given.warehouse) as engine, engine.connect() as connection:
        return sorted(map(tuple, connection.execute(sa.select(*columns))))


def came_to(given: Settings, site: Shortener) -> dict[str, tuple[str, str | None]]:
    found = rows(given, short_link.c.url, short_link.c.status, short_link.c.target)
    return {url.removeprefix(site.base): (status, target) for url, status, target in found}


def held(given: Settings) -> dict[str, list[str]]:
    """Return every row of the store, but for when it was written and who was asked when."""
    found = {}
    with opened(given.warehouse) as engine, engine.connect() as connection:
        for table in metadata.sorted_tables:
            if table.name not in {"landing_part", "host_pace", "charter_version"}:
                columns = (column for column in table.c if column.name not in _CLOCK)
                found[table.name] = sorted(map(repr, connection.execute(sa.select(*columns))))
    return found


def test_a_link_is_followed_to_its_end_and_its_post_tied(
    install: Install, store_url: str, site: Shortener, caplog: pytest.LogCaptureFixture
) -> None:
    given = install(store_url)
    bins = Dataset(identifier="bins", title="Collection days", landing_page=f"{TOWN}/data/bins")
    with opened(given.warehouse) as engine:
        load_datasets(engine, "town", [bins])
    site.leads("/s3cr3t", "/second")  # a relative one
    site.leads("/second", f"{TOWN}/data/bins?utm_source=x&by=moss%40town.example#top")
    land(given, f"{site.base}/s3cr3t?fbclid=1")
    assert refine(given)["links"]["dataset"] == 0
    with opened(given.warehouse) as engine, writing(engine) as connection:
        connection.execute(sa.delete(stale_week))
    assert expand(given) == {**NOTHING, "looked": 1, "expanded": 1, "posts": 1}
    target = f"{TOWN}/data/bins?by=[mail]"
    assert came_to(given, site) == {"/s3cr3t": ("resolved", target)}
    columns = (post_link.c.url, post_link.c.canonical_url, post_link.c.domain)
    assert rows(given, *columns) == [(f"{site.base}/s3cr3t?fbclid=1", target, "town.example")]
    assert [method for (method,) in rows(given, post_dataset.c.method)] == ["link"]
    assert site.links_asked == ["HEAD /s3cr3t", "HEAD /second"]
    (agent,) = site.agents
    assert agent.endswith("(An invented agency; nobody@agency.example)")
    assert rows(given, stale_week.c.week) == [], "its week is counted anew"
    assert expand(given) == NOTHING, "nobody is asked twice"
    said = " ".join(record.getMessage() for record in caplog.records)
    assert "127.0.0.1: resolved" in said
    assert not any(part in said for part in ("s3cr3t", "second", "moss", "/data/bins"))


def test_what_links_come_to(install: Install, file_url: str, site: Shortener) -> None:
    given = install(file_url)
    chain = [site.leads(f"/{n}", f"/{n + 1}") for n in range(6)]
    site.leads("/6", f"{TOWN}/far")
    site.leads("/loop", "/loop")
    site.leads("/five", "/2")
    expected: dict[str, tuple[str, str | None]] = {
        "/0": ("too many hops", None),
        "/loop": ("too many hops", None),
        "/five": ("too many hops", None),
        "/3": ("resolved", f"{TOWN}/far"),
        "/gone": ("gone", None),
    }
    assert chain[3].endswith("/3")
    for path, to, came in (
        ("/script", "javascript:alert(1)", "no address"),
        ("/mail", "mailto:moss@town.example", "no address"),
        ("/long", f"{TOWN}/{'a' * 3000}", "no address"),
        ("/broken", "http://[broken", "no address"),
        ("/empty", "", "no address"),
        ("/home", "/", "gone"),
        ("/meta", "http://169.254.169.254/latest/meta-data", "refused"),
        ("/inside", "http://10.0.0.7:8080/", "refused"),
        ("/six", "http://[fd00::1]/", "refused"),
        ("/number", "http://2130706433/", "refused"),
        ("/name", "http://intranet/wiki", "refused"),
    ):
        site.leads(path, to)
        expected[path] = (came, None)
    site.leads("/umlaut", f"{TOWN}/müll".encode().decode("latin-1"))
    expected["/umlaut"] = ("resolved", f"{TOWN}/m%C3%BCll")
    site.answers["/page"] = Told(200, headers={"Refresh": f"0; {TOWN}"}, body=b"<html>")
    expected["/page"] = ("no redirect", None)
    site.answers["/forbidden"] = Told(403)
    expected["/forbidden"] = ("refused", None)
    site.answers["/get"] = Told(302, f"{TOWN}/got", has_head=False, body=b"x" * 99)
    expected["/get"] = ("resolved", f"{TOWN}/got")
    land(given, *(site.base + path for path in expected), f"{site.base}/")
    refine(given)
    counts = expand(given)
    assert came_to(given, site) == expected
    resolved = sum(status == "resolved" for status, _ in expected.values())
    assert counts == {
        "looked": len(expected),
        "expanded": resolved,
        "refused": len(expected) - resolved,
        "left": 0,
        "posts": resolved,
    }
    assert len([path for _, path in site.asked if path == "/loop"]) == 5
    assert [asked for asked in site.links_asked if "/get" in asked] == ["HEAD /get", "GET /get"]


def test_who_does_not_answer_is_left_alone(
    install: Install, file_url: str, site: Shortener
) -> None:
    given = install(file_url)
    there = f"http://localhost:{site.port}"
    site.answers["/huge"] = Told(301, TOWN, headers={"X-Huge": "x" * 100_000})
    site.leads("/later", f"{TOWN}/later")
    site.leads("/to-huge", f"{site.base}/never")
    land(given, f"{site.base}/huge", f"{site.base}/later", f"{there}/to-huge")
    refine(given)
    assert expand(given) == {**NOTHING, "looked": 2, "refused": 2, "left": 1}
    assert came_to(given, site) == {
        "/huge": ("not reached", None),
        f"{there}/to-huge": ("not reached", None),
    }
    assert "HEAD /later" not in site.links_asked
    assert "HEAD /never" not in site.links_asked
    assert expand(given) == {**NOTHING, "looked": 1, "expanded": 1, "posts": 1}
    passed(given, timedelta(days=1))
    site.leads("/never", f"{TOWN}/at-last")
    site.leads("/huge", f"{TOWN}/small")
    assert expand(given) == {**NOTHING, "looked": 2, "expanded": 2, "posts": 2}


def test_a_shortener_that_wants_to_be_asked_later_is(
    install: Install, file_url: str, site: Shortener
) -> None:
    given = install(file_url)
    site.answers["/busy"] = Told(429, headers={"Retry-After": "7200"})
    land(given, f"{site.base}/busy", f"{site.base}/later")
    refine(given)
    assert expand(given) == {**NOTHING, "left": 2}
    assert site.links_asked == ["HEAD /busy"]
    assert came_to(given, site) == {}


def test_what_failed_is_asked_three_times_a_month_apart(
    install: Install, store_url: str, site: Shortener
) -> None:
    given = install(store_url)
    land(given, f"{site.base}/gone")
    refine(given)
    looked = []
    for days in (0, 29, 1, 30, 30):
        passed(given, timedelta(days=days))
        looked.append(expand(given)["looked"])
    assert looked == [1, 0, 1, 1, 0]
    passed(given, timedelta(days=366))
    assert expand(given)["looked"] == 1, "what was asked is forgotten when texts are"


def test_robots_txt_is_obeyed(install: Install, file_url: str, site: Shortener) -> None:
    given = install(file_url)
    site.answers["/robots.txt"] = Told(200, body=b"User-agent: *\nDisallow: /no")
    site.leads("/yes", "/no/further")
    land(given, f"{site.base}/no/way", f"{site.base}/yes")
    refine(given)
    assert expand(given)["refused"] == 2
    assert site.links_asked == ["HEAD /yes"]


def test_no_host_in_a_private_network_is_asked(
    install: Install, file_url: str, site: Shortener, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = install(file_url)
    monkeypatch.setattr("pipeline.expand.Client", Client)
    land(given, site.leads("/a", TOWN))
    refine(given)
    assert expand(given) == {**NOTHING, "looked": 1, "refused": 1}
    assert came_to(given, site) == {"/a": ("refused", None)}
    assert site.asked == []


def test_only_where_the_charter_allows_it(
    install: Install, store_url: str, site: Shortener
) -> None:
    given = install(store_url)
    both = site.leads("/both", f"{TOWN}/both")
    land(given, both, site.leads("/closed", TOWN), source="closed", run="c")
    refine(given)
    assert expand(given) == NOTHING
    assert site.asked == []
    land(given, both, run="o")
    refine(given)
    assert expand(given) == {**NOTHING, "looked": 1, "expanded": 1, "posts": 1}
    joined = sa.select(post.c.source, post_link.c.canonical_url).where(
        post.c.post_key == post_link.c.post_key
    )
    with opened(given.warehouse) as engine, engine.connect() as connection:
        assert sorted(map(tuple, connection.execute(joined))) == [
            ("closed", f"{site.base}/both"),
            ("closed", f"{site.base}/closed"),
            ("open", f"{TOWN}/both"),
        ]


def test_nobody_is_asked_for_a_source_that_may_not_be_read(
    install: Install, file_url: str, site: Shortener
) -> None:
    given = install(file_url, enabled=False)
    land(given, site.leads("/a", TOWN))
    refine(given)
    assert expand(given) == NOTHING
    assert site.asked == []


def test_the_oldest_come_first_and_the_rest_another_time(
    install: Install, store_url: str, site: Shortener, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = install(store_url)
    monkeypatch.setattr("pipeline.expand._MOST_LINKS", 3)
    monkeypatch.setattr("pipeline.expand._BATCH_LINKS", 2)
    monkeypatch.setattr("pipeline.expand._BATCH_POSTS", 1)
    land(given, *(site.leads(f"/new{n}", f"{TOWN}/{n}") for n in range(3)), run="n", hour=2)
    old = (site.leads(f"/old{n}", f"{TOWN}/{n}") for n in range(2))
    land(given, *old, run="o", hour=1, first=9)
    refine(given)
    assert expand(given) == {"looked": 3, "expanded": 3, "refused": 0, "left": 2, "posts": 3}
    assert site.links_asked == ["HEAD /old0", "HEAD /old1", "HEAD /new0"]
    assert expand(given) == {**NOTHING, "looked": 2, "expanded": 2, "posts": 2}


def test_refine_and_expand_end_the_same_in_any_order(
    install: Install, file_url: str, store_url: str, site: Shortener
) -> None:
    before, after = install(f"{file_url}2"), install(store_url)
    twice = f'{site.leads("/a", f"{TOWN}/a")}">a</a> <a href="{TOWN}/a">b</a> <a href="{TOWN}/c'
    links = (twice, site.leads("/b", f"{TOWN}/b"), f"{site.base}/gone", f"{TOWN}/d")
    known = [
        Asked(f"{site.base}/a", "resolved", f"{TOWN}/a"),
        Asked(f"{site.base}/b", "resolved", f"{TOWN}/b"),
        Asked(f"{site.base}/gone", "gone"),
    ]
    with opened(before.warehouse) as engine, writing(engine) as connection:
        store_asked(connection, known, datetime.now(UTC))
    for given in (before, after):
        with opened(given.warehouse) as engine:
            load_datasets(engine, "town", [_dataset("a"), _dataset("b")])
        land(given, *links)
        land(given, *links[1:], source="closed", run="c")
        refine(given)
    assert expand(before) == NOTHING, "what is known counts as soon as a post is read"
    assert expand(after)["looked"] == 3
    refine(after, reparse=True)
    assert held(after) == held(before)
    for given in (before, after):  # seen again, now that all is known
        land(given, *links, run="again", hour=5)
        refine(given)
    assert (expand(before), expand(after)) == (NOTHING, NOTHING)
    assert held(after) == held(before)
    assert len(held(after)["post_dataset"]) == 2


def test_ties_follow_the_links_a_post_has_now(
    install: Install, file_url: str, site: Shortener
) -> None:
    given = install(file_url)
    short = site.leads("/a", f"{TOWN}/a")
    with opened(given.warehouse) as engine, writing(engine) as connection:
        store_asked(connection, [Asked(short, "resolved", f"{TOWN}/a")], datetime.now(UTC))
    with opened(given.warehouse) as engine:
        load_datasets(engine, "town", [_dataset("a")])
    for hour, (source, ties) in enumerate([("closed", 0), ("open", 1), ("closed", 0)]):
        page = _page([_post(1, short)], source, hour, "forum")
        landing.land(given.landing, [page], f"run{hour}", DAY, 1)
        refine(given)
        assert len(rows(given, post_dataset)) == ties, (hour, source)


def _dataset(name: str) -> Dataset:
    return Dataset(identifier=name, title=f"What {name} is", landing_page=f"{TOWN}/{name}")


def test_the_command_says_what_came_of_it(
    install: Install,
    file_url: str,
    site: Shortener,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = install(file_url)
    land(given, site.leads("/a", TOWN))
    refine(given)
    for name in ("charter", "data", "warehouse", "landing"):
        monkeypatch.setenv(f"GOODGUEST_{name.upper()}", str(getattr(given, name)))
    monkeypatch.setattr("sys.argv", ["goodguest", "--json", "expand"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {**NOTHING, "looked": 1, "expanded": 1, "posts": 1}


def passed(given: Settings, time: timedelta) -> None:
    """Let time pass since links were asked."""
    with opened(given.warehouse) as engine, writing(engine) as connection:
        for url, asked_at in connection.execute(
            sa.select(short_link.c.url, short_link.c.asked_at)
        ).all():
            earlier = sa.update(short_link).values(asked_at=asked_at - time)
            connection.execute(earlier.where(short_link.c.url == url))
