"""Every version of the charter is kept, and runs, files and ties say under which they were made."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
import yaml
from listening import listening
from place import hurry
from typer.testing import CliRunner

from contract.errors import FixSettings
from contract.page import Page
from pipeline import landing
from pipeline.catalogue import load_catalogue
from pipeline.cli import app
from pipeline.collect import collect_source
from pipeline.refine import refine
from pipeline.settings import Settings
from warehouse.charter_versions import (
    changes,
    content_of,
    note_charter,
    version_named,
    version_of,
    version_of_content,
    versions,
)
from warehouse.store import opened, writing
from warehouse.tables import charter_version, ingest_run, landing_part, post_topic

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
READER = "jane.doe@town.example"
TOPICS = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<https://t.example/lamps> a skos:Concept ; skos:prefLabel "lamps"@en .
"""


@pytest.fixture
def given(store_url: str, tmp_path: Path) -> Settings:
    """Return an installation that reads a forum and ties it to a topic."""
    given = listening(tmp_path / "place", store_url, ["discourse"])
    (given.data / "topics.ttl").write_text(TOPICS, "utf-8")
    _change(given, "vocabulary", topics=["topics.ttl"])
    assert load_catalogue(given)["failed"] == []
    return given


def _change(given: Settings, *path: str, **said: Any) -> None:
    charter = yaml.safe_load(given.charter.read_text("utf-8"))
    section = charter
    for key in path:
        section = section.setdefault(key, {})
    section.update(said)
    given.charter.write_text(yaml.safe_dump(charter), "utf-8")


def _heard(given: Settings, number: int) -> None:
    posts = [{"id": number, "topic_id": number, "topic_slug": "s", "post_number": 1,
              "post_type": 1, "username": "a", "created_at": NOW.isoformat(), "topic_title": "T",
              "cooked": f"<p>{number} of the lamps are out on the quay.</p>"}]  # fmt: skip
    page = Page(
        source="discourse", platform="discourse", url="https://discourse.example/posts.json",
        received_at=NOW, body=msgspec.json.encode({"latest_posts": posts}),
    )  # fmt: skip
    landing.land(given.landing, [page], f"run{number}", NOW, 1)


def _all(given: Settings, table: sa.Table, *names: str) -> list[tuple[Any, ...]]:
    with opened(given.warehouse) as engine, engine.connect() as connection:
        return sorted(tuple(r) for r in connection.execute(sa.select(*(table.c[n] for n in names))))


def test_ties_and_files_keep_the_version_they_were_made_under(given: Settings) -> None:
    first = version_of(given.load_charter())
    _heard(given, 1)
    assert refine(given)["links"]["topic"] == 1
    _change(given, "purposes", "none", dpia="another")
    second = version_of(given.load_charter())
    assert first != second
    _heard(given, 2)
    refine(given)
    assert {charter for (charter,) in _all(given, post_topic, "charter")} == {first, second}
    assert sorted(v for (v,) in _all(given, landing_part, "charter")) == sorted([first, second])
    _change(given, "purposes", "none", dpia="a third")
    refine(given, reparse=True)
    tied = [charter for (charter,) in _all(given, post_topic, "charter")]
    assert sorted(tied) == sorted([first, second]), "what is found again stays as it was"
    third = version_of(given.load_charter())
    assert {v for (v,) in _all(given, landing_part, "charter")} == {third}
    assert {v for (v,) in _all(given, charter_version, "version")} == {first, second, third}


def test_a_run_says_under_which_version_it_read(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.collect.Client", hurry())
    _change(given, "sources", "discourse", url="http://127.0.0.1:9", private_addresses=True,
            permission={"by": "owner", "on": "2026-01-01", "ref": "r"})  # fmt: skip
    first = version_of(given.load_charter())
    with pytest.raises(Exception, match="127"):
        collect_source(given, "discourse")
    assert _all(given, ingest_run, "charter", "status") == [(first, "waiting")]
    _change(given, "purposes", "none", dpia="another")
    with pytest.raises(Exception, match="127"):
        collect_source(given, "discourse")
    second = version_of(given.load_charter())
    assert _all(given, ingest_run, "charter", "status") == [(second, "waiting")], "it went on"


def test_no_address_is_kept_and_comments_make_no_version(given: Settings) -> None:
    plain = version_of(given.load_charter())
    text = given.charter.read_text("utf-8")
    given.charter.write_text(f"# {READER} asked for this\n{text}", "utf-8")
    assert version_of(given.load_charter()) == plain
    _change(given, "digests", "weekly", purpose="none", to=[READER, {"mail": f"second.{READER}"}])
    _change(given, "alerts", to=[READER])
    _change(given, "opt_outs", accounts={"discourse": ["01234567-" + "a" * 32]})
    charter = given.load_charter()
    content = content_of(charter)
    assert READER not in str(content)
    assert content["digests"]["weekly"]["to"] == 2
    assert content["alerts"]["to"] == content["opt_outs"]["accounts"]["discourse"] == 1
    with opened(given.warehouse) as engine:
        for hours in (3, 1, 2):
            with writing(engine) as connection:
                note_charter(connection, charter, NOW + timedelta(hours=hours))
        with engine.connect() as connection:
            (kept,) = [v for v in versions(connection) if v.version == version_of(charter)]
    assert version_of_content(kept.content) == kept.version, "whoever has it can work it out"
    assert kept.last_used_at == NOW + timedelta(hours=3), "used last, whatever the order"


def test_hours_of_a_duration_make_a_version(given: Settings) -> None:
    _change(given, "sources", "discourse", lookback="PT6H")
    content = content_of(given.load_charter())
    assert content["sources"]["discourse"]["lookback"] == "P0DT6H"
    _change(given, "sources", "discourse", lookback="PT7H30M")
    found = changes(content, content_of(given.load_charter()))
    assert [tuple(one) for one in found] == [("sources.discourse.lookback", "P0DT6H", "P0DT7H30M")]


def test_the_command_lists_versions_and_what_changed(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOODGUEST_DATA", str(given.data))
    monkeypatch.setenv("GOODGUEST_WAREHOUSE", given.warehouse)
    monkeypatch.setenv("GOODGUEST_CHARTER", str(given.charter))

    def said(*words: str) -> str:
        ran = CliRunner().invoke(app, ["charter", *words], catch_exceptions=False)
        assert ran.exit_code == 0
        return ran.output

    assert "Nothing was done under a charter yet" in said()
    made = []
    for dpia in ("one", "two"):
        _change(given, "purposes", "none", dpia=dpia)
        refine(given)
        made.append(version_of(given.load_charter()))
    listed = said()
    assert all(version in listed for version in made)
    assert listed.index(made[1]) < listed.index(made[0]), "the last first"
    assert said("--diff", made[0][:6], made[1][:6]).split("\n")[:2] == [
        '- purposes.none.dpia: "one"', '+ purposes.none.dpia: "two"',
    ]  # fmt: skip
    nowhere = "found 0 versions of the charter that begin with 'zz'"
    with (
        opened(given.warehouse) as engine,
        engine.connect() as connection,
        pytest.raises(FixSettings, match=nowhere),
    ):
        version_named(connection, "zz")
