"""What could lead to a person, taken out of the words: mails, phones, cards, numbers, handles.

Names and street addresses are not found: no rule tells them from the places an agency wants to
read of. A marker in its stead says what stood there: [mail], [phone], [card], [iban], [id], [ip]
or [handle].
"""

import re
from collections.abc import Callable
from functools import cache, partial
from ipaddress import IPv4Address, IPv6Address

import msgspec
import pandas as pd
import regex
from phonenumbers import PhoneNumberMatcher
from stdnum import iban, luhn

from contract.post import Link, Media, Tag
from transforms.identity_numbers import IDENTITY_NUMBERS
from transforms.links import ADDRESS

Rule = Callable[[str], tuple[str, int]]
"""Returns the text with a marker for each find, and how many there were."""
Check = Callable[[str], bool]

# Cheap looks before the dear ones: most posts hold nothing.
_AT_SIGN_OR_WORD = re.compile(r"[@＠]|at ?[\])}]|\sdot\s", re.IGNORECASE)
_HANDLE_SIGN = re.compile("[@＠]|u/")
_SIX_DIGITS = re.compile(r"(?:\d\D*){5}\d")
_SEVEN_DIGITS = re.compile(r"\d(?:[^\w\n]{0,4}\d){6}")
_DOTS_OR_COLONS = re.compile(r"\.\d+\.|:[\da-f]{0,4}:", re.IGNORECASE)

_LOCAL = r"\w.!$%'*+^`{|}~-"
_HOST = r"(?!\dx\.)(?:[\w-]{1,63}\.){1,8}(?:xn--[\w-]+|[^\W\d_]{2,})"
_AT, _DOT = (rf"\s?[\[({{]\s?{word}\s?[\])}}]\s?" for word in ("at", "dot"))
_MAIL = regex.compile(
    rf"(?<![{_LOCAL}])[{_LOCAL}]++"
    rf"(?:(?:[@＠]|{_AT}){_HOST}|(?:{_AT}|\sat\s)[\w-]{{1,63}}(?:(?:{_DOT}|\sdot\s)[\w-]{{2,63}})+)",
    regex.IGNORECASE,
)
_ACCOUNT = regex.compile(r"[@＠][\w.-]{1,64}[@＠][\w.-]{0,253}\w")
_NO_HANDLE = r"\d+(?:[.:,]\d+)*(?:[ap]m|h|px|x|k)?(?!\w)"  # "@10am", "@3.50"
_HANDLE = regex.compile(
    rf"(?<![\w@＠/.])[@＠](?!{_NO_HANDLE})\w(?:[\w.-]{{0,253}}\w)?(?::{_HOST})?"
    r"|(?<![\w/.])/?u/[\w-]{3,20}\b"
)
_URL_SUSPECT = re.compile(r"[@＠]|%40|wa\.me/|t\.me/|[?&](?:phone|tel|mobile)=", re.IGNORECASE)
_USER_OF_URL = regex.compile(r"(?<=://)[^\s/?#]+@")
_MAIL_IN_URL = regex.compile(rf"[\w.!+~-]{{1,64}}(?:@|%40){_HOST}", regex.IGNORECASE)
_PHONE_IN_URL = regex.compile(
    r"(//(?:wa\.me|t\.me)/|[?&](?:phone|tel|mobile)=)(?:\+|%2B)?\d{7,15}(?!\w)", regex.IGNORECASE
)
_IBAN = regex.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z\d]){11,40}", regex.IGNORECASE)
_DIGIT_GROUPS = regex.compile(r"(?<![\w.])\d{4,19}(?:[ -]\d{1,19})*(?!\w)")
_CARD_BEGINS = regex.compile(r"2[2-7]|[3-6]")
_GROUP = regex.compile(r"\d+")
_IPV4 = regex.compile(
    r"(?<![\w.]|(?:\b(?:v|ver|version|release|build|firmware|section|clause|chapter|policy)|§)[.:]?\s?)"
    r"\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)",
    regex.IGNORECASE,
)
_IPV6 = regex.compile(
    r"(?<![\w:.])(?:[23][\da-f]{3}|f[cd][\da-f]{2}|fe[89ab][\da-f]):[\da-f:]{2,34}(?![\w:])",
    regex.IGNORECASE,
)
_INTERNATIONAL = regex.compile(r"(?<![\w+])\+[1-9](?:[ ()/-]{0,2}\d){7,13}(?!\w)")
# Numbers of a country's plan that are given to nobody (drama, tests) are shaped as others are.
_PHONE_SHAPES = {
    "GB": regex.compile(
        r"(?<![\w.-]|\d,)\(?0(?:\d{2}\)?[ -]?\d{4}[ -]?\d{4}|\d{3}\)?[ -]?\d{3}[ -]?\d{4}"
        r"|\d{4}\)?[ -]?(?:\d{3}[ -]?\d{3}|\d{5,6}))(?![\w-])"
    ),
    "US": regex.compile(
        r"(?<![\w.-])(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])"
    ),
}
_PHONE_SHAPES["CA"] = _PHONE_SHAPES["US"]
_CASE_NUMBER = regex.compile(
    r"(?:#|№|\b(?:case|ref|reference|ticket|order|invoice|permit|report)\b)"
    r"[ .:#-]*(?:(?:no|nr|number|id)\b)?[ .:#-]*$",
    regex.IGNORECASE,
)
_DECIMAL = regex.compile(r"\d{1,3}\.\d{4,}")


