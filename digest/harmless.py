"""An issue made fit to be shown: whatever its words hold, they are short, plain and inert."""

from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

import regex

from digest.issue import Example, Issue, Quote
from digest.language import speaking
from digest.quoting import LONGEST, one_line, web_address
from digest.redacting import MARK

_LONGEST_WORD = 60
_OF_ADDRESSES: Final = ("url", "rules", "privacy_notice")
_AS_THEY_ARE: Final = ("post_key", "uri", "key", "edges", "language", "week", "contact")
_LANGUAGE_TAG = regex.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_ENDLESS = regex.compile(
    # Words of these scripts stand without spaces between them and break anywhere.
    rf"[^\s\p{{Han}}\p{{Hiragana}}\p{{Katakana}}\p{{Thai}}\p{{Lao}}\p{{Khmer}}\p{{Myanmar}}]"
    rf"{{{_LONGEST_WORD + 1},}}"
)


def harmless(issue: Issue) -> Issue:
    """Return the issue with each text as one line without hidden signs, endless words or addresses
    that are none of the web, and with what was removed marked in its language.
    """
    shown: Issue = _cleaned(issue, issue.language)
    return shown


def words(text: str, longest: int = LONGEST) -> str:
    """Return the text as one line; a word that no column is wide enough for is cut."""
    return str(_ENDLESS.sub(_cut, one_line(text, longest)))


def _cut(found: "regex.Match[str]") -> str:
    return f"{found[0][: _LONGEST_WORD - 1]}…"


def _cleaned(value: Any, language: str, field: str = "") -> Any:
    if isinstance(value, Quote | Example) and value.text == MARK:
        marked = speaking(language).say("[removed since]")
        return replace(value, text=marked, lang=language, why="", url=None, credit="")
    if isinstance(value, tuple):
        return tuple(_cleaned(part, language, field) for part in value)
    if isinstance(value, str):
        return _text(value, field)
    if is_dataclass(value) and not isinstance(value, type):
        parts = {f.name: _cleaned(getattr(value, f.name), language, f.name) for f in fields(value)}
        return replace(value, **parts)
    return value


def _text(value: str, field: str) -> str | None:
    if field == "lang":
        return value if _LANGUAGE_TAG.fullmatch(value) else None
    if field in _OF_ADDRESSES:
        return web_address(value)
    return value if field in _AS_THEY_ARE else words(value)
