"""How far the kind of post can be trusted: figures for docs/intent.md from labelled posts."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from contract.post import Post
from transforms.frame import frame_of
from transforms.intent import LEAST, classify_intent
from transforms.language import identify_language, language_identifier
from transforms.search import fold_words
from transforms.text import clean_text

LABELLED = Path(__file__).parents[1] / "tests" / "transforms" / "intent"
SETS = ("development", "held_out")
_LANGUAGES = ("en", "de", "fr", "es", "cy", "pl")


class Score(NamedTuple):
    """How many posts are of a kind, were given it, and both."""

    are: int
    given: int
    right: int

    @property
    def precision(self) -> float:
        """Part of those given the kind that are of it."""
        return self.right / self.given if self.given else 0.0

    @property
    def recall(self) -> float:
        """Part of those of the kind that were given it."""
        return self.right / self.are if self.are else 0.0


def labelled(name: str) -> list[dict[str, str]]:
    """Return the posts of a labelled set: lang, intent (empty: none is plain), text."""
    with (LABELLED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scores(rows: list[dict[str, str]]) -> dict[str, Score]:
    """Return the score of each kind; languages are identified as for any other post."""
    posts = [
        Post(platform="labelled", native_id=str(number), kind="post", body=row["text"])
        for number, row in enumerate(rows)
    ]
    batch = clean_text(frame_of(posts))
    batch = fold_words(identify_language(batch, language_identifier(_LANGUAGES)))
    found = classify_intent(batch)["intent"].fillna("").tolist()
    return scored(zip(found, (row["intent"] for row in rows), strict=True), LEAST)


def scored(pairs: Iterable[tuple[str, str]], kinds: Iterable[str]) -> dict[str, Score]:
    """Return the score of each kind, by what posts were given and what they are."""
    pairs = list(pairs)
    return {
        kind: Score(
            are=sum(said == kind for _, said in pairs),
            given=sum(given == kind for given, _ in pairs),
            right=sum(given == kind == said for given, said in pairs),
        )
        for kind in kinds
    }


def table_of(name: str, measured: Mapping[str, Mapping[str, Score]]) -> str:
    """Return the scores of each set as a table; `name` is what its kinds are."""
    rows = [f"| {name} | set | posts of it | given | right | precision | recall |",
            "| --- | --- | --: | --: | --: | --: | --: |"]  # fmt: skip
    for kind in next(iter(measured.values())):
        for of, scores in measured.items():
            s = scores[kind]
            rows.append(
                f"| {kind} | {of.replace('_', ' ')} | {s.are} | {s.given} | {s.right} "
                f"| {s.precision:.2f} | {s.recall:.2f} |"
            )
    return "\n".join(rows)


def figures() -> str:
    """Return the table of docs/intent.md."""
    return table_of("kind", {name: scores(labelled(name)) for name in SETS})
