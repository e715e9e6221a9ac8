"""Values of decoded JSON, read with care: what is of another kind than expected is not there."""

from datetime import UTC, datetime
from typing import Any, Final

from contract.page import EARLIEST, LATEST

MOST: Final = 2**63 - 1
"""Of anything that is counted: what a store can hold."""


def inside(holder: Any, *names: str) -> Any:
    """Return what stands under these names, each inside the one before, or None."""
    for name in names:
        holder = holder.get(name) if isinstance(holder, dict) else None
    return holder


def text(holder: Any, *names: str) -> str | None:
    """Return a text, None when it is empty or none."""
    found = inside(holder, *names)
    return found if isinstance(found, str) and found.strip() else None


def texts(holder: Any, *names: str) -> list[str]:
    """Return the texts of a list that are not empty."""
    return [each for each in items(holder, *names) if isinstance(each, str) and each.strip()]


def objects(holder: Any, *names: str) -> list[dict[str, Any]]:
    """Return the objects of a list."""
    return [each for each in items(holder, *names) if isinstance(each, dict)]


def items(holder: Any, *names: str) -> list[Any]:
    """Return a list, empty when it is none."""
    found = inside(holder, *names)
    return found if isinstance(found, list) else []


def count(holder: Any, *names: str) -> int | None:
    """Return a number of things, None when it is not said."""
    found = inside(holder, *names)
    # True and False are no numbers here.
    return found if type(found) is int and 0 <= found <= MOST else None


def moment(holder: Any, *names: str) -> datetime | None:
    """Return a time in UTC, None when it cannot be read or nothing was published then."""
    try:
        read = datetime.fromisoformat(text(holder, *names) or "")
        read = read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return read if EARLIEST <= read < LATEST else None
