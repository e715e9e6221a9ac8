"""Documents that would have their reader fetch, tell, swell or never end."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from loopback import Site

from connectors import connector_of
from connectors.answers import Answer
from connectors.indexing import forbids_indexing
from connectors.parts.feed.read import feed_of
from contract.errors import FixSettings
from contract.page import Page
from transforms.text import clean_body
from vocabulary.graph import read_graph
from vocabulary.skos import read_topics

NOW = datetime(2026, 1, 8, 12, tzinfo=UTC)
SECRET = "what only this machine knows"
DEEP = 100_000
_RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
_SKOS = 'xmlns:skos="http://www.w3.org/2004/02/skos/core#"'


def in_feed(said: str, before: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{before}<rss version="2.0"><channel><title>x</title>'
        f"<item><guid>1</guid><title>t</title><description>{said}</description></item>"
        "</channel></rss>"
    )


def in_rdf(said: str, before: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{before}{_RDF} {_SKOS}>'
        f'<skos:Concept rdf:about="http://a.example/1"><skos:prefLabel>{said}</skos:prefLabel>'
        "</skos:Concept></rdf:RDF>"
    )


def feed_says(document: str) -> str:
    page = Page(source="s", platform="feed", url="https://a.example/f", received_at=NOW,
                body=document.encode())  # fmt: skip
    return str(list(connector_of("feed").parse(page)))


def rdf_says(document: str) -> str:
    try:
        return str(read_graph(document.encode(), "topics.rdf"))
    except FixSettings as refused:
        return str(refused)


READERS: dict[str, tuple[Callable[[str, str], str], Callable[[str], str]]] = {
    "feed": (in_feed, feed_says),
    "rdf": (in_rdf, rdf_says),
}


@pytest.fixture
def fetching(hostile: Site, tmp_path: Path) -> tuple[Site, list[tuple[str, str]]]:
    """Return a site, and XML that would have it or a file of ours read: text and prologue."""
    file = tmp_path / "secret.txt"
    file.write_text(SECRET)
    there = f"{hostile.base}/x"
    return hostile, [
        ("&x;", f'<!DOCTYPE a [<!ENTITY x SYSTEM "{file.as_uri()}">]>'),
        ("&x;", f'<!DOCTYPE a [<!ENTITY x SYSTEM "{there}">]>'),
        ("&x;", f'<!DOCTYPE a [<!ENTITY x PUBLIC "-//x" "{there}">]>'),
        ("&x;", f'<!DOCTYPE a SYSTEM "{there}">'),
        ("&x;", f'<!DOCTYPE a [<!ENTITY % p SYSTEM "{there}"> %p;]>'),
        ("&x;", f'<!DOCTYPE a [<!ENTITY % p "<!ENTITY x SYSTEM \'{file.as_uri()}\'>"> %p;]>'),
        (f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{file.as_uri()}" '
         'parse="text"/>', ""),
        ("x", f'<?xml-stylesheet type="text/xsl" href="{there}"?>'),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", READERS)
def test_no_document_has_anything_fetched(
    kind: str, fetching: tuple[Site, list[tuple[str, str]]]
) -> None:
    site, documents = fetching
    written, says = READERS[kind]
    for said, before in documents:
        assert SECRET not in says(written(said, before))
    assert site.asked == []
    assert "a plain word" in says(written("a plain word", ""))


def test_a_remote_context_is_not_fetched(hostile: Site) -> None:
    for context in (f'"{hostile.base}/x"', f'[{{"@import": "{hostile.base}/x"}}]'):
        document = f'{{"@context": {context}, "@id": "http://a.example/1"}}'
        rdf_says(document)
    assert hostile.asked == []


def laughing() -> str:
    """Return ten lines that stand for a billion."""
    lines = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(10)]
    return f"<!DOCTYPE a [{''.join(lines)}]>"


SWELLING = {
    "billion laughs": ("&a9;", laughing()),
    "one long entity, often": ("&a;" * 30_000, f'<!DOCTYPE a [<!ENTITY a "{"x" * 50_000}">]>'),
    "in parameters": ("&a;", '<!DOCTYPE a [<!ENTITY % p "ha"><!ENTITY % q "%p;%p;"> %q;]>'),
}


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("bomb", SWELLING)
def test_entities_do_not_swell(kind: str, bomb: str) -> None:
    written, says = READERS[kind]
    started = time.process_time()
    assert len(says(written(*SWELLING[bomb]))) < 1_000_000
    assert time.process_time() - started < 2


def html_of(body: str) -> bytes:
    return f"<html><body>{body}</body></html>".encode()


def forum_page(content: str) -> Any:
    """Return what phpBB's connector makes of a topic with this in it."""
    body = (
        '<!DOCTYPE html><html><body id="phpbb" class="section-viewtopic"><div id="p1" class="post">'
        f'<div class="postbody"><div class="content">{content}</div></div></div></body></html>'
    )
    page = Page(source="s", platform="phpbb", url="https://a.example/viewtopic.php?t=1",
                received_at=NOW, headers={"content-type": "text/html"},
                body=body.encode())  # fmt: skip
    return list(connector_of("phpbb").parse(page))


