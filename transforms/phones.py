"""Telephone numbers in running text, told from other numbers by the countries' own plans."""

import re
from functools import cache
from itertools import pairwise

import regex
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from transforms.phone_words import CASE_NUMBER, COUNTS, GLUED, SAYS_PHONE
from transforms.spans import LATIN, Span

_LONGEST, _MOST_GROUPS = 17, 8
_RUN = re.compile(r"\d(?:[ ()./·_-]{0,3}\d){5,}")
_GROUP = re.compile(r"\d+")
_TRUNK_IN_BRACKETS = re.compile(r"\(0\)")
_OPENING = re.compile(r"\+ ?\(?\Z|\(\+?\Z")
_NOT_BEFORE = re.compile(rf"(?:[{LATIN}+#£$€₹=]|\d[.,:]|[{LATIN}][-_/.])\Z")
_NOT_BEFORE_OPENING = re.compile(rf"[{LATIN}+]\Z")
_NOT_AFTER = re.compile(rf"[{LATIN}]|[,.:]\d|-[{LATIN}]| ?(?:%|€|£|\$)")
# The whole row, however long, and tried once: a marker for a part of it would free the next.
_ONE_BY_ONE = regex.compile(
    rf"(?<![{LATIN}.,-])(?<!(?<![{LATIN}])\d[ .-])(?:\d[ .-]){{0,3}}?"
    rf"(?:\+ ?\d|0)(?:[ .-]\d){{8,}}+(?![{LATIN}])"
)
_MAY_BE_ONE_BY_ONE = regex.compile(r"(?:[ .-]\d){8}")
_CHAT = regex.compile(r"(?<=\b(?:wa|t)\.me/\+?|whatsapp\.com/send/?\?phone=)\d{7,15}(?!\d)")
_ORDINARY = re.compile(
    r"(?<![\d.])(?:"
    r"(?:19|20)\d\d([./-])[01]?\d\1[0-3]?\d|[0-3]?\d([./-])[0-3]?\d\2(?:19|20)\d\d"  # dates
    r"|(?:[01]\d|2[0-4])[0-5]\d ?- ?(?:[01]\d|2[0-4])[0-5]\d"  # opening hours
    r"|(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d"  # years
    r"|\d{1,3}\.\d{5,}"  # latitudes
    r"|(?:19|20)\d\d (?:0[1-9]|1[0-2]) (?:0[1-9]|[12]\d|3[01])(?! \d)"
    r")(?![\d-]|[.,]\d)"
)
_TYPES = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "voip", "uan",
          "personal_number", "pager", "voicemail")  # fmt: skip
_GROUPINGS = {
    8: {(8,), (4, 4), (2, 2, 2, 2), (3, 5), (2, 3, 3), (3, 2, 3)},
    9: {(9,), (3, 3, 3), (3, 2, 2, 2), (2, 3, 2, 2), (3, 6), (2, 7), (2, 3, 4)},
    10: {(10,), (3, 3, 4), (3, 7), (3, 3, 2, 2), (2, 4, 4), (3, 4, 3), (5, 5)},
    11: {(11,), (1, 3, 3, 4), (1, 10), (2, 5, 4), (3, 4, 4)},
}
"""How numbers are grouped in countries where no 0 in front says that they are for telephones."""
_MOBILES_UNBROKEN = frozenset({"PL", "CZ", "PT", "DK", "NO"})
"""There nearly any number of that length could be a fixed line: a grouping or a word says it."""
_MOBILES_BARE = frozenset({"BR", "CN", "HU", "IN", "KZ", "LT", "RU", "TR"})
"""There the prefix of the country is left out before mobile numbers."""


def find_phones(text: str, country: str) -> list[Span]:
    """Return where telephone numbers stand in a text whose digits are ASCII.

    With a country code those of any country, without one those of `country` (ISO 3166-1).
    """
    found: list[Span] = []

    def note(match: "re.Match[str] | regex.Match[str]") -> str:
        found.append(match.span())
        return _hidden(match)

    if ".me/" in text or "?phone=" in text:
        text = _CHAT.sub(note, text)
    plain = _ORDINARY.sub(_hidden, text)
    if _MAY_BE_ONE_BY_ONE.search(plain):
        plain = _ONE_BY_ONE.sub(note, plain)
    for run in _RUN.finditer(plain):
        groups = [match.span() for match in _GROUP.finditer(plain, *run.span())]
        found += _phones_of_run(plain, groups, country)
    return found


