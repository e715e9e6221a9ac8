"""Retrieval of datasets: what bounds find is what looking at all finds, and a labelled set."""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import chain
from math import hypot, log, log1p, log2
from pathlib import Path
from random import Random

import numpy as np
import pytest

from contract.catalogue import Dataset
from tests.transforms.eastmere import batch
from transforms import lists, lookup, terms
from transforms.datasets import DatasetIndex, dataset_index, rank_datasets, tie_datasets
from transforms.embedding import static
from transforms.judging import FALSE_LINKS, JUDGES, LONGEST, WORDS, least_fit, sureness
from transforms.meaning import Meanings
from transforms.passages import BRIEF, passages
from transforms.reading import read
from transforms.retrieval import LEAST_FIT, LEAST_KNOWN, SHORTLIST
from transforms.shortlist import Shortlist
from transforms.terms import sequences_of, terms_of
from transforms.words import words_of

RARE = [
    f"{first}{second}"
    for first in ("bar", "den", "gle", "mor")
    for second in ("ton", "wick", "yard")
]
OFTEN = ["street", "town", "people", "map", "water", "trees", "plans", "works"]


def many_datasets(count: int, dice: Random) -> dict[str, Dataset]:
    return {
        f"d{number:04}": Dataset(
            identifier=f"d{number}",
            title=" ".join(dice.choices(RARE, k=2) + dice.choices(OFTEN, k=1)),
            description=" ".join(dice.choices(OFTEN, k=6) + dice.choices(RARE, k=1)),
            keywords=tuple(dice.choices(RARE + OFTEN, k=dice.randint(0, 2))),
        )
        for number in range(count)
    }


def crowded_datasets() -> dict[str, Dataset]:
    """Return datasets more of which than are shortlisted know one rare word, and others two."""
    said = {"a": (60, "Glewick", ""), "b": (3, "Denyard", "barton")}
    said |= {"c": (600, "Map", "denyard"), "d": (600, "Map", "barton"), "e": (18_740, "Map", "")}
    return {
        f"{name}{number}": Dataset(
            identifier=f"{name}{number}", title=title, description=more, lang="en"
        )
        for name, (count, title, more) in said.items()
        for number in range(count)
    }


def slow_search(
    datasets: dict[str, Dataset], meant: Meanings
) -> Callable[[list[str]], dict[str, float]]:
    """Return what tells the datasets that fit a passage by looking at every one of them."""
    heads, bodies, letters = {}, {}, {}
    rarities: dict[str, float] = {}
    for key, dataset in datasets.items():
        for word in words_of(f"{dataset.title} {dataset.description} {dataset.keywords}").folded:
            for term in terms_of([word], "en"):
                rarities[term] = min(rarities.get(term, 1), rarity(word))
        named = " ".join(dataset.keywords)
        heads[key] = {*terms_of(words_of(f"{dataset.title} {named}").folded, "en")}
        bodies[key] = heads[key] | {*terms_of(words_of(dataset.description).folded, "en")}
        letters[key] = letters_of(words_of(f"{dataset.title} {dataset.title} {named}").folded)
    size = len(datasets)

    def weight(held: int) -> float:
        return log(1 + (size - held + 0.5) / (held + 0.5))

    small = 30 / (30 + size)
    weights = {
        t: max(weight(n), small * weight(0) * rarities[t])
        for t, n in Counter(chain(*bodies.values())).items()
    }
    letter_weights = {s: weight(n) for s, n in Counter(chain(*letters.values())).items()}
    vectors = {key: vector(counts, letter_weights) for key, counts in letters.items()}
    judge = JUDGES["static"]

    def fits(words: list[str]) -> dict[str, float]:
        terms, asks = terms_of(words, "en"), "data" in words
        total = sum(weights.get(term, weight(0)) for term in terms) + weight(0)
        own = vector(letters_of(words), letter_weights)
        said = static().of_texts([" ".join(words)])
        near = dict(zip(sorted(datasets), meant.nearness_to_all(said[0]), strict=True))
        chat = meant.chattiness(said)[0]
        known, scores = {}, {}
        for key in datasets:
            met = [term for term in terms if term in bodies[key]]
            helps = [min(1, 2 * weights[term] / weight(0)) for term in met if term in heads[key]]
            coverage = sum(weights[term] for term in met) / total
            known[key] = WORDS["coverage"] * coverage + WORDS["support"] * min(3, sum(helps) + asks)
            known[key] *= bool(met)
            likeness = sum(own.get(s, 0) * value for s, value in vectors[key].items())
            by_words = WORDS["likeness"] * likeness + known[key] + WORDS["offset"]
            score = judge.coverage * coverage + judge.likeness * likeness + judge.offset
            score += judge.nearness * near[key] + judge.chattiness * chat + judge.wish * asks
            score += judge.length * min(len(terms), LONGEST) / LONGEST
            has_met = len(met) >= (1 if asks or len(words) <= BRIEF else 2)
            has_met &= len(met) > 1 or near[key] >= judge.alone
            if known[key] > LEAST_KNOWN and by_words >= LEAST_FIT and has_met:
                scores[key] = score
        nearest = sorted(known, key=lambda key: (-round(known[key], 9), key))[:SHORTLIST]
        least = least_fit(meant.unmeant, 318, FALSE_LINKS)
        return {key: scores[key] for key in nearest if scores.get(key, -9) >= least}

    return fits


