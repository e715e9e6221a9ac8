"""Logs: which source and run a record belongs to, and that outside text cannot forge one."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from place import Place
from rich.console import Console
from structlog.contextvars import bound_contextvars, get_contextvars
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.cli.logs import set_up_logs

FORGED = "not found\n2026-11-22 ERROR all is lost\x1b[2J\u202egnp"


@pytest.fixture(autouse=True)
def _root_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def _said(*, terminal: bool, as_json: bool) -> str:
    written = io.StringIO()
    set_up_logs(
        Console(file=written, force_terminal=terminal, color_system=None, width=300),
        as_json=as_json,
    )
    log = logging.getLogger("goodguest.test")
    with bound_contextvars(source="town-forum", run="r1"):
        log.warning("left out: %s", FORGED)
    log.warning("afterwards")
    try:
        raise ValueError("wrong")
    except ValueError:
        log.exception("it broke")
    return written.getvalue()


@pytest.mark.parametrize(("terminal", "as_json"), [(False, False), (True, True)])
def test_programs_get_a_json_object_a_line(terminal: bool, as_json: bool) -> None:
    lines = [json.loads(line) for line in _said(terminal=terminal, as_json=as_json).splitlines()]
    assert [line["event"] for line in lines] == [f"left out: {FORGED}", "afterwards", "it broke"]
    assert (lines[0]["source"], lines[0]["run"], lines[0]["level"]) == (
        "town-forum", "r1", "warning",
    )  # fmt: skip
    assert lines[0]["logger"] == "goodguest.test"
    assert lines[0]["timestamp"].endswith("Z")
    assert "source" not in lines[1]
    assert "ValueError: wrong" in lines[2]["exception"]


def test_people_get_a_line_that_nothing_from_outside_can_break() -> None:
    first, second, *rest = _said(terminal=True, as_json=False).splitlines()
    assert r"left out: not found\n2026-11-22 ERROR all is lost\x1b[2J\u202egnp" in first
    assert "source=town-forum" in first
    assert "run=r1" in first
    assert "afterwards" in second
    assert "source=" not in second
    assert "ValueError: wrong" in rest[-1]


def test_every_record_of_a_run_says_whose_it_is(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    heard: list[tuple[object, object]] = []

    class Hear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            bound = get_contextvars()
            heard.append((bound.get("source"), bound.get("run")))

    log = logging.getLogger("goodguest.http")
    monkeypatch.setattr(log, "handlers", [Hear()])
    monkeypatch.setattr(log, "level", logging.INFO)
    done = CliRunner().invoke(app, ["--json", "collect", "town-forum"])
    run = json.loads(done.stdout)["town-forum"]["run"]
    assert len(heard) > 3
    assert set(heard) == {("town-forum", run)}
