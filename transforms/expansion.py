"""Short links: which addresses are some, and a batch with those that are known led to their end.

Where they lead stands in no post: somebody has to ask (see pipeline/expand.py). This comes last,
after the digests, so that what a post says does not change with what has been asked so far.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

import msgspec
import pandas as pd

from contract.post import Link
from transforms.links import domain_of

_HOSTS = (
    # For everybody, and of tools that post for others.
    "bit.ly bitly.com j.mp tinyurl.com is.gd v.gd tiny.cc rb.gy cutt.ly t.ly shorturl.at bl.ink"
    " rebrand.ly s.id x.gd snip.ly po.st shar.es smarturl.it ow.ly ht.ly buff.ly dlvr.it ift.tt"
    " trib.al ebx.sh hubs.ly hubs.la hubs.li eepurl.com"
    # Of platforms and firms, for their own pages.
    " t.co lnkd.in fb.me on.fb.me wp.me redd.it flic.kr pin.it vk.cc goo.gl maps.app.goo.gl g.co"
    " forms.gle spoti.fi amzn.to amzn.eu a.co apple.co aka.ms msft.it"
    # Of newspapers and broadcasters.
    " bbc.in gu.com reut.rs nyti.ms wapo.st econ.st on.ft.com on.wsj.com bloom.bg apne.ws politi.co"
    " n.pr cnn.it nbcnews.to cbsn.ws abcn.ws usat.ly lat.ms ind.pn tcrn.ch f24.my lemde.fr p.dw.com"
    " sz.de spon.de es.pn"
    # Of public bodies.
    " go.usa.gov 1.usa.gov go.nasa.gov s.si.edu"
)
SHORTENERS: Final = frozenset(_HOSTS.split())
"""Hosts whose addresses lead elsewhere; not youtu.be and doi.org, which name what they lead to."""

_SHORT = re.compile(r"https?://(?:www\.)?([a-z0-9.-]+)(?::\d+)?/[^\[]+")


def is_short(canonical_url: str) -> bool:
    """Return whether it is a short link: not the home page, and nothing in it was redacted."""
    match = _SHORT.fullmatch(canonical_url)
    return match is not None and match[1] in SHORTENERS


def short_links(batch: pd.DataFrame, sources: Collection[str]) -> set[str]:
    """Return the canonical addresses of the short links in posts read through these sources."""
    if not sources:
        return set()
    return {
        link.canonical_url
        for links, source in zip(batch["links"].tolist(), batch["source"].tolist(), strict=True)
        if links and source in sources
        for link in links
        if link.domain in SHORTENERS and is_short(link.canonical_url)
    }


def expand_links(
    batch: pd.DataFrame, targets: Mapping[str, str], sources: Collection[str]
) -> pd.DataFrame:
    """Return the batch with short links that stand in `targets` given their target's address.

    `targets` are canonical addresses by canonical short address. Only posts read through one of
    `sources` change; the address stays as written, one link remains for each canonical address.
    """
    if not targets or not sources:
        return batch
    found = [
        expanded(links, targets) if links and source in sources else links
        for links, source in zip(batch["links"].tolist(), batch["source"].tolist(), strict=True)
    ]
    return batch.assign(links=pd.Series(found, index=batch.index, dtype=object))


def expanded(links: tuple[Link, ...], targets: Mapping[str, str]) -> tuple[Link, ...]:
    """Return the links of a post, likewise; of those to one address the first is kept."""
    if not any(link.canonical_url in targets for link in links):
        return links
    kept: dict[str, Link] = {}
    for link in links:
        if target := targets.get(link.canonical_url):
            link = msgspec.structs.replace(link, canonical_url=target, domain=domain_of(target))
        kept.setdefault(link.canonical_url, link)
    return tuple(kept.values())
