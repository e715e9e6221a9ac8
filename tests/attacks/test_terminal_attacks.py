"""What comes from outside cannot command the terminal or the log that shows it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from house import TERMINAL
from rich.console import Console
from structlog.contextvars import bound_contextvars

from contract.errors import GoodguestError
from pipeline.cli.answers import answer, complain, in_json, lines_of, table_of
from pipeline.cli.logs import set_up_logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    in_json(asked=False)  # another test may have asked for it last
    yield
    root.handlers[:], root.level = handlers, level
    in_json(asked=False)


def test_answers_and_complaints_show_what_they_hold(capsys: pytest.CaptureFixture[str]) -> None:
    answer({}, [f"first: {TERMINAL}", *lines_of({"server": TERMINAL, "list": [TERMINAL]})])
    answer({}, [table_of([{"text": TERMINAL}])])
    complain(GoodguestError(f"the server said: {TERMINAL}\nand a second line"))
    said = capsys.readouterr()
    assert said.err.endswith("\nand a second line\n")
    assert said.out.count(r"\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp") == 3
    assert all(sign.isprintable() or sign in "\n\t" for sign in said.out + said.err)


def test_json_says_all_of_it_and_stays_printable(capsys: pytest.CaptureFixture[str]) -> None:
    in_json(asked=True)
    result = {"text": f"{TERMINAL} \U000e0041 \ud83d é 道 👩‍🌾"}
    answer(result, [])
    complain(GoodguestError(TERMINAL))
    first, second = capsys.readouterr().out.splitlines()
    assert json.loads(first) == result
    assert json.loads(second) == {"error": TERMINAL}
    assert (first + second).isprintable()
    assert "é 道" in first


def test_logs_of_people_escape_names_and_tracebacks_too() -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, color_system=None, width=400)
    set_up_logs(console, as_json=False)
    try:
        raise ValueError(TERMINAL)
    except ValueError:
        with bound_contextvars(run=TERMINAL):
            logging.getLogger("goodguest.test").exception("it said %s", f"{TERMINAL}\nERROR forged")
    said = written.getvalue()
    assert said.count(r"\x1b]0;owned") == 3
    assert all(sign.isprintable() or sign == "\n" for sign in said)
    assert not [line for line in said.splitlines() if line.startswith("ERROR")]
