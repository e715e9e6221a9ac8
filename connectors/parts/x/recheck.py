"""X: whether posts still stand as they stood, by looking them up or by a compliance job."""

import logging
import re
from collections.abc import Iterator, Sequence
from typing import Any

from connectors.decoding import decoded
from connectors.http import Client
from connectors.parts.x.asking import A_POST, asked, talk_to
from connectors.parts.x.compliance import found_by_job
from connectors.parts.x.fields import id_of, identity, objects, text
from connectors.parts.x.shapes import Tweet, read_as, versions
from contract.charter import Source
from contract.errors import OutOfBudget, SkipPage
from contract.page import Recheck

log = logging.getLogger("goodguest.x")

_A_REQUEST = 100
_MANY = 1000
"""From here on a compliance job is quicker, and it costs nothing."""
_FIELDS = ["id", "edit_history_tweet_ids", "withheld"]
_GONE = frozenset({"resource-not-found", "not-authorized-for-resource", "resource-unavailable"})
_LATEST = re.compile(r"/status/(\d{1,19})$")


def recheck(
    client: Client, source: Source, posts: Sequence[tuple[str, str | None]]
) -> Iterator[tuple[str, Recheck]]:
    """Yield a verdict for the posts, given as native id and address, of which it is known.

    Deleted, made private and withheld posts are gone, edited ones changed: their address names the
    version that is held. 1,000 posts and more, and those the budget cannot pay for, go into a
    compliance job, which is free but sees no edits: then RetryLater says when it may be done.
    """
    known = [post for post in posts if identity({"": post[0]}, "")]
    if not known:
        return
    if len(known) >= _MANY or len(known) > client.budget.left():
        yield from found_by_job(talk_to(client, source), [native_id for native_id, _ in known])
        return
    talk = talk_to(client, source)
    for start in range(0, len(known), _A_REQUEST):
        some = dict(known[start : start + _A_REQUEST])
        try:
            answer = asked(
                talk, A_POST.times(len(some)),
                lambda api, ids=list(some): api.get_tweets(ids, tweet_fields=_FIELDS),  # type: ignore[misc]
            )  # fmt: skip
        except OutOfBudget as error:
            log.warning("not rechecked: %s", error)
            return
        except SkipPage as not_known:
            log.warning("not rechecked: %s", not_known)
            continue
        yield from _verdicts(decoded(answer.body), some)


def _verdicts(read: Any, wanted: dict[str, str | None]) -> Iterator[tuple[str, Recheck]]:
    seen: dict[str, Recheck] = {}
    for error in objects(read, "errors"):
        kind = (text(error, "type") or "").rsplit("/", 1)[-1]
        native_id = identity(error, "resource_id", "value")
        if native_id and kind in _GONE:
            seen[native_id] = "gone"
    for tweet in objects(read, "data"):
        if native_id := identity(tweet, "id"):
            seen[native_id] = _verdict(read_as(Tweet, tweet), wanted.get(native_id))
    yield from ((id_, verdict) for id_, verdict in seen.items() if id_ in wanted)


def _verdict(tweet: Tweet, address: str | None) -> Recheck:
    if tweet.withheld:
        return "gone"
    held = _LATEST.search(address or "")
    return "changed" if held and held[1] != versions(tweet, id_of(tweet.id))[-1] else "there"
