"""The addresses in a post, in one spelling each."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit, urlunsplit

import pandas as pd
from w3lib.url import canonicalize_url, url_query_cleaner

from contract.post import Link
from transforms.frame import whole_characters
from transforms.text import nodes_of, own_words

MOST_LINKS = 100
LONGEST_URL = 2048

ADDRESS = re.compile(
    r"https?://(?:(?!\]\()[^\s<>\"“”„‘’«»。，、！？；：「」『』（）【】《》])+", re.IGNORECASE
)
"""An address in running text; what ends a sentence may still hang on (see `addresses_in`)."""

_PAIRS = {")": "(", "]": "[", "}": "{"}
_NAMES_A_PERSON_OR_TAG = "a.mention, a.mention-group, a.hashtag"
_HOST = re.compile(r"[\w.:-]+", re.ASCII)
_PORTS = {"http": 80, "https": 443}
_TRACKERS = (
    *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id", "utm_name"),
    *("utm_reader", "utm_cid", "utm_referrer", "utm_social", "utm_source_platform"),
    *("utm_creative_format", "utm_marketing_tactic", "fbclid", "gclid", "gclsrc", "dclid"),
    *("gbraid", "wbraid", "msclkid", "twclid", "ttclid", "yclid", "igshid", "igsh", "li_fat_id"),
    *("mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "__hssc", "__hstc", "__hsfp"),
    *("hsCtaTracking", "oly_anon_id", "oly_enc_id", "vero_id", "vero_conv", "wickedid"),
    *("_openstat", "ref_src", "ref_url", "_ga", "_gl", "srsltid", "rb_clickid"),
)


def find_links(batch: pd.DataFrame) -> pd.DataFrame:
    """Return the batch with `links` filled: what `parse` gave, the body's references, the text's.

    Only http and https; references in what others said, to a person mentioned and to a tag are
    left out, as are addresses of more than 2,048 characters. One link for each canonical address,
    100 at most.
    """
    columns = ["links", "url", "body", "body_format", "text"]
    found = [
        _links_of(given, url, body if body_format == "html" else "", text)
        for given, url, body, body_format, text in batch[columns].itertuples(index=False)
    ]
    return batch.assign(links=pd.Series(found, index=batch.index, dtype=object))


def canonical_url(url: str) -> str | None:
    """Return the one spelling of an http(s) address, or None where it is none.

    Without fragment, trackers, user name, default port and dot segments; host in lower case and
    punycode, query sorted. The path keeps its case, and http stays http.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() not in _PORTS or not parts.hostname:
            return None
        query = url_query_cleaner(url, _TRACKERS, remove=True, unique=False)
        parts = urlsplit(canonicalize_url(query))
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or not _HOST.fullmatch(host):
        return None
    host = f"[{host}]" if ":" in host else host
    if port and port != _PORTS[parts.scheme]:
        host = f"{host}:{port}"
    return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))


def addresses_in(text: str) -> Iterator[str]:
    """Yield the http(s) addresses in plain text, without what ends the sentence around them."""
    for match in ADDRESS.finditer(text):
        url = match[0]
        # Software shows long addresses cut short; the whole one stands in the reference.
        if "…" in url or url.endswith("...") or len(url) > LONGEST_URL:
            continue
        while url and (
            url[-1] in ".,;:!?'*_~|"
            or (url[-1] in _PAIRS and url.count(url[-1]) > url.count(_PAIRS[url[-1]]))
        ):
            url = url[:-1]
        yield url


def _links_of(
    given: tuple[Link, ...], base: str | float | None, body: str, text: str
) -> tuple[Link, ...]:
    found: dict[str, Link] = {}
    for url in _candidates(given, base if isinstance(base, str) else "", body, text):
        url = whole_characters(url.strip())
        canonical = canonical_url(url) if len(url) <= LONGEST_URL else None
        if canonical and canonical not in found:
            domain = (urlsplit(canonical).hostname or "").removeprefix("www.")
            found[canonical] = Link(url=url, canonical_url=canonical, domain=domain)
            if len(found) == MOST_LINKS:
                break
    return tuple(found.values())


def _candidates(given: tuple[Link, ...], base: str, body: str, text: str) -> Iterator[str]:
    yield from (link.url for link in given)
    if "href" in body.lower():
        for node in nodes_of(own_words(body), "a[href]"):
            if not node.matches(_NAMES_A_PERSON_OR_TAG):
                yield _joined(base, node.getattr("href") or "")
    if "://" in text:
        yield from addresses_in(text)


def _joined(base: str, reference: str) -> str:
    try:
        return urljoin(base, reference.strip())
    except ValueError:  # such as "http://[", which no browser follows either
        return ""
