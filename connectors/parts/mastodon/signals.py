"""The signals by which an account of the fediverse asks not to be read."""

import re
from typing import Any

from connectors.values import objects, text

_TAG = re.compile(r"<[^<>]*>")
_ASKS = re.compile(r"(?<!\w)(#?nobots?|#no(?:archive|index|search))(?![\w-]|\.\w)", re.IGNORECASE)
_FLAGS = (
    # https://docs.joinmastodon.org/entities/Account/: what is null or absent was never asked.
    ("indexable", False, "indexable: false"),
    ("noindex", True, "noindex: true"),
    ("locked", True, "locked: true"),
)


def opt_out_of(account: Any) -> str | None:
    """Return the signal by which an account asks not to be read, None where it gives none.

    `discoverable: false` is none: it keeps an account out of suggestions; whether others may
    search what it writes is what `indexable` says.
    """
    if not isinstance(account, dict):
        return None
    for name, asks, signal in _FLAGS:
        if account.get(name) is asks:
            return signal
    # The sign and the word stand in elements of their own.
    asked = _ASKS.search(_TAG.sub("", profile_of(account) or ""))
    return f"#{asked[1].lstrip('#').lower()}" if asked else None


def profile_of(account: Any) -> str | None:
    """Return all that an account says of itself, a line each."""
    written = [text(account, "display_name"), text(account, "note")]
    for each in objects(account, "fields"):
        written += [text(each, "name"), text(each, "value")]
    return "\n".join(filter(None, written)) or None
