"""A backup that somebody changed is refused before anything is changed by it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from listening import listening

from contract.errors import GoodguestError
from pipeline.backup import backup
from pipeline.manifest import MANIFEST, file_of
from pipeline.restore import restore

SECRET = "what another account of the machine keeps"


def _forget_sum(made: Path, manifest: dict[str, Any]) -> None:
    """The charter decides who is listened to: it comes with a sum, or not at all."""
    del manifest["files"]["charter.yaml"]
    (made / "charter.yaml").write_text("agency: another")


def _lead_out(made: Path, manifest: dict[str, Any]) -> None:
    (made / "charter.yaml").unlink()
    (made / "charter.yaml").symlink_to(made.parents[1] / "secret")
    manifest["files"]["charter.yaml"] = {"sha256": file_of(made / "charter.yaml").sha256,
                                         "bytes": len(SECRET)}  # fmt: skip


def _name_another_file(made: Path, manifest: dict[str, Any]) -> None:
    manifest["files"]["../../secret"] = {"sha256": file_of(made.parents[1] / "secret").sha256,
                                         "bytes": len(SECRET)}  # fmt: skip


def _lead_parts(made: Path, manifest: dict[str, Any], line: str) -> None:
    (made / "landing.jsonl").write_text(line + "\n")
    manifest["files"]["landing.jsonl"]["sha256"] = file_of(made / "landing.jsonl").sha256


def _with_line(line: str) -> Callable[[Path, dict[str, Any]], None]:
    return lambda made, manifest: _lead_parts(made, manifest, line)


PART = "forum/2026-11-22/../../../run-000001.0123456789abcdef.jsonl.zst"
ATTACKS = {
    "a file without a sum": _forget_sum,
    "a link": _lead_out,
    "a file elsewhere": _name_another_file,
    "a part elsewhere": _with_line(json.dumps({"path": PART, "bytes": 1, "sha256": "0"})),
    "an absolute part": _with_line(json.dumps({"path": "/etc/passwd", "bytes": 1})),
    "no part": _with_line('{"path": 1'),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_nothing_of_it_is_put_anywhere(
    attack: Callable[[Path, dict[str, Any]], None], tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text(SECRET)
    given = listening(tmp_path / "place", f"sqlite:///{tmp_path}/warehouse.db", ["discourse"])
    made = Path(backup(given, tmp_path / "backups")["backup"])
    manifest = json.loads((made / MANIFEST).read_text())
    attack(made, manifest)
    (made / MANIFEST).write_text(json.dumps(manifest))
    given.charter.unlink()
    (tmp_path / "warehouse.db").unlink()
    with pytest.raises(GoodguestError, match="the backup is damaged"):
        restore(given, made)
    assert not given.charter.exists()
    assert not (tmp_path / "warehouse.db").exists()
