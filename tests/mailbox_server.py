"""A mail server on loopback that keeps what it is given, and refuses what a test wants refused."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller


class Inbox:
    """What the server took in, and whom or what it refuses with which answer."""

    def __init__(self, **answers: str) -> None:
        self.received: list[Any] = []
        self.answers = answers

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802
        answer = self.answers.get(address.partition("@")[0], "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        self.received.append(envelope)
        return self.answers.get("data", "250 OK")


@contextmanager
def serving(inbox: Inbox, scheme: str = "smtp://", **options: Any) -> Iterator[str]:
    """Yield the address of a mail server that runs."""
    with_port = Controller(inbox, hostname="127.0.0.1", port=0, **options)
    # aiosmtpd probes port 0 when it starts, so the port is taken from the socket first.
    with_port.port = free_port()
    with_port.start()
    try:
        yield f"{scheme}localhost:{with_port.port}"
    finally:
        with_port.stop()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
