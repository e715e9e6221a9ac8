"""How far small talk meets a collection of datasets, so that a fit can be told from an accident."""

from collections.abc import Mapping, Sequence

import numpy as np
from pandas import DataFrame

from contract.catalogue import Dataset
from transforms.collection import Collection
from transforms.judging import fit, highest, is_near, judge_of
from transforms.meaning import Meanings, meanings, models_of, small_talk
from transforms.passages import passages
from transforms.reading import Reading, read
from transforms.shortlist import Shortlist


def meanings_for(datasets: Mapping[str, Dataset], among: Collection) -> list[Meanings]:
    """Return what the datasets mean to each model, and how far small talk meets them."""
    own = [datasets[key] for key in among.keys]
    reading = reading_of(small_talk())
    read_at_once = passages(reading)
    which = np.arange(len(read_at_once.posts))
    meant = [meanings(own, model) for model in models_of(among.lang)]
    if not meant:
        return []
    shortlist = Shortlist(among, meant)
    found, said = shortlist.worded(read_at_once, which, reading.lexicon)
    for model in meant:
        to_it = shortlist.meant(found, said, model, read_at_once, which, reading.lexicon, True)
        judge = judge_of(model.model)
        near = is_near(judge, to_it)
        lines = read_at_once.posts[which[found.passages[near]]]
        model.unmeant = highest(lines, fit(judge, to_it.at(near)))
    return meant


def reading_of(texts: Sequence[str]) -> Reading:
    """Return the texts as posts that say nothing else."""
    columns = {
        "post_key": map(str, range(len(texts))),
        "kind": "post",
        "title": None,
        "text": texts,
    }
    empty = {"tags": None, "lang": None, "links": None}
    return read(DataFrame({**columns, **empty}, index=range(len(texts))))
