"""Digits, dashes and spaces of all scripts in the one form the rules for numbers know."""

import re
import unicodedata
from collections.abc import Iterator


def in_plain_characters(text: str) -> str:
    """Return the text, as long as it was, with ASCII for what other scripts write their way."""
    if text.isascii() or not _ODD.search(text):
        return text
    return "".join(_PLAIN.get(letter, letter) for letter in text)


def _written_in_more_ways() -> Iterator[tuple[str, str]]:
    """Yield characters and what is plain for them: digits of all scripts, dashes, spaces."""
    for letter in map(chr, (*range(0x80, 0x10000), *range(0x1D7CE, 0x1D800))):
        if letter.isdecimal():
            yield letter, str(unicodedata.decimal(letter))
        elif "\uff01" <= letter <= "\uff5e":
            yield letter, unicodedata.normalize("NFKC", letter)
        elif letter == "\u2212" or unicodedata.category(letter) == "Pd":
            yield letter, "-"
        elif unicodedata.category(letter) == "Zs":
            yield letter, " "


_PLAIN = dict(_written_in_more_ways())
# Beyond the first plane a range is fast, and letters one by one are not.
_ODD = re.compile(
    f"[{''.join(letter for letter in _PLAIN if ord(letter) < 0x10000)}\U0001d7ce-\U0001d7ff]"
)
