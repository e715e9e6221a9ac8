"""How well posts are tied to rows of registers, on posts that say which they name."""

from collections.abc import Mapping, Sequence

import numpy as np

from contract.catalogue import Entity
from pipeline.evaluation.files import Case
from pipeline.evaluation.labelled import Agency, Evaluation, judged, posts_of, shares_right
from pipeline.evaluation.measures import Floats, estimates, f1, ratio, tally
from transforms.entities import entity_matcher, tie_entities
from transforms.reading import read


def evaluate_entities(
    entities: Mapping[str, Entity], cases: Sequence[Case], agency: Agency
) -> Evaluation:
    """Return how well posts are tied to the rows of a register, given by id.

    What is kept as ambiguous is not counted, as it is nowhere.
    """
    posts = posts_of(cases, agency)
    every = judged(tie_entities(read(posts), entity_matcher(entities)), posts, cases)
    ties = every[every["method"] != "ambiguous"].reset_index(drop=True)
    rows = np.zeros((len(cases), 3))
    np.add.at(rows[:, 0], ties["case"][ties["is_right"]], 1)
    np.add.at(rows[:, 1], ties["case"], 1)
    rows[:, 2] = [len(case.right) for case in cases]
    formulas = {"precision": ratio(0, 1), "recall": ratio(0, 2), "f1": _f1}
    counts = {
        "entities": len(entities),
        "posts": len(cases),
        "no_match": sum(not case.right for case in cases),
        "ambiguous": len(every) - len(ties),
    }
    measures = estimates(tally(rows), formulas)
    return Evaluation(counts, measures, shares_right(ties, "method"), ties)


def _f1(sums: Floats) -> Floats:
    return f1(*np.moveaxis(sums, -1, 0))
