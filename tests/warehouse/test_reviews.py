"""A review goes out as a spreadsheet and comes back: honestly sampled, nothing lost or invented."""

import codecs
import csv
import io
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from batches import CHARTER, LONG, NOON, later, load, post_of, rows
from hypothesis import given
from hypothesis import strategies as st

from contract.catalogue import Dataset, Entity, Label, Topic
from contract.errors import FixSettings
from contract.keys import stable_key
from pipeline.cli import main
from pipeline.review import Wanted, export_review, import_review
from pipeline.review_file import COLUMNS, read_sheet
from pipeline.settings import Settings
from warehouse.catalogue import load_datasets, load_entities, load_topics
from warehouse.links import store_ties, unlinked_posts
from warehouse.reviews import forget_notes, ties_to_review
from warehouse.store import writing
from warehouse.views import rows_of

ROADS = "https://example.gov/t/roads"
COUNTS = stable_key("dataset", "town", "counts")
SCHOOL = stable_key("entity", "schools", "9")
EVIDENCE = {"found": "pothole", "where": "text", "label": "potholes"}


@pytest.fixture
def tied(town: sa.Engine, store_url: str, tmp_path: Path) -> Settings:
    """Return the settings of a store of forty posts and seventy ties, by four methods."""
    load_topics(town, "taxonomy", [
        Topic(uri=ROADS, labels=(Label(kind="prefLabel", value='=cmd|" /C calc"!A0', lang="en"),))
    ])  # fmt: skip
    load_datasets(town, "town", [Dataset(identifier="counts", title="Counts")])
    load_entities(town, "schools", [Entity(register="schools", native_id="9", name="Elm School")])
    load(town, [
        post_of(f"{n}", text=f"-1+{n} {LONG}\n\t“{n}”; {n},5", title="@SUM(1)",
                created_at=later(-24 * 7 * (n % 2)))
        for n in range(40)
    ])  # fmt: skip
    with town.connect() as connection:
        posts = unlinked_posts(connection, "v1", 1000)
    keys = posts["post_key"].tolist()
    store_ties(
        town, posts, "v1",
        _ties(keys[:30], ROADS, "label", [0.9] * 30),
        _ties(keys[:20], COUNTS, "retrieval", [n / 20 for n in range(1, 21)]),
        _ties(keys[20:], SCHOOL, "name", [1.0] * 20),
    )  # fmt: skip
    path = tmp_path / "charter.yaml"
    path.write_text(CHARTER, encoding="utf-8")
    return Settings(path, tmp_path, store_url, str(tmp_path / "landing"), None)


def _ties(keys: list[str], target: str, method: str, scores: list[float]) -> pd.DataFrame:
    frame = pd.DataFrame({"post_key": keys, "target": target, "score": scores, "method": method})
    return frame.assign(evidence=pd.Series([EVIDENCE for _ in keys], dtype=object))


