"""How well public labelled sets are tied; the floors are what nobody may fall below."""

from pathlib import Path
from typing import Any

import pytest

from pipeline import evaluate
from pipeline.evaluation.labelled import Agency

AGENCY = Agency(("en",), "GB")


@pytest.fixture(scope="module")
def london(bench: Path) -> dict[str, dict[str, Any]]:
    """Return what is measured for needs in sentences, and for needs in keywords."""
    catalogue, others = bench / "london" / "data.json", bench / "london" / "no_match.tsv"
    return {
        name: evaluate.links(
            catalogue, bench / name / "queries.tsv", bench / name / "qrels.txt", others, AGENCY
        )
        for name in ("london", "london_keywords")
    }


def test_needs_find_their_datasets(london: dict[str, dict[str, Any]]) -> None:
    assert london["london"]["queries"] == 29
    assert london["london_keywords"]["queries"] == 19
    for found in london.values():
        assert found["no_match"] == 500
        assert found["bad_lines"] == 0
        assert found["ndcg_at_10"] >= 0.58, found
        assert found["hit_at_1"] >= 0.65, found


def test_posts_name_rows_of_a_register(bench: Path) -> None:
    folder = bench / "entities"
    found = evaluate.entities(folder / "register.tsv", folder / "posts.jsonl", AGENCY)
    assert found["f1"] >= 0.75, found


def test_languages_are_told(bench: Path) -> None:
    found = evaluate.language(bench / "language" / "tweets.tsv", None, AGENCY)
    assert found["texts"] == 4560
    assert found["accuracy"] >= 0.98, found


def test_the_gate_lets_needs_through(london: dict[str, dict[str, Any]]) -> None:
    for found in london.values():
        assert found["linked_share_at_1pct"] >= 0.9, found
        assert found["linked_share"] >= 0.9, found
        assert found["false_link_rate"] <= 0.03, found


@pytest.mark.parametrize(("folds", "least"), [(1, 0.55), (5, 0.66)])
def test_posts_find_their_topics(bench: Path, folds: int, least: float) -> None:
    folder = bench / "petitions"
    found = evaluate.topics(folder / "taxonomy.ttl", folder / "train.jsonl", None, folds, AGENCY)
    assert found["p_at_1"] >= least, found
