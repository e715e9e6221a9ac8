"""The accounts of the forum: invented names only."""

from collections.abc import Mapping
from random import Random
from typing import Any

from samples.model import Person

SEED = "the people stay whatever the week"


def residents(texts: Mapping[str, Any]) -> list[Person]:
    """Return the accounts: the staff first, then residents, last the spammers."""
    rng = Random(SEED)
    named: list[tuple[str, str | None]] = [
        (u, rng.choice(("", "", None))) for u in texts["usernames"]
    ]
    lasts = texts["last"]
    for index, first in enumerate(rng.sample(texts["first"], len(texts["first"]))):
        last = lasts[(index * 7) % len(lasts)]
        shown = rng.choice((f"{first} {last}", f"{first} {last}", first, ""))
        named.append((_username(rng, first, last), shown))
    rng.shuffle(named)
    staff, spammers = texts["staff"], texts["spammers"]
    people = [Person(i, s["username"], s["name"], "staff") for i, s in enumerate(staff, 1)]
    people += [Person(i, *who) for i, who in enumerate(named, len(people) + 1)]
    return people + [Person(i, s, "", "spammer") for i, s in enumerate(spammers, len(people) + 1)]


def _username(rng: Random, first: str, last: str) -> str:
    name, surname = first, last.replace("-", "")
    shapes = (f"{name}_{surname[0]}", f"{name}{surname}", f"{name.lower()}{rng.randint(2, 99)}")
    return rng.choice((*shapes, f"{name}.{surname}"))
