"""Digests of several words, made of those of each."""

import zlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.openings import digests_of, joined

WORDS = st.text(st.characters()) | st.sampled_from(["x" * 128, "é" * 65, "日" * 200, "\udc80"])


@given(st.integers(1, 8).flatmap(lambda n: st.lists(st.lists(WORDS, min_size=n, max_size=n))))
def test_digest_of_words_is_that_of_them_joined(rows: list[list[str]]) -> None:
    width = len(rows[0]) if rows else 1
    digests, lengths = digests_of([word for row in rows for word in row])
    found = joined(
        np.array(digests, np.uint32).reshape(-1, width), np.array(lengths, int).reshape(-1, width)
    )
    said = [" ".join(row).encode("utf-8", "surrogatepass") for row in rows]
    assert found.tolist() == list(map(zlib.crc32, said))
