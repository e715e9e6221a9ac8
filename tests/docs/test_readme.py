"""Every command that a page shows is run: here, on the town, or by the test that is named here."""

import ast
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from mailbox import mbox
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa
from cryptography.fernet import Fernet
from pages import ROOT, blocks_of, commands_of, examples, shown, words_of
from place import TODAY, hurry, place_in
from test_first_charter import SECTION
from where_run import ELSEWHERE, NOT_AT_HAND, WALK

from pipeline.cli import main
from samples.connections import variables
from samples.run import free_port
from samples.server import serve
from samples.town import build_town
from warehouse.store import opened

_MAY_FIND = {"check", "status", "alerts", "comply"}
"""Their help says when they end with 1."""


def _other_places(command: str) -> list[str]:
    return [there for said, there in ELSEWHERE.items() if re.fullmatch(said, command, re.DOTALL)]


def test_every_command_shown_is_run() -> None:
    first = {command for block in blocks_of(SECTION, "sh") for command in commands_of(block)}
    run = first | set(WALK)
    commands = shown()
    unrun = {
        command: pages
        for command, pages in commands.items()
        if command not in run
        and not _other_places(command)
        and not re.fullmatch(NOT_AT_HAND, command, re.DOTALL)
    }
    assert unrun == {}
    assert set(WALK) - set(commands) == set(), "no page shows it any more"
    assert [said for said in ELSEWHERE if not any(map(re.compile(said).match, commands))] == []
    assert len(examples()) >= 40


@pytest.mark.parametrize("there", sorted(set(ELSEWHERE.values())))
def test_what_runs_a_command_is_there(there: str) -> None:
    file, _, name = there.partition("::")
    if name:
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    else:
        script, _, line = there.partition(": ")
        assert line in (ROOT / script).read_text("utf-8").splitlines()


