"""How well posts are tied, measured on invented posts of the sample town, for docs/ties.md.

python -m docs.ties lists what was missed and what was too much; `make docs` writes the page.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import pandas as pd

from contract.catalogue import Label
from contract.charter_file import load_charter
from contract.post import Rejected
from pipeline.evaluation.entities import evaluate_entities
from pipeline.evaluation.files import Case, content, read_posts, read_texts
from pipeline.evaluation.labelled import Agency, Evaluation
from pipeline.evaluation.links import evaluate_links
from pipeline.evaluation.measures import Estimate
from pipeline.evaluation.topics import evaluate_topics
from vocabulary.dcat import read_datasets
from vocabulary.register import read_entities
from vocabulary.skos import read_topics

ROOT: Final = Path(__file__).parents[1]
LABELLED: Final = ROOT / "tests" / "data" / "ties"
SAMPLES: Final = ROOT / "samples"

METHODS: Final = {
    "dataset": {
        "link": "an address of the dataset, one of its files or its API",
        "identifier": "its identifier, word for word",
        "title": "its whole title",
        "retrieval": "ranked first among all, and past the gate",
    },
    "topic": {
        "label": "a label of the topic, word for word",
        "label-inflected": "a label in another form: plural, genitive, mutated",
        "label-part": "one of the things a label lists",
        "tag": "a label as a tag",
        "thread-title": "a label in the title of the thread",
        "examples": "like the example posts of the topic",
        "label-near": "no label, but a meaning near the topic's",
        "ambiguous": "a label that several topics share: counted nowhere",
    },
    "entity": {
        "name": "its name or an alias",
        "name-place": "a name, and the place that tells it from its namesakes",
        "acronym": "its acronym, in capitals",
        "identifier": "its number",
        "photo": "the post is a photo of it, or stands below one",
        "link": "an address of its own",
        "address": "the street it stands in, with what else tells it",
        "ambiguous": "a name of several rows, with nothing that tells which: counted nowhere",
    },
}
"""What each method goes by; a method that is not told here has no place in the table."""

_BANDS: Final = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97, 1.01)
_SHOWN: Final = {
    "dataset": ("d161", "d165", "d166", "d008", "d102", "d068", "d027", "d157", "d172", "d195"),
    "topic": ("t003", "t009", "t016", "t066", "t112", "t114", "t116"),
    "entity": ("e046", "e056", "e058", "e057", "e077", "e099", "e105"),
}
"""Posts that the page shows with what becomes of them, right or wrong."""

_PLURAL: Final = {"dataset": "datasets", "topic": "topics", "entity": "entities"}

_Record = TypeVar("_Record")


class Measured(NamedTuple):
    """The labelled posts of a kind of tie, what was measured with them, and names of targets."""

    cases: list[Case]
    all: Evaluation
    english: Evaluation
    others: Evaluation
    """Of the posts in other languages."""
    titles: dict[str, str]


@cache
def measured() -> dict[str, Measured]:
    """Return what is measured of the sample town, by kind of tie."""
    charter = load_charter(SAMPLES / "charter.yaml")
    agency = Agency(charter.agency.languages, charter.agency.country, charter.ties)
    datasets = {d.identifier: d for d in _held(read_datasets(_sample("data.json"), "data.json"))}
    topics = list(_held(read_topics(_sample("taxonomy.ttl"), "taxonomy.ttl")))
    rows = {
        row.native_id: row
        for name, spec in charter.vocabulary.registers.items()
        for row in _held(read_entities(_sample(spec.file), spec, name))
    }
    return {
        "dataset": _measured(
            read_texts(LABELLED / "datasets.tsv", "query_id", "text", "datasets").cases,
            lambda cases: evaluate_links(datasets, cases, agency),
            {key: dataset.title for key, dataset in datasets.items()},
        ),
        "topic": _measured(
            read_posts(LABELLED / "topics.jsonl", "topics").cases,
            lambda cases: evaluate_topics(topics, cases, agency),
            {topic.uri: _label(topic.labels) for topic in topics},
        ),
        "entity": _measured(
            read_posts(LABELLED / "entities.jsonl", "entities").cases,
            lambda cases: evaluate_entities(rows, cases, agency),
            {key: row.name for key, row in rows.items()},
        ),
    }


def _measured(
    cases: list[Case], evaluate: Callable[[Sequence[Case]], Evaluation], titles: dict[str, str]
) -> Measured:
    english = [case for case in cases if case.lang == "en"]
    others = [case for case in cases if case.lang != "en"]
    return Measured(cases, evaluate(cases), evaluate(english), evaluate(others), titles)


def _label(labels: Iterable[Label]) -> str:
    return next(x.value for x in labels if x.kind == "prefLabel" and x.lang == "en")


def _sample(name: str) -> bytes:
    return content(SAMPLES / name)


def _held(outcomes: Iterable[_Record | Rejected]) -> Iterator[_Record]:
    for outcome in outcomes:
        if isinstance(outcome, Rejected):
            raise ValueError(f"samples: found {outcome}; allowed is none that is refused")
        yield outcome


def figures() -> str:
    """Return the table of measures, of all posts, of those in English and of the others."""
    counts = {kind: len(of.cases) for kind, of in measured().items()}
    head = ", ".join(f"{count} for {_PLURAL[kind]}" for kind, count in counts.items())
    rows = [
        f"Invented posts: {head}.",
        "",
        "| | measure | all | 95 % interval | English | others |",
        "| --- | --- | --: | --: | --: | --: |",
    ]
    for kind, of in measured().items():
        for name, whole in of.all.measures.items():
            parts = (part.measures[name].value for part in (of.english, of.others))
            shown = " | ".join(map(_number, parts))
            rows.append(
                f"| {kind} | `{name}` | {_number(whole.value)} | {_range(whole)} | {shown} |"
            )
    return "\n".join(rows)


def methods() -> str:
    """Return the table of how often each method is right.

    Raises ValueError for a method of which METHODS does not say what it goes by.
    """
    rows = [
        "| tie to a | method | goes by | ties | right | 95 % interval |",
        "| --- | --- | --- | --: | --: | --: |",
    ]
    for kind, of in measured().items():
        if unknown := sorted(set(of.all.by) - set(METHODS[kind])):
            raise ValueError(f"docs/ties.py: METHODS has to say what {kind} {unknown} goes by")
        for method, meaning in METHODS[kind].items():
            if method in of.all.by:
                count, share = of.all.by[method]
                shown = f"{count} | {_number(share.value)} | {_range(share)}"
            else:
                shown = "0 | – | –"
            rows.append(f"| {kind} | `{method}` | {meaning} | {shown} |")
    return "\n".join(rows)


def calibration() -> str:
    """Return the table of what scores say beside how often such ties are right."""
    rows = [
        "| tie to a | score | ties | mean score | right |",
        "| --- | --- | --: | --: | --: |",
    ]
    for kind, of in measured().items():
        bands = pd.cut(of.all.found["score"], list(_BANDS), right=False)
        for band, ties in of.all.found.groupby(bands, observed=True):
            low, high = band.left, min(band.right, 1.0)
            means = f"{ties['score'].mean():.2f} | {ties['is_right'].mean():.2f}"
            rows.append(f"| {kind} | {low:g} to {high:g} | {len(ties)} | {means} |")
    return "\n".join(rows)


def examples(kind: str) -> str:
    """Return a table of a few posts, what they are tied to, and why."""
    of = measured()[kind]
    at = {case.id: number for number, case in enumerate(of.cases)}
    rows = ["| post | tied to | method | score | because of |", "| --- | --- | --- | --: | --- |"]
    for name in _SHOWN[kind]:
        case, ties = of.cases[at[name]], of.all.found[of.all.found["case"] == at[name]]
        said = f"{case.title} ↳ {case.text}" if case.title else case.text
        for tie in ties.to_dict("records"):
            mark = "" if tie["is_right"] else " (wrong)"
            why = f"`{tie['method']}` | {tie['score']:.2f} | {_because(tie['evidence'])}"
            rows.append(f"| {_cell(said)} | {_cell(of.titles[tie['target']])}{mark} | {why} |")
            said = "″"
        if ties.empty:
            wanted = "; ".join(of.titles.get(key, key) for key in case.right)
            right = f"nothing (missed: {_cell(wanted)})" if wanted else "nothing, rightly"
            rows.append(f"| {_cell(said)} | {right} | | | |")
    return "\n".join(rows)


def _because(evidence: dict[str, Any]) -> str:
    """Return the evidence but for the target's own name, which stands beside it."""
    told = {name: value for name, value in evidence.items() if name not in ("title", "also")}
    shown = (f"{name}: {_listed(value)}" for name, value in told.items() if value not in (None, ""))
    return _cell(", ".join(shown))


def _listed(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _range(found: Estimate) -> str:
    return "–" if found.low is None else f"{found.low:.2f}–{found.high:.2f}"


def parts() -> dict[str, str]:
    """Return the generated parts of docs/ties.md by the names of their markers."""
    return {
        **{_PLURAL[kind]: examples(kind) for kind in _SHOWN},
        "calibration": calibration(),
        "methods": methods(),
        "figures": figures(),
    }


def main() -> None:
    """Write what was missed and what was too much."""
    for kind, of in measured().items():
        targets = of.all.found.groupby("case")["target"].agg(set).to_dict()
        for number, case in enumerate(of.cases):
            found, wanted = targets.get(number, set()), set(case.right)
            for said, keys in (("missed", wanted - found), ("too much", found - wanted)):
                for key in sorted(keys):
                    post = " / ".join(filter(None, (case.title, case.text)))
                    line = f"{kind}\t{case.id}\t{said}\t{of.titles.get(key, key)}\t{post}\n"
                    sys.stdout.write(line)


if __name__ == "__main__":
    main()
