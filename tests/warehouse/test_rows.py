"""Rows come back as they were written, however many at once; what fails leaves nothing."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from batches import NOON, later, load, post_of, rows

from warehouse.columns import json_of
from warehouse.rows import insert_columns, insert_rows, read_rows
from warehouse.store import writing_checked
from warehouse.tables import landing_part, post, post_metric

EAST = timezone(timedelta(hours=2))
ODD = "\\u0000 \\\\u0000 \0\0 \\\0 \n\u2028 null"
PLAIN = ODD.replace("\0", "\ufffd")


def _part(at: int, loaded_at: datetime, rules: dict[str, Any]) -> dict[str, Any]:
    counts = {column.name: at for column in landing_part.c if column.name.startswith("posts_")}
    counts |= {"pages": 1, "records": 5 * at}
    names = {"path": f"forum/{at}", "sha256": "0", "source": "forum"}
    return {**names, **counts, "skipped_by_rule": rules, "loaded_at": loaded_at, "run_id": None}


@pytest.mark.parametrize(
    ("rules", "found"),
    [({"b": 1, "a": "x\ny"}, {"a": "x\ny", "b": 1}), ({ODD: ODD}, {PLAIN: PLAIN}), ({}, {})],
)
def test_values_come_back_as_they_were(
    town: sa.Engine, rules: dict[str, Any], found: dict[str, Any]
) -> None:
    moments = [NOON.astimezone(EAST), NOON, NOON.replace(microsecond=120)]
    written = [_part(at, moments[at % 3], {"n": at, **rules}) for at in range(30)]
    few = [{**row, "path": f"few/{at}"} for at, row in enumerate(written[:1])]
    with writing_checked(town) as connection:
        insert_rows(connection, landing_part, [{**row, "loaded_at": NOON} for row in few])
        insert_rows(connection, landing_part, written)
    stored = {row["path"]: row for row in rows(town, landing_part)}
    for row in written:
        there = stored[row["path"]]
        assert there["skipped_by_rule"] == {"n": row["posts_new"], **found}
        assert there["loaded_at"] == row["loaded_at"]
        assert there["run_id"] is None
    assert stored["few/0"]["skipped_by_rule"] == {"n": 0, **found}
    if town.dialect.name == "sqlite":
        query = sa.text("select distinct loaded_at from landing_part order by 1")
        with town.connect() as connection:
            assert connection.scalars(query).all() == [
                "2026-11-15T12:00:00.000000Z",
                "2026-11-15T12:00:00.000120Z",
            ]


@pytest.mark.parametrize("many", [0, 1, 24, 25, 26, 75])
def test_as_many_rows_stand_as_were_written(town: sa.Engine, many: int) -> None:
    load(town, [post_of("1")])
    (key,) = (row["post_key"] for row in rows(town, post))
    written = {
        "post_key": [key] * many,
        "observed_at": [NOON + timedelta(microseconds=at, seconds=at) for at in range(many)],
        "likes": [None if at % 3 else at for at in range(many)],
        "views": [None] * many,
    }
    with writing_checked(town) as connection:
        connection.execute(sa.delete(post_metric))
        insert_columns(connection, post_metric, written)
    found = sorted(
        (row["observed_at"], row["likes"], row["views"]) for row in rows(town, post_metric)
    )
    assert found == list(zip(*list(written.values())[1:], strict=True))


def test_a_key_that_is_there_leaves_nothing_of_what_was_written_with_it(town: sa.Engine) -> None:
    load(town, [post_of("1")])
    (key,) = (row["post_key"] for row in rows(town, post))
    times = [later(at) for at in range(60)]
    for again in (0, 30, 59):
        written = {
            "post_key": [key] * 61,
            "observed_at": [*times, times[again]],
            "likes": list(range(61)),
        }
        with pytest.raises(Exception, match=r"(?i)unique"):
            _write(town, written)
        assert rows(town, post_metric) == []
        assert {row["lang"] for row in rows(town, post)} != {"xx"}
    if town.dialect.name == "sqlite":
        with town.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def _write(town: sa.Engine, metrics: dict[str, Any]) -> None:
    with writing_checked(town) as connection:
        connection.execute(sa.update(post).values(lang="xx"))
        insert_columns(connection, post_metric, metrics)


def test_json_is_json_whatever_people_write() -> None:
    for value in (ODD, {ODD: [ODD, None]}, {"a": ODD}):
        assert json.loads(json_of(value)) == json.loads(
            json.dumps(value).replace(json.dumps(ODD)[1:-1], json.dumps(PLAIN)[1:-1])
        )
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_of({"score": float("nan")})


def test_postgresql_is_asked_for_fewer_at_once_lest_it_reads_all_months(town: sa.Engine) -> None:
    asked: list[str] = []
    with town.connect() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *told: asked.append(told[2]))
        keys = (str(number) for number in range(2_500))
        assert list(read_rows(connection, [post.c.post_key], keys)) == []
    read = [statement for statement in asked if statement.startswith("SELECT")]
    assert len(read) == (1 if town.dialect.name == "sqlite" else 3)
