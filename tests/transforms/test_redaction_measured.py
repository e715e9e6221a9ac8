"""How well redaction does on the labelled posts; the floors are what nobody may fall below."""

import pytest

from docs.redaction import labelled_posts, measured, summed

POSTS = list(labelled_posts())
COUNTS = measured(POSTS)


def test_the_labelled_set_is_worth_its_name() -> None:
    assert len(POSTS) >= 400
    assert 0.4 < sum(not post.wanted for post in POSTS) / len(POSTS) < 0.6
    kinds, langs = ({key[n] for key in COUNTS} for n in (0, 1))
    assert kinds == {"mail", "phone", "card", "iban", "id", "ip", "handle", "address"}
    assert langs == {"en", "de", "fr", "es", "pl"}
    assert all(sum(counts) >= 2 for key, counts in COUNTS.items() if key[0] != "ip")


def test_precision_and_recall_of_all() -> None:
    counts = summed(COUNTS.values())
    assert min(counts.precision, counts.recall) >= 0.97, counts


@pytest.mark.parametrize("key", sorted({name for key in COUNTS for name in key}))
def test_precision_and_recall_by_kind_and_by_language(key: str) -> None:
    counts = summed(count for names, count in COUNTS.items() if key in names)
    assert min(counts.precision, counts.recall) >= (0.95 if len(key) == 2 else 0.9), counts
