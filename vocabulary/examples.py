"""Example posts of topics (CSV or TSV) from which topics are learnt."""

import csv
import io
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from contract.catalogue import Example, Topic
from contract.errors import FixSettings
from contract.post import Rejected
from vocabulary.fields import language_tag
from vocabulary.rows import filled_rows

_LARGEST_FILE = 32 * 2**20
_LONGEST_TEXT = 10_000
_DELIMITERS = ",\t;|"
_NEEDED = ("topic", "text")


def read_examples(data: bytes, name: str, topics: Iterable[Topic]) -> Iterator[Example | Rejected]:
    """Return an example for each row: columns `topic` (URI or preferred label), `text`, `lang`.

    Only `lang` may be left out; rows are counted as a spreadsheet does. Rejected are rows without a
    text, of a topic that is unknown or whose label several have, and those that stand there twice.
    Raises FixSettings at once where the file is no such table.
    """
    if len(data) > _LARGEST_FILE:
        found = f"{len(data):,} bytes; at most {_LARGEST_FILE:,} are read"
        raise FixSettings(f"{name}: the file has {found}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FixSettings(
            f"{name}: byte {error.start:,} is no UTF-8; save it as CSV (UTF-8)"
        ) from error
    if "\0" in text:
        raise FixSettings(f"{name}: the file is no text; save it as CSV (UTF-8)")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    header = [cell.strip().casefold() for cell in next(rows, [])]
    if missing := [column for column in _NEEDED if column not in header]:
        raise FixSettings(
            f"{name}: the header has no {' and no '.join(missing)}; found "
            f"{', '.join(header)[:200] or 'nothing'}; allowed are topic, text and lang"
        )
    return _examples(rows, header, _by_name(topics))


def _examples(
    rows: Iterator[list[str]], header: list[str], uris: dict[str, set[str]]
) -> Iterator[Example | Rejected]:
    first_row: dict[tuple[str, str], int] = {}
    for row in filled_rows(rows, 1, len(header)):
        if isinstance(row, Rejected):
            yield row
            continue
        number, cells = row
        found = _example(dict(zip(header, cells, strict=False)), uris, number)
        if isinstance(found, Example):
            first = first_row.setdefault((found.topic, found.text), number)
            if first != number:
                detail = f"row {number}; first in row {first}"
                found = Rejected(reason="example stands twice", detail=detail)
        yield found


def _example(row: dict[str, str], uris: dict[str, set[str]], number: int) -> Example | Rejected:
    named, text = row.get("topic", ""), row.get("text", "")
    if not text:
        return Rejected(reason="example without a text", detail=f"row {number}, column text")
    if len(text) > _LONGEST_TEXT:
        detail = f"row {number}: {len(text):,} characters; allowed are {_LONGEST_TEXT:,}"
        return Rejected(reason="example is too long", detail=detail)
    found = uris.get(named) or uris.get(named.casefold(), set())
    if not found:
        near = get_close_matches(named.casefold(), uris, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        detail = f'row {number}: "{named[:200]}" is no URI or preferred label of a topic{hint}'
        return Rejected(reason="example of an unknown topic", detail=detail)
    if len(found) > 1:
        detail = f'row {number}: "{named[:200]}" may be {", ".join(sorted(found))[:1000]}; give one'
        return Rejected(reason="example of several topics", detail=detail)
    lang = row.get("lang")
    return Example(topic=min(found), text=text, lang=language_tag(lang) if lang else None)


def _by_name(topics: Iterable[Topic]) -> dict[str, set[str]]:
    uris: dict[str, set[str]] = {}
    for topic in topics:
        labels = (x.value.casefold() for x in topic.labels if x.kind == "prefLabel")
        for known in (topic.uri, *labels):
            uris.setdefault(known, set()).add(topic.uri)
    return uris


def _delimiter(text: str) -> str:
    header = text[: 2**16].splitlines()[:1]

    def fit(delimiter: str) -> int:
        cells = [
            c.strip().casefold() for row in csv.reader(header, delimiter=delimiter) for c in row
        ]
        return len(set(_NEEDED) & set(cells))

    return max(_DELIMITERS, key=fit)
