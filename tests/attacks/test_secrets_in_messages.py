"""No message, log line or traceback repeats what opens a door, or what people wrote."""

import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from house import goodguest
from listening import listening

from pipeline import landing
from pipeline.settings import Settings
from warehouse import tables
from warehouse.store import open_store, writing

SECRET = "goose-that-opens-it"
WRITTEN = "my-neighbour-is-ill"
ROOT = Path(__file__).parents[2]
WAREHOUSES = (
    f"postgresql://u:{SECRET}@127.0.0.1:1/x",
    f"postgresql://u:{SECRET}@nowhere.invalid/x?sslmode=verify-full",
    f"postgresql://u@127.0.0.1:1/x?password={SECRET}&sslpassword={SECRET}",
    f"postgresql://u:{SECRET}@127.0.0.1:port/x",
    f"postgresql://u:{SECRET}/x@127.0.0.1:1/x",
    f"postgresql://u:{SECRET}@[::1/x",
    f"mysql://u:{SECRET}@127.0.0.1/x",
    f"sqlite://u:{SECRET}@127.0.0.1/x",
)
LANDINGS = (f"ftp://u:{SECRET}@127.0.0.1:1/x", f"s3://key:{SECRET}@bucket/x",
            f"nothing://u:{SECRET}@h/x", f"simplecache::ftp://u:{SECRET}@127.0.0.1/x")  # fmt: skip


@pytest.fixture
def given(tmp_path: Path) -> Settings:
    return listening(tmp_path / "place", f"sqlite:///{tmp_path}/warehouse.db", ["feed"])


@pytest.mark.parametrize(
    "change",
    [*({"warehouse": url} for url in WAREHOUSES), *({"landing": url} for url in LANDINGS)],
    ids=lambda change: next(iter(change.values())).replace(SECRET, "SECRET"),
)
def test_an_address_that_fails_is_told_without_its_password(
    change: dict[str, str], given: Settings, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    for words in (("refine",), ("--json", "check", "--offline")):
        said = goodguest(replace(given, **change), capfd, monkeypatch, *words)
        assert said.code in (1, 2)
        assert SECRET not in said.out + said.err + caplog.text
        assert len(said.out + said.err) > 30, "nothing is said of what is wrong"


def test_postgresql_quotes_no_row(postgres: str, tmp_path: Path) -> None:
    engine = open_store(f"postgresql+psycopg://goodguest@/postgres?host={postgres}")
    empty = sa.insert(tables.community).values(community_key=WRITTEN)
    twice = sa.text("insert into once values (:text)")
    number = sa.text("select cast(:text as integer)")
    document = sa.text("select cast(cast(:text as text) as json)")

    def fail(do: Callable[[sa.Connection], object]) -> str:
        with pytest.raises(sa.exc.DBAPIError) as error, writing(engine) as connection:
            do(connection)
        return "".join(traceback.format_exception(error.value))

    try:
        with engine.begin() as connection:
            connection.execute(sa.text("create temporary table community (community_key text, "
                                       "platform text not null)"))  # fmt: skip
            connection.execute(sa.text("create temporary table once (t text unique)"))
            connection.execute(twice, {"text": WRITTEN})
        for statement, kind in (
            (empty, "NotNullViolation"), (twice, "UniqueViolation"),
            (number, "InvalidTextRepresentation"), (document, "InvalidTextRepresentation"),
        ):  # fmt: skip
            given = {} if statement is empty else {"text": WRITTEN}
            told = fail(lambda c, s=statement, g=given: c.execute(s, g))  # type: ignore[misc]
            assert kind in told
            assert WRITTEN not in told, told[-600:]
    finally:
        engine.dispose()


def test_help_and_settings_show_no_secret(given: Settings) -> None:
    secret = replace(
        given, smtp=f"smtp://u:{SECRET}@h", webhook=f"https://h/{SECRET}",
        warehouse=f"postgresql://u:{SECRET}@h/x",
    )  # fmt: skip
    assert SECRET not in repr(secret)
    names = ("SMTP", "WEBHOOK", "WAREHOUSE", "KEY", "CONN_FEED")
    environment = {**os.environ, **{f"GOODGUEST_{name}": SECRET for name in names}}
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "check", "--help"],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "platform" in done.stdout
    assert SECRET not in done.stdout + done.stderr


def test_a_landing_zone_of_azure_needs_no_password(given: Settings) -> None:
    """`container@account` is no password."""
    with pytest.raises(Exception, match="abfs"), landing.zone("abfs://box@account/x"):
        pass