def redact(batch: pd.DataFrame, country: str) -> pd.DataFrame:
    """Return the batch with title, text, tags, links and media redacted, `redactions` counted.

    `country` (ISO 3166-1) decides how phones without a country code and personal numbers are
    written. Long numbers inside an address stay, because they are the ids of pages; a tag that
    holds something personal goes. Redacting twice changes nothing.
    """
    columns = ["title", "text", "tags", "links", "media", "redactions"]
    rows = [_redacted_row(*row, country=country) for row in batch[columns].itertuples(index=False)]
    titles, texts, tags, links, media, counts = zip(*rows, strict=True) if rows else ((),) * 6
    return batch.assign(
        title=pd.Series(titles, index=batch.index, dtype="str"),
        text=pd.Series(texts, index=batch.index, dtype="str"),
        tags=pd.Series(tags, index=batch.index, dtype=object),
        links=pd.Series(links, index=batch.index, dtype=object),
        media=pd.Series(media, index=batch.index, dtype=object),
        redactions=pd.Series(counts, index=batch.index, dtype="int64"),
    )


def redact_text(text: str, country: str) -> tuple[str, int]:
    """Return the text with a marker for each thing that leads to a person, and their number."""
    total = 0
    # Again until nothing is found: a marker may part what hid another find. Each one takes a
    # digit or a sign away and brings none, so this ends.
    while True:
        text, count = _redacted_once(text, _rules(country))
        if not count:
            return text, total
        total += count


def redact_url(url: str) -> tuple[str, int]:
    """Return the address without a user name, and with markers for mails, accounts and phones."""
    if not _URL_SUSPECT.search(url):
        return url, 0
    total = 0
    for pattern, marker in (
        (_USER_OF_URL, ""),
        (_ACCOUNT, "[handle]"),
        (_MAIL_IN_URL, "[mail]"),
        (_PHONE_IN_URL, r"\1[phone]"),
    ):
        url, count = pattern.subn(marker, url)
        total += count
    return url, total


def _redacted_row(
    title: str | float | None,
    text: str,
    tags: tuple[Tag, ...],
    links: tuple[Link, ...],
    media: tuple[Media, ...],
    redactions: int,
    *,
    country: str,
) -> tuple[str | None, str, tuple[Tag, ...], tuple[Link, ...], tuple[Media, ...], int]:
    shown, in_title = redact_text(title, country) if isinstance(title, str) else (None, 0)
    text, in_text = redact_text(text, country)
    kept = tuple(tag for tag in tags if not redact_text(tag.tag, country)[1])
    clean: dict[str, Link] = {}
    in_links = 0
    for link in links:
        url, count = redact_url(link.url)
        canonical = redact_url(link.canonical_url)[0]
        in_links += count
        clean.setdefault(canonical, Link(url=url, canonical_url=canonical, domain=link.domain))
    seen, in_media = _redacted_media(media, country) if media else (media, 0)
    count = redactions + in_title + in_text + len(tags) - len(kept) + in_links + in_media
    return shown, text, kept, tuple(clean.values()), seen, count


def _redacted_media(media: tuple[Media, ...], country: str) -> tuple[tuple[Media, ...], int]:
    clean, total = [], 0
    for one in media:
        url, in_url = redact_url(one.url)
        alt_text, in_text = redact_text(one.alt_text or "", country)
        clean.append(msgspec.structs.replace(one, url=url, alt_text=alt_text or None))
        total += in_url + in_text
    return tuple(clean), total


