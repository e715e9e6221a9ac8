"""How well posts are tied to topics, on posts that say what they are about."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from contract.catalogue import Topic
from pipeline.evaluation.files import Case
from pipeline.evaluation.labelled import (
    Agency,
    Evaluation,
    examples_of,
    judged,
    posts_of,
    shares_right,
)
from pipeline.evaluation.measures import Floats, Tally, estimates, f1, macro_f1, ratio, tally
from transforms.reading import read
from transforms.topics import tie_topics, topic_matcher

_SEED = 20_261_122


def evaluate_topics(
    topics: Sequence[Topic],
    cases: Sequence[Case],
    agency: Agency,
    train: Sequence[Case] = (),
    folds: int = 1,
) -> Evaluation:
    """Return how well posts are tied to topics.

    The posts of `train` are examples; with more than one of `folds`, each of them in turn is tied
    with the others as examples. A tie to a topic above a right one is neither right nor wrong: what
    is narrower is also that. What is kept as ambiguous is not counted, as it is nowhere.
    """
    posts = posts_of(cases, agency)
    fold_of = np.random.default_rng(_SEED).permutation(len(cases)) % folds
    found = []
    for fold in range(folds):
        others = [case for case, of in zip(cases, fold_of, strict=True) if of != fold]
        matcher = topic_matcher(topics, examples_of([*train, *others]))
        held_out = posts[fold_of == fold].reset_index(drop=True)
        found.append(tie_topics(read(held_out), matcher))
    ties = judged(pd.concat(found, ignore_index=True), posts, cases)
    is_counted = ties["method"] != "ambiguous"
    ties = ties[is_counted & ~_is_above(ties, topics, cases)].reset_index(drop=True)
    has_right = np.array([bool(case.right) for case in cases])
    counts = {"topics": len(topics), "posts": len(cases), "no_match": int((~has_right).sum())}
    heads, labels = _heads(ties, has_right), _labels(ties, cases)
    formulas = {"p_at_1": ratio(1, 0), "covered": ratio(2, 0), "false_tie_rate": ratio(4, 3)}
    measures = {
        **estimates(tally(heads), formulas),
        **estimates(labels, {"micro_f1": _micro, "macro_f1": _macro}),
    }
    return Evaluation(counts, measures, shares_right(ties, "method"), ties)


def _heads(ties: pd.DataFrame, has_right: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return by post: something is right, the first tie is, there is a tie; nothing, yet a tie."""
    ordered = ties.sort_values(["case", "score", "target"], ascending=[True, False, True])
    first = ordered.drop_duplicates("case")
    is_tied, is_hit = np.zeros((2, len(has_right)), np.bool_)
    is_tied[first["case"]] = True
    is_hit[first["case"]] = first["is_right"]
    return np.column_stack(
        [has_right, is_hit, has_right & is_tied, ~has_right, ~has_right & is_tied]
    )


def _labels(ties: pd.DataFrame, cases: Sequence[Case]) -> Tally:
    """Return three columns a topic: ties that are right, those found, those wanted."""
    wanted = [(number, uri) for number, case in enumerate(cases) for uri in case.right]
    right = ties[ties["is_right"]]
    items = np.array([*right["case"], *ties["case"], *(number for number, _ in wanted)], np.int64)
    uris = [*right["target"], *ties["target"], *(uri for _, uri in wanted)]
    at = {uri: number for number, uri in enumerate(sorted(set(uris)))}
    kinds = np.repeat(np.arange(3), [len(right), len(ties), len(wanted)])
    columns = kinds * len(at) + np.array([at[uri] for uri in uris], np.int64)
    return Tally(len(cases), 3 * len(at), items, columns, np.ones(len(items)))


def _by_label(sums: Floats) -> Floats:
    return np.moveaxis(sums.reshape(*sums.shape[:-1], 3, -1), -2, 0)


def _micro(sums: Floats) -> Floats:
    return f1(*_by_label(sums).sum(-1))


def _macro(sums: Floats) -> Floats:
    return macro_f1(*_by_label(sums))


def _is_above(
    ties: pd.DataFrame, topics: Sequence[Topic], cases: Sequence[Case]
) -> NDArray[np.bool_]:
    """Return by tie whether it is to a topic above one that is right, and not right itself."""
    broader = {topic.uri: topic.broader for topic in topics}
    above = {uri: _above(uri, broader) for case in cases for uri in case.right}
    columns = zip(ties["case"], ties["target"], ties["is_right"], strict=True)
    return np.array(
        [
            not is_right and any(target in above[uri] for uri in cases[case].right)
            for case, target, is_right in columns
        ],
        np.bool_,
    )


def _above(uri: str, broader: Mapping[str, Sequence[str]]) -> set[str]:
    above: set[str] = set()
    ahead = [*broader.get(uri, ())]
    while ahead:
        if (up := ahead.pop()) not in above:
            above.add(up)
            ahead += broader.get(up, ())
    return above
