"""What stands at the head of an answer: asked for without its body."""

from typing import Final

from connectors.addresses import asked_address, request_to
from connectors.answers import Answer
from connectors.http import FOR_A_LIBRARY, Client

_NO_HEAD: Final = frozenset({405, 501})
"""RFC 9110: the method is not allowed here, or not known at all."""


def head(client: Client, url: str) -> Answer:
    """Return the answer to HEAD, or to GET where that is not allowed, its body not read.

    A redirect is an answer, not followed; robots.txt is obeyed. Raises RetryLater when the host
    does not answer or wants to be asked later, SkipPage when robots.txt forbids it or it is no
    address, StopSource when the host's address is not public.
    """
    url = asked_address(url)
    client.obey_robots(url)
    accept = FOR_A_LIBRARY | _NO_HEAD
    answer = client.send(request_to(url, "HEAD"), accept)
    if answer.status in _NO_HEAD:
        answer = client.send(request_to(url), accept, most=0)
    return answer