def _hidden(match: "re.Match[str] | regex.Match[str]") -> str:
    """Return something of the same length that no number is read from."""
    return "x" * len(match[0])


def _phones_of_run(text: str, groups: list[Span], country: str) -> list[Span]:
    found: list[Span] = []
    first = end = 0
    while first < len(groups):
        last = _last_group(text, groups, first, country, is_first=first == end)
        if last is None:
            first += 1
            continue
        begin, stop = _begin(text, groups[first][0]), groups[last][1]
        # A bracket around the whole of it is not its own.
        found.append((begin + (text[begin] == "(" and ")" not in text[begin:stop]), stop))
        first = end = last + 1
    return found


def _begin(text: str, start: int) -> int:
    opening = _OPENING.search(text, max(0, start - 3), start)
    return opening.start() if opening else start


def _last_group(
    text: str, groups: list[Span], first: int, country: str, *, is_first: bool
) -> int | None:
    """Return with which group the longest number ends that begins with this one."""
    start = groups[first][0]
    begin = _begin(text, start)
    not_before = _NOT_BEFORE if begin == start else _NOT_BEFORE_OPENING
    is_glued = text[begin - 1 : begin].isalpha() and bool(
        GLUED.search(text, max(0, begin - 12), begin)
    )
    if not is_glued and not_before.search(text, max(0, begin - 2), begin):
        return None
    is_said = is_glued or _is_said(text, begin)
    if not (is_first or is_said or begin < start or text[start] == "0"):
        return None
    ends = _ends(text, groups[first : first + _MOST_GROUPS], first)
    is_abroad = text.startswith(_exit_code(country), start)
    if text[start] == "0" and begin == start and not is_said and not is_abroad:
        usual = _lengths(country)
        ends = {
            last: digits
            for last, digits in ends.items()
            if digits in usual or digits - len(_trunk(country) or "0") in usual
        }
    if not ends or _is_case_number(text, begin, groups[next(iter(ends))][1]):
        return None
    for last in ends:
        # What follows such a number may be an hour or a count, but no third part of a sum.
        is_last = last + 1 == len(groups) or groups[last + 1][1] - groups[last + 1][0] < 3
        if _is_phone(text, (begin, groups[last][1]), country, is_alone=is_first and is_last):
            return last
    if is_said:
        return next((n for n in ends if _is_local(text[begin : groups[n][1]])), None)
    return None


def _is_said(text: str, begin: int) -> bool:
    before = text[max(0, begin - 40) : begin]
    # Looking for the words is dear, and in a row of numbers none can stand.
    return not before.rstrip(" .:/")[-1:].isdecimal() and bool(SAYS_PHONE.search(before))


def _ends(text: str, groups: list[Span], first: int) -> dict[int, int]:
    """Return with which groups a number may end and how many digits it has, the longest first."""
    ends = {}
    digits = 0
    for last, (start, stop) in enumerate(groups, first):
        digits += stop - start
        if digits > _LONGEST:
            break
        if digits > 5 and not _NOT_AFTER.match(text, stop):
            ends[last] = digits
    return dict(reversed(ends.items()))


def _is_case_number(text: str, begin: int, stop: int) -> bool:
    return text[begin:stop].isdecimal() and bool(
        CASE_NUMBER.search(text, max(0, begin - 40), begin)
    )


def _is_local(written: str) -> bool:
    """Say whether it can be a number without an area code."""
    groups = _GROUP.findall(written)
    return 6 <= sum(map(len, groups)) <= 11 and min(map(len, groups)) > 1


def _is_phone(text: str, span: Span, country: str, *, is_alone: bool) -> bool:
    written = text[slice(*span)]
    groups = _GROUP.findall(_TRUNK_IN_BRACKETS.sub("", written))
    digits, lengths = "".join(groups), tuple(map(len, groups))
    exit_code = _exit_code(country)
    # Behind "00 " begins the number as behind a plus.
    parts = lengths[1:] if groups[0] == exit_code else lengths
    if not 8 <= len(digits) <= _LONGEST or min(parts[2:], default=2) < 2:
        return False
    if "+" in written[:3]:
        return _is_international(digits, lengths)
    if digits.startswith(exit_code):
        return _is_international(digits[len(exit_code) :], lengths, is_marked=len(lengths) > 1)
    if min(lengths[1:], default=2) < 2 or COUNTS.match(text, span[1]):
        return False
    if digits[0] == "0" and lengths[0] > 1 and _code(country) != 1:
        return _has_trunk_code(digits, country) and not _are_drawn(groups)
    return (is_alone or written[0] == "(") and (
        _is_bare(written, digits, lengths, country) or _is_behind_a_code(written, digits, country)
    )


