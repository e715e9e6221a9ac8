"""What probes find: which addresses and credentials of the charter are wrong, and what to do."""

import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import Engine

from connectors.answers import Probed
from contract.charter import Charter
from contract.credentials import Credentials
from contract.errors import (
    FixSettings,
    GoodguestError,
    MendFirst,
    OutOfBudget,
    RateLimited,
    RetryLater,
    SkipPage,
    StopSource,
)
from pipeline.finding import Finding, Level
from pipeline.probing import probe_source
from pipeline.settings import Settings

_AT_ONCE = 8
_MOST_SKEW = timedelta(minutes=5)
_log = logging.getLogger("goodguest.check")
_BARE = re.compile(r": answered \d{3}$")
"""The end of a message that says a status and no more."""
_MEANING: dict[type[GoodguestError], tuple[Level, str]] = {
    MendFirst: ("error", "{error}"),
    OutOfBudget: ("note", "{error}"),
    RateLimited: ("warning", "not tested: {error}; its limit is used up until then"),
    RetryLater: (
        "error",
        "no answer that can be used: {error}; see that sources.{name}.url is right and that this "
        "machine can reach it, else test it again later",
    ),
    SkipPage: (
        "error",
        "{error}; see that sources.{name}.url and select are right, or ask who runs the site",
    ),
    StopSource: ("error", "{error}"),
    FixSettings: ("error", "{error}"),
}
"""What an error means here; of several that fit the first counts."""


class _Outcome(NamedTuple):
    """What came of the probe of some sources that share an address and credentials."""

    sources: tuple[str, ...]
    probed: Probed | None
    error: GoodguestError | None


def probe_findings(
    given: Settings, engine: Engine, charter: Charter, ready: Mapping[str, Credentials]
) -> Iterator[Finding]:
    """Yield what is wrong with the sources' addresses and credentials: one probe for each pair."""
    alike: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for name, credentials in ready.items():
        source = charter.sources[name]
        alike[source.platform, str(source.url), credentials.id].append(name)
    probe = partial(_outcome, given, engine, charter, ready)
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        outcomes = list(threads.map(probe, map(tuple, alike.values())))
    for outcome in outcomes:
        yield from _findings(charter, outcome)
    yield from _clock(outcomes)


def _outcome(
    given: Settings,
    engine: Engine,
    charter: Charter,
    ready: Mapping[str, Credentials],
    sources: tuple[str, ...],
) -> _Outcome:
    try:
        probed = probe_source(given, engine, charter, sources[0], ready[sources[0]])
    except GoodguestError as error:
        return _Outcome(sources, None, error)
    _log.info("%s: %s", ", ".join(sources), probed.said)
    return _Outcome(sources, probed, None)


def _findings(charter: Charter, outcome: _Outcome) -> Iterator[Finding]:
    name, *others = outcome.sources
    where, also = f"sources.{name}", f" (also {', '.join(others)})" if others else ""
    if error := outcome.error:
        level, words = next(_MEANING[kind] for kind in _MEANING if isinstance(error, kind))
        message = words.format(error=error, name=name)
        if _BARE.search(message):
            message += f"; see that {where}.url is right, and ask who runs the site to let us in"
        yield Finding(level, where, message + also)
    elif outcome.probed:
        asked = urlsplit(str(charter.sources[name].url))
        led_to = urlsplit(outcome.probed.answer.headers.get("content-location", ""))
        if led_to.netloc and (led_to.scheme, led_to.netloc) != (asked.scheme, asked.netloc):
            moved = f"it has moved to {led_to.scheme}://{led_to.netloc}; write so in {where}.url"
            yield Finding("warning", where, moved + also)


def _clock(outcomes: list[_Outcome]) -> Iterator[Finding]:
    """Yield that this machine's clock is wrong, when no site that answered has its time."""
    skews = [skew for each in outcomes if each.probed and (skew := _skew(each.probed)) is not None]
    if skews and (least := min(skews, key=abs)) and abs(least) > _MOST_SKEW:
        minutes, side = (
            abs(least) // timedelta(minutes=1),
            "ahead" if least > timedelta() else "behind",
        )
        yield Finding(
            "warning",
            "clock",
            f"this machine's clock is {minutes:,} minutes {side} of the sites that were asked; "
            "windows and limits are kept by it: let it be set over the network (NTP)",
        )


def _skew(probed: Probed) -> timedelta | None:
    """Return how far our clock is ahead of the site's, None when it does not tell."""
    headers = probed.answer.headers
    try:
        theirs = parsedate_to_datetime(headers.get("date", ""))
        age = timedelta(seconds=int(headers.get("age", "0")))
    except (ValueError, OverflowError):
        return None
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    return probed.answer.received_at - theirs - age