def asks_not_to(body: str) -> bool:
    answer = Answer(url="https://a.example/", status=200, headers={}, received_at=NOW,
                    body=b"<html>" + body.encode())  # fmt: skip
    return forbids_indexing(answer)


def crowded(equals: str = "=", before: str = '<?xml version="1.0"?>') -> str:
    attributes = " ".join(f"a{n}{equals}'x'" for n in range(30_000))
    feed = in_feed(f"</description><a {attributes}/><description>x")
    return feed.replace('<?xml version="1.0"?>', before)


# Marks that are no letters in their encoding, where the quotation mark would be looked for.
_HZ, _JIS = "=~{~}", "=\x1b(B"
HIDING: dict[str, tuple[bytes, str | None]] = {
    "plain": (crowded().encode(), None),
    "utf-7": (crowded().encode("utf-7"), 'text/xml; x="charset=utf-8"; charset=utf-7'),
    "cp037": (crowded().encode("cp037"), None),
    "jis": (crowded(_JIS, "<?xml version='1.0' encoding='iso-2022-jp'?>").encode(), None),
    "hz": (crowded(_HZ, "<?xml version='1.0' encoding='hz'?>").encode(), None),
    # feedparser believes any instruction, and the last that it says, however far away.
    "hz, far": (crowded(_HZ, f"<?x encoding='x'{' ' * 2_000}encoding='hz'?>").encode(), None),
}


@pytest.mark.parametrize("name", HIDING)
def test_a_feed_of_attributes_is_read(name: str) -> None:
    """feedparser's XML parser needs hours for an element of a million attributes."""
    started = time.process_time()
    read = feed_of(*HIDING[name])
    assert read is not None
    assert len(read.items) == 1
    assert time.process_time() - started < 2


CROWDED = " ".join(f"skos:a{n}='x'" for n in range(40_000))
PROPERTIES = "".join(f"<p{n}> rdfs:subPropertyOf skos:altLabel . " for n in range(20_000))
CONCEPTS = "".join(f"<c{n}> a skos:Concept ; skos:prefLabel 'x' . " for n in range(2_000))
PREFIXES = (
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> ."
)
REFUSED = {
    "attributes": in_rdf(f"</skos:prefLabel><skos:altLabel {CROWDED}/><skos:prefLabel>x"),
    # No XML, but the parser reads it.
    "more than 1,000 attributes": in_rdf(
        f"</skos:prefLabel><skos:altLabel {CROWDED.replace(' ', '')}/><skos:prefLabel>x"
    ).replace("<skos:altLabelskos", "<skos:altLabel skos"),
    # Each of these brackets is two statements.
    "statements": "<a:a> <a:b> " + "(" * 100_000 + ")" * 100_000,
    "properties": PREFIXES + PROPERTIES + CONCEPTS,
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_vocabulary_of_too_much_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vocabulary.graph._MOST_STATEMENTS", 100_000)
    content = REFUSED[name]
    started = time.process_time()
    with pytest.raises(FixSettings, match=name):
        list(read_topics(content.encode(), "topics.rdf" if content[1] == "?" else "topics.ttl"))
    assert time.process_time() - started < 2


SLOW: dict[str, Callable[[], object]] = {
    "comments nobody closes": lambda: asks_not_to("noindex" + "<!--" * 50_000),
    "scripts nobody closes": lambda: asks_not_to("noindex" + "<script " * 25_000),
    "scripts half closed": lambda: asks_not_to("noindex" + "<script></script" * 12_500),
    "deep html in a post": lambda: clean_body("<div>" * DEEP, is_html=True),
    "deep html in a forum": lambda: forum_page("<div>" * DEEP),
    "formatting nobody closes": lambda: forum_page("<p><b><i><font>" * (DEEP // 10)),
    "deep XML in a feed": lambda: feed_says(in_feed("</description>" + "<a>" * (DEEP // 4))),
    "deep JSON in a feed": lambda: feed_says('{"version": "x", "items":' + "[" * DEEP),
}


@pytest.mark.parametrize("name", SLOW)
def test_no_document_takes_long(name: str) -> None:
    started = time.process_time()
    SLOW[name]()
    assert time.process_time() - started < 4


def test_what_hides_the_head_is_seen_through() -> None:
    meta = "<meta name=robots content=noindex>"
    assert asks_not_to(f"<head><!-- x --><script>x</script>{meta}</head>")
    assert not asks_not_to(f"<head><!-- {meta} --></head>")
    assert not asks_not_to(f"<head><script>{meta}</script></head>")
