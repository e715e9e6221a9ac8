"""Posts, names and catalogues made to do harm go the whole way in, and stay words."""

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from house import HARM, WEEK, Said, goodguest, harmed

from pipeline.settings import Settings
from warehouse.store import opened
from warehouse.tables import post

FORMULA = tuple("=+-@\t\r＝＋－＠")
TYPED = (HARM["fts"], HARM["tsquery"], HARM["sql"], '"', "NEAR(", "a AND", "%\\", "\udcff")


@dataclass(frozen=True)
class House:
    """The installation, and what runs commands on it."""

    given: Settings
    capfd: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def run(self, *words: str) -> Said:
        """Return what the command says: it ended in good order, and no terminal obeys it."""
        said = goodguest(self.given, self.capfd, self.patch, *words)
        assert said.code in (0, 1, 2), words
        assert "Traceback" not in said.err, said.err[-2000:]
        for sign in said.out + said.err:
            assert sign.isprintable() or sign in "\n\t", (words, ascii(sign))
        return said


@pytest.fixture
def house(
    store_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> House:  # fmt: skip
    return House(harmed(tmp_path / "house", store_url), capfd, monkeypatch)


def _posts(house: House) -> int:
    with opened(house.given.warehouse) as engine, engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(post)) or 0


def test_words_are_no_commands_to_database_template_or_terminal(house: House) -> None:
    before = _posts(house)
    assert before == 2 * len(HARM)
    for view in ("v_post", "v_post_tie", "v_post_tag", "v_topic_week", "v_link_precision"):
        assert house.run("show", view, "--limit", "1000").code == 0
    shown = house.run("show", "v_post").out
    assert "{{ 7*7 }}" in shown
    assert "{x.__class__}" in shown
    assert "ERROR forged" in shown
    for typed in TYPED:
        house.run("search", "--", typed)
    for option in ("--topic", "--community", "--week"):
        assert house.run("search", option, HARM["sql"], "--", "lamps").code in (0, 2)
        assert house.run("search", option, "\udcff", "--", "lamps").code == 2
    for words in (
        ("show", HARM["sql"]),
        ("network", HARM["sql"], WEEK, "x.gexf"),
        ("network", "none", HARM["sql"], "x.gexf"),
        ("deliveries", HARM["sql"], WEEK),
        ("digest", HARM["sql"]),
        ("digest", "weekly", "--week", HARM["sql"]),
        ("review", "export", "x.csv", "--topic", "\udcff"),
        ("review", "export", "x.csv", "--topic", HARM["sql"], "--method", HARM["sql"]),
    ):
        assert house.run(*words).code == 2, words
    assert house.run("search", "lamps").out.count("lamps on the quay") >= 10
    assert _posts(house) == before


def test_no_cell_of_any_file_is_a_formula(house: House, tmp_path: Path) -> None:
    out = tmp_path / "out"
    house.patch.chdir(tmp_path)
    assert house.run("export", str(out), "--format", "csv", "--privacy", "personal").code == 0
    assert house.run("digest", "weekly", "--week", WEEK, "--out", str(out)).code == 0
    assert house.run("publish", "--out", str(out / "open")).code == 0
    assert house.run("review", "export", str(out / "ties.csv")).code == 0
    files = sorted(out.rglob("*.csv"))
    assert {"v_post.csv", "ties.csv"} < {path.name for path in files}
    texts = 0
    for path in files:
        rows = list(csv.reader(path.read_text("utf-8-sig").splitlines(keepends=True), strict=True))
        assert len({len(row) for row in rows}) == 1, path.name
        for cell in (cell for row in rows for cell in row if not _is_number(cell)):
            assert not cell.startswith(FORMULA), (path.name, cell)
            texts += cell.startswith(tuple(f"'{sign}" for sign in FORMULA))
    assert texts > 20, "what was to be disarmed did not come so far"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
