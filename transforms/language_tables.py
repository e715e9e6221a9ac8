"""What py3langid's model says of some languages."""

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray


class Tables(msgspec.Struct, frozen=True):
    """A column for each language, sorted, or two for one that is written in two scripts."""

    labels: list[str]
    priors: NDArray[np.float32]
    weights: NDArray[np.float16]
    """A row for each feature, one behind the other."""
    columns: NDArray[np.uint8]
    """By byte, which column of the moves is its own; those that lead nowhere share the first."""
    moves: NDArray[np.uint32]
    """The states that bytes lead to, row by row."""
    rows: NDArray[np.int32]
    """By state, which row of the moves is its own."""
    found: NDArray[np.int32]
    """By state, the feature that is found in it; negative where none is."""


def tables_of(languages: frozenset[str]) -> Tables:
    """Return the tables for these languages, unpacked, which takes half a second."""
    # Loaded only where they are not kept.
    import py3langid
    from py3langid.modelio import load_model

    model = Path(py3langid.__file__).with_name("data") / "model.npz.xz"
    weights, priors, labels, moves, rows, found = load_model(model)
    asked = sorted(
        (at for at, label in enumerate(labels) if label in languages),
        key=lambda at: (labels[at], at),
    )
    steps = np.frombuffer(moves, dtype=np.uint32).reshape(-1, 256)
    leads = steps.any(axis=0)
    return Tables(
        [labels[at] for at in asked],
        priors[asked],
        weights[:, asked].ravel(),
        (np.cumsum(leads) * leads).astype(np.uint8),
        np.insert(steps[:, leads], 0, 0, axis=1).ravel(),
        np.asarray(rows, dtype=np.int32),
        np.asarray(found, dtype=np.int32),
    )
