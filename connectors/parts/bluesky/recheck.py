"""Bluesky: whether posts still stand, and may still be read by anybody."""

import logging
from collections.abc import Iterator, Sequence
from typing import Final

from connectors.decoding import decoded
from connectors.http import Client
from connectors.parts.bluesky.asking import Bluesky
from connectors.parts.bluesky.fields import post_of
from connectors.parts.bluesky.posts import left_out, opt_out_of
from connectors.values import inside, objects, text
from contract.charter import Source
from contract.errors import SkipPage
from contract.page import Recheck

log = logging.getLogger("goodguest.bluesky")

_A_REQUEST: Final = 25


def recheck(
    client: Client, source: Source, posts: Sequence[tuple[str, str | None]]
) -> Iterator[tuple[str, Recheck]]:
    """Yield `there` or `gone` for the posts, given as native id and address, 25 a request.

    Bluesky has no edits. A post whose author asks meanwhile not to be shown to who is not logged
    in is gone too. Nothing is said where Bluesky answers otherwise than asked.
    """
    bluesky = Bluesky(client, source)
    known = [native_id for native_id, _ in posts if post_of(native_id)]
    for start in range(0, len(known), _A_REQUEST):
        asked = known[start : start + _A_REQUEST]
        try:
            answer = bluesky.get("app.bsky.feed.getPosts", {"uris": asked})
        except SkipPage as not_known:
            log.warning("not rechecked: %s", not_known)
            continue
        read = decoded(answer.body)
        if answer.status != 200 or not isinstance(inside(read, "posts"), list):
            continue
        shown = {uri: view for view in objects(read, "posts") if (uri := text(view, "uri"))}
        if shown.keys() - set(asked):
            log.warning("not rechecked: Bluesky does not answer what is asked")
            continue
        for uri in asked:
            view = shown.get(uri)
            is_open = view is not None and not opt_out_of(view) and not left_out(view)
            yield uri, "there" if is_open else "gone"
