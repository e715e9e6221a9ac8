"""Expand: asks shorteners where the short links in posts lead, where the charter allows it."""

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import Engine

from connectors.addresses import is_public
from connectors.answers import Answer
from connectors.heads import head
from connectors.http import REDIRECTS, Client
from connectors.markup import absolute
from connectors.pace import Kept
from contract.charter import Charter
from contract.errors import RateLimited, RetryLater, SkipPage, StopSource
from contract.terms import Rate
from pipeline.link import Tie, link_posts
from pipeline.permission import may_listen
from pipeline.settings import Settings
from pipeline.sharing import shared_pace
from transforms import expansion
from transforms.expansion import expanded, is_short
from transforms.links import LONGEST_URL, canonical_url, domain_of
from transforms.redaction import redact_url
from warehouse.charter_versions import note_charter
from warehouse.recount import recount
from warehouse.short_links import (
    Asked,
    Status,
    Wanted,
    forget_asked,
    links_to_expand,
    replace_links,
    store_asked,
    targets_of,
    wanted_links,
)
from warehouse.store import opened, writing

_log = logging.getLogger("goodguest.expand")
_MOST_LINKS = 500
"""Asked in a run; the rest is for the next."""
_MOST_HOPS = 5
_BATCH_LINKS = 100
_BATCH_POSTS = 1_000
_LIMITS = (Rate(1, 1.0),)
"""For each shortener."""

_MEANING: Final[dict[int, Status]] = {401: "refused", 403: "refused", 404: "gone", 410: "gone"}


def expand(given: Settings) -> dict[str, int]:
    """Ask where short links in posts lead, store it, and tie the posts they stand in anew.

    Returns `looked` (links asked), `expanded` and `refused` (what they came to), `left` (for
    another run) and `posts` (whose links are others now). Only posts of sources that say
    expand_short_links count; what is known of a link is forgotten when texts are. Raises
    FixSettings when charter or warehouse is wrong.
    """
    charter = given.load_charter()
    counts = Counter[str]()
    with opened(given.warehouse) as engine:
        if charter.expanding:
            wanted = _wanted(engine, charter)
            # What is known already counts as well: of a run that was cut short, or of another post.
            counts["posts"] = _write(engine, charter, ())
            for found in _asked(charter, wanted.urls, shared_pace(given, engine)):
                counts["looked"] += len(found)
                counts["expanded"] += sum(asked.target is not None for asked in found)
                counts["posts"] += _write(engine, charter, found)
            counts["refused"] = counts["looked"] - counts["expanded"]
            counts["left"] = wanted.total - counts["looked"]
            with writing(engine) as connection:
                version = note_charter(connection, charter, datetime.now(UTC))
            link_posts(engine, Tie(engine, given.matchers, charter.ties), version)
            recount(engine)
    return {name: counts[name] for name in ("looked", "expanded", "refused", "left", "posts")}


def _wanted(engine: Engine, charter: Charter) -> Wanted:
    now = datetime.now(UTC)
    sources = _sources_now(charter, now)
    with writing(engine) as connection:
        forget_asked(connection, now - charter.retention.text)
        return wanted_links(connection, sources, expansion.SHORTENERS, now, _MOST_LINKS)


def _asked(charter: Charter, urls: Sequence[str], pace: Kept) -> Iterator[list[Asked]]:
    """Yield what the links came to, in lists to be written together."""
    with Client(
        agency=charter.agency.name,
        contact=charter.agency.contact,
        limits=_LIMITS,
        pace=pace,
    ) as client:
        found = _Shorteners(client).asked(urls)
        while batch := list(islice(found, _BATCH_LINKS)):
            yield batch


def _sources_now(charter: Charter, now: datetime) -> set[str]:
    """Return the sources whose links may be asked for today."""
    sources = set()
    for name in charter.expanding:
        try:
            may_listen(charter, name, now)
        except StopSource as stop:
            _log.warning("no short link is asked for %s", stop)
        else:
            sources.add(name)
    return sources


def _write(engine: Engine, charter: Charter, found: Sequence[Asked]) -> int:
    """Return how many posts have other links, once what was found is stored and applied."""
    posts, after = 0, ""
    with writing(engine) as connection:
        store_asked(connection, found, datetime.now(UTC))
        while held := links_to_expand(
            connection, charter.expanding, expansion.SHORTENERS, _BATCH_POSTS, after
        ):
            short = {link.canonical_url for links in held.values() for link in links}
            targets = targets_of(connection, short)
            replace_links(connection, {k: expanded(links, targets) for k, links in held.items()})
            posts, after = posts + len(held), max(held)
    return posts


class _Shorteners:
    """Asks shorteners; one that does not answer, or wants to be asked later, rests for the run."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._resting: set[str] = set()

    def asked(self, urls: Collection[str]) -> Iterator[Asked]:
        """Yield what short links came to; those of resting hosts are left out."""
        for url in urls:
            if domain_of(url) in self._resting:
                continue
            try:
                came_to = self._followed(url)
            except RateLimited:
                continue
            # The host only: the rest of an address leads to who wrote it.
            _log.info("%s: %s", domain_of(url), came_to.status)
            yield came_to

    def _followed(self, url: str) -> Asked:
        """Return what the link came to; no host is asked that is no shortener.

        Raises RateLimited when its own host wants to be asked later.
        """
        at, refused = url, Asked(url, "refused")
        for _ in range(_MOST_HOPS):
            try:
                answer = self._answer(at)
            except RetryLater as later:
                if isinstance(later, RateLimited) and at == url:
                    raise
                return Asked(url, "not reached")
            except (SkipPage, StopSource):
                # Forbidden by robots.txt, or at an address that is not public.
                return refused
            place = _place(answer)
            if place is None:
                return Asked(url, _status(answer))
            if domain_of(place) not in expansion.SHORTENERS:
                is_open = _is_public_host(urlsplit(place).hostname or "")
                return Asked(url, "resolved", redact_url(place)[0]) if is_open else refused
            if not is_short(place):
                return Asked(url, "gone")  # to the home page
            at = place
        return Asked(url, "too many hops")

    def _answer(self, url: str) -> Answer:
        host = domain_of(url)
        if host in self._resting:
            raise RetryLater(f"{host} rests", self._client.now())
        try:
            return head(self._client, url)
        except RetryLater:
            self._resting.add(host)
            raise


def _place(answer: Answer) -> str | None:
    """Return the canonical address a redirect leads to, None where there is none."""
    location = answer.headers.get("location", "")
    if answer.status not in REDIRECTS or not location:
        return None
    # Headers are read as Latin-1; what is not ASCII in them is nearly always UTF-8.
    there = absolute(answer.url, location.encode("latin-1", "replace").decode("utf-8", "replace"))
    return canonical_url(there) if len(there) <= LONGEST_URL else None


def _status(answer: Answer) -> Status:
    if answer.status in REDIRECTS and "location" in answer.headers:
        return "no address"
    return _MEANING.get(answer.status, "no redirect")


def _is_public_host(host: str) -> bool:
    """Return whether a host may be one that anybody can reach, as far as its name tells."""
    host = host.rstrip(".")
    try:
        return is_public(host)
    except ValueError:
        # What ends in a number is an address in another notation.
        return "." in host and not host.rpartition(".")[2][:1].isdigit()