def _redacted_once(
    text: str, rules: "tuple[tuple[re.Pattern[str], tuple[Rule, ...]], ...]"
) -> tuple[str, int]:
    """Return the text after one round: rules for words, and between them those for addresses."""
    parts, total, end = [], 0, 0
    for start, stop in [*(match.span() for match in ADDRESS.finditer(text)), (len(text),) * 2]:
        words = text[end:start]
        for hint, behind_it in rules:
            if hint.search(words):
                for rule in behind_it:
                    words, count = rule(words)
                    total += count
        url, count = redact_url(text[start:stop])
        total += count
        parts += [words, url]
        end = stop
    return "".join(parts), total


@cache
def _rules(country: str) -> "tuple[tuple[re.Pattern[str], tuple[Rule, ...]], ...]":
    """Return the rules, each behind what has to be there for it, in the order that counts.

    The longest kinds come first, handles last.
    """
    numbers = [
        _rule(pattern, "[id]", check) for pattern, check in IDENTITY_NUMBERS.get(country, ())
    ]
    ips = [
        _rule(_IPV4, "[ip]", partial(_is_address, IPv4Address)),
        _rule(_IPV6, "[ip]", partial(_is_address, IPv6Address)),
    ]
    return (
        (_AT_SIGN_OR_WORD, (_rule(_ACCOUNT, "[handle]"), _rule(_MAIL, "[mail]"))),
        (_SIX_DIGITS, (_ibans, _cards, *numbers)),
        (_DOTS_OR_COLONS, tuple(ips)),
        (_SEVEN_DIGITS, (partial(_phones, country=country),)),
        (_HANDLE_SIGN, (_rule(_HANDLE, "[handle]"),)),
    )


def _rule(pattern: "regex.Pattern[str]", marker: str, check: Check = lambda _: True) -> Rule:
    def rule(text: str) -> tuple[str, int]:
        spans = [match.span() for match in pattern.finditer(text) if check(match[0])]
        return _marked(text, spans, marker)

    return rule


def _marked(text: str, spans: list[tuple[int, int]], marker: str) -> tuple[str, int]:
    parts, end = [], 0
    for start, stop in spans:
        parts += [text[end:start], marker]
        end = stop
    return "".join([*parts, text[end:]]) if spans else text, len(spans)


def _is_address(kind: type[IPv4Address] | type[IPv6Address], text: str) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True


def _ibans(text: str) -> tuple[str, int]:
    """Mark account numbers; words in capitals may follow one, so shorter readings are tried."""
    spans = []
    for match in _IBAN.finditer(text):
        start, found = match.start(), match[0]
        ends = (n for n in range(len(found), 14, -1) if not found[n : n + 1].isalnum())
        length = next((n for n in ends if iban.is_valid(found[:n])), 0)
        if length:
            spans.append((start, start + length))
    return _marked(text, spans, "[iban]")


def _cards(text: str) -> tuple[str, int]:
    """Mark card numbers: 13 to 19 digits that pass Luhn's check, in groups of four or more."""
    spans = []
    for run in _DIGIT_GROUPS.finditer(text):
        groups = [match.span() for match in _GROUP.finditer(text, *run.span())]
        first = 0
        while first < len(groups):
            last = _card_end(text, groups, first)
            if last is not None:
                spans.append((groups[first][0], groups[last][1]))
            first = first + 1 if last is None else last + 1
    return _marked(text, spans, "[card]")


def _card_end(text: str, groups: list[tuple[int, int]], first: int) -> int | None:
    for last in range(min(first + 5, len(groups)) - 1, first - 1, -1):
        card = "".join(text[start:stop] for start, stop in groups[first : last + 1])
        is_grouped = all(stop - start >= 4 for start, stop in groups[first:last])
        if (
            is_grouped
            and 13 <= len(card) <= 19
            and _CARD_BEGINS.match(card)
            and luhn.is_valid(card)
        ):
            return last
    return None


def _phones(text: str, country: str) -> tuple[str, int]:
    """Mark numbers of the telephone plans and numbers shaped like them."""
    given = [(match.start, match.end) for match in PhoneNumberMatcher(text, country)]
    text, total = _marked(text, [span for span in given if _is_phone(text, *span)], "[phone]")
    for pattern in (_INTERNATIONAL, _PHONE_SHAPES.get(country)):
        shaped = [match.span() for match in pattern.finditer(text)] if pattern else []
        text, count = _marked(text, [span for span in shaped if _is_phone(text, *span)], "[phone]")
        total += count
    return text, total


def _is_phone(text: str, start: int, stop: int) -> bool:
    """Say whether it is neither a decimal such as a latitude nor an unbroken case number."""
    number = text[start:stop]
    if number.isdecimal():
        return not _CASE_NUMBER.search(text, max(0, start - 40), start)
    return not _DECIMAL.fullmatch(number)
