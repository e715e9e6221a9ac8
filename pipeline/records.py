"""Records of a page: as its connector reads them, or as they were kept when some had to go.

A page from which a record was taken out is kept as the records that were read from it, not as it
was received: of an answer in which a post stands, no part can be told for sure to say nothing of
it. Such a page has the method KEPT, which no answer has.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

import msgspec

from connectors import connector_of
from contract.page import Page
from contract.post import Outcome, Post, Rejected, Skipped

KEPT: Final = "KEPT"
_KINDS: Final[dict[str, type[Outcome]]] = {"post": Post, "rejected": Rejected, "skipped": Skipped}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


def outcomes_of(page: Page) -> Iterator[Outcome]:
    """Yield what became of each record of the page."""
    if page.method != KEPT:
        yield from connector_of(page.platform).parse(page)
        return
    try:
        # Not msgspec's own reader, which refuses half a character.
        for name, record in json.loads(page.body):
            outcome = msgspec.convert(record, _KINDS[name])
            is_other = isinstance(outcome, Post) and outcome.platform != page.platform
            yield Rejected(reason="record of another platform") if is_other else outcome
    except (ValueError, KeyError, TypeError) as error:
        yield Rejected(reason="not a kept record", detail=type(error).__name__)


def kept(page: Page, outcomes: Sequence[Outcome]) -> Page:
    """Return the page with nothing but these records; its address is that of its site.

    Where the run was to go on is left out: it can hold titles. Only a run that was cut short reads
    it, and then begins anew.
    """
    records = [(_NAMES[type(outcome)], msgspec.to_builtins(outcome)) for outcome in outcomes]
    site = urlsplit(page.url)
    return msgspec.structs.replace(
        page,
        method=KEPT,
        status=200,
        url=f"{site.scheme}://{site.netloc}/",
        headers={},
        cursor=None,
        body=json.dumps(records).encode(),
    )


def is_list(page: Page, outcomes: Sequence[Outcome]) -> bool:
    """Return whether the page lists what stands elsewhere, and does not say of which posts."""
    are_named = all(isinstance(outcome, Skipped) and outcome.native_id for outcome in outcomes)
    are_skipped = all(isinstance(outcome, Skipped) for outcome in outcomes)
    return page.method != KEPT and page.status == 200 and are_skipped and not are_named
