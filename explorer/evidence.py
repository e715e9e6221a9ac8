"""What a tie rests on, in words that a person understands."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

METHODS: Final = {
    "label": "a label of the topic stands in the post",
    "label-inflected": "a label of the topic stands there in another form",
    "label-part": "a part of a label of the topic stands there",
    "label-near": "the post’s meaning is near that of the topic, though no label stands there",
    "tag": "a tag on the post is a label of the topic",
    "thread-title": "the thread's title holds a label of the topic",
    "examples": "the post reads like the examples the topic was learnt from",
    "link": "the post links to it",
    "identifier": "its own number stands in the post",
    "title": "the dataset's title stands in the post",
    "retrieval": "the post's words are near those of the dataset",
    "name": "the record's name stands in the post",
    "alias": "another name of the record stands in the post",
    "acronym": "an acronym of the record stands in the post, in capitals",
    "name-place": "the record's name and its place stand in the post",
    "address": "the record's address stands in the post",
    "photo": "the post is a photo of the record, or shows one",
    "url": "the post links to the record",
    "ambiguous": "what stands in the post may mean several; it counts for none",
}
"""Methods of ties; one that is not here is shown by its own name."""
_KINDS: Final = {
    "prefLabel": "the preferred label",
    "altLabel": "an alternative label",
    "hiddenLabel": "a hidden label",
}
_WHERE: Final = {
    "text": "in the text",
    "title": "in the title",
    "thread title": "in the thread’s title",
    "thread": "in the thread’s title",
    "tag": "in a tag",
    "parent": "in the post it answers",
    "community": "in the community’s name",
    "link": "in a link",
    "url": "in its address",
}
_WITNESSES: Final = {
    "post": "the post itself",
    "attached place": "the place attached to the post",
    "parent": "the post it answers",
    "thread": "the thread’s title",
    "community": "its community",
    "identifier": "a number of the record",
}
_STANCES: Final = {"positive": "well", "negative": "badly", "mixed": "both well and badly"}
_MOST_WORDS: Final = 12

Met = Mapping[str, Any]


def method_in_words(method: str) -> str:
    """Return what a method of ties looks for."""
    return METHODS.get(method, method)


def score_in_words(method: str, score: float) -> str:
    """Return in how many of ten cases such a tie is right; nothing of methods not known here."""
    if method == "ambiguous" or method not in METHODS:
        return ""
    of_ten = round(10 * score)
    if of_ten > 9:
        return "right in nearly all such cases"
    return f"right in about {of_ten} of 10 such cases" if of_ten else "seldom right"


def stance_in_words(stance: str | None, evidence: Any) -> str:
    """Return how the post speaks of it, and by which of its words; nothing where it shows none."""
    if stance not in _STANCES:
        return ""
    words = _listed(evidence.get("stance")) if isinstance(evidence, Mapping) else ""
    return f"Experimental: speaks {_STANCES[stance]} of it{f': {words}' if words else ''}."


def evidence_of(written: str | None) -> Any:
    """Return the evidence as written in the export; an empty mapping when there is none."""
    try:
        return json.loads(written or "{}")
    except ValueError:
        return {}


def evidence_in_words(target: str, evidence: Any, method: str = "") -> str:
    """Return what in the post and in the record met, in a sentence; nothing for what is unknown."""
    if not isinstance(evidence, Mapping):
        return ""
    if method in _BY_MEANING and evidence.get("found"):
        return f"{_BY_MEANING[method]}; what weighs most is “{evidence['found']}”."
    return _SAYS[target](evidence) if target in _SAYS else ""


_BY_MEANING: Final = {
    "examples": "Reads like the topic’s examples",
    "label-near": "Is near the topic in meaning",
}


def _of_topic(met: Met) -> str:
    if "found" not in met:
        return ""
    kind = _KINDS.get(str(met.get("kind")), "a label")
    lang = f" ({met['lang']})" if met.get("lang") else ""
    beside = _listed_found(met.get("also"))
    also = f" Also {beside}." if beside else ""
    found = f"Found {_found(met)}: {kind} is “{met.get('label')}”{lang}."
    return f"{found}{also}{_witness(met)}{_shared(met, 'topics')}"


def _of_dataset(met: Met) -> str:
    near = met.get("nearness")
    nearness = f"nearness {near:.2f} of 1" if isinstance(near, int | float) else ""
    if words := _listed(met.get("fields") or met.get("terms")):
        how_near = f" In meaning: {nearness}." if nearness else ""
        return f"Shares the words {words} with the dataset.{how_near}"
    if "found" in met:
        return f"Found “{met['found']}”, which names the dataset."
    return f"Near the dataset in meaning, in another language: {nearness}." if nearness else ""


def _of_entity(met: Met) -> str:
    if "found" not in met:
        return ""
    place = f" Its place, {met['place']}, is named too." if met.get("place") else ""
    found = f"Found {_found(met)}: the register has “{met.get('name')}”."
    return f"{found}{place}{_witness(met)}{_shared(met, 'of that name')}"


def _shared(met: Met, what: str) -> str:
    many = met.get("candidates")
    return f" It could be any of {many} {what}." if many else ""


_SAYS: Final[dict[str, Callable[[Met], str]]] = {
    "topic": _of_topic,
    "dataset": _of_dataset,
    "entity": _of_entity,
}


def _found(met: Met) -> str:
    where = str(met.get("where"))
    return f"“{met.get('found')}” {_WHERE.get(where, where)}"


def _listed_found(also: object) -> str:
    found = [_found(more) for more in _items(also) if isinstance(more, Mapping)]
    return ", ".join(dict.fromkeys(found))


def _witness(met: Met) -> str:
    """Return what else says that it is meant: a place it is told in, or words found there."""
    witness = met.get("witness")
    if isinstance(witness, Mapping):
        witness = f"{_found(witness)}" if witness.get("found") else witness.get("kind")
    if not isinstance(witness, str) or not witness:
        return ""
    return f" A second witness: {_WITNESSES.get(witness, witness)}."


def _listed(words: object) -> str:
    """Return words as a list: each alone, before the field it was met in, or by a name."""
    each = list(words.items()) if isinstance(words, Mapping) else _items(words)
    return ", ".join(dict.fromkeys(filter(None, map(_word, each[:_MOST_WORDS]))))


def _word(word: object) -> str:
    if isinstance(word, Mapping):
        word = [word.get("word") or word.get("term") or word.get("found"), word.get("field")]
    said = [part for part in _items(word) or [word] if isinstance(part, str) and part]
    field = f" ({said[1]})" if len(said) > 1 else ""
    return f"“{said[0]}”{field}" if said else ""


def _items(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
