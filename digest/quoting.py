"""Other people's words made fit for a mail: one line, no controls, no addresses, cut at a word."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import regex

from warehouse.quotable import Candidate

LONGEST = 280
_LONGEST_EXAMPLE = 120
MET = ("terms", "words", "found")
"""Where the evidence of a tie keeps the words of the post that met."""
_LENT = {"thread title": "in a thread titled", "tag": "tagged"}
_WORDS_SHOWN = 3
_LONGEST_WORD = 40
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


def beginning(text: str) -> str:
    """Return the beginning of the text as a quote of one short line."""
    return one_line(_ADDRESS.sub("[link]", text), _LONGEST_EXAMPLE)


def why(method: str, evidence: Mapping[str, Any], of: Sequence[str] = MET) -> str:
    """Return in a few words what in the post met: its own words, or a link; nothing if unknown."""
    if method == "link":
        return "links to it"
    met: Any = next((evidence[name] for name in of if evidence.get(name)), [])
    words = [_word(each) for each in (met if isinstance(met, list | tuple) else [met])]
    said = [f"“{word}”" for word in dict.fromkeys(words) if word][:_WORDS_SHOWN]
    lead = _LENT[evidence["where"]] if is_lent(evidence) else "says"
    return f"{lead} {', '.join(said)}" if said else ""


def is_lent(evidence: Mapping[str, Any]) -> bool:
    """Return whether what met is not what the post itself says: its thread's title, a tag."""
    where = evidence.get("where")
    return isinstance(where, str) and where in _LENT


def _word(met: object) -> str:
    """Return a word that met, which stands alone or before the field it was met in."""
    if isinstance(met, Mapping):
        met = met.get("word") or met.get("term")
    elif isinstance(met, list | tuple):
        met = met[0] if met else None
    is_address = isinstance(met, str) and _ADDRESS.search(met)
    return one_line(met, _LONGEST_WORD) if isinstance(met, str) and not is_address else ""


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


def chosen(candidates: Iterable[Candidate], targets: Iterable[str], most: int) -> list[Candidate]:
    """Return one post a target, in the targets' order; each of another community where possible.

    The candidates come with the best first.
    """
    by_target: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_target.setdefault(candidate.target, []).append(candidate)
    picked: list[Candidate] = []
    for target in targets:
        new = [
            c for c in by_target.get(target, []) if c.post_key not in {p.post_key for p in picked}
        ]
        heard = {(p.platform, p.community) for p in picked}
        elsewhere = [c for c in new if (c.platform, c.community) not in heard]
        picked += (elsewhere or new)[:1]
        if len(picked) == most:
            break
    return picked
