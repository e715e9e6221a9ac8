"""The fediverse: whether posts still stand where they were written, and may still be read."""

import logging
import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from connectors.addresses import request_to
from connectors.answers import Answer, Judged
from connectors.decoding import decoded
from connectors.http import Client
from connectors.indexing import forbids_indexing
from connectors.parts.mastodon.asking import judged_object
from connectors.parts.mastodon.posts import host_in
from connectors.parts.mastodon.signals import opt_out_of
from connectors.silence import Sites
from connectors.values import inside, text, texts
from contract.charter import Source
from contract.errors import MendFirst, RetryLater, SkipPage, StopSource
from contract.page import Recheck

log = logging.getLogger("goodguest.mastodon")

_OWN: Final = re.compile(r"/statuses/(\d{1,20})\Z")
_NOT_THERE: Final = frozenset({404, 410})
_FOR_SERVERS: Final = frozenset({401, 403})
_PUBLIC: Final = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})
_OBJECT: Final = "application/activity+json"


def recheck(
    client: Client, source: Source, posts: Sequence[tuple[str, str | None]]
) -> Iterator[tuple[str, Recheck]]:
    """Yield `there` or `gone` for posts, given as native id and address, of which it is known.

    The instance is asked for the posts of its own people. Those of others are asked for by their
    address at the server they were written on, which knows first what is deleted: ActivityPub, 3.2.
    What is not public any more is gone, and so is what its author asks not to have read any more.
    An edit by its own people stands in the answer; others' are seen when a list is read anew.
    Of servers that do not answer, `silent` is said. Raises RetryLater once many do not, and at the
    end when one answered, and then no more.
    """
    base, sites = str(source.url).rstrip("/"), Sites(client.now)
    own_host = urlsplit(base).netloc.lower()
    for native_id, url in posts:
        host, own = host_in(native_id), _OWN.search(native_id)
        is_own = host == own_host
        # In a private network anybody's address could lead to what is not meant for guests.
        if host is None or host in sites.busy or (source.private_addresses and not is_own):
            continue
        if host in sites.silent:
            yield native_id, "silent"
            continue
        try:
            if is_own and own:
                verdict = _of_instance(client, base, own[1], native_id)
            else:
                # What it says of its own post is asked, and nothing that it says of others'.
                verdict = _of_author(client.unheard, native_id, url)
        except SkipPage as not_known:
            log.warning("not rechecked: %s (%s)", host, type(not_known).__name__)
            continue
        except (StopSource, RetryLater) as closed:
            if is_own or isinstance(closed, MendFirst):
                raise
            # The host alone: an address of a post leads to who wrote it.
            log.warning("not rechecked: %s (%s)", host, type(closed).__name__)
            sites.fails(host, closed)
            if host in sites.silent:
                yield native_id, "silent"
            sites.bear()
            continue
        sites.answers(host)
        if verdict:
            yield native_id, verdict
    sites.bear(is_end=True)


def _of_instance(client: Client, base: str, number: str, native_id: str) -> Recheck | None:
    answer = client.get(
        f"{base}/api/v1/statuses/{number}", accept=frozenset({200}) | _NOT_THERE, judge=_judged
    )
    if answer.status in _NOT_THERE:
        return "gone"
    read = decoded(answer.body)
    if text(read, "uri") != native_id:
        return None
    is_open = text(read, "visibility") == "public" and not opt_out_of(inside(read, "account"))
    return "there" if is_open else "gone"


def _judged(answer: Answer) -> Judged | None:
    return None if answer.status in _NOT_THERE else judged_object(answer)


def _of_author(client: Client, native_id: str, url: str | None) -> Recheck | None:
    try:
        asked = request_to(native_id, headers={"Accept": _OBJECT})
    except ValueError:
        return None
    client.obey_robots(str(asked.url))
    answer = client.send(asked)
    if answer.status in _FOR_SERVERS and host_in(url) == host_in(native_id):
        # It shows the object to other servers only, and the page of it to people.
        answer = client.get(str(url), accept=frozenset({200}) | _NOT_THERE)
        is_gone = answer.status in _NOT_THERE or forbids_indexing(answer)
        return "gone" if is_gone else "there"
    if answer.status in _NOT_THERE:
        return "gone"
    read = decoded(answer.body) if answer.status == 200 else None
    if text(read, "id") != native_id:
        return None
    if text(read, "type") == "Tombstone":
        return "gone"
    to = {text(read, "to"), *texts(read, "to")}
    return "there" if to & _PUBLIC else "gone"
