"""SKOS vocabularies to topics. Source: https://www.w3.org/TR/skos-reference/"""

from collections.abc import Iterator

from pyoxigraph import BlankNode

from contract.catalogue import Label, LabelKind, Topic
from contract.errors import FixSettings
from contract.post import Rejected
from vocabulary.fields import LONGEST_TEXT, LONGEST_TITLE, in_one_language, plain_text
from vocabulary.graph import (
    RDF,
    RDFS,
    SKOS,
    Graph,
    Node,
    address,
    derived,
    objects,
    read_graph,
    subjects_of_type,
    texts,
)

_XL = "http://www.w3.org/2008/05/skos-xl#"
_DEPRECATED = "http://www.w3.org/2002/07/owl#deprecated"
_MOST_PROPERTIES = 100
_KINDS: tuple[LabelKind, ...] = ("prefLabel", "altLabel", "hiddenLabel")


def read_topics(data: bytes, name: str) -> Iterator[Topic | Rejected]:
    """Return the concepts of a SKOS file: Turtle, RDF/XML or JSON-LD.

    A concept has one prefLabel a language: further ones become altLabels, and so do those of the
    sub-properties the file declares where skos:prefLabel speaks too. rdfs:label speaks where no
    SKOS label does. `broader` is skos:broader and the inverse of skos:narrower; where it goes in
    a circle, the tie that leads back up to a top concept is left out. Rejected are what cannot be
    parsed and a concept without a label or an address. Raises FixSettings where the file holds no
    concepts or cannot be read at all.
    """
    graph, wrong = read_graph(data, name)
    yield from wrong
    concepts = subjects_of_type(graph, [SKOS + "Concept"])
    if not concepts:
        detail = f"none of the {len(graph)} subjects described is a skos:Concept"
        raise FixSettings(f"{name}: no topics in it: {detail}")
    properties = {kind: _properties(graph, kind, name) for kind in _KINDS}
    tops = _top_concepts(graph)
    broader = _without_circles(_broader(graph, name), set(tops))
    for concept in concepts:
        labels = _labels(graph, concept, properties)
        if isinstance(concept, BlankNode):
            said = f'labelled "{labels[0].value[:80]}"' if labels else "without a label"
            yield Rejected(reason="topic without an address", detail=f"a blank node {said}")
        elif not labels:
            yield Rejected(
                reason="topic without a label", detail=concept.value, native_id=concept.value
            )
        else:
            uri = concept.value
            yield _topic(graph, concept, labels, tops.get(uri, []), broader.get(uri, set()))


def _topic(
    graph: Graph, concept: Node, labels: tuple[Label, ...], tops: list[str], broader: set[str]
) -> Topic:
    schemes = [
        *sorted(tops),
        *filter(None, map(address, objects(graph, concept, SKOS + "inScheme"))),
    ]
    meanings = ("definition", "scopeNote")
    said = (texts(graph, concept, SKOS + name, named_by=(RDF + "value",)) for name in meanings)
    definitions = (in_one_language(found, LONGEST_TEXT)[0] for found in said)
    deprecated = objects(graph, concept, _DEPRECATED)
    return Topic(
        uri=concept.value,
        scheme=next(iter(schemes), None),
        broader=tuple(sorted(broader)),
        labels=labels,
        definition=next(filter(None, definitions), None),
        notation=next((text for _, text in texts(graph, concept, SKOS + "notation")), None),
        is_deprecated=any(v.value.lower() in ("true", "1") for v in deprecated),
    )


def _labels(
    graph: Graph, concept: Node, properties: dict[LabelKind, set[str]]
) -> tuple[Label, ...]:
    found: dict[tuple[str | None, str], LabelKind] = {}
    for kind in _KINDS:
        narrower = properties[kind] - {SKOS + kind}
        said = texts(graph, concept, SKOS + kind)
        said += texts(graph, concept, *narrower, _XL + kind, named_by=(_XL + "literalForm",))
        if not said and kind == "prefLabel":
            said = texts(graph, concept, RDFS + "label")
        preferred = set()
        for lang, text in said:
            plain = plain_text(text, LONGEST_TITLE)
            if plain and (lang, plain) not in found:
                is_second = kind == "prefLabel" and lang in preferred
                found[lang, plain] = "altLabel" if is_second else kind
                preferred.add(lang)
    labels = (Label(kind=kind, value=text, lang=lang) for (lang, text), kind in found.items())
    return tuple(sorted(labels, key=lambda x: (_KINDS.index(x.kind), x.lang or "", x.value)))


def _top_concepts(graph: Graph) -> dict[str, list[str]]:
    tops: dict[str, list[str]] = {}
    for node in graph:
        for scheme in objects(graph, node, SKOS + "topConceptOf"):
            tops.setdefault(node.value, []).append(scheme.value)
        for concept in objects(graph, node, SKOS + "hasTopConcept"):
            tops.setdefault(concept.value, []).append(node.value)
    return tops


def _properties(graph: Graph, kind: str, name: str) -> set[str]:
    """Return the property of SKOS and all below it; every concept is asked for each of them."""
    found = derived(graph, [SKOS + kind], RDFS + "subPropertyOf")
    if len(found) > _MOST_PROPERTIES:
        allowed = f"allowed are {_MOST_PROPERTIES}"
        raise FixSettings(f"{name}: {len(found):,} properties below skos:{kind}; {allowed}")
    return found


def _broader(graph: Graph, name: str) -> dict[str, set[str]]:
    up, down = (_properties(graph, kind, name) for kind in ("broader", "narrower"))
    broader: dict[str, set[str]] = {}
    for node in graph:
        for above in filter(None, map(address, objects(graph, node, *up))):
            broader.setdefault(node.value, set()).add(above)
        for below in filter(None, map(address, objects(graph, node, *down))):
            broader.setdefault(below, set()).add(node.value)
    return broader


def _without_circles(broader: dict[str, set[str]], tops: set[str]) -> dict[str, set[str]]:
    """Walk down from the top concepts, then from the rest by address, and cut what leads back."""
    narrower: dict[str, list[str]] = {}
    for uri, above in sorted(broader.items()):
        for each in above:
            narrower.setdefault(each, []).append(uri)
    everything = {*broader, *narrower}
    on_the_way: set[str] = set()
    done: set[str] = set()
    for start in sorted(everything, key=lambda uri: (uri not in tops, uri in broader, uri)):
        way = [] if start in done else [(start, iter(narrower.get(start, ())))]
        on_the_way.update(uri for uri, _ in way)
        while way:
            uri, below = way[-1]
            child = next((c for c in below if c not in done), None)
            if child is None:
                way.pop()
                on_the_way.discard(uri)
                done.add(uri)
            elif child in on_the_way:
                broader[child].discard(uri)
            else:
                on_the_way.add(child)
                way.append((child, iter(narrower.get(child, ()))))
    return broader
