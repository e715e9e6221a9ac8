"""RDF bytes to a graph in memory: Turtle, RDF/XML or JSON-LD, known by content, then by name."""

import re
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath
from urllib.parse import quote

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from contract.errors import FixSettings
from contract.post import Rejected
from vocabulary.fields import Texts, language_tag, levels, tree_of_json

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
DCT = "http://purl.org/dc/terms/"
SKOS = "http://www.w3.org/2004/02/skos/core#"

Node = NamedNode | BlankNode
Term = Node | Literal
Graph = dict[Node, dict[str, list[Term]]]
"""What is said of each subject, by predicate."""

LARGEST_FILE = 256 * 2**20
_MOST_STATEMENTS = 5_000_000
"""A bracket of Turtle is two of them, and takes a kilobyte of memory."""
_MOST_ERRORS = 50
_MOST_EXPANDED = 16 * 2**20
_MOST_ENTITIES = 200
_MOST_TERMS = 1_000
_TAIL = 4_096
"""Bytes at the end of an XML file among which its outermost element is closed."""
_ROOT = re.compile(rb"<(?!\?|!)([A-Za-z_][\w.:-]*)")
_XML = re.compile(
    rb"<(?:\?xml|!--|!DOCTYPE|html\b|[\w.-]+(?::[\w.-]+)?\s[^>]*xmlns)", re.IGNORECASE
)
_ENCODING = re.compile(rb"""\A<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["'][^>]*\?>""")
_CROWDED = re.compile(
    rb"""<([^\s<>"'=]++)(?:\s*+[^\s<>"'=]++\s*+=\s*+(?:"[^"]*+"|'[^']*+')){1000}"""
)
"""An element of so many attributes; the parser's time grows with the square of their number.

It wants no blank between two of them.
"""
_ENTITY = re.compile(rb"""<!ENTITY\s+([\w.-]+)\s+(?:"([^"]*)"|'([^"']*)')\s*>""")


def read_graph(data: bytes, name: str) -> tuple[Graph, list[Rejected]]:
    """Return what the file says, and a Rejected for each statement that cannot be read.

    Relative addresses are taken from `name`. A remote @context is never fetched. Raises FixSettings
    where the file is no RDF or its rest cannot be read.
    """
    data, syntax = _prepared(data, name)
    # lenient: real catalogues hold addresses with blanks and brackets
    quads = parse(data, syntax, base_iri=base_address(name), lenient=True)
    graph: Graph = {}
    wrong: list[Rejected] = []
    can_go_on, count = True, 0
    while can_go_on:
        try:
            for subject, predicate, value, _ in quads:
                count += 1
                if count > _MOST_STATEMENTS:
                    raise FixSettings(f"{name}: more than {_MOST_STATEMENTS:,} statements")
                if not isinstance(subject, Triple) and not isinstance(value, Triple):
                    graph.setdefault(subject, {}).setdefault(predicate.value, []).append(value)
            break
        except SyntaxError as error:
            wrong.append(Rejected(reason="statement cannot be read", detail=str(error.msg)[:300]))
            # After a mistake only Turtle can be read on, from the next full stop.
            can_go_on = syntax == RdfFormat.TURTLE and len(wrong) <= _MOST_ERRORS
    if not can_go_on or (wrong and not graph):
        raise FixSettings(f"{name}: cannot be read as {syntax}: {wrong[0].detail}")
    return graph, wrong


def is_json(data: bytes, name: str) -> bool:
    """Return whether the bytes are meant as JSON; Turtle may begin with a bracket too."""
    start = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    is_turtle = PurePosixPath(re.split(r"[?#]", name)[0]).suffix in {".ttl", ".nt", ".n3"}
    utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff") and b"<" not in data[:4]
    return utf16 or (start[:1] in (b"{", b"[") and not is_turtle)


def base_address(name: str) -> str:
    """Return the address that relative ones stand under: the same on every machine."""
    if name.startswith(("http://", "https://")):
        try:
            return NamedNode(name).value
        except ValueError:  # an address of the web that is none of RDF: blanks, brackets
            pass
    return "file:///" + quote(PurePosixPath(name.replace("\\", "/")).name, safe="")


def subjects_of_type(graph: Graph, types: Collection[str]) -> list[Node]:
    """Return the subjects of these types, or of types the file derives from them, in file order."""
    wanted = derived(graph, types, RDFS + "subClassOf")
    return [
        node
        for node, said in graph.items()
        if any(address(kind) in wanted for kind in said.get(RDF + "type", ()))
    ]


