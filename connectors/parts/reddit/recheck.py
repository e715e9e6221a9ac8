"""Reddit: whether posts still stand where they stood."""

import logging
from collections.abc import Iterator, Sequence

from connectors.decoding import decoded
from connectors.http import Client
from connectors.parts.reddit.asking import Reddit
from connectors.parts.reddit.fields import FULLNAME, fullname, things_in
from connectors.parts.reddit.lists import PER_REQUEST
from connectors.parts.reddit.removals import removal_of
from contract.charter import Source
from contract.errors import SkipPage
from contract.page import Recheck

log = logging.getLogger("goodguest.reddit")


def recheck(
    client: Client, source: Source, posts: Sequence[tuple[str, str | None]]
) -> Iterator[tuple[str, Recheck]]:
    """Yield `gone` or `there` for submissions and comments by their full names, 100 a request.

    Gone is what Reddit does not send any more or sends as deleted or removed. Of edits nothing is
    said: what was seen before is not known here.
    """
    names = [native_id for native_id, _ in posts if FULLNAME.fullmatch(native_id)]
    if not names:
        return
    reddit = Reddit(client, source)
    for at in range(0, len(names), PER_REQUEST):
        chunk = names[at : at + PER_REQUEST]
        try:
            # Of so many not one: worth asking twice before all of it is deleted.
            there = _there(reddit, chunk) or _there(reddit, chunk)
        except SkipPage as not_known:
            log.warning("not rechecked: %s", not_known)
            continue
        yield from ((name, "there" if name in there else "gone") for name in chunk)


def _there(reddit: Reddit, names: list[str]) -> set[str | None]:
    answer = reddit.get("api/info", {"id": ",".join(names)})
    if answer.status != 200:
        raise SkipPage(f"answered {answer.status}")
    things = things_in(decoded(answer.body))
    return {fullname(data, "name") for _, data in things if not removal_of(data)}
