"""The addresses in a post, in one spelling each."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import idna
import pandas as pd
from w3lib.url import canonicalize_url

from contract.post import Link
from transforms.frame import whole_characters

MOST_LINKS = 100
LONGEST_URL = 2048
_LONGEST_KEPT = 512
"""Characters of a text whose parts are kept: of most posts with an address."""

# What ends an address: quotes, marks of sentences, arrows, dingbats and emoji.
_ENDS = (
    r"\s<>\"“”„‚‘’«»‹›،؛؟।॥–—…\u200b-\u200f\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\ufe0f。，、！？；：「」『』（）【】《》"
    r"\U0001f000-\U0001faff"
)
# Scripts that are written close to an address: Hebrew, Arabic, Thai, Chinese, Japanese, Korean.
_CLOSE = (
    r"\u0590-\u08ff\u0e00-\u0eff\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\U00020000-\U0003ffff"
)
_BRACKETS = rf"\[(?!/)[^\[\]{_ENDS}]*\](?!\()"
# Ignoring the case of so many characters would take twice as long.
# The first way is that of most, and finds nothing that the others would not.
ADDRESS = re.compile(
    "[Hh][Tt][Tt][Pp][Ss]?://(?:"
    r"[!#-;=?-Z\\^-~]++(?!\S)"
    rf"|(?=[^/?#.{_ENDS}]*[{_CLOSE}]|[^/?#{_ENDS}]*\.[{_CLOSE}])(?:[^\[\]{_ENDS}]++|{_BRACKETS})++"
    rf"|(?:[^\[\]{_CLOSE}{_ENDS}]++|{_BRACKETS})++)"
)
"""An address in running text; what ends a sentence may still hang on (see `addresses_in`).

