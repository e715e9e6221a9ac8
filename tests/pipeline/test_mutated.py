"""Payloads to which anything has happened go through import and refine, each to an end.

MUTATED_PAYLOADS says how many; 20000 take some minutes.
"""

import base64
import gzip
import json
import os
import resource
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from backports import zstd
from listening import ENDS, listening
from mutation import PLATFORMS, Payload, mutated, mutations

from pipeline.importing import import_files
from pipeline.landing import pages_of, parts
from pipeline.refine import refine
from pipeline.settings import Settings
from warehouse.store import opened
from warehouse.tables import landing_part, rejected

COUNT = int(os.environ.get("MUTATED_PAYLOADS", "2000"))
_IN_A_FILE = 100
_SECONDS_A_FILE = 20.0
"""Of the processor, for payloads of at most 60 kB and what was made of them."""
_MEGABYTES = 1_000
"""More than there were: a batch may be full of the longest texts."""
ODD: tuple[Any, ...] = (
    None, True, -1, 2**70, 1.5, "", "x", "\0", "\ud83d", "http://[x", "9" * 5_000, "0" * 100_000,
    "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "Mon, 99 Zzz 0000 99:99:99 +9999",
    [], {}, [[]], [None], {"code": 2**70}, {"\ud83d": "\ud83d"},
)  # fmt: skip
"""What stands in an envelope where something else belongs."""


def megabytes() -> float:
    """Return how much memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.fixture
def given(store_url: str, tmp_path: Path) -> Settings:
    """Return an installation that reads every platform into an empty store."""
    return listening(tmp_path, store_url, PLATFORMS)


def cassette(some: Sequence[Payload], dice: Random) -> bytes:
    """Return a recording of the payloads, as betamax writes one; some of it is not as it should."""
    interactions = []
    for each in some:
        request: dict[str, Any] = {"method": "GET", "uri": each.url}
        response: dict[str, Any] = {
            "body": {"base64_string": base64.b64encode(each.body).decode()},
            "status": {"code": 200, "message": "OK"},
            "headers": {
                "Content-Type": ["application/json"],
                "Date": "Fri, 20 Nov 2026 12:00:00 GMT",
            },
        }
        whole = {"request": request, "response": response, "recorded_at": "2026-11-20T12:00:00"}
        if dice.random() < 0.1:
            holder = dice.choice((whole, request, response, response["headers"]))
            holder[dice.choice(list(holder))] = dice.choice(ODD)
        interactions.append(whole)
    return json.dumps({"http_interactions": interactions}).encode()


def written(folder: Path, platform: str, count: int, dice: Random) -> list[Path]:
    """Write payloads into files: most in recordings, some alone; return the files."""
    every = list(mutations(platform, count, seed=1))
    files = {}
    for start in range(0, count, _IN_A_FILE):
        some = every[start : start + _IN_A_FILE]
        files[f"{start:06}.json"] = cassette(some[10:], dice)
        files |= {f"{start + n:06}.body": each.body for n, each in enumerate(some[:10])}
    # Whole files are damaged too, after they were packed.
    packed = dice.choice((gzip.compress, zstd.compress, bytes))(cassette(every[:5], dice))
    files["damaged.json"] = mutated(packed, dice)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return sorted(folder.iterdir())


def test_every_record_comes_to_an_end(given: Settings, tmp_path: Path) -> None:
    dice, records, pages, before = Random(1), 0, 0, megabytes()
    # What only one of the databases refuses shows on a quarter of them, too.
    count = COUNT if given.warehouse.startswith("sqlite") else COUNT // 4
    for platform in PLATFORMS:
        for file in written(tmp_path / platform, platform, count // len(PLATFORMS), dice):
            began = time.process_time()
            landed = import_files(given, platform, [file])
            assert time.process_time() - began < _SECONDS_A_FILE, file
            assert landed["records"] >= landed["pages"]
            assert landed["pages"] or landed["skipped"], file
            records, pages = records + landed["records"], pages + landed["pages"]
    assert pages > count * 0.5
    began = time.process_time()
    refined = refine(given)
    assert time.process_time() - began < _SECONDS_A_FILE * max(count / _IN_A_FILE, 5)
    assert refined["pages"] == pages
    assert sum(refined[end] for end in ENDS) == records
    assert refined["posts_new"] > 100
    assert sum(refine(given, reparse=True)[end] for end in ENDS) == records
    assert megabytes() - before < _MEGABYTES


def test_what_was_landed_may_be_damaged(given: Settings, tmp_path: Path) -> None:
    dice = Random(2)
    for platform in PLATFORMS:
        import_files(given, platform, written(tmp_path / platform, platform, 100, dice))
    damaged = 0
    for part in parts(given.landing):
        path = Path(given.landing, part.path)
        lines = zstd.decompress(path.read_bytes()).splitlines(keepends=True)
        for at in dice.sample(range(len(lines)), len(lines) // 3):
            lines[at] = mutated(lines[at][:20_000], dice) + b"\n"
        content = zstd.compress(b"".join(lines))
        path.write_bytes(mutated(content, dice) if dice.random() < 0.3 else content)
        damaged += sum(isinstance(page, Exception) for _, page in pages_of(given.landing, part))
    refined = refine(given)
    with opened(given.warehouse) as engine, engine.connect() as connection:
        told = connection.scalar(
            sa.select(sa.func.count()).where(rejected.c.reason == "damaged page")
        )
        held = connection.scalar(sa.select(sa.func.sum(landing_part.c.records)))
    assert told == damaged > 50
    assert sum(refined[end] for end in ENDS) == held
