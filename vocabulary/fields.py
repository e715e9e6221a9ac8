"""What a field of a catalogue's record says: as plain text, in one language, as an address."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from resiliparse.extract.html2text import extract_plain_text

from contract.catalogue import Dataset
from contract.errors import FixSettings
from contract.post import Rejected

LONGEST_TITLE = 1_000
LONGEST_TEXT = 20_000
"""Characters of a title and of a description that are kept; no honest one is longer."""
_LONGEST_ADDRESS = 4_000
_DEEPEST = 100
"""Levels of nesting in JSON; a catalogue has about ten, and every reader of it may recurse."""
_MARKUP = re.compile(r"<[a-zA-Z/!]|&#?\w+;")
_CONTROL = dict.fromkeys([*range(0x20), 0x7F], " ")
_WEB = re.compile(r"(?:https?|s?ftps?)://[^\s/].*", re.IGNORECASE)
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")
_NAMING = (
    "prefLabel", "title", "display_name", "name", "label", "notation", "publisher", "@id",
)  # fmt: skip
"""Where an object that stands in the place of a text says what it is called."""
_TWO_LETTERS = {
    "bul": "bg", "cat": "ca", "ces": "cs", "cym": "cy", "cze": "cs", "dan": "da", "deu": "de",
    "dut": "nl", "ell": "el", "eng": "en", "est": "et", "eus": "eu", "fin": "fi", "fra": "fr",
    "fre": "fr", "ger": "de", "gle": "ga", "glg": "gl", "gre": "el", "hrv": "hr", "hun": "hu",
    "isl": "is", "ita": "it", "lav": "lv", "lit": "lt", "mlt": "mt", "nld": "nl", "nno": "nn",
    "nob": "nb", "nor": "no", "pol": "pl", "por": "pt", "ron": "ro", "rum": "ro", "slk": "sk",
    "slo": "sk", "slv": "sl", "spa": "es", "swe": "sv", "tur": "tr", "ukr": "uk", "wel": "cy",
}  # fmt: skip
"""ISO 639-2 and 639-3 to 639-1: DCAT-AP names languages by the three letters."""
_LISTING = ("tableSchema", "schema", "fields", "columns")
"""Where a table's schema keeps its columns, or another object that does."""
_COLUMN = ("title", "titles", "label", "name", "id")
_MOST_COLUMNS = 500

Texts = list[tuple[str | None, str]]
"""Texts with the language each is marked with, if any."""


def plain_text(value: str, longest: int) -> str:
    """Return the text without markup, on one line, at most `longest` characters."""
    text = value[: 8 * longest].encode("utf-8", "replace").decode("utf-8")
    if _MARKUP.search(text):
        text = extract_plain_text(text, preserve_formatting=False, list_bullets=False)
    return " ".join(text.translate(_CONTROL).split())[:longest].rstrip()


def language_tag(value: str) -> str | None:
    """Return a lower-case BCP 47 tag from a tag, an ISO 639 code or an EU authority address."""
    tag = value.rsplit("/", 1)[-1].strip().lower().replace("_", "-")
    first, hyphen, rest = tag.partition("-")
    tag = _TWO_LETTERS.get(first, first) + hyphen + rest
    return tag if _TAG.fullmatch(tag) else None


def in_one_language(
    texts: Texts, longest: int, declared: Sequence[str] = ()
) -> tuple[str, str | None]:
    """Return one of the texts, plain, and its language; ("", None) where none says anything.

    One that is marked with no language comes first, then the record's declared languages in their
    order, then English, then the first by alphabet.
    """
    wanted = [None, *declared, "en"]

    def rank(entry: tuple[str | None, str]) -> tuple[int, str]:
        lang = entry[0]
        base = lang.partition("-")[0] if lang else None
        near = next((n for n, w in enumerate(wanted) if w in (lang, base)), len(wanted))
        return near, lang or ""

    said = [(lang, plain) for lang, text in texts if (plain := plain_text(text, longest))]
    if not said:
        return "", None
    lang, text = min(said, key=rank)
    return text, lang or (declared[0] if len(declared) == 1 else None)


