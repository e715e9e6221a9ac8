"""What a run loads before it does anything: not what only other runs need."""

import os
import subprocess
import sys
from pathlib import Path

_OF_OTHERS = {
    "alembic", "chardet", "feedparser", "mako", "praw", "psycopg", "py3langid", "pygments",
    "requests", "structlog", "tweepy", "urllib3",
}  # fmt: skip
"""For fetching, migrating, PostgreSQL, feeds and texts; each takes up to a tenth of a start."""


def test_refining_nothing_loads_no_client_and_no_migration(tmp_path: Path) -> None:
    assert "alembic" in _loaded(tmp_path, "init")
    assert "requests" in _loaded(tmp_path, "catalogue")
    assert _loaded(tmp_path, "refine") == []


def _loaded(data: Path, command: str) -> list[str]:
    """Return which of the libraries a command loaded."""
    says = """
import sys
from pipeline.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print()
print(*sys.modules)
"""
    place = Path(__file__).parents[2]
    around = {"GOODGUEST_DATA": str(data), "GOODGUEST_CHARTER": str(place / "samples/charter.yaml")}
    done = subprocess.run(
        [sys.executable, "-c", says, command], env=os.environ | around, cwd=place, check=True,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return sorted(_OF_OTHERS.intersection(done.stdout.splitlines()[-1].split()))