def test_what_was_not_run_is_said() -> None:
    page = (ROOT / "docs" / "for-a-team.md").read_text("utf-8")
    assert "| not run | the image, Compose itself, and Helm" in page
    shows = {c for c, pages in shown().items() if re.fullmatch(NOT_AT_HAND, c, re.DOTALL)}
    assert {page for command in shows for page in shown()[command]} == {"for-a-team.md"}


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a folder to work in: an empty installation, an archive and a mailbox."""
    folder = tmp_path_factory.mktemp("walk")
    town = build_town(TODAY)
    with pytest.MonkeyPatch.context() as patch, serve(town, per_ten_seconds=10_000) as address:
        given = place_in(folder, address, town).given
        # One category of the forum, and few days of the others, are enough to walk through.
        said = re.sub(r"lookback: \w+", "lookback: P3D", given.charter.read_text("utf-8"))
        said = re.sub(r"categories: \[(\S+), [^]]*\]", r"categories: [\1]", said)
        given.charter.write_text(said, "utf-8")
        for stage in ("collect", "probing", "rechecking"):
            patch.setattr(f"pipeline.{stage}.Client", hurry())
        named = {"GOODGUEST_CHARTER": str(given.charter), "GOODGUEST_DATA": str(given.data)}
        for name, held in {**variables(), **named}.items():
            patch.setenv(name, held)
        for name in ("GOODGUEST_WAREHOUSE", "GOODGUEST_LANDING"):
            patch.delenv(name, raising=False)
        patch.chdir(folder)
        _prepare(folder, address)
        yield folder


def _prepare(folder: Path, address: str) -> None:
    """Lay out what the commands speak of: an archive, a mailbox."""
    (folder / "archive").mkdir()
    page = requests.get(f"{address}/posts.json", timeout=10, headers={"User-Agent": "t (t@t.org)"})
    (folder / "archive" / "posts.json").write_bytes(page.content)
    box = mbox(folder / "listening")
    box.add("From: a@reader.example\nSubject: hello\n\nNothing of ours.\n")
    box.close()


def _native_id(folder: Path) -> str:
    with opened(f"sqlite:///{folder}/data/warehouse.db") as engine, engine.connect() as connection:
        sql = "select native_id from post where platform = 'discourse' and removed_at is null"
        return str(connection.execute(sa.text(f"{sql} limit 1")).scalar_one())


def _versions(folder: Path) -> list[str]:
    with opened(f"sqlite:///{folder}/data/warehouse.db") as engine, engine.connect() as connection:
        return list(connection.execute(sa.text("select version from charter_version")).scalars())


def _with_another_charter(folder: Path) -> str:
    charter = folder / "data" / "charter.yaml"
    charter.write_text(charter.read_text("utf-8").replace("min_authors: 10", "min_authors: 12"))
    _run(["goodguest", "catalogue"])
    _run(["goodguest", "refine", "--reparse", "riverside-news"])
    return _versions(folder)[0]


def _lost(folder: Path) -> str:
    """Lose the warehouse, and return where its backup stands."""
    for file in (folder / "data").glob("warehouse.db*"):
        file.unlink()
    return str(next((folder / "backups").iterdir()))


PLACEHOLDERS: dict[str, Callable[[Path], str]] = {
    "/var/mail/listening": lambda folder: str(folder / "listening"),
    "/backups": lambda folder: str(folder / "backups"),
    "/backups/goodguest-20261122T020000000000Z": _lost,
    "archive/*.json": lambda _: "archive/posts.json",
    "forum.example/t/12/3": _native_id,
    "3f1c": _with_another_charter,
    "90ab": lambda folder: _versions(folder)[-1],
    "2027-05-31": lambda _: str(datetime.now(UTC).date() + timedelta(days=180)),
}
"""Words of the pages that stand for something of your own."""


def _run(words: list[str]) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as left:
            main()
    return int(left.value.code or 0)


def test_each_command_does_what_it_says(walked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in WALK:
        words = words_of(command)
        filled = [PLACEHOLDERS[word](walked) if word in PLACEHOLDERS else word for word in words]
        capsys.readouterr()
        code = _run(filled)
        said = capsys.readouterr()
        name = next(word for word in words[1:] if not word.startswith("-"))
        may_end = (0, 1) if name in _MAY_FIND else (0,)
        assert code in may_end, f"{command}: {said.err[-500:]}"
        for word in (words[i + 1] for i, word in enumerate(words) if word == "--out"):
            assert (walked / word).exists(), command


def test_the_page_of_one_click_is_served(walked: Path) -> None:
    _run(["goodguest", "init"])
    port = free_port(0)
    command = [sys.executable, "-m", "pipeline.cli", "unsubscribing", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        try:
            assert served.stdout is not None
            assert str(port) in served.stdout.readline()
            answer = requests.get(f"http://127.0.0.1:{port}/unsubscribe/nobody", timeout=30)
            assert answer.status_code == 404
        finally:
            served.send_signal(signal.SIGINT)
        assert served.wait(30) == 0


def test_secrets_are_made_as_the_page_says(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "for-operations.md").read_text("utf-8")
    (block,) = (code for code in blocks_of(page, "sh") if "openssl" in code)
    subprocess.run(["bash", "-euc", block], cwd=tmp_path, check=True, timeout=20)
    secrets = tmp_path / ".secrets"
    assert secrets.stat().st_mode & 0o777 == 0o700
    made = {file.name: file for file in secrets.iterdir()}
    assert {name: file.stat().st_mode & 0o777 for name, file in made.items()} == {
        "jwt": 0o600, "fernet": 0o600,
    }  # fmt: skip
    Fernet(made["fernet"].read_bytes())
    assert len(made["jwt"].read_text("utf-8")) == 88


def test_keys_are_given_as_the_page_says(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "connections.md").read_text("utf-8")
    (block,) = (code for code in blocks_of(page, "sh") if "keys.json" in code)
    programs = Path(sys.executable).parent
    around = {
        "PATH": f"{programs}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/airflow.db",
    }
    done = subprocess.run(
        ["bash", "-euc", f"airflow db migrate\n{block}"],
        cwd=tmp_path, env=around, capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-1000:]
    assert "Imported connection town_x" in done.stdout
    assert "Imported connection town_reddit" in done.stdout
    assert not (tmp_path / "keys.json").exists()
