"""Keys of posts, communities and threads."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pandas as pd

from contract.batch import values_of
from contract.keys import post_key, stable_key

_MOST_KEPT = 1 << 14
"""Posts of a batch stand in the same few communities."""


def add_keys(batch: pd.DataFrame) -> pd.DataFrame:
    """Return the batch with `post_key`, `community_key`, `parent_key` and `root_key` filled.

    A key follows from the platform and its own id alone; where there is no id there is no key.
    """
    own = batch["post_key"]
    if not all(own.tolist()):  # else `parse` has given them
        own = _keys(post_key, batch["platform"], batch["native_id"])
    return batch.assign(
        post_key=own,
        community_key=_keys(community_key, batch["platform"], batch["community_id"]),
        parent_key=_keys(post_key, batch["platform"], batch["parent_id"]),
        root_key=_keys(post_key, batch["platform"], batch["root_id"]),
    )


def _keys(
    key_of: Callable[[str, str], str], platforms: "pd.Series[Any]", ids: "pd.Series[Any]"
) -> "pd.Series[Any]":
    keys = [
        None if native_id is None else key_of(platform, native_id)
        for platform, native_id in zip(platforms.tolist(), values_of(ids), strict=True)
    ]
    return pd.Series(keys, index=ids.index, dtype="str")


@lru_cache(maxsize=_MOST_KEPT)
def community_key(platform: str, native_id: str) -> str:
    """Return the key of a community from the platform's own id."""
    return stable_key("community", platform, native_id)
