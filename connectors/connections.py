"""Connections that reach public addresses only, and end in time."""

import io
import socket
import traceback
from collections.abc import Callable, Collection
from http.client import HTTPResponse
from typing import Any

from requests import RequestException
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family

from connectors.addresses import is_public
from contract.errors import StopSource

__all__ = ["GuardedAdapter", "RequestException", "let_go"]


class GuardedAdapter(HTTPAdapter):
    """Connects to the very addresses it has checked, so a second look-up of a name changes nothing.

    `remaining` returns the seconds that are left of the request now under way: every read from
    the network waits no longer, so headers or a body that drip cannot hold the reader. Raises
    StopSource when a host has an address that is not public, unless it is one of `private_hosts`:
    an answer may lead anywhere, but into a private network only to where the charter leads too.
    """

    def __init__(self, *, private_hosts: Collection[str], remaining: Callable[[], float]) -> None:
        self._private_hosts = private_hosts
        self._remaining = remaining
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Build the pools over guarded connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._private_hosts, self._remaining)


def _pools(
    private_hosts: Collection[str], remaining: Callable[[], float]
) -> dict[str, type[HTTPConnectionPool]]:
    class Response(HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
            super().__init__(sock, *args, **kwargs)
            raw = self.fp.detach()
            self.fp = io.BufferedReader(_Timed(raw, sock, remaining))

    class Plain(HTTPConnection):
        response_class = Response

        def _new_conn(self) -> socket.socket:
            return _connect(self, private_hosts, remaining)

    class Secure(HTTPSConnection):
        response_class = Response

        def _new_conn(self) -> socket.socket:
            return _connect(self, private_hosts, remaining)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def let_go(error: BaseException) -> None:
    """Empty what an error and its causes passed through on their way.

    urllib3's hold their error, which holds them, and with them whatever the connector was at.
    """
    cause: BaseException | None = error
    while cause is not None:
        traceback.clear_frames(cause.__traceback__)
        cause = cause.__context__


class _Timed(io.RawIOBase):
    def __init__(
        self, raw: io.RawIOBase, sock: socket.socket, remaining: Callable[[], float]
    ) -> None:
        self._raw, self._sock, self._remaining = raw, sock, remaining

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._remaining()
        if left <= 0:
            raise TimeoutError("the whole answer took too long")
        longest = self._sock.gettimeout()
        # The socket may be closed already while its reader lives on.
        if self._sock.fileno() >= 0:
            self._sock.settimeout(left if longest is None else min(longest, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _connect(
    connection: HTTPConnection, private_hosts: Collection[str], remaining: Callable[[], float]
) -> socket.socket:
    host = connection._dns_host.strip("[]")
    try:
        found = socket.getaddrinfo(host, connection.port, allowed_gai_family(), socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        gai = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
        raise NameResolutionError(host, connection, gai) from error
    is_named = host.lower().rstrip(".") in private_hosts
    if not is_named and not all(is_public(str(where[0])) for *_, where in found):
        raise StopSource(
            f"{host} stands at an address that is not public and is not asked; "
            "a source of a private network names its host and says private_addresses: true"
        )
    failure: OSError | None = None
    for family, kind, protocol, _, where in found:
        # A zone may hold thousands of addresses at which nobody ever answers.
        if (left := remaining()) <= 0:
            break
        sock = socket.socket(family, kind, protocol)
        try:
            for option in connection.socket_options or ():
                sock.setsockopt(*option)
            longest = connection.timeout
            sock.settimeout(min(longest, left) if isinstance(longest, int | float) else left)
            sock.connect(where)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise NewConnectionError(connection, "no address of the host answers") from failure
