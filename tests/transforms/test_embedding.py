"""What holds of the shipped table of word vectors whatever is written, and how much it knows."""

import csv
import json
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from meant import SAME, cosines

from transforms import words as words_module
from transforms.embedding import TABLE, Static, static
from transforms.words import NO_WORD, Lexicon, tokens_of

ROOT = Path(__file__).parents[2]
NEAR = (
    ("bicycle", "cycling", "cheese"), ("pothole", "tarmac", "violin"), ("doctor", "clinic", "sand"),
    ("rubbish", "waste", "piano"), ("flood", "rainfall", "wallet"), ("teacher", "school", "engine"),
    ("colour", "color", "tax"), ("allotment", "garden", "missile"), ("rent", "housing", "whale"),
    ("burglary", "crime", "butter"), ("lorry", "truck", "poem"), ("nurse", "carer", "gravel"),
    ("library", "books", "diesel"), ("election", "vote", "soap"), ("pavement", "footpath", "opera"),
)  # fmt: skip
texts = st.text(max_size=200) | st.lists(
    st.sampled_from(["the", "Potholes", "café", "streetlamps", "zzxqj", "中文", "#BikeLane", "\n"]),
    max_size=30,
).map(" ".join)


def read(lexicon: Lexicon, written: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of the texts' words and where each text ends."""
    of = [[n for n in map(lexicon.__getitem__, tokens_of(text)) if n > NO_WORD] for text in written]
    flat = np.array([number for numbers in of for number in numbers], np.int32)
    return flat, np.cumsum([len(numbers) for numbers in of]).astype(np.int32)


@settings(max_examples=150, deadline=None)
@given(st.lists(texts, max_size=6))
def test_any_text_has_a_vector_of_its_own(written: list[str]) -> None:
    together = static().of_texts(written)
    assert together.shape == (len(written), static().dim)
    assert together.dtype == np.float32
    lengths = np.linalg.norm(together, axis=1)
    assert np.all((lengths == 0) | (np.abs(lengths - 1) < 1e-5))
    for text, vector in zip(written, together, strict=True):
        np.testing.assert_array_equal(static().of_texts([text])[0], vector)


@settings(max_examples=50, deadline=None)
@given(st.lists(texts, min_size=1, max_size=6))
def test_words_read_by_another_lexicon_mean_the_same(written: list[str]) -> None:
    fresh = Lexicon()
    found = static().of_words(fresh, *read(fresh, written))
    np.testing.assert_array_equal(found, static().of_texts(written))


def test_texts_longer_than_what_is_summed_at_once() -> None:
    long = "broken swings in the park " * 3000
    written = ["", long, "library", long, ""]
    found = static().of_texts(written)
    short = static().of_texts(["broken swings in the park", "library"])
    np.testing.assert_allclose(found[[1, 3]], short[[0, 0]], atol=1e-3)
    np.testing.assert_array_equal(found[2], short[1])
    assert not found[[0, 4]].any()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 20), max_size=40))
def test_few_words_are_summed_as_many_are(counts: list[int]) -> None:
    fresh = Lexicon()
    known = [fresh[word] for words in NEAR for word in words]
    numbers = np.resize(np.array(known, np.int32), sum(counts))
    ends = np.cumsum(counts, dtype=np.int32)
    sums = np.zeros((len(counts), static().dim), np.float32)
    is_said = np.array(counts, np.int32) > 0
    if is_said.any():
        vectors = static().of_each(fresh, numbers)
        sums[is_said] = np.add.reduceat(vectors, np.append(0, ends[:-1])[is_said], axis=0)
    lengths = np.sqrt(np.einsum("ij,ij->i", sums, sums))
    sums /= np.where(lengths > 0, lengths, 1)[:, None]
    np.testing.assert_array_equal(static().of_words(fresh, numbers, ends), sums)


def test_a_new_lexicon_forgets_the_old_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    before = static().of_texts(["potholes", "library"])
    monkeypatch.setattr(words_module, "_current", Lexicon())
    np.testing.assert_array_equal(static().of_texts(["library", "potholes"]), before[::-1])


