"""Which of the rows of one name a post means."""

from collections.abc import Sequence
from typing import NamedTuple

from transforms.entity_context import BESIDE, Context
from transforms.entity_hits import Hit
from transforms.entity_names import MOST_NAMESAKES, EntityMatcher, Name

IN_POST = (BESIDE, "post", "attached place")
"""Where a place is told of the post's own."""
_MOST_AT_A_PLACE = 100
"""A place of more namesakes than that tells them apart only with another one."""


class Meant(NamedTuple):
    """The names, each of a row, that may be meant, and what told them from others alike."""

    names: list[Name]
    """Those of a crowd only when it is told which."""
    place: str | None = None
    """As the register writes it."""
    witness: str | None = None
    """Where the place is told; "identifier" of rows that the post surely names otherwise."""
    is_elsewhere: bool = False
    """Whether what stands behind the name looks like another place."""
    within: frozenset[str] = frozenset()
    """Places told where too many namesakes are."""


class Namesakes:
    """The names written alike that stand at one place of a post."""

    def __init__(self, context: Context, matcher: EntityMatcher, same: Sequence[Hit]) -> None:
        self._context, self._matcher = context, matcher
        self._hit, self._same = same[0], same
        self._count = sum(len(hit.names) for hit in same)
        self._is_crowd = self._count > MOST_NAMESAKES

    def meant(self, sure: set[str]) -> Meant:
        """Return which rows are meant, as far as anything tells.

        That is the place right behind the name, what else the post names of the rows (`sure` are
        those it surely does), and the places told in it and around it, the nearest first.
        """
        meant = Meant([] if self._is_crowd else [name for hit in self._same for name in hit.names])
        if self._is_crowd or any(self._matcher.rows[name.key].places for name in meant.names):
            behind = self._context.behind(self._hit)
            meant = self._narrowed(meant, BESIDE, behind.words)
            is_told = bool(meant.place or meant.within)
            meant = meant._replace(is_elsewhere=behind.is_place and not is_told)
        known = self._known(meant, sure)
        if 0 < len(known) < self._count:
            return Meant(known, witness="identifier")
        for where, words in self._context.told(self._hit.post):
            is_one = len(meant.names) == 1
            if is_one and (meant.place or (self._count == 1 and where not in IN_POST)):
                break
            meant = self._narrowed(meant, where, words)
        return meant

    def _known(self, meant: Meant, sure: set[str]) -> list[Name]:
        if meant.names or not self._is_crowd:
            return [name for name in meant.names if name.key in sure]
        crowds = self._crowds()
        return [names[key] for key in sorted(sure) for names, _ in crowds if key in names]

    def _crowds(self) -> list[tuple[dict[str, Name], dict[str, list[Name]]]]:
        return [self._matcher.crowd(hit.of) for hit in self._same]

    def _narrowed(self, meant: Meant, where: str, words: str) -> Meant:
        """Return those whose place these words name; all where they name none, or that of each."""
        if not meant.names:
            return self._found(meant, where, words)
        rows = [self._matcher.rows[name.key] for name in meant.names]
        places = [self._context.place_of(row, self._hit, where, words) for row in rows]
        fitting = [name for name, place in zip(meant.names, places, strict=True) if place]
        if (len(fitting) == len(places) and len(set(places)) > 1) or not fitting:
            return meant
        return meant._replace(names=fitting, place=next(filter(None, places)), witness=where)

    def _found(self, meant: Meant, where: str, words: str) -> Meant:
        """Return of a crowd those at the places that these words name, without looking at all."""
        within, near = set(meant.within), dict[str, list[Name]]()
        for place in self._context.places_in(self._hit, where, words):
            there = [name for _, at in self._crowds() for name in at.get(place, ())]
            if len(there) > _MOST_AT_A_PLACE:
                within.add(place)
            elif there:
                near[place] = there
        fitting: dict[Name, str] = {}
        for names in near.values():
            for name in names:
                places = dict(self._matcher.rows[name.key].places)
                if within <= places.keys():
                    fitting.setdefault(
                        name, next(places[place] for place in near if place in places)
                    )
        if not fitting:
            return meant._replace(within=frozenset(within))
        told = set(fitting.values())
        is_one = len(told) == 1
        return meant._replace(
            names=list(fitting),
            place=min(told) if is_one else None,
            witness=where if is_one else None,
        )
