"""Numbers, addresses on the web and addresses of houses, as they are compared."""

import re

from transforms.links import canonical_url
from transforms.words import words_of

SHORTEST_NUMBER = 6
"""Letters and digits of a number that is known by its writing."""
SHORTEST_DIGITS = 7
"""Of a number of digits alone; shorter ones are prices, years and dates."""
_BETWEEN = re.compile(r"\s*[,;\n]\s*")
_HOUSE = re.compile(r"(?:no\.? ?)?(\d{1,5}[a-z]?)(?: ?[-/–] ?\d{1,5}[a-z]?)?", re.IGNORECASE)
_PHOTO = re.compile(r"/photos/[^/]+/(\d{9,})(?:/|$)")
_LONGEST = 500


def number_key(value: str, *, is_declared: bool = True) -> str:
    """Return the number as letters and digits alone; "" of one that could be anything.

    Plain digits are prices and years too: they count when the charter says that they are a number
    of the row's, and they are many.
    """
    glued = "".join(words_of(value[:_LONGEST]).folded)
    has_digits = any(c.isdigit() for c in glued)
    if glued.isdigit():
        return glued if is_declared and len(glued) >= SHORTEST_DIGITS else ""
    return glued if has_digits and len(glued) >= SHORTEST_NUMBER else ""


def photo_of(url: str) -> str:
    """Return the id of the photo whose page it is, or "": its owner has an id and a name there."""
    page = _PHOTO.search(url)
    return page[1] if page else ""


def web_key(url: str) -> str:
    """Return an address as it is compared: without scheme, "www." and a slash at the end."""
    canonical = canonical_url(url.strip())
    if canonical is None:
        return ""
    return canonical.partition("://")[2].removeprefix("www.").rstrip("/")


def house_and_street(address: str) -> tuple[str, str]:
    """Return the number of a house and the name of its street, "" where they are not told."""
    parts = parts_of(address)
    for at, part in enumerate(parts):
        if (first := _HOUSE.match(part)) and part[first.end() :][:1] in ("", " "):
            street = part[first.end() :].strip() or "".join(parts[at + 1 : at + 2])
            if street:
                return first[1].lower(), street
        name, _, last = part.rpartition(" ")
        if name and (house := _HOUSE.fullmatch(last)):
            return house[1].lower(), name
    return "", ""


def parts_of(address: str) -> list[str]:
    """Return what stands between the commas or in the lines of an address."""
    return [part for part in _BETWEEN.split(address[:_LONGEST]) if part]
