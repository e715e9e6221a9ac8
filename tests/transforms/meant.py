"""What means the same in other words, and how near an embedding finds it."""

import numpy as np

from transforms.embedding import Embedder

SAME = (
    ("a branch fell on the footpath", "tree blocking the pavement"),
    ("the bus never comes on time", "public transport delays"),
    ("my bins were not emptied", "missed refuse collection"),
    ("water came into the kitchen again", "flooding of homes"),
    ("huge holes in the tarmac", "potholes and road repairs"),
    ("three weeks until a doctor sees me", "GP appointments: waiting time"),
    ("nobody can afford a flat here", "house prices and rents"),
    ("the swings are broken", "playground inspections"),
    ("fumes from lorries make me cough", "air quality measurements"),
    ("mum needs somewhere to live with nurses", "care homes for older people"),
    ("drivers race down our lane", "vehicle speed surveys"),
    ("which novels can I borrow", "library loans and books"),
    ("is the kebab shop clean", "food hygiene ratings"),
    ("no lamp works on our street", "street lighting faults"),
    ("the sea is full of sewage", "bathing water quality"),
    ("how many kids are in each class", "pupils by school and year"),
    ("who voted for the new budget", "council meetings and votes"),
    ("they want to build flats on the field", "planning applications"),
    ("the pub is loud at night", "noise complaints"),
    ("I want to grow my own vegetables", "allotment plots"),
)
"""What a resident says and what an agency calls it: no word of one is in the other."""


def cosines(embedder: Embedder, pairs: tuple[tuple[str, str], ...] = SAME) -> np.ndarray:
    """Return how near each first text is to each second one."""
    said, called = (embedder.of_texts(list(side)) for side in zip(*pairs, strict=True))
    return said @ called.T