def rarity(word: str) -> float:
    rank = static().rank(word)
    return 1 if rank is None else min(1, log1p(rank / 100) / log1p(100))


def letters_of(words: list[str]) -> Counter[str]:
    return Counter(chain.from_iterable(sequences_of(word, "en") for word in words))


def vector(counts: dict[str, int], weights: dict[str, float]) -> dict[str, float]:
    raw = {s: (1 + log(n)) * weights[s] for s, n in counts.items() if s in weights}
    return {s: value / hypot(*raw.values()) for s, value in raw.items()}


@pytest.mark.parametrize("count", [150, 600])
def test_no_dataset_that_fits_is_overlooked(count: int) -> None:
    """What is found by bounds is what looking at every dataset finds; many fit equally well."""
    dice = Random(count)
    datasets = many_datasets(count, dice)
    index = dataset_index(datasets)
    meant = index.meanings["en"][0]
    said = [
        " ".join(
            dice.choices([*RARE, *OFTEN, "data", "unheard", "gleywicks"], k=dice.randint(1, 9))
        )
        for _ in range(60)
    ]
    reading = read(batch(*({"text": text} for text in said)))
    found, _ = index.shortlists["en"].fitting(
        passages(reading), np.arange(len(said)), reading.lexicon, FALSE_LINKS
    )
    scores: list[dict[str, float]] = [{} for _ in said]
    for at, row, score in zip(*(column.tolist() for column in found), strict=True):
        scores[at][index.collections["en"].keys[row]] = score
    assert sum(map(len, scores)) > 100
    slow = slow_search(datasets, meant)
    for text, fits in zip(said, scores, strict=True):
        expected = slow(text.split())
        sure = sureness(JUDGES["static"], np.array([*expected.values()]), meant.unmeant, 318)
        assert fits == pytest.approx(dict(zip(expected, sure.tolist(), strict=True))), text
        ranking = dict(rank_datasets(text, index, count))
        assert fits == pytest.approx({key: ranking[key] for key in fits}), text
        assert {key for key, score in ranking.items() if score} >= set(fits), text


def test_what_knows_too_few_words_fills_a_shortlist_too() -> None:
    index = dataset_index(crowded_datasets())
    reading = read(batch({"text": "and of the glewick and in the of of denyard barton"}))
    of, (shortlist,) = passages(reading), index.shortlists.values()
    fits, _ = shortlist.worded(of, np.arange(len(of.posts)), reading.lexicon)
    assert not len(fits.rows)


