"""Evaluate: measures the product's own ways on labelled files, against files of vocabulary."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from msgspec import structs

from contract.charter_vocabulary import Register
from contract.errors import FixSettings
from contract.post import Rejected
from pipeline.evaluation.files import content, read_judgments, read_posts, read_texts
from pipeline.evaluation.labelled import Agency, Evaluation
from pipeline.settings import Settings
from vocabulary.dcat import read_datasets
from vocabulary.register import read_entities
from vocabulary.skos import read_topics

_Record = TypeVar("_Record")

_MOST_TOLD = 20
_OPTIONAL = ("aliases", "acronyms", "place", "address")
"""Columns that a register may have beside `id`, `name` and `identifiers`."""
_LARGEST_VOCABULARY = 200_000


def agency_of(given: Settings, languages: str | None) -> Agency:
    """Return the languages asked for (`en,cy`), else those of the charter, else none.

    Without languages every text is left undetermined, as one whose language nobody can tell.
    """
    charter = given.load_charter() if given.charter.exists() else None
    agency = Agency((), "GB")
    if charter:
        agency = Agency(charter.agency.languages, charter.agency.country, charter.ties)
    if languages is not None:
        return agency._replace(languages=tuple(filter(None, re.split(r"[\s,]+", languages))))
    return agency


def links(
    catalogue: Path, queries: Path, qrels: Path | None, no_match: Path | None, agency: Agency
) -> dict[str, Any]:
    """Return the measures of datasets ranked for the queries and tied to them, and to `no_match`.

    Without `qrels`, the column `datasets` of the queries says what is right. With them, queries
    without a right dataset are left out and counted as `unjudged`.
    """
    from pipeline.evaluation.links import evaluate_links

    records, refused = _kept(read_datasets(content(catalogue), str(catalogue)), catalogue)
    cases, bad = read_texts(queries, "query_id", "text", *(() if qrels else ("datasets",)))
    unjudged = 0
    if qrels:
        right, wrong = read_judgments(qrels)
        judged = [structs.replace(c, right=right[c.id]) for c in cases if right.get(c.id)]
        if not judged:
            raise FixSettings(f"{qrels}: found no judgment of a query of {queries}; needed is one")
        unjudged, cases, bad = len(cases) - len(judged), judged, [*bad, *wrong]
    if no_match:
        others, wrong = read_texts(no_match, "text")
        cases, bad = [*cases, *others], [*bad, *wrong]
    datasets = {record.identifier: record for record in records}
    answer = _answer(evaluate_links(datasets, cases, agency), agency, bad, refused)
    return {**answer, "unjudged": unjudged}


def topics(
    taxonomy: Path, posts: Path, train: Path | None, folds: int, agency: Agency
) -> dict[str, Any]:
    """Return the measures of posts tied to topics, with the posts of `train` as examples.

    With more than one of `folds` (and no `train`) the posts are each other's examples.
    """
    from pipeline.evaluation.topics import evaluate_topics

    if train and folds > 1:
        raise FixSettings("found --train and --folds; allowed is one of them")
    concepts, refused = _kept(read_topics(content(taxonomy), str(taxonomy)), taxonomy)
    cases, bad = read_posts(posts, "topics")
    if folds > len(cases):
        raise FixSettings(f"--folds: found {folds}; allowed are at most the {len(cases)} posts")
    examples, wrong = read_posts(train, "topics") if train else ([], [])
    found = evaluate_topics(concepts, cases, agency, examples, folds)
    return _answer(found, agency, [*bad, *wrong], refused)


def entities(register: Path, posts: Path, agency: Agency) -> dict[str, Any]:
    """Return the measures of posts tied to the rows of a register."""
    from pipeline.evaluation.entities import evaluate_entities

    data = content(register)
    read = read_entities(data, _columns(data, register), register.stem)
    rows, refused = _kept(read, register)
    cases, bad = read_posts(posts, "entities")
    by_id = {row.native_id: row for row in rows}
    return _answer(evaluate_entities(by_id, cases, agency), agency, bad, refused)


def language(texts: Path, languages: str | None, agency: Agency) -> dict[str, Any]:
    """Return the measures of languages told, among those asked for, else those of the file."""
    from pipeline.evaluation.language import UNDETERMINED, evaluate_language

    cases, bad = read_texts(texts, "lang", "text")
    if languages is None:
        named = {case.lang for case in cases if case.lang} - {UNDETERMINED}
        agency = agency._replace(languages=tuple(sorted(named)))
    answer = _answer(evaluate_language(cases, agency), agency, bad, [])
    return {**answer, "by_language": answer.pop("by_method")}


def _kept(outcomes: Iterable[_Record | Rejected], path: Path) -> tuple[list[_Record], list[str]]:
    """Return the records, and a message for each that the vocabulary's own reader refuses."""
    kept: list[_Record] = []
    refused = []
    for outcome in outcomes:
        if isinstance(outcome, Rejected):
            refused.append(f"{path}: {outcome.reason}: {outcome.detail}")
        else:
            kept.append(outcome)
    if not kept:
        raise FixSettings(f"{path}: found nothing that can be read; needed is one record at least")
    if len(kept) > _LARGEST_VOCABULARY:
        said = f"{len(kept):,} records; allowed are {_LARGEST_VOCABULARY:,}"
        raise FixSettings(f"{path}: found {said}")
    return kept, refused


def _columns(data: bytes, register: Path) -> Register:
    """Return which columns a register has of those that `evaluate` knows by name."""
    header = data[: 2**16].decode("utf-8-sig", "replace").lstrip("\r\n").splitlines()[:1]
    found = {cell.strip(' "') for line in header for cell in re.split(r"[,\t;|]", line)}
    known: dict[str, Any] = {name: name for name in _OPTIONAL if name in found}
    known["identifiers"] = [name for name in ("identifiers",) if name in found]
    return Register(file=str(register), id="id", name="name", **known)


def _answer(
    found: Evaluation, agency: Agency, bad: list[str], refused: list[str]
) -> dict[str, Any]:
    """Return what is told: each measure with its interval, counts, methods, what was left out."""
    measures: dict[str, Any] = {}
    for name, (value, low, high) in found.measures.items():
        measures[name] = value
        measures[f"{name}_interval"] = None if value is None else [low, high]
    by = {
        name: {"found": count, "right": value, "right_interval": [low, high]}
        for name, (count, (value, low, high)) in found.by.items()
    }
    return {
        **measures,
        "by_method": by,
        **found.counts,
        "bad_lines": len(bad),
        "rejected": len(refused),
        "languages": list(agency.languages),
        "messages": [*bad[:_MOST_TOLD], *refused[:_MOST_TOLD]],
    }