def derived(graph: Graph, names: Collection[str], relation: str) -> set[str]:
    """Return the names and all that the file says are narrower than them by `relation`."""
    narrower: dict[str, list[str]] = {}
    for node, said in graph.items():
        for value in said.get(relation, ()):
            narrower.setdefault(value.value, []).append(node.value)
    found, waiting = set(names), list(names)
    while waiting:
        new = [name for name in narrower.get(waiting.pop(), ()) if name not in found]
        found.update(new)
        waiting += new
    return found


def address(term: Term) -> str | None:
    """Return the address of a named node, None of anything else."""
    return term.value if isinstance(term, NamedNode) else None


def objects(graph: Graph, node: Term, *predicates: str) -> Iterator[Term]:
    """Return the values of the predicates at the node, in an order free of the file's."""
    if isinstance(node, Literal):
        return
    said = graph.get(node, {})
    for predicate in predicates:
        yield from sorted(said.get(predicate, ()), key=str)


def texts(graph: Graph, node: Term, *predicates: str, named_by: tuple[str, ...] = ()) -> Texts:
    """Return the texts of the predicates, sorted; a node in a text's place speaks by `named_by`."""
    found: Texts = []
    for value in objects(graph, node, *predicates):
        if isinstance(value, Literal):
            lang = value.language or ""
            found.append((language_tag(lang) or lang.lower() or None, value.value))
        else:
            found += texts(graph, value, *named_by)
    return sorted(found, key=lambda entry: (entry[0] or "", entry[1]))


def _prepared(data: bytes, name: str) -> tuple[bytes, RdfFormat]:
    if len(data) > LARGEST_FILE:
        raise FixSettings(f"{name}: {len(data):,} bytes; at most {LARGEST_FILE:,} are read")
    if is_json(data, name):
        _refuse_json(tree_of_json(data, name), name)
        return data.removeprefix(b"\xef\xbb\xbf"), RdfFormat.JSON_LD
    utf8 = _in_utf8(data, name)
    if not _XML.match(utf8.lstrip()):
        return utf8, RdfFormat.TURTLE
    _refuse_xml(utf8, name)
    # The parser knows no single quotes around entities.
    return _ENTITY.sub(rb'<!ENTITY \1 "\2\3">', utf8), RdfFormat.RDF_XML


def _in_utf8(data: bytes, name: str) -> bytes:
    declared = _ENCODING.match(data)
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    if declared and declared[1].lower() not in (b"utf-8", b"utf-16"):
        encoding = declared[1].decode("ascii")
    try:
        text = data.decode(encoding)
    except (UnicodeError, LookupError) as error:
        raise FixSettings(f"{name}: its text cannot be decoded: {error}") from error
    return _ENCODING.sub(b'<?xml version="1.0"?>', text.encode("utf-8", "replace"))


def _refuse_xml(data: bytes, name: str) -> None:
    root = _ROOT.search(data)
    element = root[1].decode("ascii", "replace") if root else "nothing"
    if not root or element.rpartition(":")[2].lower() != "rdf":
        allowed = "allowed are rdf:RDF, Turtle and JSON-LD"
        raise FixSettings(f"{name}: the outermost element is {element[:80]}; {allowed}")
    first = data[root.start() : data.find(b">", root.end()) + 1]
    if not first.endswith(b"/>") and b"</" + root[1] not in data[-_TAIL:]:
        raise FixSettings(f"{name}: is cut off: {element} is not closed")
    if crowded := _CROWDED.search(data):
        element = crowded[1].decode("utf-8", "replace")
        raise FixSettings(f"{name}: an element {element[:80]} has more than 1,000 attributes")
    # The parser expands entities without a limit: ten lines could become gigabytes.
    entities = _ENTITY.findall(data)
    expanded = 0
    for entity, double, single in entities[: _MOST_ENTITIES + 1]:
        value = double or single
        expanded += len(value) * data.count(b"&" + entity + b";")
        if b"&" in value or expanded > _MOST_EXPANDED or len(entities) > _MOST_ENTITIES:
            raise FixSettings(f"{name}: its entity {entity.decode()[:80]} expands too far")


def _refuse_json(tree: object, name: str) -> None:
    contexts = [
        part
        for level in levels(tree)
        for value in level
        if isinstance(value, dict)
        for part in _listed(value.get("@context"))
    ]
    remote = next((part for part in contexts if isinstance(part, str)), None)
    if remote is not None:
        raise FixSettings(
            f"{name}: names the @context {remote[:200]}, and contexts are not fetched; "
            "write the context into the file, or give Turtle or RDF/XML"
        )
    # A long chain of terms overflows the parser's stack.
    terms = sum(len(part) for part in contexts if isinstance(part, dict))
    if terms > _MOST_TERMS:
        raise FixSettings(f"{name}: {terms:,} terms of @context; at most {_MOST_TERMS:,} are read")


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
