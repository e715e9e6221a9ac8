"""No socket is opened for a platform that the charter, or its terms, do not let us ask."""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from gated import GATES, LAWFUL

SAID = {
    "approval missing": "asks for an approval (https://",
    "approval expired": "the approval R (3) expired on 2026-01-01; renew it",
    "budget missing": "costs money; set what it may cost",
    "permission missing": "asks for a permission of the community's owner; ask, then note it",
    "purpose expired": "its purpose none expired on 2026-01-01; renew it",
    "disabled": "it is not enabled in the charter",
}
COMMANDS = ("collect", "check", "probe", "comply")


class _Counting(ThreadingHTTPServer):
    """A site that forbids everything, and counts who came."""

    came = 0

    def get_request(self) -> Any:
        """Return the connection, counted."""
        self.came += 1
        return super().get_request()


class _Closed(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(403)
        self.end_headers()

    do_POST = do_GET  # noqa: N815  # the name the library calls

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[_Counting]:
    """Return a site on loopback that forbids everything."""
    with _Counting(("127.0.0.1", 0), _Closed) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def outcomes(
    site: _Counting, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str | None, str], tuple[int, str]]:
    """Return by platform, gate and command how many sockets were opened, and what was said."""
    here = Path(__file__).parent
    folder = tmp_path_factory.mktemp("gated")
    held = json.dumps({"conn_type": "generic", "extra": {
        "client_id": "i", "client_secret": "s", "bearer_token": "b"}})  # fmt: skip
    ran = subprocess.run(
        [sys.executable, str(here / "gated.py"), str(folder),
         f"http://127.0.0.1:{site.server_address[1]}"],
        env={"PYTHONPATH": f"{here.parents[1]}:{here.parent}:{here}", "AIRFLOW_CONN_SECRET": held,
             "GOODGUEST_DATA": str(folder), "PATH": "/usr/bin"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:]
    rows = json.loads(ran.stdout.splitlines()[-1])
    return {(platform, gate, name): (opened, said) for platform, gate, name, opened, said in rows}


@pytest.mark.parametrize("gate", GATES)
def test_nobody_is_asked_who_may_not_be(
    gate: str, outcomes: dict[tuple[str, str | None, str], tuple[int, str]]
) -> None:
    for platform in GATES[gate]:
        for name in COMMANDS:
            if (platform, gate, name) not in outcomes:
                continue
            opened, said = outcomes[platform, gate, name]
            assert opened == 0, f"{name} of {platform} opened a socket: {gate}"
            if (gate, name) not in {("disabled", "check"), ("disabled", "probe")}:
                assert SAID[gate] in said, f"{name} of {platform}"


def test_with_all_in_order_each_of_them_is_asked(
    site: _Counting, outcomes: dict[tuple[str, str | None, str], tuple[int, str]]
) -> None:
    """What notes sockets would have noted one above."""
    for platform in LAWFUL:
        for name in COMMANDS:
            opened, said = outcomes[platform, None, name]
            assert opened > 0, f"{name} of {platform}: {said}"
    assert site.came >= len(LAWFUL) * len(COMMANDS) / 2, "a connection may serve several requests"
