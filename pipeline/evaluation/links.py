"""How well datasets are ranked and tied, on posts that say which fit."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from contract.catalogue import Dataset
from pipeline.evaluation.files import Case
from pipeline.evaluation.labelled import Agency, Evaluation, judged, posts_of, shares_right
from pipeline.evaluation.measures import estimates, ndcg, ratio, share_at, tally
from transforms.datasets import DatasetIndex, dataset_index, rank_datasets, tie_datasets
from transforms.reading import read

FALSE_LINK_RATE = 0.01
"""At which it is also told which share of needs gets a tie."""
_MOST_RANKED = 10
_MEASURES = ("ndcg_at_5", "ndcg_at_10", "hit_at_1", "linked_share")


def evaluate_links(
    datasets: Mapping[str, Dataset], cases: Sequence[Case], agency: Agency
) -> Evaluation:
    """Return how well datasets, given by identifier, are ranked and tied.

    A case for which nothing is right should get no tie. Datasets that a case does not name count
    as wrong for it: where only some were judged, ties are better than they seem.
    """
    index = dataset_index(datasets)
    posts = posts_of(cases, agency)
    ties = judged(tie_datasets(read(posts), index, agency.care.false_links), posts, cases)
    best = np.zeros(len(cases))
    np.maximum.at(best, ties["case"], ties["score"])
    is_need = np.array([bool(case.right) for case in cases])
    needs, others = best[is_need], best[~is_need]
    rankings = zip(_rankings(posts[is_need], index), filter(lambda c: c.right, cases), strict=True)
    ranked = np.array([_ranked(keys, case.right) for keys, case in rankings]).reshape(-1, 3)
    rows = np.column_stack([np.ones(len(needs)), ranked, needs > 0])
    shares = {name: ratio(at, 0) for at, name in enumerate(_MEASURES, 1)}
    wrong = np.column_stack([np.ones(len(others)), others > 0])
    measures = {
        **estimates(tally(rows), shares),
        **estimates(tally(wrong), {"false_link_rate": ratio(1, 0)}),
        "linked_share_at_1pct": share_at(needs, others, FALSE_LINK_RATE),
    }
    counts = {"datasets": len(datasets), "queries": len(needs), "no_match": len(others)}
    return Evaluation(counts, measures, shares_right(ties, "method"), ties)


def _rankings(posts: pd.DataFrame, index: DatasetIndex) -> list[list[str]]:
    said = zip(posts["title"].fillna("").tolist(), posts["text"].tolist(), strict=True)
    texts = ("\n".join(filter(None, both)) for both in said)
    return [[key for key, _ in rank_datasets(text, index, _MOST_RANKED)] for text in texts]


def _ranked(keys: Sequence[str], right: Mapping[str, int]) -> tuple[float, float, float]:
    return ndcg(keys, right, 5), ndcg(keys, right, 10), float(any(key in right for key in keys[:1]))