def texts_of(value: object) -> Texts:
    """Return every text a JSON value holds: a text, a number, a language map, a list of them."""
    if isinstance(value, str):
        return [(None, value)]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return [(None, str(value))]
    if isinstance(value, list):
        return [text for element in value for text in texts_of(element)]
    if not isinstance(value, dict):
        return []
    if "@value" in value:
        lang = value.get("@language")
        tag = language_tag(lang) if isinstance(lang, str) else None
        return [(tag, text) for _, text in texts_of(value["@value"])]
    tags = {key: language_tag(key) for key in value}
    if all(tags.values()):
        return [(tags[key], text) for key, inner in value.items() for _, text in texts_of(inner)]
    return texts_of(next((value[key] for key in _NAMING if value.get(key)), None))


def unique_texts(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts, plain, each once, in their order."""
    said = (plain_text(text, LONGEST_TITLE) for text in texts)
    return tuple(dict.fromkeys(text for text in said if text))


def columns_of(*schemas: object) -> tuple[str, ...]:
    """Return the names of the columns that table schemas list: Frictionless, CSVW, JSON lists.

    A schema that is named by its address only lists none.
    """
    names: list[str] = []
    for schema in schemas:
        listed = schema
        while isinstance(listed, dict):
            listed = next((listed[key] for key in _LISTING if listed.get(key)), None)
        for column in listed if isinstance(listed, list) else []:
            said = column
            if isinstance(column, dict):
                said = next((column[key] for key in _COLUMN if column.get(key)), None)
            names += [text for _, text in texts_of(said)[:1]]
    return unique_texts(names[:_MOST_COLUMNS])


def identifier_of(texts: Texts) -> str:
    """Return the first text as it stands but for blanks around it, "" where there is none."""
    text = next((text for _, text in texts if text.strip()), "")
    return text.encode("utf-8", "replace").decode("utf-8").translate(_CONTROL).strip()


def languages_of(value: object) -> list[str]:
    """Return the languages a record declares, as tags."""
    tags = [language_tag(text) for _, text in texts_of(value)]
    return [tag for tag in dict.fromkeys(tags) if tag]


def web_address(value: object) -> str | None:
    """Return the first http(s) or (s)ftp(s) address the value holds; None where it holds none."""
    if isinstance(value, list):
        return next((found for element in value if (found := web_address(element))), None)
    if isinstance(value, dict):
        return web_address([value.get(key) for key in ("@id", "@value", "accessURL", "url")])
    if not isinstance(value, str):
        return None
    address = value.encode("utf-8", "replace").decode("utf-8").strip()
    if len(address) > _LONGEST_ADDRESS or not _WEB.fullmatch(address):
        return None
    return address.replace(" ", "%20")


def whole_dataset(dataset: Dataset, place: str) -> Dataset | Rejected:
    """Return the dataset, or why it is none: it needs an identifier and a title."""
    if not dataset.identifier:
        detail = f'{place}, titled "{dataset.title[:80]}"' if dataset.title else place
        return Rejected(reason="dataset without an identifier", detail=detail)
    if not dataset.title:
        return Rejected(
            reason="dataset without a title", detail=place, native_id=dataset.identifier
        )
    return dataset


def tree_of_json(data: bytes, name: str) -> object:
    """Return what the JSON says; line breaks inside texts are let pass. Raises FixSettings."""
    try:
        tree: object = json.loads(data, strict=False)
    except UnicodeDecodeError as error:
        found = f"byte {error.start} is not UTF-8; save it as UTF-8"
        raise FixSettings(f"{name}: not JSON: {found}") from error
    except json.JSONDecodeError as error:
        found = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise FixSettings(f"{name}: not JSON: {found}") from error
    except (ValueError, RecursionError) as error:
        raise FixSettings(f"{name}: not JSON that can be read: {error}") from error
    if len(list(islice(levels(tree), _DEEPEST + 1))) > _DEEPEST:
        raise FixSettings(f"{name}: nested more than {_DEEPEST} levels deep")
    return tree


def levels(tree: object) -> Iterator[list[object]]:
    """Return the values of a JSON tree, level by level from the outermost."""
    level = [tree]
    while level:
        yield level
        below: list[object] = []
        for value in level:
            if isinstance(value, dict):
                below += value.values()
            elif isinstance(value, list):
                below += value
        level = below
