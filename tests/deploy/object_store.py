"""An S3 server on loopback that keeps all in memory and writes down what it was asked."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
import requests

from samples.run import free_port

BUCKET = "town"
KEYS = {
    "AWS_ACCESS_KEY_ID": "invented",
    "AWS_SECRET_ACCESS_KEY": "invented",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@dataclass(frozen=True)
class ObjectStore:
    """A running server: its address, and the log of what it was asked."""

    url: str
    log: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to reach it."""
        return {**KEYS, "AWS_ENDPOINT_URL": self.url}

    def asked(self) -> Counter[str]:
        """Return how often each method was asked for, so far."""
        lines = self.log.read_text("utf-8").splitlines()
        return Counter(line.split('"')[1].split()[0] for line in lines if line.count('"') == 2)

    def holds(self) -> set[str]:
        """Return the names in the bucket, of uploads that are not done too."""
        import fsspec

        fs = fsspec.filesystem("s3", use_listings_cache=False)
        begun = fs.call_s3("list_multipart_uploads", Bucket=BUCKET).get("Uploads", [])
        return {name.removeprefix(f"{BUCKET}/") for name in fs.find(BUCKET)} | {
            upload["Key"] for upload in begun
        }


@contextmanager
def object_store(folder: Path) -> Iterator[ObjectStore]:
    """Yield a server with an empty bucket, or skip where what it needs is not installed."""
    for needed in ("s3fs", "moto"):
        if not find_spec(needed):
            pytest.skip(f"needs {needed}: pip install -c constraints.txt '.[team]' 'moto[server]'")
    port, log = free_port(0), folder / "object-store.log"
    with log.open("wb") as written:
        server = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=written, stderr=subprocess.STDOUT, env={**os.environ, **KEYS},
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, server)
        requests.put(f"{url}/{BUCKET}", timeout=10).raise_for_status()
        yield ObjectStore(url, log)
    finally:
        server.kill()
        server.wait()


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        assert server.poll() is None, "the S3 server ended at once"
        try:
            requests.get(url, timeout=10)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the S3 server was not ready within 30 seconds")
