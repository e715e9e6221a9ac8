"""The whole way of a post: a town talks on a real server, and a real store says what it said."""

import json
import random
import time
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from place import LAST_WEEK, TODAY, Place
from stores import made_and_let_go

from contract.errors import FixSettings, RetryLater, StopSource
from digest.compose import compose
from pipeline.catalogue import load_catalogue
from pipeline.check import findings
from pipeline.cli import main
from pipeline.collect import collect, collect_source
from pipeline.digest import is_ground_complete, write_digest
from pipeline.importing import import_files
from pipeline.refine import is_refined, refine
from samples.run import free_port
from warehouse import runs
from warehouse.store import opened
from warehouse.tables import metadata

MIDNIGHT = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
OBSERVED = {
    "observed_at",
    "removed_at",
    "first_seen_at",
    "last_seen_at",
    "landing",
    "linked_at",
    "loaded_at",
    "charter",
}
_BUDGET = "posts: 5000, money: 25.00"
CONTENT = [
    "post",
    "post_tag",
    "post_link",
    "post_media",
    "post_topic",
    "post_dataset",
    "post_entity",
    "community",
]


def rows_of(place: Place, table: str) -> list[tuple[Any, ...]]:
    """Return the rows of a table, without what depends on when they were seen."""
    columns = [c for c in metadata.tables[table].columns if c.name not in OBSERVED]
    with opened(place.given.warehouse) as engine, engine.connect() as conn:
        return sorted((tuple(row) for row in conn.execute(sa.select(*columns))), key=repr)


def number(place: Place, query: str) -> int:
    with opened(place.given.warehouse) as engine, engine.connect() as conn:
        return int(conn.scalar(sa.text(query)) or 0)


def test_a_town_is_heard(place: Place) -> None:
    given = place.given
    held = load_catalogue(given)
    assert (held["rejected"], held["failed"]) == ([], [])
    assert held["topics"] >= 40
    assert held["datasets"] >= 60

    collected = collect(given, until=MIDNIGHT)
    assert {r["stopped_because"] for r in collected.values()} <= {
        "complete", "window exceeded the platform's depth"}  # fmt: skip
    assert not is_ground_complete(given, "town-weekly", MIDNIGHT), "nothing is refined yet"

    refined = refine(given)
    assert refined["posts_new"] > 1500
    assert sum(r["records"] for r in collected.values()) == sum(
        refined[k] for k in ("posts_new", "posts_changed", "posts_unchanged", "rejected", "skipped")
    )
    assert min(refined["links"].values()) > 50
    assert is_refined(given)
    assert is_ground_complete(given, "town-weekly", MIDNIGHT)

    issue = write_digest(given, "town-weekly", at=MIDNIGHT)
    files = {Path(file).name: Path(file) for file in issue["files"]}
    stem = f"town-weekly-{LAST_WEEK}"
    assert {f"{stem}.{kind}" for kind in ("html", "txt", "png", "numbers.json")} < files.keys()
    assert issue["coverage"] == pytest.approx(1)
    assert issue["is_kept"]
    for kind in ("html", "txt"):
        assert "not endorsed or certified by SmugMug" in files[f"{stem}.{kind}"].read_text("utf-8")
    rose = {t["topic"] for t in issue["numbers"]["topics"]["lines"] if t["change"] == "rose"}
    assert {"flooding", "library"} <= rose


def test_citizens_tags_reach_the_museums_objects(place: Place) -> None:
    """What residents wrote on the museum's pictures stands with the objects of its register."""
    given = place.given
    load_catalogue(given)
    collect(given, ["museum-flickr"], until=MIDNIGHT)
    refine(given)
    tags = (
        "select count(distinct tag) from v_entity_tag"
        " where register = 'museum-objects' and added_by = 'community'"
    )
    assert number(place, tags) >= 15
    objects = tags.replace("distinct tag", "distinct native_id")
    assert number(place, objects) >= 10


