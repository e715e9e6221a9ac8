"""Decoding JSON that others wrote."""

import codecs
import re
from typing import Any

import msgspec

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Not JSON or of another shape, not text, or nested so deep that nobody means it."""

_HALF = re.compile(
    rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
"""Half of a letter, as emoji are left that somebody cut through; whole ones are group 1."""

_latest: list[tuple[bytes | None, Any]] = [(None, None)]
"""What was read last: a page is asked for its records, and then for its unknown fields."""


def read_json(body: bytes) -> Any:
    """Return what the JSON says, not to be changed; half a letter costs itself and no more.

    Raises one of NOT_JSON.
    """
    latest = _latest[0]
    if latest[0] is body:
        return latest[1]
    # It goes before the next one comes: a page may be large.
    latest = _latest[0] = (None, None)
    bare = body.removeprefix(codecs.BOM_UTF8)
    try:
        read = msgspec.json.decode(bare)
    except NOT_JSON:
        read = msgspec.json.decode(_HALF.sub(lambda found: found[1] or rb"\ufffd", bare))
    _latest[0] = (body, read)
    return read


def decoded(body: bytes) -> Any:
    """Return what the JSON says, or None when it is none: `parse` tells what is wrong with it."""
    try:
        return read_json(body)
    except NOT_JSON:
        return None