def _are_drawn(groups: list[str]) -> bool:
    """Say whether these are the numbers of a lottery: in pairs, rising, 50 at most."""
    return (
        set(map(len, groups)) == {2}
        and groups[-1] <= "50"
        and all(one < other for one, other in pairwise(groups))
    )


def _is_international(digits: str, lengths: tuple[int, ...], *, is_marked: bool = True) -> bool:
    code = next((n for n in (1, 2, 3) if int(digits[:n]) in COUNTRY_CODE_TO_REGION_CODE), None)
    if code is None or digits[0] == "0":
        return False
    national, regions = digits[code:], COUNTRY_CODE_TO_REGION_CODE[int(digits[:code])]
    is_sum = lengths[0] < 4 and len(lengths) > 1 and set(lengths[1:]) == {3}
    if is_marked and not is_sum:
        return any(len(national.lstrip("0")) in _lengths(region) for region in regions)
    return any(_is_given(national, region) for region in regions)


def _has_trunk_code(digits: str, country: str) -> bool:
    """Say whether it is a number with 0 in front; those given to nobody (drama) have its shape."""
    if digits[1] == "0" or digits == "0123456789":
        return False
    national = digits.removeprefix(_trunk(country) or "0")
    return _is_given(digits, country) or (
        _trunk(country) != ""
        and (_is_given(national, country) or len(national) in _lengths(country, "mobile"))
    )


def _is_bare(written: str, digits: str, lengths: tuple[int, ...], country: str) -> bool:
    """Say whether it is a number of a country that writes none in front."""
    if lengths not in _GROUPINGS.get(len(digits), ()):
        return False
    if _code(country) == 1:
        digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
        is_shaped = lengths[-3:] == (3, 3, 4) and digits[0] > "1" and len(digits) == 10
        return is_shaped or _is_given(digits, country)
    if country in _MOBILES_BARE:
        return _is_given(digits, country, "any" if "(" in written else "mobile")
    if _trunk(country) or (lengths == (3, 3, 3) and "." in written):
        return False
    kind = "mobile" if len(lengths) == 1 and country in _MOBILES_UNBROKEN else "any"
    return _is_given(digits, country, kind)


def _is_behind_a_code(written: str, digits: str, country: str) -> bool:
    """Say whether it begins as the country's numbers do from abroad, or with 8 as in Russia."""
    codes = (str(_code(country)), _trunk(country), "8" if country == "LT" else "")
    kind = "any" if "(" in written else "mobile"
    return any(
        digits.startswith(code) and _is_given(digits.removeprefix(code), country, kind)
        for code in codes
        if code not in ("", "0", "1")
    )


@cache
def _code(country: str) -> int:
    found = (code for code, regions in COUNTRY_CODE_TO_REGION_CODE.items() if country in regions)
    return next(found, 0)


def _exit_code(country: str) -> str:
    return "011" if _code(country) == 1 else "00"


@cache
def _trunk(country: str) -> str:
    """Return what is dialled before a number inside the country."""
    plan = PhoneMetadata.metadata_for_region(country)
    return (plan.national_prefix if plan else None) or ""


@cache
def _lengths(region: str, kind: str = "general_desc") -> frozenset[int]:
    """Return how many digits a whole number of the region has, without a prefix."""
    plan = PhoneMetadata.metadata_for_region_or_calling_code(_code(region), region)
    of_kind = getattr(plan, kind) if plan else None
    return frozenset(n for n in of_kind.possible_length if n > 5) if of_kind else frozenset()


@cache
def _numbers(region: str, kind: str) -> "re.Pattern[str] | None":
    plan = PhoneMetadata.metadata_for_region(region)
    kinds = [getattr(plan, name) for name in (_TYPES if kind == "any" else (kind,))] if plan else []
    shapes = [one.national_number_pattern for one in kinds if one and one.national_number_pattern]
    return re.compile("|".join(f"(?:{shape})" for shape in shapes)) if shapes else None


def _is_given(national: str, region: str, kind: str = "any") -> bool:
    numbers = _numbers(region, kind)
    return bool(numbers and numbers.fullmatch(national))