def test_both_stores_hold_the_same(
    place: Place, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOODGUEST_KEY", "one key, so that both have the same pseudonyms")
    name = f"town_{uuid4().hex}"
    with psycopg.connect(host=postgres, user="goodguest", dbname="postgres", autocommit=True) as c:
        c.execute(f"create database {name}")
    url = f"postgresql+psycopg://goodguest@/{name}?host={postgres}"
    there = place.elsewhere("there")
    there = replace(there, given=replace(there.given, warehouse=url))
    made_and_let_go(url)
    issues = []
    for one in (place, there):
        load_catalogue(one.given)
        collect(one.given, until=MIDNIGHT)
        refine(one.given)
        with opened(one.given.warehouse) as engine, engine.connect() as conn:
            issues.append(compose(conn, one.given.load_charter(), "town-weekly", LAST_WEEK))
    for table in (*CONTENT, "topic", "topic_label", "dataset", "entity"):
        assert rows_of(there, table) == rows_of(place, table), table
    # Each was collected and counted at a time of its own.
    assert replace(issues[0], snapshot=None) == replace(issues[1], snapshot=None)


def test_doing_it_again_changes_nothing(place: Place) -> None:
    given = place.given
    load_catalogue(given)
    collect(given, until=MIDNIGHT)
    refine(given)
    before = {table: rows_of(place, table) for table in CONTENT}
    again = collect(given, until=MIDNIGHT)
    assert {r["stopped_because"] for r in again.values()} == {"nothing to do"}
    assert refine(given)["pages"] == 0
    anew = refine(given, reparse=True)
    assert anew["posts_unchanged"] > 1500
    assert (anew["posts_new"], anew["posts_changed"]) == (0, 0)
    assert {table: rows_of(place, table) for table in CONTENT} == before


def test_a_later_run_asks_for_what_is_new_only(place: Place) -> None:
    early = datetime(2026, 11, 19, tzinfo=UTC)
    first = collect_source(place.given, "town-forum", until=early)
    later = collect_source(place.given, "town-forum", until=MIDNIGHT)
    assert later["requests"] < first["requests"] / 2


def test_an_edit_and_a_deletion_are_honoured(place: Place) -> None:
    given = place.given
    collect(given, ["town-forum"], until=datetime(2026, 11, 21, tzinfo=UTC))
    refine(given)
    # The newest posts stand in topics that a later run reads again.
    hidden, edited = sorted(place.town.posts)[-2:]
    place.town.delete_post(hidden, by_author=True)
    place.town.edit_post(edited, "I take that back: the crossing was repainted on Friday.")
    collect(given, ["town-forum"], since=datetime(2026, 11, 1, tzinfo=UTC), until=MIDNIGHT)
    refined = refine(given)
    assert refined["posts_changed"] >= 2
    said = "select count(*) from post where text like 'I take that back%'"
    assert number(place, said) == 1
    gone = (
        "select count(*) from post where removed_at is not null"
        " and (text <> '' or title is not null)"
    )
    assert number(place, gone) == 0
    assert number(place, "select count(*) from removal") >= 1


def test_a_changed_vocabulary_ties_old_posts_anew(place: Place) -> None:
    given = place.given
    collect(given, ["riverside-news"], until=MIDNIGHT)
    assert refine(given)["links"]["topic"] == 0, "nothing is loaded to tie to"
    load_catalogue(given)
    assert not is_refined(given)
    again = refine(given)
    assert again["pages"] == 0
    assert again["links"]["topic"] > 0


def test_a_failing_source_stops_nobody_else(place: Place) -> None:
    charter = place.given.charter
    blog = "neighbourhood-blog:\n    platform: feed\n    url: "
    assert blog in charter.read_text()
    nobody_there = "http://127.0.0.1:9"
    charter.write_text(charter.read_text().replace(blog + place.address, blog + nobody_there))
    results = collect(place.given, ["neighbourhood-blog", "riverside-news"], until=MIDNIGHT)
    assert "to be tried again at" in results["neighbourhood-blog"]["stopped_because"]
    assert results["riverside-news"]["records"] > 0
    assert refine(place.given)["posts_new"] > 0
    read = (
        "select count(*) from coverage where source = 'neighbourhood-blog' and state = 'complete'"
    )
    assert number(place, read) == 0


def test_a_run_told_to_come_back_goes_on_where_it_stood(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connectors import discourse

    whole = discourse.fetch

    def interrupted(*arguments: Any) -> Any:
        pages = whole(*arguments)
        for _ in range(5):
            yield next(pages)
        raise RetryLater("the site is busy", at=MIDNIGHT)

    with monkeypatch.context() as broken:
        broken.setattr(discourse, "fetch", interrupted)
        with pytest.raises(RetryLater):
            collect_source(place.given, "town-forum", until=MIDNIGHT)
    ended = collect_source(place.given, "town-forum", until=MIDNIGHT)
    assert ended["stopped_because"] == "complete"
    assert number(place, "select count(*) from ingest_run") == 1, "one run, ended at the second try"
    assert number(place, "select pages from ingest_run") == ended["pages"]


def test_what_the_charter_does_not_allow_is_not_asked(place: Place) -> None:
    charter = place.given.charter
    original = charter.read_text()
    charter.write_text(original.replace("expires: 2035-12-31", "expires: 2026-01-31"))
    with pytest.raises(StopSource, match="expired on 2026-01-31"):
        collect_source(place.given, "town-forum")
    charter.write_text("\n".join(x for x in original.splitlines() if "permission:" not in x))
    with pytest.raises(StopSource, match="asks for a permission"):
        collect_source(place.given, "town-forum")
    assert {f["where"] for f in findings(place.given) if f["level"] == "error"} == {
        "sources.town-forum",
        "sources.allotment-board",
    }
    charter.write_text(original.replace("private_addresses: true", "private_addresses: false"))
    with pytest.raises(StopSource, match="private"):
        collect_source(place.given, "town-forum")
    with pytest.raises(FixSettings, match="there are town-forum"):
        collect_source(place.given, "town-from")


def test_a_killed_collect_ends_with_the_rows_of_an_undisturbed_one(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed twenty times at random moments, and started again until it is done."""
    monkeypatch.setenv("GOODGUEST_KEY", "one key, so that both have the same pseudonyms")
    undisturbed, disturbed = place.elsewhere("undisturbed"), place.elsewhere("disturbed")
    for there in (undisturbed, disturbed):
        # A question that was cut off counts in full: of X's, one would be the month's budget.
        charter = there.given.charter.read_text()
        assert _BUDGET in charter
        there.given.charter.write_text(charter.replace(_BUDGET, "posts: 500000, money: 2500.00"))
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    began = time.monotonic()
    _collecting(undisturbed).join()
    takes = time.monotonic() - began
    killed = 0
    for _ in range(20):
        process = _collecting(disturbed)
        process.join(dice.uniform(0.01, takes / 5))
        killed += process.is_alive()
        process.kill()
        process.join()
    assert killed > 5, "most of them have to be killed in the middle"
    _collecting(disturbed).join()
    for there in (undisturbed, disturbed):
        load_catalogue(there.given)
        refine(there.given)
    for table in CONTENT:
        assert rows_of(disturbed, table) == rows_of(undisturbed, table), f"{table}, seed {seed}"
    assert number(disturbed, "select count(*) from ingest_run where status <> 'done'") == 0
    assert number(disturbed, "select count(*) from ingest_run") == 8, "one run a source"


def _collecting(place: Place) -> BaseProcess:
    """Return a process of its own that collects all sources, with the hurried clock of this one."""
    process = get_context("fork").Process(
        target=collect, args=(place.given,), kwargs={"until": MIDNIGHT}
    )
    process.start()
    return process


def test_a_digest_is_mailed_through_a_real_server(place: Place) -> None:
    class Inbox:
        def __init__(self) -> None:
            self.envelopes: list[Any] = []

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            self.envelopes.append(envelope)
            return "250 OK"

    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(0))
    controller.start()
    try:
        given = replace(place.given, smtp=f"smtp://127.0.0.1:{controller.port}")
        with opened(given.warehouse) as engine:
            runs.register_sources(engine, given.load_charter())
        result = write_digest(given, "town-weekly", week=LAST_WEEK, send=True)
    finally:
        controller.stop()
    assert result["sent"] == 2
    assert sorted(to for envelope in inbox.envelopes for to in envelope.rcpt_tos) == [
        "library@aberwennol.example", "policy@aberwennol.example"]  # fmt: skip
    assert number(place, "select recipients from digest_issue") == 2


def test_files_are_imported_and_each_is_accounted_for(place: Place, tmp_path: Path) -> None:
    import requests

    archive = tmp_path / "archive"
    archive.mkdir()
    agent = {"User-Agent": "test (test@town.example)"}
    for name in ("/posts.json", "/posts.rss", "/latest.json"):
        body = requests.get(place.address + name, headers=agent, timeout=10).content
        (archive / name[1:]).write_bytes(body)
    (archive / "INDEX.tsv").write_text("file\tbytes\n")
    result = import_files(place.given, "discourse", [archive])
    assert (result["files"], result["pages"]) == (4, 3)
    assert result["skipped"] == {"not a page of discourse": 1}
    refined = refine(place.given)
    assert result["records"] == sum(
        refined[k] for k in ("posts_new", "posts_changed", "posts_unchanged", "rejected", "skipped")
    )
    assert refined["posts_new"] >= 50
    with pytest.raises(FixSettings, match="there is no such file"):
        import_files(place.given, "discourse", [archive / "nothing"])


def test_real_archives_are_accounted_for_to_the_last_record(place: Place, recorded: Path) -> None:
    for platform in ("feed", "discourse"):
        folder = recorded / {"feed": "feeds"}.get(platform, platform)
        landed = import_files(place.given, platform, [folder])
        refined = refine(place.given)
        assert landed["pages"] == refined["pages"] > 150
        assert landed["records"] == sum(
            refined[k]
            for k in ("posts_new", "posts_changed", "posts_unchanged", "rejected", "skipped")
        )


def test_the_command_line_answers_in_json_and_by_exit_code(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)

    def goodguest(*arguments: str) -> tuple[object, Any]:
        monkeypatch.setattr("sys.argv", ["goodguest", "--json", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, json.loads(capsys.readouterr().out)

    code, said = goodguest("check")
    assert (code, [f["level"] for f in said["findings"]]) == (0, ["warning"]), "no mail leaves"
    code, said = goodguest("run", "riverside-news")
    assert (code, [f["level"] for f in said["findings"]]) == (0, ["warning"])
    assert said["refine"]["posts_new"] > 0
    assert goodguest("platforms")[1]["platforms"][0]["platform"] == "bluesky"
    states = {row["source"]: row["state"] for row in goodguest("sources")[1]["sources"]}
    assert (states["riverside-news"], states["town-forum"]) == ("ok", "never read")
    assert goodguest("show")[1]["rows"][0]["view"].startswith("v_")
    assert goodguest("show", "v_topic_week")[1]["rows"]
    code, said = goodguest("show", "v_nothing")
    assert code == 2
    assert "v_topic_week" in said["error"]
    for command in ("collect", "refine"):
        code, said = goodguest(command, "riverside-olds")
        assert code == 2
        assert "there are town-forum" in said["error"]
    code, said = goodguest("collect", "riverside-news", "--since", "yesterday")
    assert code == 2
    assert "--since: found 'yesterday'; allowed are ISO 8601 times" in said["error"]
    code, said = goodguest("collect", "riverside-news", "--until", "2999-01-01")
    assert (code, said["riverside-news"]["requests"] > 0) == (0, True), "it ends now"
    code, said = goodguest("collect", "riverside-news", "--since", "2999-01-01")
    assert (code, "the window is empty" in said["error"]) == (2, True)
    code, said = goodguest("digest", "town-weekly", "--week", "2026-46")
    assert code == 2
    assert "2026-W46" in said["error"]
    code, said = goodguest("deliveries", "town-weekly", "2026-46")
    assert (code, "2026-W46" in said["error"]) == (2, True)
    for wrong in (["no-such-command"], ["collect", "--no-such-option"], ["show", "--limit", "x"]):
        code, said = goodguest(*wrong)
        assert (code, "wrong use" in said["error"]) == (2, True)
    code, said = goodguest("register", "--out", str(place.given.charter / "register.html"))
    assert (code, "name another place" in said["error"]) == (2, True)
    (place.given.charter.parent / "taxonomy.ttl").write_text("no Turtle")
    code, said = goodguest("run", "riverside-news")
    assert (code, [each["name"] for each in said["catalogue"]["failed"]][:1]) == (
        1,
        ["taxonomy.ttl"],
    )


def test_a_warehouse_that_does_not_answer_is_told_without_its_password(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GOODGUEST_WAREHOUSE", "postgresql://analyst:opensesame@127.0.0.1:9/x")
    for command in ("init", "check", "sources"):
        monkeypatch.setattr("sys.argv", ["goodguest", command])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert ended.value.code == 1
        assert "does not answer" in said.out + said.err
        assert "opensesame" not in said.out + said.err