Letters of a script that is written close to it belong to it only where its host has some:
elsewhere browsers write them as %XX, and what follows is the next word.
"""
_PARTS = re.compile(f"({ADDRESS.pattern})")

_PAIRS = {")": "(", "]": "[", "}": "{"}
_HOST = re.compile(r"[\w.:-]+", re.ASCII)
_PORTS = {"http": 80, "https": 443}
_TRACKERS = re.compile(
    r"(?:(?:utm|mtm|pk|piwik|matomo)_.*|vero_(?:id|conv)|oly_(?:anon|enc)_id|at_(?:medium|campaign|custom\d+|creation|channel)"
    r"|gad_(?:source|campaignid)|fbclid|mibextid|gclid|gclsrc|dclid|[gw]braid|msclkid|twclid|ttclid"
    r"|yclid|igshid?|li_fat_id|mc_[ce]id|mkt_tok|_hsenc|_hsmi|__hs(?:sc|tc|fp)|hsctatracking"
    r"|wickedid|_openstat|ref_src|ref_url|_ga|_gl|srsltid|rb_clickid|s_cid|wt_mc|xtor)"
)
# Names that follow people about on these sites, and mean something on others.
_TRACKERS_OF = {
    "youtu.be": {"si"},
    "youtube.com": {"si"},
    "open.spotify.com": {"si"},
    "x.com": {"s", "t"},
    "twitter.com": {"s", "t"},
}
# A fragment that names a page of its own, as applications in one page do.
_ROUTE = re.compile(r"!|/")


# An address that is its own one spelling but for trackers and the order of its query.
_SIMPLE = re.compile(
    r"https?://([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+)"
    r"((?:/(?!\.)[A-Za-z0-9._~@!$'()*,+:=-]*)*)"
    r"(?:\?((?:[A-Za-z0-9._~-]+=[A-Za-z0-9._~-]*)(?:&[A-Za-z0-9._~-]+=[A-Za-z0-9._~-]*)*))?"
)


def find_links(batch: pd.DataFrame) -> pd.DataFrame:
    """Return the batch with `links` filled: what `parse` gave, `references`, and the text's own.

    Only http and https; addresses of more than 2,048 characters are left out. One link for each
    canonical address, 100 at most.
    """
    columns = (batch[name].tolist() for name in ("links", "url", "references", "text"))
    found = [
        _links_of(given, url, references, text) if given or references or "://" in text else ()
        for given, url, references, text in zip(*columns, strict=True)
    ]
    return batch.assign(links=pd.Series(found, index=batch.index, dtype=object))


@lru_cache(maxsize=8192)
def canonical_url(url: str) -> str | None:
    """Return the one spelling of an http(s) address, or None where it is none.

    Without trackers, user name, default port, dot segments and a fragment, unless that names a page
    (`#!…`, `#/…`); host in lower case and punycode, query sorted. The path keeps its case, and
    http stays http.
    """
    if not (simple := _SIMPLE.fullmatch(url)):
        return any_canonical_url(url)
    host, path, query = simple.groups()
    if not query:
        return url if path else f"{url}/"
    pairs = sorted(
        (name, value)
        for name, _, value in (pair.partition("=") for pair in query.split("&"))
        if not _is_tracker(host, name)
    )
    before = url[: simple.start(3) - 1] + ("" if path else "/")
    return f"{before}?{'&'.join(map('='.join, pairs))}" if pairs else before


def any_canonical_url(url: str) -> str | None:
    """Return what `canonical_url` does, of whatever address, slowly."""
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() not in _PORTS or not parts.hostname:
            return None
        host = _ascii_host(parts.hostname)
        query = "&".join(
            pair for pair in parts.query.split("&") if not _is_tracker(host, pair.partition("=")[0])
        )
        port = parts.port
        at = f"[{host}]" if ":" in host else host
        if port and port != _PORTS[parts.scheme.lower()]:
            at = f"{at}:{port}"
        url = urlunsplit((parts.scheme, at, parts.path, query, parts.fragment))
        parts = urlsplit(canonicalize_url(url, keep_fragments=bool(_ROUTE.match(parts.fragment))))
    except ValueError:
        return None
    if not _HOST.fullmatch(host):
        return None
    return urlunsplit((parts.scheme, at, parts.path, parts.query, parts.fragment))


def _is_tracker(host: str, name: str) -> bool:
    name = unquote(name).lower() if "%" in name or not name.islower() else name
    if _TRACKERS.fullmatch(name):
        return True
    return name in ("s", "t", "si") and name in _TRACKERS_OF.get(host.removeprefix("www."), ())


@lru_cache(maxsize=1024)
def _ascii_host(host: str) -> str:
    """Return the host as browsers ask for it (UTS 46), or as Python spells it where it is none."""
    if host.isascii():
        return host.lower()
    # idna.IDNAError is a ValueError
    return idna.encode(host, uts46=True, transitional=False).decode("ascii")


def parted(text: str) -> Sequence[str]:
    """Return the text in parts: words, an address, words, and so on; the last are words."""
    # Each of many looks at the same text; long ones would fill the memory.
    return _parted(text) if len(text) <= _LONGEST_KEPT else _parted.__wrapped__(text)


@lru_cache(maxsize=1 << 12)
def _parted(text: str) -> Sequence[str]:
    # From where the first can begin.
    first = max(0, text.find("://") - len("https"))
    parts: list[str] = _PARTS.split(text[first:])
    parts[0] = text[:first] + parts[0]
    return tuple(parts)


def without_addresses(text: str) -> str:
    """Return the text with a space in place of each address in it."""
    return " ".join(parted(text)[::2]) if "://" in text else text


def addresses_in(text: str) -> Iterator[str]:
    """Yield the http(s) addresses in plain text, without what ends the sentence around them."""
    parts = parted(text)
    for url, after in zip(parts[1::2], parts[2::2], strict=True):
        # Software shows long addresses cut short; the whole one stands in the reference.
        if after.startswith("…") or url.endswith("...") or len(url) > LONGEST_URL:
            continue
        while url and (
            url[-1] in ".,;:!?'*_~|"
            or (url[-1] in _PAIRS and url.count(url[-1]) > url.count(_PAIRS[url[-1]]))
        ):
            url = url[:-1]
        yield url


def _links_of(
    given: tuple[Link, ...], base: str | float | None, references: tuple[str, ...], text: str
) -> tuple[Link, ...]:
    found: dict[str, Link] = {}
    urls = [link.url for link in given]
    if references:
        base = base if isinstance(base, str) else ""
        urls += [_joined(base, reference) for reference in references]
    if "://" in text:
        urls += addresses_in(text)
    # Most platforms give what stands in the text.
    for url in dict.fromkeys(urls):
        # "&amp;" stands in no address; it was escaped once too often.
        url = url.strip().replace("&amp;", "&")
        url = url if url.isascii() else whole_characters(url)
        canonical = canonical_url(url) if len(url) <= LONGEST_URL else None
        if canonical and canonical not in found:
            found[canonical] = Link(url=url, canonical_url=canonical, domain=domain_of(canonical))
            if len(found) == MOST_LINKS:
                break
    return tuple(found.values())


def domain_of(canonical: str) -> str:
    """Return the host of a canonical address, without "www."."""
    host = canonical.split("/", 3)[2]
    if ":" in host:
        host = urlsplit(canonical).hostname or ""
    return host.removeprefix("www.")


def _joined(base: str, reference: str) -> str:
    reference = reference.strip()
    if _SIMPLE.fullmatch(reference):
        return reference
    try:
        return urljoin(base, reference)
    except ValueError:  # such as "http://[", which no browser follows either
        return ""
