"""Keys follow from the platform and its ids alone."""

import pandas as pd

from contract.keys import post_key, stable_key
from contract.post import Post
from transforms.frame import frame_of
from transforms.keys import add_keys


def test_keys_meet_where_posts_answer_each_other() -> None:
    root = Post(platform="forum", native_id="1", kind="post", community_id="ponds")
    reply = Post(platform="forum", native_id="2", kind="reply", parent_id="1", root_id="1")
    twin = Post(platform="feed", native_id="1", kind="post")
    batch = add_keys(frame_of([root, reply, twin]))
    assert batch["post_key"][0] == post_key("forum", "1")
    assert batch["parent_key"][1] == batch["root_key"][1] == batch["post_key"][0]
    assert batch["community_key"][0] == stable_key("community", "forum", "ponds")
    assert batch["post_key"].is_unique
    assert pd.isna(batch.loc[0, ["parent_key", "root_key"]]).all()
    assert pd.isna(batch.loc[1:, "community_key"]).all()
