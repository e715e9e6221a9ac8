"""House and flat numbers beside the name of a street, and postcodes of a few households.

The name of the street stays: it says where the pothole is, and not who lives there.
"""

import re
from bisect import bisect
from collections.abc import Iterator

import regex

from transforms import street_words as words
from transforms.spans import Span


def _any(listed: str) -> str:
    """Return a pattern for any of the words, the longest first."""
    return "|".join(sorted(map(re.escape, listed.split()), key=len, reverse=True))


_NUMBER = re.compile(r"\d+")
_NOT_BEFORE = frozenset(".:/£$€#+-_")
_HOUSE = r"\d{1,5}(?: ?[A-Da-d](?!\w)|[E-Je-j](?!\w))?(?: ?[-/&] ?\d{1,5}[A-Za-z]?)?(?!\w)"
_NO_HOMES = f"{words.INSTITUTIONS} {words.NO_HOMES}"
_ENGLISH = regex.compile(
    rf"(?P<house>{_HOUSE}),? (?!(?i:{_any(words.NOT_FIRST_IN_A_STREET)})\b(?! End\b))"
    rf"(?!(?i:{_any(words.SELDOM_FIRST_IN_A_STREET)})\b(?! (?i:{_any(words.ENGLISH_STREETS)})\b))"
    r"(?>(?:(?:[NSEW]{1,2}\.?|\d{1,3}(?:st|nd|rd|th)|of|the|and|[A-Z][\w'’-]*\.?) ){1,4}"
    rf"(?:{_any(words.ENGLISH_STREETS)})\b\.?|(?:{_any(words.STREETS_WITHOUT_A_NAME)})\b"
    rf"|(?:(?!(?:{_any(words.NO_NAMES_IN_CAPITALS)})\b)[A-Z][A-Z'’]+ ){{1,2}}"
    rf"(?:{_any(words.STREETS_IN_CAPITALS)})\b)(?!-)"
    r"(?<!(?:Hill|Green|View|Park|Bank|Fields?|Way|Walk|Row)(?= [A-Z]))"
    rf"(?!'?s? (?:{_any(_NO_HOMES)}|{_any(_NO_HOMES.upper())})\b)"
)
_FRENCH_HOUSE = r"\d{1,4}(?: ?(?:bis|ter|quater|[A-Da-d])\b)?(?: ?[-/] ?\d{1,4})?(?!\w)"
_FRENCH_SMALL = r"(?:(?:du|des|de|la|le|les|à|aux?) |[dl]['’] ?)"
_FRENCH = regex.compile(
    rf"(?P<house>{_FRENCH_HOUSE}),? (?:(?i:{_any(words.FRENCH_STREETS)})|(?i:av|bd|pl)\.) "
    rf"(?:(?<!(?i:square|passage|route|villa|montée) )\p{{Lu}}|{_FRENCH_SMALL}{{1,3}}\p{{Lu}}"
    rf"|(?<=(?i:rue|avenue|impasse|boulevard|bd|allée) ){_FRENCH_SMALL}{{1,3}}\p{{L}}{{2}}"
    rf"|(?<=(?i:rue|avenue|impasse|boulevard|bd|allée) )(?!{_any(words.FRENCH_NO_NAMES)})"
    r"\p{Ll}{4})",
)
# Who writes without capitals: a word has to say that it is where somebody lives.
_LIVES = regex.compile(
    r"(?r)\b(?:live[sd]?|living|staying|resident|house|home|address|(?:my|his|her|our|their) place"
    r"|habit\w+|log(?:e|eons)|domicilié\w*|adresse|chez moi)"
    r"(?: is| est)?:?(?: at| in| au)?(?: number| no\.?)? ",
    regex.IGNORECASE,
)
_LOWER = regex.compile(
    rf"(?P<house>{_HOUSE}),? (?:(?:[a-z'’]+ ){{1,3}}(?:{_any(words.ENGLISH_STREETS)})\b"
    rf"|(?:{_any(words.FRENCH_STREETS)}) \p{{L}}{{3}})",
    regex.IGNORECASE,
)
_OF_THE_MONTH = re.compile(
    r"\b(?:le|(?P<day>lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)) ?\Z", re.IGNORECASE
)
_HAPPENS = re.compile(r"\w*(?: [\w'’-]+){0,2} (?:en fête|ferm|barr|piéton|bloqu|coup)")
_HOUR = regex.compile(
    r"(?r)\b(?:(?:meet|opens?|starts?|begins?|gather|kicks? ?-?off) at|(?P<from>from)) ",
    regex.IGNORECASE,
)
_IS_SHUT = re.compile(r" (?:will|is|are|gets)\b")
_BEHIND = regex.compile(
    r"(?P<house>\d{1,4}(?: ?[a-hA-H](?!\w))?(?: ?[-/+] ?\d{1,4}[a-z]?(?!\w))?)(?!\w|[.:,]\d|-\w)"
)
_STREETS_BEFORE = (
    # (?r) reads backwards from the number, so that nothing else is looked at.
    regex.compile(
        rf"(?r)(?<![\w-])(?P<name>[\p{{L}}-]*\p{{L}}{{2}}(?:{_any(words.JOINED_STREETS)})"
        rf"|{_any(words.WHOLE_STREETS)}) ?(?P<mark>nr\.? ?)?",
        regex.IGNORECASE,
    ),
    regex.compile(
        r"(?r)(?<!\w)\p{Lu}[\p{L}-]+(?:er|e[nrsm]?|-) ?"
        rf"(?:{_any(words.GERMAN_STREETS)})\.?(?P<mark> Nr\.?)? ?"
    ),
    regex.compile(
        rf"(?r)(?:(?<!\w)(?i:{_any(words.ROMANCE_STREETS)}|av|cl|c/|pº)\.? ?)"
        rf"(?:(?:{_any(words.ROMANCE_SMALL)}) ){{0,2}}(?:\p{{Lu}}[\p{{L}}'’.-]*|\d{{1,2}} de)"
        rf"(?: (?:{_any(words.ROMANCE_SMALL)}|\p{{Lu}}[\p{{L}}'’.-]*)){{0,5}}"
        r"(?:(?P<mark>,? ?(?:n[º°o]\.?|núm(?:ero)?\.?|num\.?))|,)? ?"
    ),
    regex.compile(
        rf"(?r)(?<!\w)(?:{_any(words.ROMANCE_STREETS)})(?: \p{{L}}+){{1,4}}"
        r"(?:,|(?P<mark>,? (?:n[º°]\.?|núm\.?|número))) ?",
        regex.IGNORECASE,
    ),
    regex.compile(
        rf"(?r)(?<!\w)(?i:{_any(words.POLISH_STREETS)}) ?(?:\d{{1,2}} )?\p{{Lu}}[\p{{L}}'’.-]*"
        r"(?: (?:\p{Lu}[\p{L}'’.-]*|i|na|nad|pod|św\.)){0,4}(?P<mark> nr\.?| numer)? ?"
    ),
    regex.compile(
        rf"(?r)(?<!\w)viv\w{{1,5}} en (?:la |el )?(?:{_any(words.ROMANCE_STREETS)})"
        r"(?: \p{L}+){1,4} ",
        regex.IGNORECASE,
    ),
    regex.compile(r"(?r)(?<!\w)[Uu]nter den \p{Lu}\p{L}+ ?"),
    regex.compile(r"(?r)(?<!\w)(?:ul\.|ulic[aąęy]) ?\p{L}{4,}(?: \p{L}{4,})? ?", regex.IGNORECASE),
)
_CAPITALISED = regex.compile(r"(?r)(?<!\w)\p{Lu}[\p{Ll}-]{3,} ")
_FLAT_OR_POSTCODE = regex.compile(r" m\.? ?\d{1,3}(?!\w)|,? \d{5} \p{Lu}\p{Ll}")
"""Behind a number these say that any name in front is a street's."""
_FOLLOWS = re.compile(
    r" (?:[IVX]{1,4}|\d)\. ?(?:OG|UG|Stock|Etage)\b| (?:EG|DG|HH|VH)\b"
    r"| ?(?:$|[^\w\s%€£$°])|\n|,? \d{4,5} [A-ZÄÖÜ]| \d\d-\d{3} "
    rf"|,? (?:{_any(words.GOES_ON)})\b",
    re.IGNORECASE,
)
_MEASURED = re.compile(
    rf"\.? ?(?:m(?!\.| \d)|{_any(words.MEASURED)}|de \w+ de"
    r"|de (?:ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic)\w+)\b|\. ?\d",
    re.IGNORECASE,
)
_COUNTED = regex.compile(rf"(?r)(?<!\w)(?:{_any(words.COUNTED_OTHERWISE)})\.? ?", regex.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d(?!\w)")
_NO_STREETS = frozenset(words.NO_STREETS.split())

_FLAT = regex.compile(
    r"(?<!\w)(?:(?:flat|apt|apartment|unit|suite|ste|maisonette|appt|app|appartement|bât|bâtiment"
    r"|esc|escalier|étage|whg|wohnung|piso|planta|puerta|pta|mieszkani[ea]|lokal|lok|m)\b\.?"
    r"(?: no\.?| nr\.?)? ?#?(?:\d{1,4}[a-z]?|[a-z]\d{0,3})(?:/\d{1,3})?|#\d{1,4}[a-z]?"
    r"|\d{1,2}\.? ?[ºª](?: ?(?:[A-D]|izqu?\w*\.?|dcha?\w*\.?))?)(?!\w)",
    regex.IGNORECASE,
)
_JOINS = re.compile(r"[, ]{0,2}")
_NEAR = 60

_Postcodes = tuple["re.Pattern[str] | regex.Pattern[str]", "regex.Pattern[str]"]
POSTCODES: dict[str, _Postcodes] = {
    "GB": (
        regex.compile(r"\d[A-Za-z]{2}(?!\w)"),
        regex.compile(
            rf"(?<![\w.£-])(?:(?:{_any(words.BRITISH_AREAS)})\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{{2}}"
            rf"|(?:{_any(words.BRITISH_AREAS.lower())})\d[a-z\d]? (?!\d(?:st|nd|rd|th))"
            r"\d[abd-hjlnp-uw-z]{2})(?![\w-])"
        ),
    ),
    "IE": (
        regex.compile(r"\d(?<=[^\W\d_]\d)[Ww\d] ?\w{4}(?!\w)"),
        regex.compile(
            r"(?<!\w)(?:D6W|[AC-FHKNPRTV-Y]\d\d) ?(?=[A-Z]*\d)(?=\d*[A-Z])"
            r"[\dAC-FHKNPRTV-Y]{4}(?!\w)",
            regex.IGNORECASE,
        ),
    ),
    "US": (
        re.compile(r"\d{5}-\d{4}"),
        regex.compile(r"(?<![\w-])(?<=\b[A-Z]{2},? |, )\d{5}-\d{4}(?![\w-])"),
    ),
    "CA": (
        re.compile(r"\d[A-Za-z]\d"),
        regex.compile(
            r"(?<!\w)[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d(?!\w)",
            regex.IGNORECASE,
        ),
    ),
    "NL": (
        regex.compile(r"\d{4} ?[A-Z]{2}(?!\w)"),
        regex.compile(r"(?<=, ?|\n|postcode:? )[1-9]\d{3} ?(?!SA|SD|SS)[A-Z]{2}(?!\w)"),
    ),
    "PT": (
        re.compile(r"\d-\d{3}"),
        regex.compile(r"(?<![\w-])[1-9]\d{3}-\d{3}(?= \p{Lu})"),
    ),
}
"""Postcodes of a few households, each behind a cheap look; those of a whole quarter stay.

A look that asks for a word's end is a `regex`: to `re` a "²" is of the word before it.
"""


def find_addresses(text: str, country: str) -> list[Span]:
    """Return where house and flat numbers stand, and the country's postcodes of few households."""
    look, postcode = POSTCODES.get(country, (None, None))
    found: list[Span] = []
    if look and postcode and look.search(text):
        found = [match.span() for match in postcode.finditer(text)]
    houses = list(_houses(text, found))
    found += houses
    if houses:
        found += [match.span() for match in _FLAT.finditer(text) if _is_near(match.start(), houses)]
    return _joined(text, found)


def _is_near(start: int, houses: list[Span]) -> bool:
    """Say whether a house stands within 60 characters."""
    place = bisect(houses, (start, start))
    return any(abs(start - house[0]) < _NEAR for house in houses[max(0, place - 1) : place + 1])


def _houses(text: str, postcodes: list[Span]) -> Iterator[Span]:
    for match in _NUMBER.finditer(text):
        start, stop = match.span()
        before = text[start - 1 : start]
        if stop - start > 5 or before in _NOT_BEFORE or before.isalnum():
            continue
        if before == "," and text[start - 2 : start - 1].isdecimal():
            continue
        house = _before_a_street(text, start, postcodes) or _after_a_street(text, start)
        if house and not _YEAR.match(text, start):
            yield house.span("house")


def _before_a_street(text: str, start: int, postcodes: list[Span]) -> "regex.Match[str] | None":
    if house := _ENGLISH.match(text, start):
        is_no_home = _is_hour(text, house)
    elif house := _FRENCH.match(text, start):
        is_no_home = _is_of_the_month(text, house)
    else:
        lower = _LOWER.match(text, start)
        is_home = lower and (
            _is_near(start, postcodes) or _LIVES.match(text, max(0, start - 40), start)
        )
        return lower if is_home else None
    return None if is_no_home or _COUNTED.match(text, max(0, start - 20), start) else house


def _is_hour(text: str, house: "regex.Match[str]") -> bool:
    number, start = house["house"], house.start()
    if not (number.isdecimal() and int(number) <= 12):
        return False
    said = _HOUR.match(text, max(0, start - 20), start)
    return bool(said and (not said["from"] or _IS_SHUT.match(text, house.end())))


def _is_of_the_month(text: str, house: "regex.Match[str]") -> bool:
    said = _OF_THE_MONTH.search(text, max(0, house.start() - 12), house.start())
    return bool(said and (said["day"] or "place" in house[0] or _HAPPENS.match(text, house.end())))


def _after_a_street(text: str, start: int) -> "regex.Match[str] | None":
    first = max(0, start - _NEAR)
    if not text[first:start].rstrip(" ,.º°")[-1:].isalpha():
        return None
    house = _BEHIND.match(text, start)
    if not house or _MEASURED.match(text, house.end()):
        return None
    if (
        _FLAT_OR_POSTCODE.match(text, house.end())
        and _CAPITALISED.match(text, first, start)
        and not _COUNTED.match(text, first, start)
    ):
        return house
    is_end = _FOLLOWS.match(text, house.end()) or _FLAT.match(text, house.end() + 1)
    for street in _STREETS_BEFORE:
        found = street.match(text, first, start)
        said = found.groupdict() if found else {}
        # A number called one ("nº 5") needs no end of the address behind it.
        if found and (is_end or said.get("mark")):
            return None if _bare(said.get("name")) in _NO_STREETS else house
    return None


def _bare(name: str | None) -> str:
    return (name or "").rstrip(".").lower()


def _joined(text: str, spans: list[Span]) -> list[Span]:
    """Return the spans in order; those that touch, but for a comma, are one."""
    joined: list[Span] = []
    for start, stop in sorted(spans):
        if joined and (start < joined[-1][1] or _JOINS.fullmatch(text, joined[-1][1], start)):
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined
