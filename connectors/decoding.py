"""Decoding JSON that others wrote."""

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


def read_json(body: bytes) -> Any:
    """Return what the JSON says; half a letter costs itself and no more. Raises one of NOT_JSON."""
    try:
        return msgspec.json.decode(body)
    except NOT_JSON:
        return msgspec.json.decode(_HALF.sub(lambda found: found[1] or rb"\ufffd", body))


def decoded(body: bytes) -> Any:
    """Return what the JSON says, or None when it is none: `parse` tells what is wrong with it."""
    try:
        return read_json(body)
    except NOT_JSON:
        return None
