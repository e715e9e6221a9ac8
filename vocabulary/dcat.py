"""Catalogues to datasets: says which kind a file is, and lets its reader read it."""

from collections.abc import Iterable, Iterator

from contract.catalogue import Dataset
from contract.errors import FixSettings
from contract.post import Rejected
from vocabulary.ckan import datasets_of_answer, is_answer
from vocabulary.dcat_rdf import datasets_of_rdf, next_page
from vocabulary.dcat_us import datasets_of_json, is_catalogue
from vocabulary.fields import tree_of_json
from vocabulary.graph import LARGEST_FILE, is_json

__all__ = ["first_of_each", "next_page", "read_datasets"]

_ALLOWED = "allowed are data.json (DCAT-US), DCAT as JSON-LD, RDF/XML or Turtle, and CKAN answers"


def read_datasets(data: bytes, name: str) -> Iterator[Dataset | Rejected]:
    """Return the datasets of a catalogue: DCAT-US JSON, DCAT RDF or a CKAN answer, by content.

    `name` is the file's name or address; relative addresses are taken from it. An identifier is
    given once: the first record that bears it stays. Raises FixSettings where the file is none of
    these or cannot be read at all, and what `ckan.read_page` raises.
    """
    return first_of_each(_datasets(data, name))


def first_of_each(outcomes: Iterable[Dataset | Rejected]) -> Iterator[Dataset | Rejected]:
    """Return the outcomes with a Rejected in place of each dataset whose identifier came before."""
    titles: dict[str, str] = {}
    for outcome in outcomes:
        if isinstance(outcome, Rejected):
            yield outcome
        elif outcome.identifier in titles:
            first, later = titles[outcome.identifier], outcome.title
            yield Rejected(
                reason="identifier stands twice",
                detail=f'first for "{first[:80]}", again for "{later[:80]}"',
                native_id=outcome.identifier,
            )
        else:
            titles[outcome.identifier] = outcome.title
            yield outcome


def _datasets(data: bytes, name: str) -> Iterator[Dataset | Rejected]:
    if len(data) > LARGEST_FILE or not is_json(data, name):
        return datasets_of_rdf(data, name)
    tree = tree_of_json(data, name)
    if is_answer(tree):
        return datasets_of_answer(tree, name)
    if is_catalogue(tree):
        return datasets_of_json(tree, name)
    if _is_linked(tree):
        return datasets_of_rdf(data, name)
    raise FixSettings(f"{name}: no catalogue: found {_found(tree)}; {_ALLOWED}")


def _is_linked(tree: object) -> bool:
    entries = tree if isinstance(tree, list) else [tree]
    return any(isinstance(e, dict) and any(k.startswith("@") for k in e) for e in entries)


def _found(tree: object) -> str:
    entry = tree[0] if isinstance(tree, list) and tree else tree
    if not isinstance(entry, dict):
        return "no objects"
    where = "a list of objects with" if entry is not tree else "an object with"
    return f"{where} {', '.join(list(entry)[:8])[:200] or 'no fields'}"
