"""The agency's datasets, made ready to be looked up."""

from collections.abc import Mapping
from functools import cached_property

import msgspec

from contract.catalogue import Dataset
from transforms.collecting import collection
from transforms.collection import Collection
from transforms.dataset_evidence import latest_editions
from transforms.dataset_languages import unstated_language
from transforms.dataset_links import hosts_of, names_of
from transforms.dataset_names import certain_names
from transforms.foreign import Foreign, foreign
from transforms.labels import Labels, label_index
from transforms.meaning import Meanings
from transforms.shortlist import Shortlist
from transforms.unmeant import meanings_for
from transforms.words import language_of, words_of

_ENGLISH = "en"
"""Portals have a part in it, whatever their language."""


class DatasetIndex(msgspec.Struct, dict=True):
    """The datasets, ready to be looked up; build it once."""

    titles: dict[str, str]
    languages: dict[str, str]
    """By key, the stated one or the one told."""
    addresses: dict[str, str | None]
    """What addresses name, to its key; None where several datasets share it."""
    names: Labels
    """Titles, identifiers and files that name one dataset alone, by their place in `named`."""
    named: list[tuple[str, str, str]]
    """Key of the dataset, what names it, and the name as written."""
    collections: dict[str, Collection]
    """By language."""
    meanings: dict[str, list[Meanings]]
    """By language, those of each model that knows it, the best model last."""
    foreign: Foreign | None
    """For posts in other languages; None where no model of many languages was installed."""
    latest: dict[str, str]
    """By key, the latest edition of the dataset, where that is another."""

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Where the addresses are, without `www.`."""
        return hosts_of(self.addresses)

    @cached_property
    def steps(self) -> frozenset[str]:
        """Steps of two letters in addresses that name a language of the datasets."""
        return frozenset({_ENGLISH, *self.collections})

    @cached_property
    def shortlists(self) -> dict[str, Shortlist]:
        """By language."""
        return {
            lang: Shortlist(part, self.meanings[lang]) for lang, part in self.collections.items()
        }


def dataset_index(datasets: Mapping[str, Dataset]) -> DatasetIndex:
    """Return an index of the datasets, given by their keys."""
    unstated = unstated_language(datasets[key] for key in sorted(datasets))
    languages = {key: language_of(of.lang) or unstated for key, of in datasets.items()}
    steps = frozenset({_ENGLISH, *languages.values()})
    addresses: dict[str, str | None] = {}
    named: dict[tuple[str, ...], list[tuple[str, str, str]]] = {}
    by_language: dict[str, dict[str, Dataset]] = {}
    for key, dataset in sorted(datasets.items()):
        for address in names_of(dataset, steps):
            addresses[address] = key if addresses.get(address, key) == key else None
        for method, name in certain_names(dataset):
            named.setdefault(tuple(words_of(name).folded), []).append((key, method, name))
        by_language.setdefault(languages[key], {})[key] = dataset
    alone = [(words, of[0]) for words, of in named.items() if len({key for key, _, _ in of}) == 1]
    collections = {lang: collection(part, lang) for lang, part in by_language.items()}
    return DatasetIndex(
        titles={key: dataset.title for key, dataset in datasets.items()},
        languages=languages,
        addresses=addresses,
        names=label_index((words, number) for number, (words, _) in enumerate(alone)),
        named=[name for _, name in alone],
        collections=collections,
        meanings={lang: meanings_for(datasets, among) for lang, among in collections.items()},
        foreign=foreign(datasets),
        latest=latest_editions(datasets),
    )
