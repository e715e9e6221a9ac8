"""Digests of what a post says: to see that it changed, and that it is a copy."""

from datetime import datetime
from typing import Any

import msgspec
import pandas as pd
import regex

from contract.batch import values_of
from contract.columns import COLUMNS
from contract.keys import stable_key
from contract.post import Media, Privacy
from transforms.links import ADDRESS

FEWEST_LETTERS = 20

# How and when a post came here is not what it says; nor is the exact height of a probability,
# whose last digits differ from machine to machine. What few posts have is added where it is.
_NOT_CONTENT = frozenset((
    "content_hash", "text_signature", "intent", "sketch", "row_hash", "source", "observed_at",
    "landing", "lang_score", "rating", "best_rating",
))  # fmt: skip
_CONTENT = tuple(
    column
    for column in COLUMNS.values()
    if not (column.is_list or column.privacy is Privacy.TRANSIENT or column.name in _NOT_CONTENT)
)
_NOT_WORDS = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
_NO_WORDS = bytes(code for code in range(128) if not chr(code).isalnum())
"""The same for ASCII text, where it takes a tenth of the time."""


def fingerprint(batch: pd.DataFrame) -> pd.DataFrame:
    """Return the batch with `content_hash` and `text_signature` filled.

    Equal content gives equal digests on every machine and in any batch. Content is every stored
    column but for how the post came here, its tags, its canonical addresses, and its media, whose
    addresses count without what stands behind "?": sizes and signatures change by themselves.
    """
    columns = [_plain(batch[column.name], column.type) for column in _CONTENT]
    tags = [[(tag.tag, tag.added_by) for tag in found] for found in batch["tags"].tolist()]
    links = [[link.canonical_url for link in found] for found in batch["links"].tolist()]
    # A post without media or stars has the digest it had before there were any.
    media = [[[_media(one) for one in found]] if found else [] for found in batch["media"].tolist()]
    given = zip(values_of(batch["rating"]), values_of(batch["best_rating"]), strict=True)
    stars = [[] if rating is None else [{"stars": (rating, best)}] for rating, best in given]
    encode = msgspec.json.Encoder().encode
    hashes = [
        stable_key("content", encode([*row, *shown, *rated]))
        for *row, shown, rated in zip(*columns, tags, links, media, stars, strict=True)
    ]
    signatures = [text_signature(text) for text in batch["text"].tolist()]
    return batch.assign(
        content_hash=pd.Series(hashes, index=batch.index, dtype="str"),
        text_signature=pd.Series(signatures, index=batch.index, dtype="str"),
    )


def text_signature(text: str) -> str:
    """Return a digest of the text's letters and digits alone, or "" for fewer than 20 letters."""
    said = ADDRESS.sub(" ", text) if "://" in text else text
    if said.isascii():
        words = said.lower().encode().translate(None, _NO_WORDS).decode()
    else:
        words = _NOT_WORDS.sub("", said.casefold())
    if len(words) < FEWEST_LETTERS:
        return ""
    has_enough = words.isalpha() or sum(map(str.isalpha, words)) >= FEWEST_LETTERS
    return stable_key("text", words) if has_enough else ""


def _media(one: Media) -> tuple[str | None, ...]:
    return one.url.partition("?")[0], one.kind, one.alt_text, one.licence


def _plain(series: "pd.Series[Any]", kind: type) -> list[Any]:
    """Return the column as plain values: None, text, integers, or microseconds since 1970."""
    if series.name == "removed_at":  # that it is gone, not when that was seen
        return values_of(series.notna())
    if kind is datetime:
        moments = series.dt.as_unit("us").astype("int64").astype("Int64").where(series.notna())
        return values_of(moments)
    if kind is float:
        series = series.round(7) + 0.0  # seven decimals of a degree are a centimetre; no -0.0
    return values_of(series)
