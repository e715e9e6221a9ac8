"""WordPress: whether articles and comments still stand where they stood."""

import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from connectors.answers import shown
from connectors.http import Client
from connectors.markup import site_of
from connectors.parts.wordpress.asking import API, PER_PAGE, held_by, judged_comments
from contract.charter import Source
from contract.errors import SkipPage
from contract.page import Recheck

log = logging.getLogger("goodguest.wordpress")

_OWN_ID = re.compile(r"(.+)/\?p=(\d{1,18})(?:#comment-(\d{1,18}))?")


def recheck(
    client: Client, source: Source, posts: Sequence[tuple[str, str | None]]
) -> Iterator[tuple[str, Recheck]]:
    """Yield `there` or `gone` for the articles and comments of this site, 100 a request.

    Nothing is said of posts of other sites, and where the site answers otherwise than asked.
    """
    base = str(source.url).rstrip("/")
    wanted: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for native_id, _ in posts:
        named = _OWN_ID.fullmatch(native_id)
        if named and _site(named[1]) == _site(base):
            kind = wanted["comments" if named[3] else "posts"]
            kind[int(named[3] or named[2])].append(native_id)
    for route, named_ids in wanted.items():
        ids = list(named_ids)
        for start in range(0, len(ids), PER_PAGE):
            asked = ids[start : start + PER_PAGE]
            try:
                there = _there(client, f"{base}{API}/{route}", asked)
            except SkipPage as not_known:
                log.warning("not rechecked: %s", not_known)
                break
            for number in asked:
                verdict: Recheck = "there" if number in there else "gone"
                yield from ((native_id, verdict) for native_id in named_ids[number])


def _site(url: str) -> str:
    """Return what names the site, however it is addressed: it says so itself in its ids."""
    return site_of(url).removeprefix("www.")


def _there(client: Client, url: str, ids: list[int]) -> set[int]:
    """Return which of the ids the site shows; raises SkipPage when it answers something else."""
    params = {"include": ",".join(map(str, ids)), "per_page": PER_PAGE, "_fields": "id"}
    accept = frozenset({200})
    answer = client.get(url, params=params, accept=accept, judge=judged_comments)
    there: list[Any] = [each.get("id") for each in held_by(answer)]
    if any(number not in ids for number in there):
        raise SkipPage(f"{shown(url)}: does not answer what is asked")
    return set(there)