def exported(given: Settings, name: str = "ties.csv", **wanted: Any) -> list[dict[str, str]]:
    file = given.data / name
    limit = wanted.pop("limit", 1000)
    export_review(given, file, Wanted(**wanted), limit)
    assert file.read_bytes().startswith(codecs.BOM_UTF8)
    assert file.stat().st_mode & 0o777 == 0o600
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def save(
    path: Path, table: list[dict[str, str]], separator: str = ",", encoding: str = "utf-8"
) -> Path:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(table[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(table)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def sums(result: dict[str, Any]) -> tuple[int, ...]:
    names = ("rows", "stored", "unchanged", "without_verdict", "rejected")
    found = tuple(result[name] for name in names)
    assert found[0] == sum(found[1:])
    assert len(result["messages"]) == found[-1]
    return found


def test_a_sample_is_random_within_each_method_and_the_same_again(
    tied: Settings, town: sa.Engine
) -> None:
    everything = exported(tied)
    assert len(everything) == 70
    sample = exported(tied, "few.csv", limit=12)
    assert Counter(row["method"] for row in sample) == {"label": 4, "retrieval": 4, "name": 4}
    assert sample == exported(tied, "again.csv", limit=12)
    with town.connect() as connection:
        _, counts = ties_to_review(connection, Wanted(), 5)
    assert counts == {"dataset by retrieval": 20, "entity by name": 20, "topic by label": 30}
    many = exported(tied, "many.csv", method="retrieval", limit=10)
    scores = [float(row["score"]) for row in many]
    assert min(scores) < 0.5, "a sample of the best only flatters the method"
    judged = [row | {"verdict": "agree"} for row in sample]
    import_review(tied, save(tied.data / "judged.csv", judged), "analyst")
    then = exported(tied, "then.csv", limit=12)
    keys = [{(row["post_key"], row["target_key"]) for row in table} for table in (sample, then)]
    assert not keys[0] & keys[1], "what nobody has judged comes first"


def test_what_is_wanted_is_exported_and_nothing_else(tied: Settings) -> None:
    assert len(exported(tied, "1.csv", target="entity")) == 20
    assert len(exported(tied, "2.csv", topic=ROADS)) == 30
    assert len(exported(tied, "3.csv", topic='=cmd|" /C calc"!A0', method="label")) == 30
    weeks = [len(exported(tied, f"{week}.csv", week=week)) for week in ("2026-W46", "2026-W45")]
    assert sum(weeks) == 70
    assert min(weeks) > 20
    with pytest.raises(FixSettings, match="no tie of week '2026-W01' to review"):
        exported(tied, "none.csv", week="2026-W01")
    with pytest.raises(FixSettings, match="allowed are topic, dataset, entity"):
        exported(tied, "none.csv", target="post")
    with pytest.raises(FixSettings, match=r"1\.csv: there is such a file, perhaps with verdicts"):
        exported(tied, "1.csv")


def test_no_cell_is_a_formula_a_number_or_a_date(tied: Settings) -> None:
    for row in exported(tied):
        assert not any(cell.startswith(tuple("=+-@\t\r")) for cell in row.values())
        assert row["post_key"].startswith("post:")
        assert row["target_key"].startswith(f"{row['target']}:")
        assert "\n" not in "".join(row.values())
        assert row["evidence"].startswith("Found “pothole”")
    (longest,) = {len(r["text"]) for r in exported(tied, "x.csv", limit=1)}
    assert longest < 200


def test_verdicts_are_stored_once_and_the_last_of_a_role_counts(
    tied: Settings, town: sa.Engine
) -> None:
    table = exported(tied)
    for row, said in zip(table, [" Agree", "NO", "y", "d"], strict=False):
        row |= {"verdict": said, "note": "call 020 7946 0958,\r\nsays he"}
    file = save(tied.data / "back.csv", table)
    assert sums(import_review(tied, file, "data analyst")) == (70, 4, 0, 66, 0)
    assert sums(import_review(tied, file, "data analyst")) == (70, 0, 4, 66, 0)
    stored = {row["review_key"]: row for row in rows(town, "link_review")}
    assert Counter(row["verdict"] for row in stored.values()) == {"agree": 2, "disagree": 2}
    assert {row["note"].splitlines()[1] for row in stored.values()} == {"says he"}
    assert not any("7946" in row["note"] for row in stored.values())
    first = table[0]
    key = first["post_key"].removeprefix("post:")
    target_key = first["target_key"].partition(":")[2]
    tie = (key, first["target"], target_key, first["method"])
    assert said_of_tie(stored[stable_key("review", *tie, "data analyst")]) == (*tie, "agree")
    table[0]["verdict"] = "disagree"
    again = save(tied.data / "later.csv", table)
    assert sums(import_review(tied, again, "data analyst")) == (70, 1, 3, 66, 0)
    assert sums(import_review(tied, again, "editor")) == (70, 4, 0, 66, 0)
    assert sum(row["reviewed"] for row in rows_of(town, "v_link_precision", 99)) == 8
    assert tie[:3] not in {
        (row["post_key"], row["target"], row["target_key"])
        for row in rows_of(town, "v_post_tie", 99)
    }
    with writing(town) as connection:
        forget_notes(connection, [key])
    assert {row["note"] for row in rows(town, "link_review", post_key=key)} == {None}
    assert any(row["note"] for row in rows(town, "link_review"))


def said_of_tie(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(row[n] for n in ("post_key", "target", "target_key", "method", "verdict"))


SAVED: dict[str, Callable[[Path, list[dict[str, str]]], Path]] = {
    "semicolons": lambda path, table: save(path, table, ";", "utf-8-sig"),
    "unicode text": lambda path, table: save(path, table, "\t", "utf-16"),
    "windows": lambda path, table: save(path, table, ";", "cp1252"),
    "other order": lambda path, table: save(
        path, [{"mine": "1;2", **dict(reversed(row.items()))} for row in table]
    ),
}


def test_a_file_comes_back_however_it_was_saved(tied: Settings) -> None:
    table = exported(tied, limit=3)
    for row in table:
        row |= {"verdict": "agree", "note": 'Straße,\n"so"; é', "text": "…"}
    file = save(tied.data / "utf-8.csv", table)
    assert sums(import_review(tied, file, "analyst")) == (3, 3, 0, 0, 0)
    for how, saved in SAVED.items():
        result = import_review(tied, saved(tied.data / f"{how}.csv", table), "analyst")
        assert sums(result) == (3, 0, 3, 0, 0), how
        assert ("guessed" in result["encoding"]) == (how == "windows")


def test_a_spreadsheet_program_changes_nothing(tied: Settings) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("needs LibreOffice's soffice (Debian: apt install libreoffice-calc)")
    before = exported(tied)
    folder = tied.data / "saved"
    convert = [office, "--headless", f"-env:UserInstallation=file://{tied.data}/office"]
    options = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,false"
    for given_as, kind, file in (
        (["--infilter=CSV:44,34,76,1"], "ods", "ties.csv"),
        ([], options, "saved/ties.ods"),
    ):
        subprocess.run(
            [*convert, *given_as, "--convert-to", kind, "--outdir", folder, tied.data / file],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
    with (folder / "ties.csv").open(encoding="utf-8-sig", newline="") as saved:
        after = list(csv.DictReader(saved, delimiter=";"))
    kept = [name for name in COLUMNS if name != "score"]
    assert [[row[n] for n in kept] for row in after] == [[row[n] for n in kept] for row in before]


def test_each_bad_row_is_told_and_the_rest_goes_on(tied: Settings, town: sa.Engine) -> None:
    table = [row | {"verdict": "agree"} for row in exported(tied, target="topic", limit=14)]
    wrong: list[dict[str, str]] = [
        {"post_key": "1.2E+45"},
        {"post_key": f"post:{'0' * 32}"},
        {"target_key": "topic:https://example.gov/t/none"},
        {"target": "person"},
        {"method": "retrieval"},
        {"method": "=1"},
        {"verdict": "perhaps, said Ms Example in her long letter to the editor of the paper"},
        {"note": "x" * 501},
        {"note": "a\0b"},
    ]
    for row, change in zip(table, wrong, strict=False):
        row |= change
    table.append(table[-1] | {"verdict": "disagree"})
    table.append(table[-2])
    result = import_review(tied, save(tied.data / "bad.csv", table), "analyst")
    assert sums(result) == (16, 5, 1, 0, 10)
    assert [message.partition(";")[0] for message in result["messages"]] == [
        "line 2, column post_key: found '1.2E+45'",
        f"line 3, column post_key: found '{'0' * 32}'",
        "line 4, column target_key: found 'https://example.gov/t/none'",
        "line 5, column target: found 'person'",
        "line 6, column method: found 'retrieval'",
        "line 7, column method: found '=1'",
        "line 8, column verdict: found "
        "'perhaps, said Ms Example in her long letter to the editor of…'",
        "line 9, column note: found '501 characters'",
        "line 10, column note: found 'U+0000'",
        "line 16, column verdict: found 'disagree'",
    ]
    assert result["messages"][-1].endswith("allowed: what line 15 says of the tie")
    assert len(rows(town, "link_review")) == 5


def test_a_tie_that_is_gone_is_reviewed_and_a_post_that_is_removed_is_not(
    tied: Settings, town: sa.Engine
) -> None:
    table = [row | {"verdict": "disagree"} for row in exported(tied, target="topic")]
    gone = table[0]["post_key"].removeprefix("post:")
    (native_id,) = (row["native_id"] for row in rows(town, "post", post_key=gone))
    removed = post_of(native_id, removed_at=later(9), observed_at=later(9), landing="forum/r#1")
    load(town, [removed])
    with writing(town) as connection:
        other = table[1]["post_key"].removeprefix("post:")
        connection.execute(sa.text("delete from post_topic where post_key = :key"), {"key": other})
    result = import_review(tied, save(tied.data / "back.csv", table), "analyst")
    assert sums(result) == (30, 29, 0, 0, 1)
    assert "not removed" in result["messages"][0]


def test_hostile_files_are_read_within_bounds(tied: Settings) -> None:
    row = exported(tied, limit=1)[0] | {"verdict": "agree"}
    head, cells = ",".join(row), list(row.values())
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    huge = quoted.replace(row["evidence"], "x" * 10_000_000)
    wide = quoted + "," * 1_000_000
    full = wide + "x"
    file = tied.data / "hostile.csv"
    for lines, expected in {
        (huge,): (1, 1, 0, 0, 0),
        (wide, "", ",,,"): (1, 0, 1, 0, 0),
        (full, quoted): (2, 0, 1, 0, 1),
        ("\0" * 1000, quoted): (2, 0, 1, 1, 0),
        (quoted, '"never closed', quoted, quoted, '"nor this'): (4, 0, 2, 0, 2),
        ("=1+1,=1+1", quoted): (2, 0, 1, 1, 0),
    }.items():
        file.write_text("\r\n".join((head, *lines)), "utf-8", newline="")
        assert sums(import_review(tied, file, "analyst")) == expected
    for held, said in {
        b"": "needs the columns post_key",
        b"\x89PNG\r\n\x1a\n\0\0\x81": "is no text",
        b"\xff\xfe\0": "is no text",
        head.encode("utf-16-le"): "needs the columns",
        head.replace("verdict", "opinion").encode(): "found 4 of them, and not verdict",
        (head + ",method").encode(): "not method",
        (head + ",x" * 200).encode(): "has 210 columns; allowed are 100",
        b"x" * 20_000_001: "larger than the 20,000,000 bytes",
    }.items():
        file.write_bytes(held)
        with pytest.raises(FixSettings, match=said):
            import_review(tied, file, "analyst")
    with pytest.raises(FixSettings, match="cannot be read: Is a directory"):
        import_review(tied, tied.data, "analyst")


@pytest.mark.parametrize("role", ["", "j.doe@example.gov", "Jo Doe", " ", "a" * 41, "r2"])
def test_a_role_is_no_name(tmp_path: Path, role: str) -> None:
    nothing = Settings(tmp_path, tmp_path, "sqlite:///none.db", "", None)
    with pytest.raises(FixSettings, match="never a name or an address") as caught:
        import_review(nothing, tmp_path / "none.csv", role)
    assert not role.strip() or role not in str(caught.value).replace("data analyst", "")


@given(
    table=st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=9), min_size=5,
                            max_size=5), max_size=5),
    separator=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)  # fmt: skip
def test_cells_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], separator: str, encoding: str
) -> None:
    names = ("post_key", "target", "target_key", "method", "verdict")
    given = [dict(zip(names, cells, strict=True)) for cells in table]
    file = tmp_path_factory.getbasetemp() / "any.csv"
    save(file, [dict.fromkeys(names, "x"), *given], separator, encoding)
    found = [line.cells for line in read_sheet(file)[1]][1:]
    assert found == [row for row in given if any(cell.strip() for cell in row.values())]


