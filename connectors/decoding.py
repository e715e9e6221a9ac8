"""Decoding JSON that others wrote."""

from typing import Any

import msgspec

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Not JSON or of another shape, not text, or nested so deep that nobody means it."""


def decoded(body: bytes) -> Any:
    """Return what the JSON says, or None when it is none: `parse` tells what is wrong with it."""
    try:
        return msgspec.json.decode(body)
    except NOT_JSON:
        return None
