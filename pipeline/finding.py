"""A finding: something that is wrong, soon will be, or could not be looked at from here."""

from typing import Literal, NamedTuple

Level = Literal["error", "warning", "note"]


class Finding(NamedTuple):
    """How grave it is, the setting or place it is about, what was found and what to do."""

    level: Level
    where: str
    message: str
