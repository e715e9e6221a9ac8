"""Sentences of the texts' files, drawn like cards and filled in like forms.

In a text `[one|other]` is a choice and `{street}` is drawn from the file of slots; `{day}` is a
day of the week just gone.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "texts"
_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_START = re.compile(r"(?:^|[.!?]\s+|\n)(?!https?:)[a-z]")
_SLOT = re.compile(r"\{([a-z_]+)\}")


@cache
def read_texts() -> dict[str, Any]:
    """Return the texts' files by their names; `strands` holds those of texts/strands in one."""
    texts = {f.stem: _read(f) for f in sorted(FOLDER.glob("*.yaml"))}
    texts["strands"] = {}
    for file in sorted((FOLDER / "strands").glob("*.yaml")):
        texts["strands"].update(_read(file))
    return texts


def _read(file: Path) -> Any:
    return yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)


def deck(rng: Random, cards: Sequence[Any]) -> Iterator[Any]:
    """Draw cards for ever; none comes twice before all have come once."""
    while True:
        yield from rng.sample(cards, len(cards))


def fill(rng: Random, text: str, slots: Mapping[str, Sequence[str]], moment: datetime) -> str:
    """Return the text with its choices made and its slots filled, no slot twice with the same."""
    while _CHOICE.search(text):
        text = _CHOICE.sub(lambda m: rng.choice(m[1].split("|")), text)
    used: set[str] = set()

    def value(match: re.Match[str]) -> str:
        if match[1] == "day":
            return (moment - timedelta(days=rng.randint(1, 4))).strftime("%A")
        options = [o for o in slots[match[1]] if o not in used] or list(slots[match[1]])
        used.add(drawn := rng.choice(options))
        return drawn

    text = _SLOT.sub(value, text)
    return _START.sub(lambda m: m[0][:-1] + m[0][-1].upper(), text)


class Voice:
    """What people say about one strand: reactions, facts, questions and endings.

    `whole` texts are said once only; `later` facts from their week on.
    """

    def __init__(
        self, rng: Random, strand: Mapping[str, Any], common: Mapping[str, Any], turns: int
    ) -> None:
        tone = common["tones"][strand.get("tone", "plain")]
        self._rng = rng
        self._slots = common["slots"]
        self._turns = turns
        self._lang = strand.get("lang", "en")
        self._said: set[str] = set()
        self._whole: list[dict[str, Any]] = rng.sample(w := strand.get("whole", []), len(w))
        self._says = deck(rng, strand["says"])
        self._later = {int(w): deck(rng, s) for w, s in strand.get("later", {}).items()}
        self._asks = deck(rng, strand.get("asks") or strand["says"])
        # The common reactions and endings are English; other languages bring their own.
        shared = tone if self._lang == "en" else {"reacts": [], "ends": []}
        self._reacts = deck(rng, strand.get("reacts", []) + shared["reacts"])
        self._ends = deck(rng, strand.get("ends", []) + shared["ends"])

    def opening(self, text: str, moment: datetime) -> str:
        """Return the handwritten text, filled in."""
        return fill(self._rng, text, self._slots, moment)

    def reply(self, week: int, moment: datetime) -> tuple[str, str]:
        """Return a text nobody said before, and its language."""
        self._turns -= 1
        due = [w for w in self._whole if w.get("from", 0) <= week]
        if due and self._rng.random() < len(due) / max(self._turns, len(due)):
            self._whole.remove(due[0])
            text = fill(self._rng, due[0]["text"], self._slots, moment)
            return text, due[0].get("lang", self._lang)
        text = ""
        for _ in range(20):
            text = fill(self._rng, self._draft(week), self._slots, moment)
            if text not in self._said:
                break
        self._said.add(text)
        return text, self._lang

    def _draft(self, week: int) -> str:
        rng = self._rng
        shape = rng.choices(
            ("f", "rf", "fe", "rfe", "ff", "rq", "q", "ffe"), (20, 26, 16, 8, 14, 7, 5, 4)
        )[0]
        draw: dict[str, Callable[[], str]] = {
            "f": lambda: self._fact(week),
            "r": lambda: next(self._reacts),
            "e": lambda: next(self._ends),
            "q": lambda: next(self._asks),
        }
        gap = rng.choice((" ", " ", " ", "\n\n"))
        return gap.join(draw[part]() for part in shape)

    def _fact(self, week: int) -> str:
        fresh = [w for w in self._later if w <= week]
        if fresh and self._rng.random() < 0.6:
            return str(next(self._later[self._rng.choice(fresh)]))
        return str(next(self._says))
