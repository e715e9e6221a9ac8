"""Publishing: posts in a real store, files that other programs read, releases compared."""

import json
from datetime import timedelta
from pathlib import Path

import frictionless
import pyarrow.parquet as pq
import pyoxigraph
import pytest
from published import (
    MONDAY,
    NOW,
    ROADS,
    TREES,
    WEEK,
    a_dataset,
    insert,
    numbers,
    read,
    remove,
    say,
    town,
)
from typer.testing import CliRunner

from contract.errors import FixSettings
from pipeline.cli import app
from pipeline.publish import publish
from pipeline.settings import Settings
from warehouse.tables import dataset, post_dataset


@pytest.fixture
def given(tmp_path: Path, store_url: str) -> Settings:
    return town(tmp_path, store_url)


def test_only_what_many_said_is_published(given: Settings, tmp_path: Path) -> None:
    say(given, range(12), ROADS)
    say(given, range(20, 24), TREES)
    say(given, range(30, 40), None)
    result = publish(given, tmp_path / "out", NOW)
    assert result["weeks"] == 1
    assert result["suppressed"] == 0.333  # of roads, trees and the community
    assert numbers(tmp_path / "out") == {(WEEK, ROADS): 12}
    (week,) = read(tmp_path / "out", "weeks.csv")
    assert (week["week"], week["posts"], week["min_authors"]) == (WEEK, "26", "5")


def test_copies_bots_and_organisations_make_no_crowd(given: Settings, tmp_path: Path) -> None:
    (first, *_) = say(given, range(12), ROADS)
    say(given, range(12, 18), ROADS, near_duplicate_of=first)
    say(given, [98] * 1, ROADS)
    say(given, [98] * 1, ROADS, native_id="again")
    say(given, range(20, 24), TREES)
    say(given, [99], TREES)
    say(given, range(30, 40), None)
    publish(given, tmp_path / "out", NOW)
    assert numbers(tmp_path / "out") == {(WEEK, ROADS): 13}


def test_a_removed_post_is_not_counted_but_what_was_published_stands(
    given: Settings, tmp_path: Path
) -> None:
    gone, *_ = say(given, range(12), ROADS)
    say(given, range(30, 40), None)
    remove(given, [gone])
    publish(given, tmp_path / "out", NOW)
    assert numbers(tmp_path / "out") == {(WEEK, ROADS): 11}


def test_nothing_follows_from_two_releases(given: Settings, tmp_path: Path) -> None:
    keys = say(given, range(12), ROADS)
    say(given, range(30, 40), None)
    publish(given, tmp_path / "first", NOW)
    # A person's post goes, another's comes late: whoever compares the releases sees neither.
    remove(given, keys[:1])
    say(given, [50], ROADS)
    say(given, range(12), ROADS, MONDAY + timedelta(days=7))
    say(given, range(30, 40), None, MONDAY + timedelta(days=7))
    second = publish(given, tmp_path / "second", NOW + timedelta(days=7))
    assert second["weeks"] == 1
    before, after = numbers(tmp_path / "first"), numbers(tmp_path / "second")
    assert before == {(WEEK, ROADS): 12}
    assert after == before | {("2026-W47", ROADS): 12}
    old = read(tmp_path / "first", "weeks.csv")
    assert read(tmp_path / "second", "weeks.csv")[: len(old)] == old


def test_a_week_is_published_when_it_is_settled(given: Settings, tmp_path: Path) -> None:
    say(given, range(12), ROADS)
    sunday = MONDAY + timedelta(days=6)
    assert publish(given, tmp_path / "out", sunday + timedelta(days=6))["weeks"] == 0
    assert publish(given, tmp_path / "out", sunday + timedelta(days=8))["weeks"] == 1
    assert publish(given, tmp_path / "out", sunday + timedelta(days=9))["weeks"] == 0


def test_the_same_figures_give_the_same_bytes(given: Settings, tmp_path: Path) -> None:
    say(given, range(12), ROADS)
    first = publish(given, tmp_path / "out", NOW)
    bytes_of = {name: Path(name).read_bytes() for name in first["files"]}
    again = publish(given, tmp_path / "out", NOW)
    assert {name: Path(name).read_bytes() for name in again["files"]} == bytes_of
    assert b"planted words" not in b"".join(bytes_of.values())
    assert not any(f"a{n}".encode() == word for n in range(100) for b in bytes_of.values()
                   for word in b.replace(b'"', b",").split(b","))  # fmt: skip


def test_other_programs_read_the_files(given: Settings, tmp_path: Path) -> None:
    say(given, range(12), ROADS)
    insert(given, dataset, [a_dataset()])
    keys = say(given, range(30, 40), None)
    insert(given, post_dataset, [
        {"post_key": key, "dataset_key": "d", "score": 1.0, "method": "link", "evidence": {},
         "model_version": "1", "linked_at": MONDAY} for key in keys
    ])  # fmt: skip
    folder = tmp_path / "out"
    result = publish(given, folder, NOW)
    assert result["left_out"] == []
    assert frictionless.validate(str(folder / "datapackage.json")).valid
    table = pq.read_table(folder / "posts.parquet").to_pylist()
    of_csv = read(folder, "posts.csv")
    assert [(r["kind"], r["posts"]) for r in table] == [
        (r["kind"], int(r["posts"])) for r in of_csv
    ]
    assert {row["kind"]: row["name"] for row in of_csv} == {
        "topic": "Roads", "dataset": "Counts", "community": "'=Roads",
    }  # fmt: skip
    assert {row["kind"]: row["name"] for row in table}["community"] == "=Roads"
    (entry,) = json.loads((folder / "dcat-us.json").read_text())["dataset"]
    assert [d["downloadURL"] for d in entry["distribution"]] == [
        f"https://data.example.gov/said/{name}"
        for name in ("weeks.csv", "weeks.parquet", "posts.csv", "posts.parquet")
    ]
    triples = list(pyoxigraph.parse((folder / "dcat-ap.jsonld").read_bytes(),
                                    format=pyoxigraph.RdfFormat.JSON_LD))  # fmt: skip
    kinds = [t.object.value for t in triples if t.predicate.value.endswith("#type")]
    assert kinds.count("http://www.w3.org/ns/dcat#Distribution") == 4
    assert kinds.count("http://www.w3.org/ns/dcat#Dataset") == 1


def test_a_folder_of_others_is_left_alone(given: Settings, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letters.txt").write_text("mine")
    with pytest.raises(FixSettings, match="not a publication's"):
        publish(given, tmp_path / "out", NOW)


def test_the_command_says_what_it_wrote(
    given: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(given, range(12), ROADS, MONDAY - timedelta(days=14))
    for name, value in (
        ("CHARTER", given.charter), ("WAREHOUSE", given.warehouse), ("DATA", tmp_path)
    ):  # fmt: skip
        monkeypatch.setenv(f"GOODGUEST_{name}", str(value))
    done = CliRunner().invoke(app, ["--json", "publish", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["rows"] == {"weeks": 1, "posts": 2}