@pytest.mark.parametrize("bits", [0, 3])
def test_it_does_not_matter_what_is_counted_together(
    bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Datasets that share a bucket are told apart, and passages that are handled apart agree."""
    dice = Random(bits)
    index = dataset_index(many_datasets(300, dice))
    said = [" ".join(dice.choices([*RARE, *OFTEN, "data"], k=size)) for size in range(40)]
    reading = read(batch(*({"text": text} for text in said)))
    of = passages(reading)

    def found() -> list[tuple[int, int, float]]:
        fits, _ = Shortlist(index.collections["en"], []).worded(
            of, np.arange(len(of.posts)), reading.lexicon
        )
        return list(zip(*(column.tolist() for column in fits), strict=True))

    expected = found()
    assert len(expected) > 100
    monkeypatch.setattr(lists, "_BUCKET_BITS", bits)
    assert found() == expected
    for name, most in {"_MOST_COUNTED": 50, "_MOST_LISTED": 300}.items():
        monkeypatch.setattr(lookup, name, most)
        assert found() == expected


def test_sequences_of_letters_of_words_of_any_length() -> None:
    for length in range(200):
        word = ("bcdef" * 40)[:length]
        marked = f" {word} "
        expected = [marked[at : at + size] for size in (3, 4) for at in range(length + 3 - size)]
        assert sequences_of(word, "en") == expected
    assert terms._cut.cache_info().currsize < 100


def test_passages_are_sentences_and_short_posts_as_a_whole() -> None:
    said = [
        {"title": "One two", "text": "Three four. Five! 😩 \n\nSix"},
        {"kind": "reply", "title": "One two", "text": "Three. Four"},
        {"text": "Only one… "},
        {"text": ". ".join(f"word{number}" for number in range(30))},
        {"text": "一二。三 https://a.example/四。五"},
    ]
    reading = read(batch(*said))
    found: dict[int, list[str]] = defaultdict(list)
    read_at_once = passages(reading)
    for at, post in enumerate(read_at_once.posts.tolist()):
        thread, own = read_at_once.folded(at, reading.lexicon)
        found[post].append(" ".join([*thread, "|", *own] if thread else own))
    many = [f"word{number}" for number in range(30)]
    assert found == {
        0: ["one two three four five six", "one two", "three four", "five", "six"],
        1: ["one two | three four", "one two | three", "one two | four"],
        2: ["only one"],
        3: [" ".join(many), *many[:20]],
        4: ["一 二 三", "一 二", "三", "五"],
    }


@pytest.fixture(scope="module")
def london(bench: Path) -> DatasetIndex:
    catalogue = json.loads((bench / "london/data.json").read_text("utf-8"))["dataset"]
    return dataset_index(
        {
            given["identifier"]: Dataset(
                identifier=given["identifier"],
                title=given["title"],
                description=given["description"],
                keywords=tuple(given["keyword"]),
            )
            for given in catalogue
        }
    )


def table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


def judgments(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for line in path.read_text("utf-8").splitlines():
        query, _, dataset, grade = line.split()
        grades[query][dataset] = int(grade)
    return grades


def ndcg(ranking: list[str], grades: dict[str, int], depth: int = 10) -> float:
    def gained(values: list[int]) -> float:
        return sum((2**value - 1) / log2(at + 2) for at, value in enumerate(values[:depth]))

    ideal = gained(sorted(grades.values(), reverse=True))
    return gained([grades.get(key, 0) for key in ranking]) / ideal


@pytest.mark.parametrize(
    ("folder", "least_ndcg", "least_hit", "least_tied"),
    [("london", 0.60, 0.70, 0.90), ("london_keywords", 0.60, 0.70, 0.90)],
)
def test_needs_find_their_datasets(
    bench: Path,
    london: DatasetIndex,
    folder: str,
    least_ndcg: float,
    least_hit: float,
    least_tied: float,
) -> None:
    """BM25 over all fields has nDCG@10 0.50 and 0.53 of first hits on needs of this kind."""
    needs = table(bench / folder / "queries.tsv")
    grades = judgments(bench / folder / "qrels.txt")
    rankings = {need: [key for key, _ in rank_datasets(text, london)] for need, text in needs}
    assert sum(ndcg(rankings[n], grades[n]) for n in rankings) / len(needs) > least_ndcg
    assert sum(rankings[n][0] in grades[n] for n in rankings) / len(needs) > least_hit
    ties = tie_datasets(batch(*({"text": text} for _, text in needs)), london)
    assert ties["post_key"].nunique() / len(needs) > least_tied


def test_what_needs_no_dataset_gets_none(bench: Path, london: DatasetIndex) -> None:
    texts = [row[0] for row in table(bench / "london/no_match.tsv")]
    ties = tie_datasets(batch(*({"text": text} for text in texts)), london)
    assert len(texts) == 500
    assert ties["post_key"].nunique() / len(texts) <= 0.02
