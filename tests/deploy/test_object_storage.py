"""The landing zone on S3: a real server on loopback, reached as a team's would be."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest
from content import content_of
from object_store import BUCKET, ObjectStore, object_store
from place import TODAY, Place

from contract.errors import FixSettings
from contract.page import Page
from pipeline.catalogue import load_catalogue
from pipeline.collect import collect
from pipeline.importing import import_files
from pipeline.landing import land, pages_of, parts, parts_of_run, try_out
from pipeline.refine import refine
from pipeline.settings import Settings
from samples.run import free_port

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MIDNIGHT = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
ZONE = f"s3://{BUCKET}/with space/landing"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture
def store(server: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    """Return the store, emptied, with its address and key in the environment."""
    import fsspec

    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    fs = fsspec.filesystem("s3", use_listings_cache=False)
    for name in fs.find(BUCKET):
        fs.rm_file(name)
    return server


def _page(number: int, body: bytes = b"") -> Page:
    return Page(
        source="forum", platform="discourse", url=f"https://forum.example/{number}",
        received_at=NOON, body=body or b"%d" % number, cursor={"page": number},
    )  # fmt: skip


def _listen(given: Settings, archive: Path) -> None:
    """Go the whole way, with an archive, and read all that is landed once more."""
    load_catalogue(given)
    collected = collect(given, until=MIDNIGHT)
    assert not [result for result in collected.values() if "error" in result]
    import_files(given, "discourse", [archive])
    assert refine(given)["posts_new"] > 1000
    for workers in (1, 2):
        again = refine(given, reparse=True, workers=workers)
        assert (again["posts_new"], again["posts_changed"]) == (0, 0)
    assert refine(given)["pages"] == 0


@pytest.mark.slow
def test_the_same_rows_as_from_files(place: Place, store: ObjectStore, tmp_path: Path) -> None:
    archive = tmp_path / "archive.json"
    archive.write_text(
        json.dumps({
            "post_stream": {"posts": [{
                "id": 990001, "username": "someone", "topic_id": 99, "post_number": 1,
                "created_at": "2026-11-10T08:00:00Z", "updated_at": "2026-11-10T08:00:00Z",
                "cooked": "<p>The invented pothole on Mill Lane is back.</p>",
            }]},
            "id": 99, "title": "Mill Lane", "slug": "mill-lane", "category_id": 1, "tags": [],
        })
    )  # fmt: skip
    _listen(place.given, archive)
    there = place.elsewhere("team")
    (there.given.data / "pseudonym.key").write_bytes(
        (place.given.data / "pseudonym.key").read_bytes()
    )
    given, before = replace(there.given, landing=ZONE), store.asked()
    _listen(given, archive)

    assert content_of(given.warehouse) == content_of(place.given.warehouse)
    landed = parts(ZONE)
    assert store.holds() == {f"with space/landing/{part.path}" for part in landed}
    assert not list(there.given.data.rglob("*.zst")), "nothing of it is beside the bucket"
    asked = store.asked() - before
    assert asked["PUT"] == len(landed), "a part is put once"
    assert asked["DELETE"] == 0


def test_what_is_asked_of_the_store_is_bounded(store: ObjectStore) -> None:
    for number in range(1, 1204):
        land(ZONE, [_page(number)], "run1", NOON, number)
    before = store.asked()
    found = parts(ZONE)
    listing = store.asked() - before
    assert len(found) == 1203
    assert listing == {"GET": 2}, "a listing is one request a thousand parts"
    before = store.asked()
    assert list(pages_of(ZONE, found[7])) == [(1, _page(8))]
    assert store.asked() - before == {"GET": 1}
    # What another process landed meanwhile is seen, and what is gone is gone.
    subprocess.run([sys.executable, "-c", _LAND, ZONE, "5"], check=True, env=dict(os.environ))
    assert [part.number for part in parts_of_run(ZONE, "forum", "run2", NOON)] == [1]


_LAND = """
import sys
from datetime import UTC, datetime
from random import Random
from contract.page import Page
from pipeline.landing import land
noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
page = Page(source="forum", platform="discourse", url="https://forum.example/1",
            received_at=noon, body=Random(1).randbytes(int(sys.argv[2])))
land(sys.argv[1], [page], "run2", noon, 1)
"""


def _copy(came: socket.socket, goes: socket.socket, left: int = 2**62) -> None:
    with suppress(OSError):
        while left > 0 and (some := came.recv(min(left, 65536))):
            goes.sendall(some)
            left -= len(some)


@contextmanager
def _stalling(port: int, after: int) -> Iterator[tuple[str, Event]]:
    """Yield a way to the port that lets so many bytes through and then stands still."""
    listener, stalled = socket.create_server(("127.0.0.1", 0)), Event()

    def forward() -> None:
        client, _ = listener.accept()
        with client, socket.create_connection(("127.0.0.1", port)) as there:
            Thread(target=_copy, args=(there, client), daemon=True).start()
            _copy(client, there, after)
            stalled.set()
            # Until the client is killed; then the store's end of it is closed too.
            while client.recv(65536):
                pass

    thread = Thread(target=forward, daemon=True)
    thread.start()
    with listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", stalled
        thread.join(60)
        assert not thread.is_alive()


def test_killed_while_it_lands_leaves_nothing(store: ObjectStore) -> None:
    with _stalling(int(store.url.rsplit(":", 1)[1]), 3_000_000) as (way, stalled):
        writing = subprocess.Popen(
            [sys.executable, "-c", _LAND, ZONE, "8000000"],
            env={**os.environ, "AWS_ENDPOINT_URL": way},
        )
        assert stalled.wait(60)
        writing.kill()
        writing.wait()
    assert store.holds() == set()
    # What is begun anew is there whole.
    subprocess.run([sys.executable, "-c", _LAND, ZONE, "8000000"], check=True, env=dict(os.environ))
    (part,) = parts(ZONE)
    ((_, page),) = pages_of(ZONE, part)
    assert isinstance(page, Page)
    assert len(page.body) == 8_000_000
    assert len(store.holds()) == 1


def test_the_zone_is_tried_out_and_left_as_it_was(store: ObjectStore) -> None:
    try_out(ZONE)
    assert store.holds() == set()
    for use in (try_out, parts, lambda zone: land(zone, [_page(1)], "run1", NOON, 1)):
        with pytest.raises(FixSettings, match="no such bucket; make it first"):
            use("s3://another/landing")


def test_a_store_that_is_away_is_said(store: ObjectStore) -> None:
    gone = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port(0)}", "AWS_MAX_ATTEMPTS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", _LAND, ZONE, "5"], capture_output=True, text=True,
        check=False, env={**os.environ, **gone},
    )  # fmt: skip
    last = done.stderr.splitlines()[-1]
    assert last.startswith("contract.errors.MendFirst: s3://town/with space/landing: it cannot be")
    assert "Could not connect to the endpoint" in last
