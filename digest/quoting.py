"""Other people's words made fit for a mail: one line, no controls, no addresses, cut at a word."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import regex

from connectors import CONNECTORS
from digest.language import message, speaking
from warehouse.quotable import Candidate

LONGEST = 280
_LONGEST_EXAMPLE = 120
MET = ("terms", "words", "found")
"""Where the evidence of a tie keeps the words of the post that met."""
OF_A_THREAD = "thread title"
_LENT = {
    OF_A_THREAD: message("in a thread titled {words}"),
    "tag": message("tagged {words}"),
}
_WORDS_SHOWN = 3
_LONGEST_WORD = 40
_ADDRESS = regex.compile(r"\b(?:https?://|www\.)\S+", regex.IGNORECASE)
_LONGEST_ADDRESS = 1_000
_HIDDEN = regex.compile(
    r"[\p{Cc}\p{Cs}\p{Co}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]+"
)
"""Controls, halves of characters, and marks that turn the direction of what follows."""
_UNSEEN = regex.compile(
    r"[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u206a-\u206f\u3164\uffa0"
    r"\ufff9-\ufffb\U000e0000-\U000e0fff]+"
)
"""What shows nothing, and may hide words from people; joiners are not among them: some scripts and
pictures need these."""
_HEAPED_MARKS = regex.compile(r"(\p{M}{3})\p{M}+")


def one_line(text: str, longest: int = 120) -> str:
    """Return the text as one line without hidden characters, cut at a word."""
    # No more is looked at than can be shown, whatever it takes to say it.
    seen = _UNSEEN.sub("", unicodedata.normalize("NFC", text[: 20 * longest]))
    line = " ".join(_HIDDEN.sub(" ", seen).split())
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


def why(
    method: str, evidence: Mapping[str, Any], of: Sequence[str] = MET, language: str = "en"
) -> str:
    """Return in a few words what in the post met: its own words, or a link; nothing if unknown."""
    tongue = speaking(language)
    if method == "link":
        return tongue.say("links to it")
    met: Any = next((evidence[name] for name in of if evidence.get(name)), [])
    words = [_word(each) for each in (met if isinstance(met, list | tuple) else [met])]
    said = [tongue.say("“{text}”", text=word) for word in dict.fromkeys(words) if word]
    lead = _LENT[evidence["where"]] if is_lent(evidence) else message("says {words}")
    return tongue.say(lead, words=", ".join(said[:_WORDS_SHOWN])) if said else ""


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
    """Return the address if it is one of the web and of a sensible length, else None."""
    if url is None or len(url) > _LONGEST_ADDRESS:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    is_web = parts.scheme in ("http", "https") and parts.hostname
    return None if not is_web or _HIDDEN.search(url) or " " in url else url


def quoted_platforms() -> list[str]:
    """Return the platforms whose terms let others be shown the words of their posts."""
    return [c.TERMS.platform for c in CONNECTORS if c.TERMS.may_quote]


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
