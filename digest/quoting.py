"""Other people's words made fit for a mail: one line, no controls, no addresses, cut at a word."""

import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

import regex

from warehouse.weekly import Candidate

LONGEST = 280
_ADDRESS = regex.compile(r"\b(?:https?://|www\.)\S+", regex.IGNORECASE)
_HIDDEN = regex.compile(r"[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
"""Controls, halves of characters, and marks that turn the direction of what follows."""
_HEAPED_MARKS = regex.compile(r"(\p{M}{3})\p{M}+")


def one_line(text: str, longest: int = 120) -> str:
    """Return the text as one line without hidden characters, cut at a word."""
    line = " ".join(_HIDDEN.sub(" ", unicodedata.normalize("NFC", text)).split())
    line = str(_HEAPED_MARKS.sub(r"\1", line))
    if len(line) <= longest:
        return line
    head, space, _ = line[:longest].rpartition(" ")
    # A word that fills most of the line is cut inside: to leave it out would leave too little.
    cut = head if space and len(head) > longest // 2 else line[: longest - 1]
    return f"{cut.rstrip(' ,;:–-')}…"


def quotable(text: str) -> str:
    """Return the text as a quote: addresses in it, which may lead anywhere, are left out."""
    return one_line(_ADDRESS.sub("[link]", text), LONGEST)


def web_address(url: str | None) -> str | None:
    """Return the address if it is one of the web, else None."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    is_web = parts.scheme in ("http", "https") and parts.hostname
    return None if not is_web or _HIDDEN.search(url) or " " in url else url


def chosen(candidates: Iterable[Candidate], topics: Iterable[str], most: int) -> list[Candidate]:
    """Return one post a topic, in the topics' order; each of another community where possible.

    The candidates come with the best first.
    """
    by_topic: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_topic.setdefault(candidate.topic_uri, []).append(candidate)
    picked: list[Candidate] = []
    for uri in topics:
        new = [c for c in by_topic.get(uri, []) if c.post_key not in {p.post_key for p in picked}]
        heard = {(p.platform, p.community) for p in picked}
        elsewhere = [c for c in new if (c.platform, c.community) not in heard]
        picked += (elsewhere or new)[:1]
        if len(picked) == most:
            break
    return picked
