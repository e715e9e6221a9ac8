"""How far the kind of post can be trusted: figures for docs/intent.md from labelled posts."""

import csv
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
    pairs = list(zip(found, (row["intent"] for row in rows), strict=True))
    return {
        kind: Score(
            are=sum(said == kind for _, said in pairs),
            given=sum(given == kind for given, _ in pairs),
            right=sum(given == kind == said for given, said in pairs),
        )
        for kind in LEAST
    }


def figures() -> str:
    """Return the table of docs/intent.md."""
    rows = ["| kind | set | posts of it | given | right | precision | recall |",
            "| --- | --- | --: | --: | --: | --: | --: |"]  # fmt: skip
    measured = {name: scores(labelled(name)) for name in SETS}
    for kind in LEAST:
        for name in SETS:
            s = measured[name][kind]
            rows.append(
                f"| {kind} | {name.replace('_', ' ')} | {s.are} | {s.given} | {s.right} "
                f"| {s.precision:.2f} | {s.recall:.2f} |"
            )
    return "\n".join(rows)
