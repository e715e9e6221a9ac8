"""Decoding JSON that others wrote."""

import codecs
import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Not JSON or of another shape, not text, or nested so deep that nobody means it."""

_HALF = re.compile(
    rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
"""Half of a letter, as emoji are left that somebody cut through; whole ones are group 1."""

_START = codecs.BOM_UTF8 + b" \t\r\n"

T = TypeVar("T")


class Latest(Generic[T]):
    """Reads bodies, the last one once: a page is asked for its records and then for its fields."""

    def __init__(self, read: Callable[[bytes], T]) -> None:
        self._read = read
        self._held: tuple[bytes, T] | None = None

    def __call__(self, body: bytes) -> T:
        """Return what was read from the body, which is not to be changed."""
        if self._held and self._held[0] is body:
            return self._held[1]
        # It goes before the next one comes: a page may be large.
        self._held = None
        read = self._read(body)
        self._held = body, read
        return read


def _read_json(body: bytes) -> Any:
    # Some plugins' files begin with the mark, and so do all answers of their sites.
    bare = body.lstrip(_START)
    try:
        return msgspec.json.decode(bare)
    except NOT_JSON:
        return msgspec.json.decode(_HALF.sub(lambda found: found[1] or rb"\ufffd", bare))


read_json = Latest(_read_json)
"""Returns what the JSON says; half a letter costs itself and no more. Raises one of NOT_JSON."""


def decoded(body: bytes) -> Any:
    """Return what the JSON says, or None when it is none: `parse` tells what is wrong with it."""
    try:
        return read_json(body)
    except NOT_JSON:
        return None
