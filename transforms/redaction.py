"""What could lead to a person, taken out of the words: mails, phones, cards, numbers, houses.

A marker in its stead says what stood there: [mail], [phone], [card], [iban], [id], [ip], [handle]
or [address]. Names are not found: no rule tells them from the places an agency wants to read of.
docs/redaction.md says what is found in which countries, and how well.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache, partial
from itertools import chain, compress, zip_longest

import msgspec
import pandas as pd
import regex

from contract.batch import values_of
from contract.post import Link, Media, Tag
from transforms.accounts import (
    HOST,
    find_accounts,
    find_handles,
    find_mails,
    find_signed_mails,
    may_be_in_words,
    may_name_an_account,
    may_spell_a_mail,
)
from transforms.digits import digits_in, has_digit
from transforms.identity_numbers import find_identity_numbers
from transforms.links import LONGEST_URL, parted
from transforms.long_numbers import find_cards, find_ibans, find_ips
from transforms.phones import find_phones
from transforms.plain_characters import in_plain_characters
from transforms.spans import LATIN, Span, apart, marked
from transforms.street_addresses import find_addresses

Finder = Callable[[str], Sequence[Span]]
"""Returns where things of one kind stand in a text of plain characters."""
Look = Callable[[str], object]
"""Says cheaply whether a finder may find anything: most posts hold nothing."""
Kinds = tuple[tuple[Look, tuple[tuple[str, Finder], ...]], ...]
"""Markers with their finders, each behind what has to be there for it."""

_MOST_ROUNDS = 8

_SIX_DIGITS = re.compile(r"\d(?:\D{0,4}\d){5}")
_THREE_DOTS = re.compile(r"\d\.\d{1,3}\.\d{1,3}\.\d")

_KEYCAPS = re.compile("(?:[0-9]\ufe0f?\u20e3 ?){6,}")
_KEYCAP = re.compile("\ufe0f?\u20e3")

_PLAIN_URL = re.compile(rf"[!-~{LATIN}]+")

# In lower case, because ignoring the case is dear.
_ESCAPED_AT = re.compile(r"%(?:25)*40")
_QUERY_SIGN = re.compile(
    r"[?&](?:\w{1,20}_)?(?:phone|tel|mob|handy|whatsapp|cell|contact|q=|query=|s=|search=|text=)"
)
_URL_ACCOUNT = re.compile(r"[@＠][\w.-]{1,64}[@＠][\w.-]{0,253}\w")
_URL_USER = re.compile(r"(?<=://)[^\s/?#]+@")
_URL_MAIL = regex.compile(rf"[\w.!+~-]{{1,64}}(?:[@＠]|%(?:25){{0,9}}40){HOST}", regex.IGNORECASE)
_URL_PHONE = regex.compile(
    r"(//(?:wa\.me|t\.me)/|\btel:"
    r"|[?&](?:\w{1,20}_)?(?:phone|tel|mob|handy|whatsapp|cell|contact)\w{0,12}="
    r"|[?&](?:q|query|s|search|text)=(?:[^&#\d]{0,80}(?:[+ ]|%20))?(?=0|\+|%2B))"
    r"(?:[+( ]|%2B|%20)*+\d(?:(?:%20|[ ().+-]){0,2}\d){6,14}(?!\w)",
    regex.IGNORECASE,
)
_URL_RULES = (
    (_URL_USER, ""),
    (_URL_ACCOUNT, "[handle]"),
    (_URL_MAIL, "[mail]"),
    (_URL_PHONE, r"\1[phone]"),
)


def redact(batch: pd.DataFrame, country: str) -> pd.DataFrame:
    """Return the batch with title, text, tags, links and media redacted, `redactions` counted.

    `country` (ISO 3166-1) decides how phones without a country code, personal numbers and postcodes
    are written. Long numbers inside an address stay, because they are the ids of pages; a tag that
    holds something personal goes. Redacting twice changes nothing.
    """
    counts = batch["redactions"].tolist()
    of_text = partial(redact_text, country=country)
    cleaned: dict[str, pd.Series] = {}
    for column, dtype, clean in (
        ("title", "str", of_text),
        ("text", "str", of_text),
        ("tags", object, partial(_redacted_tags, country=country)),
        ("links", object, _redacted_links),
        ("media", object, partial(_redacted_media, country=country)),
    ):
        values = values_of(batch[column])
        changed = False
        for row in compress(range(len(values)), values):
            values[row], count = clean(values[row])
            if count:
                counts[row] += count
                changed = True
        if changed:
            cleaned[column] = pd.Series(values, index=batch.index, dtype=dtype)
    if not cleaned:
        return batch
    return batch.assign(**cleaned, redactions=pd.Series(counts, index=batch.index, dtype="int64"))


def redact_text(text: str, country: str) -> tuple[str, int]:
    """Return the text with a marker for each thing that leads to a person, and their number."""
    total, may_spell = 0, _may_spell_a_mail_out(text)
    # Again until nothing is found: a marker may part what hid another find.
    for _ in range(_MOST_ROUNDS):
        text, count = _redacted_once(text, country, may_spell=may_spell)
        if not count:
            return text, total
        total += count
    # Nobody writes so but to wear the rules out.
    return "[text]", total


def redact_url(url: str) -> tuple[str, int]:
    """Return the address without a user name, and with markers for mails, accounts and phones."""
    total = 0
    if _may_name_someone(url):
        for pattern, marker in _URL_RULES:
            url, count = pattern.subn(marker, url)
            total += count
    return url, total


def _may_name_someone(url: str) -> bool:
    # Few write a long one again, and thousands of them would fill the memory.
    has_sign = _has_sign if len(url) <= LONGEST_URL else _has_sign.__wrapped__
    return has_sign(url)


@lru_cache(maxsize=8192)
def _has_sign(url: str) -> bool:
    lower = url.lower()
    # One pattern for all would take four times as long.
    return (
        "@" in lower
        or "＠" in lower
        or "tel:" in lower
        or "/wa.me/" in lower
        or "/t.me/" in lower
        or ("%" in lower and _ESCAPED_AT.search(lower) is not None)
        or (("?" in lower or "&" in lower) and _QUERY_SIGN.search(lower) is not None)
    )


def _redacted_tags(tags: tuple[Tag, ...], country: str) -> tuple[tuple[Tag, ...], int]:
    # Letters alone lead to nobody.
    kept = [tag for tag in tags if tag.tag.isalpha() or not redact_text(tag.tag, country)[1]]
    return (tags, 0) if len(kept) == len(tags) else (tuple(kept), len(tags) - len(kept))


def _redacted_links(links: tuple[Link, ...]) -> tuple[tuple[Link, ...], int]:
    if not any(_may_name_someone(link.url) for link in links):
        return links, 0
    clean: dict[str, Link] = {}
    total = 0
    for link in links:
        url, in_url = redact_url(link.url)
        canonical, in_canonical = redact_url(link.canonical_url)
        if in_url or in_canonical:
            link = msgspec.structs.replace(link, url=url, canonical_url=canonical)
        total += in_url or in_canonical
        clean.setdefault(link.canonical_url, link)
    return tuple(clean.values()) if total else links, total


def _redacted_media(media: tuple[Media, ...], country: str) -> tuple[tuple[Media, ...], int]:
    clean, total = [], 0
    for one in media:
        url, in_url = redact_url(one.url)
        alt_text, in_text = redact_text(one.alt_text, country) if one.alt_text else ("", 0)
        licence, in_licence = redact_text(one.licence, country) if one.licence else ("", 0)
        if count := in_url + in_text + in_licence:
            one = msgspec.structs.replace(
                one, url=url, alt_text=alt_text or None, licence=licence or None
            )
        clean.append(one)
        total += count
    return tuple(clean) if total else media, total


def _may_spell_a_mail_out(text: str) -> bool:
    """Return whether any round may find a mail in the text that has no sign of one."""
    is_plain = "\u20e3" not in text and in_plain_characters(text) is text
    return not is_plain or may_be_in_words(text)


def _may_hold_something(text: str, *, may_spell: bool) -> bool:
    return (
        may_name_an_account(text)
        or has_digit(text)
        or "＠" in text
        or (may_spell and may_be_in_words(text))
    )


def _redacted_once(text: str, country: str, *, may_spell: bool) -> tuple[str, int]:
    """Return the text after one round: finders for words, and between them rules for addresses."""
    if "://" not in text:
        if not _may_hold_something(text, may_spell=may_spell):
            return text, 0
        return _redacted_words(text, country, may_spell=may_spell)
    parts = parted(text)
    words, urls, total = list(parts[::2]), [], 0
    for place, address in enumerate(parts[1::2], 1):
        url, count = redact_url(address)
        if not (url.isascii() and url.isprintable()):
            # From the first letter of another script on, it may be words that no space parts
            # from it.
            plain = _PLAIN_URL.match(url)
            end = plain.end() if plain else len(url)
            url, words[place] = url[:end], url[end:] + words[place]
        urls.append(url)
        total += count
    for place, each in enumerate(words):
        if each and _may_hold_something(each, may_spell=may_spell):
            words[place], count = _redacted_words(each, country, may_spell=may_spell)
            total += count
    if not total:
        return text, 0
    return "".join(chain.from_iterable(zip_longest(words, urls, fillvalue=""))), total


def _redacted_words(words: str, country: str, *, may_spell: bool) -> tuple[str, int]:
    if "\u20e3" in words:
        words = _KEYCAPS.sub(lambda digits: _KEYCAP.sub("", digits[0]), words)
    plain = in_plain_characters(words)
    words, plain, total = _replaced(words, plain, _ACCOUNTS if may_spell else _SIGNED)
    if has_digit(plain):
        words, _, more = _replaced(words, plain, _numbers(country))
        total += more
    return words, total


def _replaced(words: str, plain: str, kinds: Kinds) -> tuple[str, str, int]:
    total = 0
    for look, finders in kinds:
        if look(plain):
            for marker, find in finders:
                if found := find(plain):
                    spans = apart(found)
                    redacted = marked(words, spans, marker)
                    plain = redacted if plain is words else marked(plain, spans, marker)
                    words = redacted
                    total += len(spans)
    return words, plain, total


def _has_at_sign(plain: str) -> bool:
    return "@" in plain


# Accounts come before numbers, because their names may hold some; then the longest kinds.
_NAMES = (may_name_an_account, (("[handle]", find_handles),))
_ACCOUNTS: Kinds = (
    (may_spell_a_mail, (("[handle]", find_accounts), ("[mail]", find_mails))),
    _NAMES,
)
_SIGNED: Kinds = (
    (_has_at_sign, (("[handle]", find_accounts), ("[mail]", find_signed_mails))),
    _NAMES,
)
"""Where no mail is spelt out."""


@cache
def _numbers(country: str) -> Kinds:
    in_country = partial(partial, country=country)
    return (
        (_may_hold_an_ip, (("[ip]", find_ips),)),
        (
            _may_hold_a_long_number,
            (
                ("[iban]", find_ibans),
                ("[id]", in_country(find_identity_numbers)),
                ("[card]", find_cards),
                ("[phone]", in_country(find_phones)),
            ),
        ),
        (has_digit, (("[address]", in_country(find_addresses)),)),
    )


def _may_hold_an_ip(plain: str) -> bool:
    has_dots = plain.count(".") > 2 and _THREE_DOTS.search(plain) is not None
    return has_dots or plain.count(":") > 1


def _may_hold_a_long_number(plain: str) -> bool:
    return digits_in(plain) > 5 and _SIX_DIGITS.search(plain) is not None