def test_what_is_said_is_nearest_to_what_it_is_called() -> None:
    near = cosines(static())
    assert (near.argmax(axis=1) == np.arange(len(SAME))).mean() >= 0.65


def test_words_are_near_their_like() -> None:
    words, like, unlike = (static().of_texts(column) for column in zip(*NEAR, strict=True))
    margins = (words * like).sum(axis=1) - (words * unlike).sum(axis=1)
    assert (margins > 0.1).all(), [NEAR[at] for at in np.flatnonzero(margins <= 0.1)]


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("streetlamps", "street lamps"),
        ("Café", "cafe"),
        ("LIBRARY", "library"),
        ("the library of the", "library"),
        ("library zzxqj", "library"),
    ],
)
def test_forms_of_a_word(written: str, same: str) -> None:
    one, other = static().of_texts([written, same])
    assert one.any()
    assert one @ other == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(
    "written", ["", "the", "zzxqj", "https://example.org/library", "👍", "[mail]"]
)
def test_what_says_nothing_has_no_length(written: str) -> None:
    assert not static().of_texts([written]).any()


def test_a_text_is_the_sum_of_its_words() -> None:
    fresh = Lexicon()
    numbers, _ = read(fresh, ["The broken streetlamps of zzxqj Row"])
    each = static().of_each(fresh, numbers)
    whole = each.sum(axis=0)
    found = static().of_words(fresh, numbers, np.array([len(numbers)]))[0]
    np.testing.assert_allclose(found, whole / np.linalg.norm(whole), atol=1e-6)
    np.testing.assert_array_equal(each.any(axis=1), [False, True, True, False, False, True])


def test_common_words_rank_first() -> None:
    ranks = [static().rank(word) for word in ("the", "council", "allotment")]
    assert ranks == sorted(ranks)
    assert static().rank("zzxqj") is None


def test_the_table_is_small_and_quickly_loaded() -> None:
    assert TABLE.stat().st_size < 10_000_000
    with zipfile.ZipFile(TABLE) as table:
        assert table.testzip() is None
    began = time.process_time()
    with np.load(TABLE) as table:
        listed = table["words"].tobytes().decode().split("\n")
        dict(zip(listed, range(len(listed)), strict=True))
        table["codes"].sum(dtype=np.int64)
    read_once = time.process_time() - began
    began = time.process_time()
    Static()
    assert time.process_time() - began < 4 * read_once + 0.02


def test_a_hostile_text_takes_no_longer_than_a_long_one() -> None:
    odd = [f"{'park' * 15}{n}" for n in range(5000)]
    began = time.process_time()
    static().of_texts([" ".join(odd)])
    assert time.process_time() - began < 2


def test_the_name_tells_the_table() -> None:
    with np.load(TABLE) as table:
        assert static().name == str(table["name"])
    assert static().langs == {"en"}


def test_posts_of_the_sample_town_are_nearest_to_their_dataset() -> None:
    """By the cosine alone, which is but one of the witnesses of a tie."""
    catalogue = json.loads((ROOT / "samples" / "data.json").read_text())["dataset"]
    keys = [dataset["identifier"] for dataset in catalogue]
    called = [f"{d['title']}. {', '.join(d['keyword'])}. {d['description']}" for d in catalogue]
    labelled = ROOT / "tests" / "data" / "ties" / "datasets.tsv"
    with labelled.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        posts = [row for row in rows if row["lang"] == "en"]
    said = static().of_texts([f"{row['title']}. {row['text']}" for row in posts])
    near = said @ static().of_texts(called).T
    right = [keys[at] in row["datasets"] for at, row in zip(near.argmax(1), posts, strict=True)]
    is_told = np.array([bool(row["datasets"]) for row in posts])
    assert np.mean(np.array(right)[is_told]) > 0.5
    best = near.max(axis=1)
    assert (best[is_told, None] > best[~is_told]).mean() > 0.7
