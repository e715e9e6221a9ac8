"""Numbers of cards and bank accounts, and addresses of computers, in running text."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import regex
from stdnum import iban, luhn

from transforms.spans import LATIN, Span

_IBAN = regex.compile(
    rf"(?:(?<![{LATIN}])|(?<=\bIBAN))[A-Z]{{2}}\d{{2}}(?:[ .-]?[A-Z\d]){{11,40}}", regex.IGNORECASE
)
_MAY_BE_IBAN = re.compile(r"[^\W\d_]{2}\d\d")
_DIGIT_GROUPS = re.compile(r"\d{4,19}(?:[ .-]\d{3,19})*")
_NOT_BEFORE_CARD = re.compile(rf"(?:[{LATIN}.,]|[{LATIN}]-)\Z")
_SAYS_CARD = re.compile(
    r"\b(?:visa|mastercard|amex|maestro|card|karte|carte|tarjeta|karta|kart[aęą])\Z", re.IGNORECASE
)
_LETTER = re.compile(rf"[{LATIN}]")
_GROUP = re.compile(r"\d+")
_CARDS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d|222[1-9]|22[3-9]|2[3-6]\d|27[01]|2720)\d+(?<=^\d{16})"
    r"|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|(?:6011|64[4-9]|65|35)\d+(?<=^\d{16})"
    r"|(?:50|5[6-9]|6[2379])\d{14,17}"
)
"""How the numbers of Visa, Mastercard, Amex, Diners, Discover, JCB, Maestro, UnionPay begin."""
_IPV4 = re.compile(
    rf"(?<![{LATIN}.])\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?:(?=:\d)|(?![{LATIN}]|\.\d|:[{LATIN}]))",
)
_VERSION = re.compile(
    r"\b(?:v|ver|versión|version|wersja|release|build|firmware|section|clause|chapter|policy"
    r"|abschnitt|kapitel|chapitre|sección|python|chrome|safari|firefox|ios|android|windows"
    r"|rozdział|art|§+)[.:/]?\s?$|§\s?$",
    re.IGNORECASE,
)
_NOBODYS_IPV4 = re.compile(r"(?:127|255|0|10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.|(?:\d\.){3}\d$")
"""Masks, addresses inside any home or office, and what rather is a section: 4.3.2.1."""
_IPV6 = re.compile(
    rf"(?<![{LATIN}:.])(?:[23][\da-f]{{3}}|f[cd][\da-f]{{2}}|fe[89ab][\da-f]):[\da-f:]{{2,34}}"
    rf"(?![{LATIN}:])",
    re.IGNORECASE,
)


def find_ibans(text: str) -> list[Span]:
    """Return where account numbers stand that pass their check, in capitals or not."""
    spans: list[Span] = []
    if not _MAY_BE_IBAN.search(text):
        return spans
    for match in _IBAN.finditer(text):
        start, found = match.start(), match[0]
        # Words may follow one, so shorter readings are tried.
        ends = (n for n in range(len(found), 14, -1) if not found[n : n + 1].isalnum())
        length = next((n for n in ends if iban.is_valid(found[:n].replace(".", " "))), 0)
        if length:
            spans.append((start, start + length))
    return spans


def find_cards(text: str) -> list[Span]:
    """Return where card numbers stand: an issuer's digits that pass Luhn's check."""
    spans = []
    for run in _DIGIT_GROUPS.finditer(text):
        groups = [match.span() for match in _GROUP.finditer(text, *run.span())]
        first = 0
        while first < len(groups):
            last = _card_end(text, groups, first)
            if last is not None:
                spans.append((groups[first][0], groups[last][1]))
            first = first + 1 if last is None else last + 1
    return spans


def _card_end(text: str, groups: list[Span], first: int) -> int | None:
    begin = groups[first][0]
    if text[begin] not in "23456":
        return None
    is_glued = _NOT_BEFORE_CARD.search(text, max(0, begin - 2), begin)
    if is_glued and not _SAYS_CARD.search(text, max(0, begin - 12), begin):
        return None
    for last in range(min(first + 5, len(groups)) - 1, first - 1, -1):
        stop = groups[last][1]
        digits = sum(b - a for a, b in groups[first : last + 1])
        if not 13 <= digits <= 19 or _LETTER.match(text, stop):
            continue
        card = "".join(_GROUP.findall(text[begin:stop]))
        is_grouped = all(b - a >= 4 for a, b in groups[first:last])
        if is_grouped and _CARDS.fullmatch(card) and luhn.is_valid(card):
            return last
    return None


def find_ips(text: str) -> list[Span]:
    """Return where addresses of computers stand, but not versions, sections and masks."""
    return [
        *(m.span() for m in _IPV4.finditer(text) if _is_ipv4(text, m)),
        *(m.span() for m in _IPV6.finditer(text) if _is(IPv6Address, m[0])),
    ]


def _is_ipv4(text: str, match: "re.Match[str]") -> bool:
    start = match.start()
    return (
        not _NOBODYS_IPV4.match(match[0])
        and not _VERSION.search(text, max(0, start - 12), start)
        and _is(IPv4Address, match[0])
    )


def _is(kind: type[IPv4Address] | type[IPv6Address], text: str) -> bool:
    try:
        kind(text)
    except AddressValueError:
        return False
    return True
