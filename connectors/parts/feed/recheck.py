"""Feeds: whether what they named still stands at its address."""

import logging
from collections.abc import Iterator, Sequence
from urllib.parse import urldefrag, urlsplit

from connectors.answers import Answer
from connectors.http import Client
from connectors.indexing import forbids_indexing
from connectors.markup import web_address
from connectors.silence import Sites
from contract.charter import Source
from contract.errors import MendFirst, RetryLater, SkipPage, StopSource
from contract.page import Recheck
from contract.places import hosts_of

log = logging.getLogger("goodguest.feed")

NOT_THERE = frozenset({404, 410})


def recheck(
    client: Client, source: Source, posts: Sequence[tuple[str, str | None]]
) -> Iterator[tuple[str, Recheck]]:
    """Yield `gone` or `there` for the posts, given as native id and address, of which it is known.

    Nothing is said of a post without an address, of one whose site refuses or redirects to its
    front page, and of a comment that its page does not show by its fragment. What asks robots not
    to keep it is gone. A feed names articles of any site: none of them may speak of other posts,
    and one that is away, or at an address that is not public, is `silent` and holds up no other.
    Raises RetryLater once many are, and at the end when one answered, and then no more.
    """
    chosen = hosts_of((str(source.url), *source.select.feeds))
    refusing, sites = set[str](), Sites(client.now)
    for native_id, url in posts:
        if not web_address(url):
            continue
        page, fragment = urldefrag(str(url))
        host = next(iter(hosts_of((page,))), "")
        if host in refusing or host in sites.busy:
            continue
        if host in sites.silent:
            yield native_id, "silent"
            continue
        try:
            answer = client.unheard.get(page, accept=frozenset({200, 401, 403}) | NOT_THERE)
        except SkipPage:
            continue
        except (StopSource, RetryLater) as closed:
            if host in chosen or isinstance(closed, MendFirst):
                raise
            # The host alone: an address of an article leads to who wrote it.
            log.warning("not rechecked: %s (%s)", host, type(closed).__name__)
            sites.fails(host, closed)
            if host in sites.silent:
                yield native_id, "silent"
            sites.bear()
            continue
        sites.answers(host)
        if answer.status in (401, 403):
            refusing.add(host)
        elif answer.status in NOT_THERE or forbids_indexing(answer):
            yield native_id, "gone"
        elif _shows(answer, page, fragment):
            yield native_id, "there"
    sites.bear(is_end=True)


def _shows(answer: Answer, page: str, fragment: str) -> bool:
    is_front_page = urlsplit(answer.url).path in ("", "/") and urlsplit(page).path not in ("", "/")
    return not is_front_page and fragment.encode() in answer.body
