"""A real community in five minutes: the README's own commands, against a forum and a feed."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from pages import README, ROOT, blocks_of, commands_of, words_of
from place import hurry

from pipeline.cli import main
from samples.server import serve
from samples.town import build_town

SECTION = README.read_text("utf-8").partition("\n## A real community")[2].partition("\n## ")[0]
_SAYS = blocks_of(SECTION, "text")
_PLACE = "private_addresses: true"


@pytest.fixture
def site() -> Iterator[str]:
    """Yield the address of a forum and a paper, as they stand today."""
    with serve(build_town(datetime.now(UTC).date()), per_ten_seconds=10_000) as address:
        yield address


def _changed(charter: str, site: str) -> str:
    """Return the charter as its owner changes it: addresses, the feed, and the permission."""
    for mark in ("https://forum.town.example", "https://news.town.example"):
        assert charter.count(mark) == 1
        charter = charter.replace(mark, f"{site}\n    {_PLACE}")
    charter = charter.replace("[/feed.xml]", "[/news/atom.xml]")
    return charter.replace("# permission:", "permission:")


class Terminal:
    """Who types the section's commands into a terminal, one after the other."""

    def __init__(self, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._patch, self._capsys = patch, capsys

    def types(self, command: str) -> tuple[int, str]:
        """Return how a command ended, and what it said."""
        words = words_of(command)
        if words[0] == "goodguest":
            self._patch.setattr(sys, "argv", words)
            with pytest.raises(SystemExit) as left:
                main()
            said = self._capsys.readouterr()
            return int(left.value.code or 0), said.out
        if words[0] == "cd":
            self._patch.chdir(words[1])
        else:
            subprocess.run(["bash", "-euc", command], check=True, timeout=20)
        return 0, ""


def _shape(line: str) -> str:
    """Return a line without what differs from town to town: numbers, and where the folder is."""
    placed = re.sub(r"/\S*/listening/", "/…/listening/", line.strip())
    return re.sub(r"\d[\d,.]*", "#", placed)


def _is_said(expected: str, said: str) -> None:
    """Each line that the README shows is said, in that order."""
    lines = iter(map(_shape, said.splitlines()))
    for line in map(_shape, expected.splitlines()):
        assert line in lines, line


def test_a_forum_and_a_feed_become_a_digest(
    site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout = tmp_path / "goodguest"
    checkout.mkdir()
    (checkout / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(checkout)
    for stage in ("collect", "probing", "rechecking"):
        monkeypatch.setattr(f"pipeline.{stage}.Client", hurry())
    for setting in ("CHARTER", "DATA", "WAREHOUSE", "LANDING"):
        monkeypatch.delenv(f"GOODGUEST_{setting}", raising=False)
    terminal = Terminal(monkeypatch, capsys)
    first, second, third = (commands_of(block) for block in blocks_of(SECTION, "sh"))

    ended = [terminal.types(command) for command in first]
    assert [code for code, _ in ended] == [0, 0, 0, 1]
    _is_said(_SAYS[0], ended[-1][1])
    assert Path.cwd() == tmp_path / "listening"

    charter = Path("charter.yaml")
    charter.write_text(_changed(charter.read_text("utf-8"), site), encoding="utf-8")
    ended = [terminal.types(command) for command in second]
    assert [code for code, _ in ended] == [0, 0, 0, 0]
    assert ended[1][1] == "", "check says nothing when all is well"
    _is_said(_SAYS[1], "".join(said for _, said in ended))
    (page,) = Path("data/digests").glob("first-weekly-*.html")
    told = page.read_text("utf-8")
    assert "Roads and paths" in told
    assert "Library opening hours" in told

    ended = [terminal.types(command) for command in third]
    assert all(code in (0, 1) for code, _ in ended)
    assert "rechecked" in ended[0][1]
    assert re.search(r"^forum\s", ended[1][1], re.MULTILINE)


def test_every_line_of_the_charter_that_is_to_be_changed_is_marked() -> None:
    text = (ROOT / "docs" / "first" / "charter.yaml").read_text("utf-8")
    for line in text.splitlines():
        is_placeholder = re.search(r"\.example\b|Example|DPIA|permission:|\[/feed", line)
        assert not is_placeholder or "<-" in line, line
    charter = yaml.safe_load(text)
    assert "permission" not in charter["sources"]["forum"], "nobody gave one yet"
    assert charter["purposes"]["services"]["expires"] > date(2026, 11, 22)
