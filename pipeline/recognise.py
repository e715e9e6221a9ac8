"""Recognise: which posts were completed before, so that it is not done again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import compress
from typing import NamedTuple

import msgspec

from contract.post import Post
from pipeline.parse import read_as
from warehouse.load import path_of
from warehouse.versions import Standing


class Recognised(NamedTuple):
    """Posts by what is left to be done with them."""

    fresh: list[Post]
    """To be completed."""
    known: list[Post]
    """Stored already, as they are: when and where they were seen may be news."""
    unchanged: Counter[str]
    """By landing file, how many stand in the store just so."""


def recognised(posts: Sequence[Post], standing: Mapping[str, Standing]) -> Recognised:
    """Return the posts sorted by how they stand in the store, given by post_key."""
    found = Recognised([], [], Counter())
    just_so = [_is_just_so(post, standing.get(post.post_key)) for post in posts]
    won = {post.post_key for post in compress(posts, just_so)}
    for post, is_just_so in zip(posts, just_so, strict=True):
        stands = standing.get(post.post_key)
        if stands is None:
            found.fresh.append(post)
        elif is_just_so:
            found.unchanged[path_of(post.landing)] += 1
        elif _is_known(post, stands, post.post_key in won):
            found.known.append(_bare(post, stands))
        else:
            found.fresh.append(post)
    return found


def _bare(post: Post, stands: Standing) -> Post:
    """Return the post without what nobody reads of one that is stored."""
    digest = stands.content_hash
    return msgspec.structs.replace(post, content_hash=digest, tags=(), links=(), media=())


def _is_just_so(post: Post, stands: Standing | None) -> bool:
    return stands is not None and post.row_hash == stands.row_hash and _is_same_sight(post, stands)


def _is_known(post: Post, stands: Standing, has_won: bool) -> bool:
    is_older = post.observed_at is not None and post.observed_at < stands.observed_at
    # Whether an older version says something else is seen only once it is completed.
    is_older_sight = is_older and read_as(post.row_hash) == read_as(stands.row_hash)
    # Of two versions on one page the other is the one that is stored.
    has_lost = is_older_sight or (has_won and _is_same_sight(post, stands))
    return has_lost or post.row_hash == stands.row_hash


def _is_same_sight(post: Post, stands: Standing) -> bool:
    return (post.observed_at, post.landing) == (stands.observed_at, stands.landing)
