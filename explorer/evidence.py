"""What a tie rests on, in words that a person understands."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

METHODS: Final = {
    "label": "a label of the topic stands in the post",
    "label-inflected": "a label of the topic stands there in another form",
    "label-part": "a part of a label of the topic stands there",
    "tag": "a tag on the post is a label of the topic",
    "thread-title": "the thread's title holds a label of the topic",
    "link": "the post links to the dataset",
    "identifier": "the record's own number stands in the post",
    "title": "the dataset's title stands in the post",
    "retrieval": "the post's words are near those of the dataset",
    "name": "the record's name stands in the post",
    "name-place": "the record's name and its place stand in the post",
    "name-ambiguous": "a name that several records share stands in the post",
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
    "tag": "in a tag",
}


def method_in_words(method: str) -> str:
    """Return what a method of ties looks for."""
    return METHODS.get(method, method)


def evidence_of(written: str | None) -> Any:
    """Return the evidence as written in the export; an empty mapping when there is none."""
    try:
        return json.loads(written or "{}")
    except ValueError:
        return {}


def evidence_in_words(target: str, evidence: Any) -> str:
    """Return what in the post and in the record met, in a sentence."""
    if not isinstance(evidence, Mapping) or target not in _SAYS:
        return ""
    return _SAYS[target](evidence)


def _of_topic(met: Mapping[str, Any]) -> str:
    kind = _KINDS.get(str(met.get("kind")), "a label")
    lang = f" ({met['lang']})" if met.get("lang") else ""
    also = [_found(more) for more in met.get("also", []) if isinstance(more, Mapping)]
    beside = f" Also {', '.join(dict.fromkeys(also))}." if also else ""
    return f"Found {_found(met)}: {kind} is “{met.get('label')}”{lang}.{beside}"


def _found(met: Mapping[str, Any]) -> str:
    where = str(met.get("where"))
    return f"“{met.get('found')}” {_WHERE.get(where, where)}"


def _of_dataset(met: Mapping[str, Any]) -> str:
    if terms := met.get("terms"):
        return f"Shares the words {', '.join(f'“{term}”' for term in terms)} with the dataset."
    return f"Found “{met.get('found')}”, which names the dataset."


def _of_entity(met: Mapping[str, Any]) -> str:
    place = f" Its place, {met['place']}, is named too." if met.get("place") else ""
    return f"Found {_found(met)}: the register has “{met.get('name')}”.{place}"


_SAYS: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "topic": _of_topic,
    "dataset": _of_dataset,
    "entity": _of_entity,
}
