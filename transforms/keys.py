"""Keys of posts, communities and threads."""

from functools import lru_cache
from typing import Any

import pandas as pd

from contract.batch import values_of
from contract.keys import keys_after

_MOST_KEPT = 1 << 14
"""Posts of a batch answer and stand in the same few threads and communities."""
_keys_of = lru_cache(maxsize=1 << 8)(keys_after)
"""By kind and platform."""


def add_keys(batch: pd.DataFrame) -> pd.DataFrame:
    """Return the batch with `post_key`, `community_key`, `parent_key` and `root_key` filled.

    A key follows from the platform and its own id alone; where there is no id there is no key.
    """
    own = batch["post_key"]
    if not all(own.tolist()):  # else `parse` has given them
        own = _keys("post", batch["platform"], batch["native_id"])
    return batch.assign(
        post_key=own,
        community_key=_keys("community", batch["platform"], batch["community_id"]),
        parent_key=_keys("post", batch["platform"], batch["parent_id"]),
        root_key=_keys("post", batch["platform"], batch["root_id"]),
    )


def _keys(kind: str, platforms: "pd.Series[Any]", ids: "pd.Series[Any]") -> "pd.Series[Any]":
    keys = [
        None if native_id is None else key_of(kind, platform, native_id)
        for platform, native_id in zip(platforms.tolist(), values_of(ids), strict=True)
    ]
    return pd.Series(keys, index=ids.index, dtype="str")


@lru_cache(maxsize=_MOST_KEPT)
def key_of(kind: str, platform: str, native_id: str) -> str:
    """Return the key of a post, community … from the platform's own id."""
    return _keys_of(kind, platform)(native_id)
