"""A file of rows is whole, and nothing in it runs in a spreadsheet."""

import csv
import io

import pytest
from explored import FORMULA, HOSTILE, HOSTILE_KEY, Explored
from place import LAST_WEEK

from transforms.spreadsheet import restored


@pytest.mark.parametrize(
    "path",
    [f"/v_post.csv?post_key={HOSTILE_KEY}&_dl=0&_stream=off",
     f"/v_post.csv?week={LAST_WEEK}&_sort=day&_size=1",
     f"/what_people_say.csv?topic=urn:evil&week={LAST_WEEK}",
     f".csv?sql=select+*+from+v_post+where+post_key=:key&key={HOSTILE_KEY}"],
)  # fmt: skip
def test_a_spreadsheet_runs_nothing_of_a_file(path: str, explored: Explored) -> None:
    answer = explored.get(f"/goodguest{path}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment; ")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    (hostile,) = (row for row in rows if row["post_key"] == HOSTILE_KEY)
    assert hostile["community"] == f"'{FORMULA}"
    assert restored(hostile["community"]) == FORMULA
    assert hostile["text"] == HOSTILE
    ((count,),) = explored.rows("select count(*) from v_post where week = ?", LAST_WEEK)
    assert len(rows) == (count if "_sort" in path else 1)


def test_a_file_is_whole_or_not_there(explored: Explored, monkeypatch: pytest.MonkeyPatch) -> None:
    query = ".csv?sql=select a.rowid from v_post a, v_post b limit "
    assert explored.get(f"/goodguest{query}1000").text.count("\r\n") == 1001
    monkeypatch.setattr("explorer.sheet.MOST_ROWS", 999)
    for path in (f"{query}1001", "/v_post.csv"):
        answer = explored.get(f"/goodguest{path}")
        assert answer.status_code == 400
        assert "goodguest export" in answer.text
    assert explored.get("/goodguest/v_post/x.csv").status_code == 404
    assert explored.get("/goodguest/about.csv").status_code == 404
