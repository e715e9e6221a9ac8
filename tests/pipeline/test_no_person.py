"""Topics, not persons: what an analyst tries, to have the posts of one person, and does not get."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from everywhere import held
from published import CHARTER, MONDAY, insert, say, town
from typer.testing import CliRunner

from connectors import CONNECTORS
from contract.errors import FixSettings
from pipeline.cli import app
from pipeline.export import export
from pipeline.search import index_words, search
from pipeline.settings import Settings
from warehouse.queries import VIEWS
from warehouse.roles import ANALYST, grant_rights
from warehouse.store import opened
from warehouse.tables import author, community, post_link, post_media

KEY = "deadbeef" * 4
"""Pseudonym of a person who writes in many places, and whose account is called waldo."""
WHO = [KEY, "waldo"]
HER_KEYS = "0" * 31
WITH_ADDRESS = {"discourse", "phpbb", "x", "flickr"}
"""Of hers, what has an address that does not name her."""
HERS = {
    "discourse": "https://forum.example.org/t/hole/7/1",
    "phpbb": "https://board.example.org/viewtopic.php?p=5#p5",
    "feed": "https://blog.example.org/author/waldo/a-hole",
    "wordpress": "https://site.example.org/~waldo/a-hole",
    "reddit": "https://www.reddit.com/user/waldo/comments/1/a_hole/",
    "x": "https://x.com/i/web/status/1",
    "flickr": "https://www.flickr.com/photos/waldo/123/",
    "mastodon": "https://square.example/@waldo/1",
    "bluesky": "https://bsky.app/profile/did:plc:waldo/post/1",
}


@pytest.fixture
def given(tmp_path: Path, store_url: str) -> Settings:
    """Return a town where one person wrote in a community of each platform, and others did."""
    given = town(tmp_path, store_url)
    seen = {"observed_at": MONDAY, "platform": "discourse"}
    insert(given, author, [{"author_key": KEY, "kind": "person", "key_id": "k", **seen}])
    for number, (platform, url) in enumerate(HERS.items()):
        insert(given, community, [
            {"community_key": platform, "native_id": platform, "name": platform.title(), **seen}
        ])  # fmt: skip
        more: dict[str, Any] = {"platform": platform, "community_key": platform, "linked_with": "1",
                "text": f"A hole in the road, number {number}"}  # fmt: skip
        say(given, [number], None, **more, kind="photo")
        key, native_id = (
            f"{HER_KEYS}{number}",
            "123" if platform == "flickr" else f"waldo/{platform}",
        )
        hers: dict[str, Any] = {
            "post_key": key,
            "author_key": KEY,
            "url": url,
            "native_id": native_id,
        }
        say(given, [50], None, **more, **hers, kind="photo")
        link = {"post_key": key, "position": 0, "url": "https://me.example/waldo"}
        insert(given, post_link, [link | {"canonical_url": link["url"], "domain": "me.example"}])
        picture = {"post_key": key, "position": 0, "url": "https://me.example/waldo.jpg"}
        insert(given, post_media, [picture | {"kind": "image"}])
    with opened(given.warehouse) as engine:
        index_words(engine)
    return given


@pytest.fixture
def analyst(given: Settings) -> Iterator[sa.Connection]:
    """Return what an analyst has of PostgreSQL: a login with the role, and no more."""
    with opened(given.warehouse) as engine:
        if engine.dialect.name == "sqlite":
            pytest.skip("SQLite knows no roles; there analysts have the export")
        with engine.begin() as connection:
            connection.exec_driver_sql(f"create role {ANALYST}")
            grant_rights(connection)
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(f"set session authorization {ANALYST}")
                connection.commit()
                yield connection
                connection.rollback()
                connection.exec_driver_sql("reset session authorization")
                connection.commit()
        finally:
            with engine.begin() as connection:
                connection.exec_driver_sql(f"drop owned by {ANALYST}")
                connection.exec_driver_sql(f"drop role {ANALYST}")


BY_SQL = {
    "name the column": "select author_key from v_post",
    "read the table of authors": "select * from author",
    "read the table of posts": f"select * from post where author_key = '{KEY}'",
    "join what is shown with who wrote it": (
        "select a.kind from v_post join post using (post_key) join author a using (author_key)"
    ),
    "group by who wrote it": "select count(*) from v_post group by author_key",
    "guess another name of it": "select author, author_id, native_id from v_post",
    "read links to profiles": "select * from post_link",
    "read pictures' addresses": "select * from post_media",
    "read what was published as received": "select * from landing_part",
    "read who was removed": "select what from removal",
    "read the words": "select * from post_words",
    "read what was erased": "select * from erased",
    "read what is held by order": "select record from held_record",
}
ONLY_ON_POSTGRESQL = {
    "become the owner": "set role goodguest_owner",
    "copy the table": "copy author to stdout",
    "make a function that runs as another": (
        "create function mine() returns text language sql security definer as 'select 1::text'"
    ),
}
FINDS_NOTHING = {
    "ask the planner's statistics": (
        "select * from pg_stats where attname in ('author_key', 'native_id', 'author')"
    ),
    "search for the pseudonym": f"select goodguest_search(array['{KEY}'])",
    "search for the account": "select goodguest_search(array['waldo'])",
}


@pytest.mark.parametrize("attempt", BY_SQL | ONLY_ON_POSTGRESQL)
def test_the_role_is_refused(analyst: sa.Connection, attempt: str) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=r"permission denied|not exist|InvalidParameter"):
        analyst.exec_driver_sql((BY_SQL | ONLY_ON_POSTGRESQL)[attempt])
    analyst.rollback()


@pytest.mark.parametrize("attempt", FINDS_NOTHING)
def test_the_role_finds_nothing(analyst: sa.Connection, attempt: str) -> None:
    assert analyst.exec_driver_sql(FINDS_NOTHING[attempt]).all() == []
    analyst.rollback()


def test_no_row_the_role_sees_says_who(analyst: sa.Connection) -> None:
    def ask(sql: str) -> list[Any]:
        return list(analyst.exec_driver_sql(sql).mappings())

    _expect_nobody(ask)
    shown = ask("select column_name from information_schema.columns where table_name like 'v%%'")
    names = {row["column_name"] for row in shown}
    assert {name for name in names if "author" in name} == {"author_kind", "authors", "min_authors"}
    assert names.isdisjoint({"account", "handle", "author_name"})


def _expect_nobody(ask: Callable[[str], list[Any]]) -> None:
    """Expect that no view says who wrote, nor anything that only her posts have in common."""
    assert len(ask("select * from v_post")) == 2 * len(HERS)
    for view in VIEWS:
        said = repr([dict(row) for row in ask(f"select * from {view}")])
        assert [who for who in WHO if who in said] == [], view
    posts = [dict(row) for row in ask("select * from v_post")]
    hers = [post for post in posts if post["post_key"].startswith(HER_KEYS)]
    for column in posts[0]:
        others = {str(post[column]) for post in posts if post not in hers}
        common = {str(post[column]) for post in hers}
        assert len(common) > 1 or common <= others, column
    assert len({post["url"].split("/")[2] for post in hers if post["url"]}) == len(WITH_ADDRESS)
    assert {post["platform"] for post in hers if post["url"]} == WITH_ADDRESS


@pytest.mark.parametrize("form", ["sqlite", "csv", "parquet"])
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_no_export_says_who(given: Settings, tmp_path: Path, form: str) -> None:
    folder = tmp_path / "views"
    export(given, folder, form, "personal")
    assert held(WHO, folder) == {}
    assert held(["A hole in the road"], folder)
    if form != "sqlite":
        return
    with closing(sqlite3.connect(folder / "goodguest.db")) as db:
        db.row_factory = sqlite3.Row
        for attempt, sql in BY_SQL.items():
            with pytest.raises(sqlite3.OperationalError, match="no such"):
                db.execute(f"{sql} /* {attempt} */")
        _expect_nobody(lambda sql: db.execute(sql).fetchall())
        for who in WHO:
            sql = "select rowid from v_post_fts where v_post_fts match ?"
            assert db.execute(sql, (who,)).fetchall() == []


def test_no_search_finds_who_wrote(given: Settings) -> None:
    assert len(search(given, "hole road", limit=100)) == 2 * len(HERS)
    for who in WHO:
        assert search(given, who) == []
        for name in ("topic", "community"):
            with pytest.raises(FixSettings, match="has none of that name"):
                search(given, "hole", **{name: who})  # type: ignore[arg-type]


def test_every_platform_is_among_those_tried() -> None:
    assert {connector.TERMS.platform for connector in CONNECTORS} <= HERS.keys()


@pytest.mark.parametrize("command", ["search", "show", "export", "review", "explore"])
def test_no_command_asks_for_a_person(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).stdout.lower()
    assert command in shown
    assert all(f"--{word}" not in shown for word in ("author", "account", "user", "person", "by"))


@pytest.mark.parametrize(
    ("platform", "select"),
    [
        ("x", "accounts: [waldo]"),
        ("reddit", "accounts: [u/waldo]"),
        ("flickr", "accounts: [waldo]"),
        ("flickr", "albums: [waldo/7215]"),
        ("x", 'lists: ["17"]'),
        ("x", 'query: "from:waldo"'),
        ("reddit", 'query: "author:waldo"'),
    ],
)
def test_no_source_is_a_person(tmp_path: Path, platform: str, select: str) -> None:
    source = f"""  hers: {{platform: {platform}, url: "https://www.example.org", conn_id: c,
         purpose: roads, select: {{{select}}}}}
"""
    path = tmp_path / "charter.yaml"
    path.write_text(CHARTER.replace("publication:", f"{source}publication:"), "utf-8")
    given = Settings(path, tmp_path, f"sqlite:///{tmp_path}/w.db", f"{tmp_path}/landing", None)
    with pytest.raises(FixSettings, match=r"nobody's posts are followed|what one account writes"):
        given.load_charter()
