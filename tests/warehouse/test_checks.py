"""Load checks: what the contract does not allow is refused, named, and never shown."""

from typing import Any

import pandas as pd
import pytest
from batches import NOON, batch_of, post_of

from contract.batch import values_of
from contract.columns import COLUMNS, fitting
from contract.errors import GoodguestError
from warehouse.checks import columns_of_posts, columns_of_ties

WHOLE = {
    "url": "https://a.ex/1", "author_id": "someone", "community_id": "roads", "parent_id": "0",
    "root_id": "0", "created_at": NOON, "latitude": -90, "longitude": 180.0, "lang": "en",
    "lang_score": 1.0, "text": "The pothole on Mill Lane is back",
}  # fmt: skip
TIE = {
    "post_key": "0" * 32, "target": "roads", "score": 1.0, "method": "label",
    "evidence": {"met": "pothole"},
}  # fmt: skip


def _batch(**columns: Any) -> pd.DataFrame:
    """Return five posts, of which the second and the fourth have these values."""
    batch = batch_of([post_of(str(i), landing=f"forum/a#{i}", **WHOLE) for i in range(5)])
    for name, value in columns.items():
        batch.loc[[1, 3], name] = value
    return batch


def test_a_batch_and_ties_as_they_should_be_are_let_through() -> None:
    for batch in (_batch(), batch_of([post_of("1")]), batch_of([])):
        before = batch.copy()
        columns_of_posts(batch)
        pd.testing.assert_frame_equal(batch, before)
    for ties in ([], [TIE], [TIE, {**TIE, "score": 1e-9, "evidence": {}}]):
        columns_of_ties(pd.DataFrame(ties, columns=list(TIE)))


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [
        *((name, None, "not null") for name, c in COLUMNS.items() if not c.is_nullable
          and c.type is str),
        *((name, "", "not empty") for name in ("platform", "native_id", "source", "landing")),
        *((name, "", "text like") for name in ("post_key", "content_hash")),
        ("kind", "secret", "post, comment, reply, photo, review, article"),
        ("author_kind", "secret", "person, organisation, bot, unknown"),
        ("body_format", "secret", "html, text"),
        ("observed_at", None, "not null"),
        *((name, pd.Timestamp("1969-12-31T23:59:59Z"), "from 1970-01-01 to 2100-01-01")
          for name in ("created_at", "edited_at", "removed_at", "observed_at")),
        *((name, pd.Timestamp("2100-01-02", tz="UTC"), "from 1970-01-01 to 2100-01-01")
          for name in ("created_at", "edited_at", "removed_at", "observed_at")),
        ("latitude", 90.001, "from -90 to 90"),
        ("latitude", -90.001, "from -90 to 90"),
        ("longitude", 180.001, "from -180 to 180"),
        ("longitude", -180.001, "from -180 to 180"),
        ("lang_score", 1.001, "from 0 to 1"),
        ("lang_score", -0.001, "from 0 to 1"),
        ("redactions", -1, "from 0"),
        *((name, value, r"text like \[0-9a-f\]\{32\}")
          for name in ("content_hash", *(name for name in COLUMNS if name.endswith("_key")))
          for value in ("secret", "A" * 32, "0" * 33)),
        ("text_signature", "secret", r"text like \(\[0-9a-f\]\{32\}\)\?"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name_and_place(column: str, value: Any, allowed: str) -> None:
    batch = _batch(**{column: value})
    first = values_of(batch["landing"])[1]
    with pytest.raises(GoodguestError, match=f"allowed is {allowed}") as refusal:
        columns_of_posts(batch)
    said = str(refusal.value)
    assert said.startswith(f"2 of 5 rows to be loaded have a {column} that cannot be; allowed is")
    assert said.endswith(f"the first: landing {first!r}")
    # Nor does what a log shows of the error hold a row.
    assert "secret" not in said
    assert refusal.value.__context__ is None


def test_a_column_that_is_missing_or_of_another_type_is_refused() -> None:
    naive = _batch().assign(observed_at=lambda b: b["observed_at"].dt.tz_localize(None))
    for batch, said in (
        (_batch().drop(columns="lang_score"), "nothing for lang_score; allowed is float64"),
        (naive, r"has datetime64\[us\] for observed_at; allowed is datetime64\[us, UTC\]"),
        (_batch().astype({"redactions": "float64"}), "float64 for redactions; allowed is int64"),
        (_batch().astype({"text": object}), "object for text; allowed is str"),
    ):
        with pytest.raises(GoodguestError, match=said):
            columns_of_posts(batch)


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [
        ("score", 0.0, "over 0, up to 1"),
        ("score", 1.0001, "over 0, up to 1"),
        ("score", float("nan"), "not null"),
        ("method", "", "not empty"),
        ("target", None, "not null"),
        ("evidence", "secret", "an object"),
        ("evidence", None, "not null"),
    ],
)
def test_a_tie_that_cannot_be_is_refused(column: str, value: Any, allowed: str) -> None:
    ties = pd.DataFrame([TIE, {**TIE, "post_key": "1" * 32, column: value}])
    with pytest.raises(GoodguestError, match=f"1 of 2 rows .* {column} .* {allowed}; .*'1{{32}}'"):
        columns_of_ties(ties)
    with pytest.raises(GoodguestError, match="type of score to be loaded cannot be"):
        columns_of_ties(pd.DataFrame([{**TIE, "score": "secret"}]))


def test_a_value_out_of_bounds_counts_as_not_said() -> None:
    whole = post_of("1", **WHOLE)
    assert fitting(whole) is whole
    odd = {"latitude": 91.0, "longitude": float("nan"), "created_at": NOON.replace(year=2)}
    said = fitting(post_of("1", **{**WHOLE, **odd}))
    assert said == post_of("1", **{**WHOLE, **dict.fromkeys(odd)})
