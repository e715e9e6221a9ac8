"""How well languages are told, on texts that say which they are in."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.evaluation.files import Case
from pipeline.evaluation.labelled import Agency, Evaluation, posts_of, shares_right
from pipeline.evaluation.measures import estimates, ratio, tally

UNDETERMINED = "und"
"""The label of a text in no language; it is rightly left undetermined."""


def evaluate_language(cases: Sequence[Case], agency: Agency) -> Evaluation:
    """Return how well the languages of texts are told among those of the agency."""
    posts = posts_of(cases, agency)
    found = np.array(posts["lang"].fillna(UNDETERMINED).tolist())
    wanted = np.array([case.lang or UNDETERMINED for case in cases])
    is_right, is_left = found == wanted, (found == UNDETERMINED) & (wanted != UNDETERMINED)
    rows = np.column_stack([np.ones(len(cases)), is_right, is_left])
    told = pd.DataFrame(
        {"case": np.arange(len(cases)), "target": found, "lang": wanted, "is_right": is_right}
    )
    measures = estimates(tally(rows), {"accuracy": ratio(1, 0), "undetermined": ratio(2, 0)})
    return Evaluation({"texts": len(cases)}, measures, shares_right(told, "lang"), told)
