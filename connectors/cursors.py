"""What a run left behind, read again only where it is of the kind this version writes."""

import logging
import re
from typing import Annotated, Any, TypeVar

import msgspec

from connectors.ends import BOUND, BUDGET, COMPLETE, DEPTH, LEFT_OUT, LIMIT

log = logging.getLogger("goodguest.cursors")

_ENDS = "|".join(map(re.escape, (COMPLETE, LEFT_OUT, BOUND, LIMIT, DEPTH, BUDGET)))
End = Annotated[str, msgspec.Meta(pattern=f"^(?:{_ENDS})$")]
"""Why a run stopped, as connectors.ends says."""
Count = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
Moment = Annotated[float, msgspec.Meta(ge=-(2**33), le=2**33)]
"""Unix seconds."""
Second = Annotated[int, msgspec.Meta(ge=-(2**33), le=2**33)]
"""Whole ones."""
_Kind = TypeVar("_Kind")


def kept(cursor: dict[str, Any] | None, kind: type[_Kind]) -> _Kind:
    """Return the cursor, or an empty one when it is of another kind: all is asked for again.

    `kind` is a TypedDict without keys that have to be there; keys it does not name are dropped.
    """
    try:
        return msgspec.convert(cursor or {}, kind)
    except msgspec.ValidationError:
        log.warning("the state is of another version: what it remembers is asked for again")
        return msgspec.convert({}, kind)
