"""Keys of posts, communities and threads."""

from typing import Any

import pandas as pd

from contract.keys import stable_key


def add_keys(batch: pd.DataFrame) -> pd.DataFrame:
    """Return the batch with `post_key`, `community_key`, `parent_key` and `root_key` filled.

    A key follows from the platform and its own id alone; where there is no id there is no key.
    """
    return batch.assign(
        post_key=_keys("post", batch["platform"], batch["native_id"]),
        community_key=_keys("community", batch["platform"], batch["community_id"]),
        parent_key=_keys("post", batch["platform"], batch["parent_id"]),
        root_key=_keys("post", batch["platform"], batch["root_id"]),
    )


def _keys(kind: str, platforms: "pd.Series[Any]", ids: "pd.Series[Any]") -> "pd.Series[Any]":
    keys = [
        None if missing else stable_key(kind, platform, native_id)
        for platform, native_id, missing in zip(platforms, ids, ids.isna(), strict=True)
    ]
    return pd.Series(keys, index=ids.index, dtype="str")
