"""How near posts are to the dataset they mean: figures for docs/embedding.md from labelled posts.

    python -m docs.embedding

The posts are those of the sample town; each model is asked alone, as no tie is made.
"""

import csv
import json
import sys
import time
from pathlib import Path

import numpy as np

from transforms.embedding import Embedder, better, multilingual, static

ROOT = Path(__file__).parents[1]
_LABELLED = ROOT / "tests" / "data" / "ties" / "datasets.tsv"
_CATALOGUE = ROOT / "samples" / "data.json"


def gain(order: list[str], grades: dict[str, int]) -> float:
    """Return nDCG@10 of keys, the nearest first."""
    falls = 1 / np.log2(np.arange(2, 12))
    got = [2 ** grades.get(key, 0) - 1 for key in order[:10]]
    best = [2**grade - 1 for grade in sorted(grades.values(), reverse=True)[:10]]
    return float(np.dot(got, falls[: len(got)]) / np.dot(best, falls[: len(best)]))


def row(model: Embedder, english: bool) -> str:
    """Return a line of the table: name, first dataset right, nDCG@10, AUROC, texts a second."""
    catalogue = json.loads(_CATALOGUE.read_text(encoding="utf-8"))["dataset"]
    keys = [dataset["identifier"] for dataset in catalogue]
    called = [f"{d['title']}. {', '.join(d['keyword'])}. {d['description']}" for d in catalogue]
    with _LABELLED.open(encoding="utf-8", newline="") as file:
        read = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        posts = [post for post in read if (post["lang"] == "en") == english]
    datasets = model.of_texts(called)
    texts = [f"{post['title']}. {post['text']}".strip(". ") for post in posts]
    began = time.process_time()
    near = model.of_texts(texts) @ datasets.T
    speed = len(texts) / (time.process_time() - began)
    grades = [
        {key: int(grade) for key, _, grade in (tie.partition(":") for tie in ties.split())}
        for ties in (post["datasets"] for post in posts)
    ]
    fits = np.array([bool(of) for of in grades])
    orders = [[keys[at] for at in np.argsort(-scores, kind="stable")] for scores in near]
    told = [(order, of) for order, of in zip(orders, grades, strict=True) if of]
    first = np.mean([order[0] in of for order, of in told])
    best = near.max(axis=1)
    apart = (best[fits, None] > best[~fits]).mean()
    gains = np.mean([gain(*one) for one in told])
    return f"| `{model.name}` | {first:.2f} | {gains:.3f} | {apart:.2f} | {speed:,.0f} |"


if __name__ == "__main__":
    models = [model for model in (static(), better(), multilingual()) if model]
    for english in (True, False):
        lines = [row(model, english) for model in models]
        sys.stdout.write("\n".join(["English" if english else "Other languages", *lines, ""]))
