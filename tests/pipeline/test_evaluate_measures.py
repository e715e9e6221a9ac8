"""Measures against examples worked by hand, against brute force, and against chance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.evaluation.measures import (
    NOTHING,
    Tally,
    estimates,
    f1,
    macro_f1,
    ndcg,
    quotient,
    ratio,
    share_at,
    tally,
)


def test_ndcg_of_a_ranking_worked_by_hand() -> None:
    # Gains 2^grade - 1 are 0, 15, 1; discounts log2(rank + 1) are 1, 1.585, 2.
    found = 15 / np.log2(3) + 1 / 2
    # The best ranking has the grades 4, 2 and 1, of which "gone" can no longer be found.
    best = 15 / 1 + 3 / np.log2(3) + 1 / 2
    right = {"a": 4, "gone": 2, "b": 1}
    assert ndcg(["wrong", "a", "b"], right, 10) == pytest.approx(found / best)
    assert ndcg(["wrong", "a", "b"], right, 2) == pytest.approx(
        (15 / np.log2(3)) / (15 + 3 / np.log2(3))
    )
    assert ndcg(["a", "gone", "b"], right, 5) == 1
    assert ndcg(["wrong"], right, 5) == ndcg([], right, 5) == 0


def test_f1_of_labels_worked_by_hand() -> None:
    right, found, wanted = np.array([[2, 0, 1, 0], [4, 0, 1, 0], [2, 3, 2, 0]], float)
    assert f1(right, found, wanted)[:3].tolist() == [4 / 6, 0, 2 / 3]
    assert f1(right.sum(), found.sum(), wanted.sum()) == 2 * 3 / (5 + 7)
    # The last label is neither found nor wanted: it has no F1 and no part in the mean.
    assert macro_f1(right, found, wanted) == pytest.approx((4 / 6 + 0 + 2 / 3) / 3)


@given(
    st.lists(st.tuples(*(st.integers(0, 3),) * 3), min_size=1, max_size=12),
    st.integers(0, 2**31),
)
@settings(max_examples=60, deadline=None)
def test_sums_are_those_of_a_loop(rows: list[tuple[int, int, int]], seed: int) -> None:
    times = np.random.default_rng(seed).integers(0, 4, len(rows))
    slow = [sum(n * row[at] for n, row in zip(times, rows, strict=True)) for at in range(3)]
    assert tally(np.array(rows)).sums(times).tolist() == slow


def test_an_interval_is_as_wide_as_chance_makes_it() -> None:
    # Of 400 posts a quarter is right: the standard error is sqrt(.25 * .75 / 400) = 0.0217.
    rows = np.column_stack([np.ones(400), np.arange(400) < 100])
    found = estimates(tally(rows), {"share": ratio(1, 0)})["share"]
    assert found.value == 0.25
    assert found.low == pytest.approx(0.25 - 1.96 * 0.0217, abs=0.006)
    assert found.high == pytest.approx(0.25 + 1.96 * 0.0217, abs=0.006)
    assert found == estimates(tally(rows), {"share": ratio(1, 0)})["share"]


def test_what_is_not_defined_is_not_zero() -> None:
    nothing = tally(np.zeros((3, 2)))
    assert estimates(nothing, {"share": ratio(1, 0)}) == {"share": NOTHING}
    empty = Tally(0, 2, *np.zeros((2, 0), np.int64), np.zeros(0))
    assert estimates(empty, {"share": ratio(1, 0)}) == {"share": NOTHING}
    assert np.isnan(quotient(np.array([1.0]), np.array([0.0]))).all()
    # Where it is defined for some draws only, the others have no say.
    rare = np.zeros((4, 2))
    rare[0] = 1
    assert estimates(tally(rare), {"share": ratio(1, 0)})["share"] == (1, 1, 1)


@given(
    st.lists(st.sampled_from([0.0, 0.1, 0.4, 0.7, 1.0]), min_size=1, max_size=30),
    st.lists(st.sampled_from([0.0, 0.1, 0.4, 0.7, 1.0]), min_size=1, max_size=30),
    st.sampled_from([0.0, 0.01, 0.1, 0.5]),
)
@settings(max_examples=40, deadline=None)
def test_the_share_at_a_rate_is_the_best_threshold_of_all(
    needs: list[float], others: list[float], rate: float
) -> None:
    """Every threshold is tried; a text without a tie (0) never counts as tied."""
    allowed = [
        sum(score > threshold for score in needs) / len(needs)
        for threshold in (0.0, 0.1, 0.4, 0.7, 1.0)
        if sum(score > threshold for score in others) <= rate * len(others) + 1e-9
    ]
    value, low, high = share_at(np.array(needs), np.array(others), rate)
    assert value == pytest.approx(max(allowed))
    assert low is not None
    assert high is not None
    assert 0 <= low <= high <= 1
