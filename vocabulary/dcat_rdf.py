"""DCAT and DCAT-AP in RDF to datasets. Source: https://www.w3.org/TR/vocab-dcat-3/"""

from collections.abc import Iterator
from itertools import islice

from pyoxigraph import BlankNode, NamedNode

from contract.catalogue import Dataset, Distribution
from contract.errors import FixSettings
from contract.post import Rejected
from vocabulary.fields import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    identifier_of,
    in_one_language,
    language_tag,
    unique_texts,
    web_address,
    whole_dataset,
)
from vocabulary.graph import (
    DCT,
    RDF,
    RDFS,
    SKOS,
    Graph,
    Node,
    Term,
    objects,
    read_graph,
    subjects_of_type,
    texts,
)

_DCAT = "http://www.w3.org/ns/dcat#"
_FOAF = "http://xmlns.com/foaf/0.1/"
_HYDRA = "http://www.w3.org/ns/hydra/core#"
_ADMS = "http://www.w3.org/ns/adms#"
_CSVW = "http://www.w3.org/ns/csvw#"
_MOST_COLUMNS = 1_000
"""Nodes of a list of columns that are read."""
_NAMES = (
    _FOAF + "name", SKOS + "prefLabel", RDFS + "label", DCT + "title",
    "http://www.w3.org/2006/vcard/ns#fn", RDF + "value",
)  # fmt: skip


def datasets_of_rdf(data: bytes, name: str) -> Iterator[Dataset | Rejected]:
    """Return the datasets and dataset series of a DCAT file: Turtle, RDF/XML or JSON-LD.

    The identifier is dct:identifier, else adms:identifier, else the dataset's own address; that
    address also stands in for a landing page that is not given. Raises FixSettings where the file
    holds no catalogue or cannot be read at all.
    """
    graph, wrong = read_graph(data, name)
    yield from wrong
    listed = {v for node in graph for v in objects(graph, node, _DCAT + "dataset")}
    typed = set(subjects_of_type(graph, [_DCAT + "Dataset", _DCAT + "DatasetSeries"]))
    # A page of a longer catalogue lists datasets that other pages describe.
    found = [node for node in graph if node in typed or node in listed]
    if not found and (wrong or not subjects_of_type(graph, [_DCAT + "Catalog"])):
        detail = f"none of the {len(graph)} subjects described is a dcat:Dataset or dcat:Catalog"
        raise FixSettings(f"{name}: no catalogue: {detail}")
    for node in found:
        yield _dataset(graph, node)


def next_page(data: bytes, name: str) -> str | None:
    """Return the address of the page that follows this one of a Hydra collection, if any."""
    if b"ns/hydra/core#" not in data:
        return None
    graph, _ = read_graph(data, name)
    pages = (objects(graph, node, _HYDRA + "next", _HYDRA + "nextPage") for node in graph)
    return next((found for page in pages for v in page if (found := web_address(v.value))), None)


def _dataset(graph: Graph, node: Node) -> Dataset | Rejected:
    own = node.value if isinstance(node, NamedNode) else ""
    languages = list(dict.fromkeys(filter(None, map(language_tag, _language_names(graph, node)))))
    title, lang = in_one_language(texts(graph, node, DCT + "title"), LONGEST_TITLE, languages)
    about = texts(graph, node, DCT + "description") or texts(graph, node, DCT + "abstract")
    publishers = texts(graph, node, DCT + "publisher", named_by=_NAMES)
    landing = [v.value for v in objects(graph, node, _DCAT + "landingPage")]
    identifiers = texts(graph, node, DCT + "identifier") or texts(
        graph, node, _ADMS + "identifier", named_by=(SKOS + "notation",)
    )
    dataset = Dataset(
        identifier=identifier_of(identifiers) or own or web_address([*landing]) or "",
        title=title,
        description=in_one_language(about, LONGEST_TEXT, languages)[0],
        keywords=unique_texts(text for _, text in texts(graph, node, _DCAT + "keyword")),
        themes=unique_texts(_named(graph, v) for v in objects(graph, node, _DCAT + "theme")),
        publisher=in_one_language(publishers, LONGEST_TITLE, languages)[0] or None,
        landing_page=web_address([*landing, own]),
        distributions=_distributions(graph, node),
        modified=next((text for _, text in texts(graph, node, DCT + "modified")), None),
        lang=lang,
        columns=_columns(graph, node),
    )
    return whole_dataset(dataset, own or "a blank node")


def _distributions(graph: Graph, node: Node) -> tuple[Distribution, ...]:
    found: list[tuple[str, str, str]] = []
    for way in objects(graph, node, _DCAT + "distribution"):
        title, _ = in_one_language(texts(graph, way, DCT + "title"), LONGEST_TITLE)
        formats = [*objects(graph, way, DCT + "format"), *objects(graph, way, _DCAT + "mediaType")]
        kind = next((name for f in formats if (name := _named(graph, f))), "")
        for term in objects(graph, way, _DCAT + "downloadURL", _DCAT + "accessURL"):
            if url := web_address(term.value):
                found.append((url, title, kind.rsplit("/", 1)[-1]))
    once = {url: (title, kind) for url, title, kind in sorted(found, reverse=True)}
    return tuple(
        Distribution(url=url, title=title or None, format=kind or None)
        for url, (title, kind) in sorted(once.items())
    )


def _columns(graph: Graph, node: Node) -> tuple[str, ...]:
    """Return what the columns are called that a CSVW schema lists, in its order."""
    names: list[str] = []
    for way in (node, *objects(graph, node, _DCAT + "distribution")):
        for schema in objects(graph, way, _CSVW + "tableSchema"):
            waiting = list(objects(graph, schema, _CSVW + "column"))
            # A list may lead back to itself.
            for term in islice(waiting, _MOST_COLUMNS):
                waiting += objects(graph, term, RDF + "first", RDF + "rest")
                said = texts(graph, term, _CSVW + "title") or texts(graph, term, _CSVW + "name")
                names += [text for _, text in said[:1]]
    return unique_texts(names)


def _language_names(graph: Graph, node: Node) -> list[str]:
    return sorted(v.value for v in objects(graph, node, DCT + "language"))


def _named(graph: Graph, term: Term) -> str:
    """Return what a value is called: its own text, the label the file gives it, or its address."""
    if not isinstance(term, NamedNode | BlankNode):
        return term.value
    name, _ = in_one_language(texts(graph, term, *_NAMES), LONGEST_TITLE)
    return name or (term.value if isinstance(term, NamedNode) else "")
