"""The columns of the post contract, as its fields declare them."""

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from contract.post import Meaning, Post, Privacy


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the post contract: name, Python type, whether null is allowed, its meaning.

    `values` are those of a closed vocabulary, empty where any are allowed.
    """

    name: str
    type: Any
    is_nullable: bool
    said: Meaning
    values: tuple[str, ...]

    @property
    def allowed(self) -> str:
        """Values or bounds, in words; empty where there are none."""
        ends = {"from": self.said.least, "to": self.said.most}
        span = (f"{word} {_shown(end)}" for word, end in ends.items() if end is not None)
        return ", ".join(self.values) or " ".join(span)

    @property
    def meaning(self) -> str:
        """What it says, and which values are allowed."""
        return f"{self.said.text} Allowed: {self.allowed}." if self.allowed else self.said.text

    @property
    def privacy(self) -> Privacy:
        """Who may see it."""
        return self.said.privacy

    @property
    def is_list(self) -> bool:
        """Whether it is written to a table of its own."""
        return self.said.is_list


def _shown(end: float | datetime) -> str:
    return f"{end:%Y-%m-%d}" if isinstance(end, datetime) else f"{end:g}"


def _column(name: str, hint: Any) -> Column:
    inner, said = get_args(hint)
    choices = get_args(inner)
    is_nullable = type(None) in choices
    kind = next(c for c in choices if c is not type(None)) if is_nullable else inner
    values: tuple[str, ...] = ()
    if get_origin(kind) is Literal:
        kind, values = str, get_args(kind)
    return Column(name, kind, is_nullable, said, values)


COLUMNS: dict[str, Column] = {
    name: _column(name, hint) for name, hint in get_type_hints(Post, include_extras=True).items()
}
"""Every column of a batch, in order; what is neither transient nor a list is stored."""

_BOUNDED = tuple(
    (c.name, c.said.least, c.said.most)
    for c in COLUMNS.values()
    if c.is_nullable and not c.said.is_needed and c.said.most is not None
)
_values_of = attrgetter(*(name for name, _, _ in _BOUNDED))


def fitting(post: Post) -> Post:
    """Return the post; a value beyond the bounds of its column counts as not said."""
    odd = []
    for at, value in enumerate(_values_of(post)):
        if value is not None:
            name, least, most = _BOUNDED[at]
            if not least <= value <= most:
                odd.append(name)
    return msgspec.structs.replace(post, **dict.fromkeys(odd)) if odd else post
