"""What the town says on its own instance of Mastodon, and what reaches it from elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any

from samples.cooking import cook
from samples.forum import DAYS, HOURS
from samples.model import Person
from samples.phrases import Voice, deck

_ONE_IN = 7
"""The instance has a seventh of the forum's talk."""
_STRANDS = ("crossing", "library", "underpass", "buses", "swifts", "market", "gwennol_cymraeg")
_COUNCIL = "AberwennolTC"
_ASKING: tuple[dict[str, Any], ...] = (
    {}, {}, {}, {"discoverable": False}, {"indexable": False}, {"locked": True}, {"note": "#nobot"},
)  # fmt: skip
"""What accounts say of themselves, in turn: the last three ask not to be read."""


@dataclass(frozen=True)
class Account:
    """An account; one from elsewhere has the host of its server."""

    id: int
    username: str
    name: str
    says: Mapping[str, Any]
    host: str | None = None


@dataclass(frozen=True)
class Toot:
    """A post; ids begin with the time."""

    id: int
    author: Account
    created_at: datetime
    html: str
    tag: str
    lang: str
    visibility: str = "public"
    answers: "Toot | None" = None


@dataclass
class Talk:
    """All that the instance shows, by id, the newest first."""

    toots: dict[int, Toot]
    accounts: dict[str, Account]

    def delete(self, toot_id: int) -> None:
        """Take a post away; answers to it stay."""
        del self.toots[toot_id]


def talk(texts: Mapping[str, Any], people: Sequence[Person], monday: date, end: datetime) -> Talk:
    """Return everything posted in the nine weeks from the Monday and before the end."""
    rng, numbers = Random(f"Aberwennol mastodon {monday}"), count(1)
    crowd = [_account(person, number) for number, person in enumerate(rng.sample(people, 42))]
    council = Account(9_000_001, _COUNCIL, "Aberwennol Town Council", {"indexable": True})
    authors, toots = deck(rng, [*crowd, council]), list[Toot]()
    for strand in _STRANDS:
        said = texts["strands"][strand]
        voice = Voice(rng, said, texts["common"], sum(said["weekly"]) // _ONE_IN)
        before: Toot | None = None
        for week, talked in enumerate(said["weekly"]):
            for _ in range((talked + rng.randrange(_ONE_IN)) // _ONE_IN):
                moment = _moment(rng, monday, week)
                text, lang = voice.reply(week, moment)
                is_answer = before is not None and before.created_at < moment
                toot = Toot(
                    id=(int(moment.timestamp() * 1000) << 16) + next(numbers),
                    author=next(authors),
                    created_at=moment,
                    html=cook(text),
                    tag="aberwennol" if strand != "library" else "library",
                    lang=lang,
                    visibility="unlisted" if rng.random() < 0.1 else "public",
                    answers=before if is_answer and rng.random() < 0.3 else None,
                )
                toots.append(toot)
                before = toot
    shown = sorted((t for t in toots if t.created_at < end), key=lambda t: -t.id)
    accounts = {account.username.lower(): account for account in (*crowd, council)}
    return Talk({toot.id: toot for toot in shown}, accounts)


def _account(person: Person, number: int) -> Account:
    username = person.username.replace("-", "_").replace(".", "_")
    host = "elsewhere.example" if number % 5 == 4 else None
    says = _ASKING[number % len(_ASKING)]
    return Account(9_100_000 + person.id, username, person.name or "", says, host)


def _moment(rng: Random, monday: date, week: int) -> datetime:
    day = monday + timedelta(weeks=week, days=rng.choices(range(7), DAYS)[0])
    clock = time(rng.choices(range(24), HOURS)[0], rng.randrange(60), rng.randrange(60))
    return datetime.combine(day, clock, UTC)