def test_the_command_says_what_became_of_every_row(
    tied: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOODGUEST_CHARTER", str(tied.charter))
    monkeypatch.setenv("GOODGUEST_DATA", str(tied.data))
    monkeypatch.setenv("GOODGUEST_WAREHOUSE", tied.warehouse)

    def run(*words: str) -> tuple[int, dict[str, Any]]:
        monkeypatch.setattr(sys, "argv", ["goodguest", "--json", "review", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), json.loads(capsys.readouterr().out)

    file = str(tied.data / "ties.csv")
    code, said = run("export", file, "--method", "name", "--limit", "5")
    assert (code, said["rows"], said["ties"]) == (0, 5, {"entity by name": 20})
    with Path(file).open(encoding="utf-8-sig", newline="") as opened:
        table = list(csv.DictReader(opened))
    table[0]["verdict"], table[1]["verdict"] = "agree", "who knows"
    save(Path(file), table)
    code, said = run("import", file, "--role", "analyst")
    assert (code, *sums(said)) == (1, 5, 1, 0, 3, 1)
    assert run("import", file, "--role", "A. Lyst")[0] == 2
    assert rows_of_role(tied) == {"analyst"}


def rows_of_role(given: Settings) -> set[str]:
    engine = sa.create_engine(given.warehouse)
    try:
        return {row["reviewer_role"] for row in rows(engine, "link_review")}
    finally:
        engine.dispose()


def test_whoever_may_read_the_views_only_can_export(tied: Settings, town: sa.Engine) -> None:
    if town.dialect.name == "sqlite":
        return  # it has no roles
    with town.connect() as connection:
        role = f"reader_{stable_key(str(NOON), tied.warehouse)}"
        connection.exec_driver_sql(f"create role {role}")
        schema = connection.scalar(sa.text("select current_schema()"))
        connection.exec_driver_sql(f"grant usage on schema {schema} to {role}")
        connection.exec_driver_sql(f"grant select on v_post, v_post_tie to {role}")
        connection.exec_driver_sql(f"set role {role}")
        assert len(ties_to_review(connection, Wanted(), 9)[0]) == 9
        connection.rollback()
