"""A town that is disturbed for a minute ends as one that was not; `make chaos` takes longer."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from samples.chaos_blows import kills

ROOT = Path(__file__).parents[2]


def test_the_same_seed_kills_the_same_at_the_same_time() -> None:
    first, again = (kills(Random(7), 40, 600.0) for _ in range(2))
    assert [(blow.at, blow.kind) for blow in first] == [(blow.at, blow.kind) for blow in again]
    assert len(first) == 40
    assert all(0 <= blow.at <= 600 for blow in first)
    assert {"task killed", "scheduler killed", "api-server killed"} <= {b.kind for b in first}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_disturbed_town_ends_as_a_calm_one(tmp_path: Path) -> None:
    asked = "--minutes 1 --kills 5 --seed 7 --sources riverside-news town-reddit town-x"
    done = subprocess.run(
        [sys.executable, "-m", "samples.chaos", *asked.split()],
        cwd=ROOT, env=os.environ | {"GOODGUEST_DATA": str(tmp_path)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "kill -9" in done.stdout
    assert "rows that differ from the calm run: 0" in done.stdout
