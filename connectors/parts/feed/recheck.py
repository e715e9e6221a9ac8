"""Feeds: whether what they named still stands at its address."""

from collections.abc import Iterator, Sequence
from urllib.parse import urldefrag, urlsplit

from connectors.answers import Answer
from connectors.http import Client
from connectors.indexing import forbids_indexing
from connectors.markup import web_address
from contract.charter import Source
from contract.errors import SkipPage
from contract.page import Recheck

NOT_THERE = frozenset({404, 410})


def recheck(
    client: Client, source: Source, posts: Sequence[tuple[str, str | None]]
) -> Iterator[tuple[str, Recheck]]:
    """Yield `gone` or `there` for the posts, given as native id and address, of which it is known.

    Nothing is said of a post without an address, of one whose site refuses or redirects to its
    front page, and of a comment that its page does not show by its fragment. What asks robots not
    to keep it is gone.
    """
    refusing: set[str] = set()
    for native_id, url in posts:
        page, fragment = urldefrag(url or "")
        host = urlsplit(page).hostname
        if not web_address(page) or host in refusing:
            continue
        try:
            # A feed names articles of any site: none of them may speak of other posts.
            answer = client.unheard.get(page, accept=frozenset({200, 401, 403}) | NOT_THERE)
        except SkipPage:
            continue
        if answer.status in (401, 403):
            refusing.add(str(host))
        elif answer.status in NOT_THERE or forbids_indexing(answer):
            yield native_id, "gone"
        elif _shows(answer, page, fragment):
            yield native_id, "there"


def _shows(answer: Answer, page: str, fragment: str) -> bool:
    is_front_page = urlsplit(answer.url).path in ("", "/") and urlsplit(page).path not in ("", "/")
    return not is_front_page and fragment.encode() in answer.body
