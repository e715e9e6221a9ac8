"""What all evaluations share: labelled posts on the way of refine, and what was right."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from contract.catalogue import Example
from contract.charter_vocabulary import Ties
from contract.post import Post
from pipeline.completing import cleaning_steps, through
from pipeline.evaluation.files import Case
from pipeline.evaluation.measures import Estimate, Tally, estimates, ratio
from transforms.frame import frame_of

Share = tuple[int, Estimate]
"""How many there are, and the share of them that is right."""


class Agency(NamedTuple):
    """What the way of a post depends on, beside its words."""

    languages: Sequence[str]
    country: str
    care: Ties = Ties()


class Evaluation(NamedTuple):
    """What was counted and measured."""

    counts: dict[str, int]
    measures: dict[str, Estimate]
    by: dict[str, Share]
    """By method of the ties; by language of the texts, where languages are told."""
    found: pd.DataFrame
    """case (its place among the cases), target and is_right; of a tie also score and method."""


def posts_of(cases: Sequence[Case], agency: Agency) -> pd.DataFrame:
    """Return the cases as posts, in this order, after the transforms that come before ties."""
    posts = [
        Post(
            platform="evaluation",
            native_id=str(number),
            source="evaluation",
            kind=case.kind,
            title=case.title,
            body=case.text,
            place=case.place,
            community_name=case.community,
        )
        for number, case in enumerate(cases)
    ]
    return through(cleaning_steps(agency.languages, agency.country), frame_of(posts))


def examples_of(cases: Iterable[Case]) -> list[Example]:
    """Return the cases as examples of each topic that is right for them."""
    return [
        Example(topic=topic, text="\n".join(filter(None, (case.title, case.text))), lang=case.lang)
        for case in cases
        for topic in case.right
    ]


def judged(ties: pd.DataFrame, posts: pd.DataFrame, cases: Sequence[Case]) -> pd.DataFrame:
    """Return the ties with the place of their case and whether they are right."""
    at = {key: number for number, key in enumerate(posts["post_key"])}
    numbers = [at[key] for key in ties["post_key"]]
    pairs = zip(numbers, ties["target"], strict=True)
    is_right = [target in cases[number].right for number, target in pairs]
    return ties.assign(case=np.array(numbers, np.int64), is_right=np.array(is_right, np.bool_))


def shares_right(found: pd.DataFrame, by: str) -> dict[str, Share]:
    """Return by the values of a column how many there are and the share that is right.

    The interval is over resampled cases, for what stands in one post is right or wrong together.
    """
    names, of = np.unique(found[by].to_numpy(str), return_inverse=True)
    cases, case = np.unique(found["case"].to_numpy(np.int64), return_inverse=True)
    counted = Tally(
        len(cases),
        2 * len(names),
        np.concatenate([case, case]),
        np.concatenate([of, of + len(names)]),
        np.concatenate([np.ones(len(found)), found["is_right"].to_numpy(np.float64)]),
    )
    shares = {str(name): ratio(at + len(names), at) for at, name in enumerate(names)}
    counts = np.bincount(of, minlength=len(names)).tolist()
    measured = estimates(counted, shares)
    return {name: (count, measured[name]) for name, count in zip(shares, counts, strict=True)}
