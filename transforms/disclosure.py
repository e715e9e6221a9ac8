"""Which numbers can be published: none that says something about a few people.

A number is safe when enough different people stand behind it and none of them wrote most of it. A
number that is safe by itself can still betray another: what is left of a larger one when the
numbers shown within it are taken away is a number too.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

METHOD_VERSION: Final = "disclosure-3"
_MOST_OF_ONE: Final = 0.5
"""The largest share of what people wrote that one of them may have written."""

Posts = Mapping[str, str | None]
"""By key of a post who wrote it; None where nobody can be counted for it."""
Cell = tuple[str, str]
"""What is counted: a kind, and the subject."""


def safe_to_show(
    whole: Posts,
    parts: Mapping[str, Mapping[str, Posts]],
    least: int,
    higher: Mapping[Cell, int] = MappingProxyType({}),
) -> frozenset[Cell] | None:
    """Return the cells whose numbers can be shown beside that of the whole; None: not even it.

    `parts` are by what is counted the subjects with their posts, which may overlap. Shown are only
    numbers with at least `least` people of whom none wrote more than half. Neither what one of them
    leaves of another that holds it, nor what is left of it after all of a kind shown in it, taken
    away one after the other from the largest on, is about fewer. `higher` are the cells that need
    more people than `least`.
    """
    if not _Left(whole).is_safe(least):
        return None
    cells = {(kind, name): posts for kind, of in parts.items() for name, posts in of.items()}
    # What holds others comes first and stays; the name decides, so that a re-run is the same.
    order = sorted(cells, key=lambda at: (-len(set(cells[at].values())), -len(cells[at]), at))
    shown: set[Cell] = set()
    shown_with: dict[str, list[Cell]] = defaultdict(list)
    needs = {cell: max(least, higher.get(cell, least)) for cell in cells}
    of_whole, holders = _Holder(whole, least), dict[Cell, _Holder]()
    for cell in order:
        posts, kind = cells[cell], cell[0]
        if not _Left(posts).is_safe(needs[cell]):
            continue
        around = _holding(posts, shown_with, cells)
        holders.update({at: _Holder(cells[at], needs[at]) for at in around if at not in holders})
        within = [of_whole, *(holders[at] for at in around)]
        if all(holder.can_show(kind, posts) for holder in within):
            for holder in within:
                holder.show(kind, posts)
            shown.add(cell)
            for post in posts:
                shown_with[post].append(cell)
    return frozenset(shown)


def _holding(
    posts: Posts, shown_with: Mapping[str, list[Cell]], cells: Mapping[Cell, Posts]
) -> list[Cell]:
    """Return the cells shown that hold all these posts and more."""
    fewest = min((shown_with.get(post, []) for post in posts), key=len)
    return [cell for cell in fewest if posts.keys() < cells[cell].keys()]


class _Left:
    """Posts that are left of a number, and how many each person wrote of them."""

    def __init__(self, posts: Posts) -> None:
        self._posts = set(posts)
        self._people = Counter(author for author in posts.values() if author is not None)
        self._total = self._people.total()
        self._most = max(self._people.values(), default=0)
        """At least what any person wrote: it is not counted anew when posts are taken away."""

    def is_safe(self, least: int) -> bool:
        """Return whether there are enough people, of whom none wrote most."""
        return self.is_safe_without({}, least)

    def is_safe_without(self, part: Posts, least: int) -> bool:
        """Return whether what is left without these is nothing at all, or enough people's."""
        taken, gone = self._in(part)
        if taken and len(taken) == len(self._posts):
            return True
        allowed = _MOST_OF_ONE * (self._total - gone.total())
        lost = sum(self._people[author] == count for author, count in gone.items())
        if len(self._people) - lost < least:
            return False
        return self._most <= allowed or all(
            count - gone[author] <= allowed for author, count in self._people.items()
        )

    def take(self, part: Posts) -> None:
        """Take these away."""
        taken, gone = self._in(part)
        self._posts.difference_update(taken)
        self._total -= gone.total()
        for author, count in gone.items():
            self._people[author] -= count
            if not self._people[author]:
                del self._people[author]

    def _in(self, part: Posts) -> tuple[list[str], Counter[str]]:
        taken = [post for post in part if post in self._posts]
        return taken, Counter(author for post in taken if (author := part[post]) is not None)


class _Holder:
    """A number that holds others: all of it, and what those shown in it leave of it, by kind."""

    def __init__(self, posts: Posts, least: int) -> None:
        self._posts = posts
        self._least = least
        self._all = _Left(posts)
        self._left: dict[str, _Left] = {}

    def can_show(self, kind: str, part: Posts) -> bool:
        """Return whether neither this one alone nor with those of its kind leaves too few."""
        left = self._left.get(kind, self._all)
        return all(each.is_safe_without(part, self._least) for each in (self._all, left))

    def show(self, kind: str, part: Posts) -> None:
        """Note that this one is shown."""
        # One that is all of it leaves nothing, and would hide what smaller ones leave.
        if len(part) == len(self._posts):
            return
        if kind not in self._left:
            self._left[kind] = _Left(self._posts)
        self._left[kind].take(part)
