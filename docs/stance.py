"""How far the stance of a tie can be trusted: figures for docs/stance.md from labelled posts."""

import csv
from pathlib import Path

import pandas as pd

from contract.post import Post
from docs.intent import Score, scored, table_of
from transforms.frame import frame_of
from transforms.reading import read
from transforms.stance import STANCES, add_stance

LABELLED = Path(__file__).parents[1] / "tests" / "data" / "stance"
SETS = ("development", "held_out")


def labelled(name: str) -> list[dict[str, str]]:
    """Return the posts of a labelled set: lang, stance (empty: none shows), target, text."""
    with (LABELLED / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def stances(rows: list[dict[str, str]]) -> list[str]:
    """Return the stance each post shows to its target as it is written there; empty for none."""
    keys = [f"{number:06}" for number in range(len(rows))]
    posts = [
        Post(platform="labelled", native_id=key, kind="post", lang=row["lang"], text=row["text"])
        for key, row in zip(keys, rows, strict=True)
    ]
    found = [_as_written(row["target"], row["text"]) for row in rows]
    ties = pd.DataFrame({"post_key": keys, "evidence": [{"found": words} for words in found]})
    reading = read(frame_of(posts).assign(post_key=keys))
    return list(add_stance(ties, reading)["stance"].fillna(""))


def _as_written(target: str, text: str) -> str:
    at = text.casefold().index(target.casefold())
    return text[at : at + len(target)]


def scores(rows: list[dict[str, str]]) -> dict[str, Score]:
    """Return the score of each stance."""
    pairs = zip(stances(rows), (row["stance"] for row in rows), strict=True)
    return scored(pairs, STANCES)


def figures() -> str:
    """Return the table of docs/stance.md, of the English posts."""
    english = {name: [row for row in labelled(name) if row["lang"] == "en"] for name in SETS}
    return table_of("stance", {name: scores(of) for name, of in english.items()})
