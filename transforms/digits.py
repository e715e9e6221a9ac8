"""Digits in a text: whether there are any, and how many."""

import re

_DIGIT = re.compile(r"\d")
_DIGITS = b"0123456789"


def has_digit(text: str) -> bool:
    """Return whether there is a digit of any script."""
    # A pattern, and a loop too, would take several times as long.
    has_plain_one = (
        "0" in text or "1" in text or "2" in text or "3" in text or "4" in text
        or "5" in text or "6" in text or "7" in text or "8" in text or "9" in text
    )  # fmt: skip
    return has_plain_one or (not text.isascii() and _DIGIT.search(text) is not None)


def digits_in(text: str) -> int:
    """Return how many digits there are; in ASCII a pattern would take five times as long."""
    if text.isascii():
        return len(text) - len(text.encode().translate(None, _DIGITS))
    return len(_DIGIT.findall(text))
