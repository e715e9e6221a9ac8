"""Mail addresses and the names of accounts in running text."""

import re
from collections.abc import Iterable

import regex

from transforms.spans import LATIN, Span

_LOCAL = r"\w.!$%&/'*+^`~-"
HOST = r"(?!\dx\.)(?:[\w-]{1,63}\.){1,8}(?:xn--[\w-]+|[a-z]{2,}(?![à-ɏ])|[^\W\d_]{2,})"
_IN_BRACKETS = r"\s?[\[({{<]\s?(?:{})\s?[\])}}>]\s?".format
_AT = _IN_BRACKETS("at|ät|@|arroba|arobase|małpa")
_DOT = rf"(?:{_IN_BRACKETS('dot|punkt|punto|point|kropka')}|\s(?:dot|punkt|punto|point|kropka)\s)"
# "at" is a word of its own, so what follows has to end as addresses do: "at polka dot in" does not.
_ENDING = (
    r"(?:com|org|net|info|eu|edu|gov|io|app|dev|test|example|invalid|online|site"
    r"|uk|ie|de|fr|pl|es|eu|nl|ch|se|dk|fi|cz|pt|ca|au|nz|[a-z]{2}(?!\s\w))"
)
_MAIL = regex.compile(
    rf"(?<![{_LOCAL}])(?:[{_LOCAL}]++(?:\"[{_LOCAL}]{{1,64}}\")?|\"[ {_LOCAL}]{{1,64}}\")@{HOST}",
    regex.IGNORECASE,
)
_PROVIDER = (
    r"(?:g(?:oogle)?mail|outlook|hotmail|yahoo|icloud|aol|gmx|web|proton(?:mail)?|posteo|t-online"
    r"|btinternet|wanadoo|laposte|wp|o2|onet|interia)(?:\.[a-z]{2,3}){1,2}(?![\w-])"
)
# A name before "at" holds what no word does, or what follows is nothing but mail.
_AT_HOST = regex.compile(
    rf"(?<![{_LOCAL}])(?:(?=[\w+-]*?[._\d])(?!www\.|v?[\d.,]+\s)(?=[\w.+-]*?[^\W\d_])[\w.+-]*+(?<!\.)"
    rf"\s(?:at|ät)\s{HOST}(?!\w)"
    rf"|(?!(?:me|us|an?|any|the|my|your|mail|e-?mails?|it|look|available|account)\s)[\w.+-]++"
    rf"(?:\s(?:at|ät)\s|\s@\s?|@\s){_PROVIDER})",
    regex.IGNORECASE,
)
_SPACED = regex.compile(
    r"(?<![\w.+-])(?:[\w+-]++(?:[._+-][\w+-]++)+"
    r"|(?<=\b(?:e-?mails?|mail|write|schreib\w{0,4}|écri\w{1,6}|escrib\w{1,4}|na?pisz)\W{1,3}"
    r"(?:(?:to|me|us|at|an|à|a|na|do)\W{1,2})?)[\w+-]++)"
    r"\s?@\s?[\w-]{1,63}(?:\s?\.\s?[\w-]{2,63}){1,4}(?![\w-])",
    regex.IGNORECASE,
)
_SPELT = regex.compile(
    rf"(?<![{_LOCAL}])(?:"
    rf"[{_LOCAL}]++(?:{_AT}{HOST}|{_AT}[\w-]{{1,63}}(?:{_DOT}[\w-]{{2,63}})+)"
    rf"|[{_LOCAL}]++\s(?:arroba|arobase|małpa|ät|klammeraffe)\s[\w-]{{1,63}}"
    rf"(?:(?:{_DOT}|\.)[\w-]{{2,63}})+"
    rf"|(?:[\w-]{{1,30}}\s(?:dot|punkt|punto|kropka)\s){{0,2}}[{_LOCAL}]++\s(?:at|@)\s"
    r"(?!(?:the|a|an|this|our|that)\s)[\w-]{1,63}"
    rf"(?:{_DOT}[\w-]{{2,63}})*{_DOT}{_ENDING}(?![\w-])"
    rf"|[{_LOCAL}]++@[\w-]{{1,63}}(?:{_DOT}[\w-]{{2,63}})+(?![\w-]))",
    regex.IGNORECASE,
)
_ACCOUNT = re.compile(r"@[\w.-]{1,64}@[\w.-]{0,253}\w")
_NO_HANDLE = r"\d+(?:[.:,]\d+)*(?:[ap]m|h|uhr|px|x|k|fps|hz|ghz|mhz)?"  # "@10am", "@3.50"
_IN_CODE = (
    r"override|classmethod|staticmethod|property|param|returns?|deprecated|echo|media|import|include"
    r"|keyframes|string|integer|drawable|gmail\.com|hotmail\.com|outlook\.com|yahoo\.com"
)
_GLUED = "|".join(rf"(?<=\b{word}@)" for word in ("cc", "by", "via", "dm", "from", "hi", "thanks"))
_HANDLE = re.compile(
    rf"@(?:(?<![{LATIN}@/]@)|{_GLUED})"
    r"(?<!\w\.@)(?<!=[\"']@)"
    rf"(?!(?i:{_NO_HANDLE}|{_IN_CODE})(?!\w))(?!\w+(?:\([\"']|=))"
    rf"\w(?:[\w.-]{{0,253}}\w)?(?::{HOST})?"
)
_REDDITOR = re.compile(rf"(?<![{LATIN}/.])(?:/?u/[\w-]{{3,20}}\b)+")

_BRACKETED = re.compile(r"[\[({<]\s?(?:[Aa][Tt]|[Ää][Tt]|@|arr|aro|mał)")
# A sign with nothing before and a name behind it begins a handle, and all others may be mails.
_NO_HANDLES = re.compile(rf"@(?<=[^\s(]@)|@\s|@(?i:{_PROVIDER})")
_SAYS_AT_OR_DOT = re.compile(" (?:[aä]t|dot|punkt|kropka) ")
_SAYS_DOT = re.compile(" (?:dot|punkt|kropka) ")
_MAY_BE_AT_HOST = re.compile(r"\s[aäAÄ][tT]\s[\w-]+\.\w")
_APART = re.compile(r"@\s|@(?<=\s@)[\w-]+\s?\.|@[\w-]+\s\.")


def may_spell_a_mail(text: str) -> bool:
    """Return whether there is a sign or a word that every mail address needs."""
    return "@" in text or may_be_in_words(text)


def may_be_in_words(text: str) -> bool:
    """Return whether a mail address may be spelt in words or brackets.

    Where none is, none is in any part of the text, nor once there are markers in it.
    """
    lower = text.lower()
    return bool(
        (_SAYS_AT_OR_DOT.search(lower) and _may_say_at_or_dot(lower))
        or ("roba" in lower and ("arroba" in lower or "arobase" in lower))
        or (("(" in text or "[" in text or "{" in text or "<" in text) and _BRACKETED.search(text))
        or (not lower.isascii() and "małpa" in lower)
    )


def _may_say_at_or_dot(lower: str) -> bool:
    return _SAYS_DOT.search(lower) is not None or _MAY_BE_AT_HOST.search(lower) is not None


def may_name_an_account(text: str) -> bool:
    """Return whether there is a sign that every name of an account needs."""
    return "@" in text or ("/" in text and "u/" in text)


def find_accounts(text: str) -> list[Span]:
    """Return where accounts of another server stand: @name@server."""
    return [match.span() for match in _ACCOUNT.finditer(text)] if text.count("@") > 1 else []


def find_mails(text: str) -> list[Span]:
    """Return where mail addresses stand, those spelt with spaces, brackets or words included."""
    if may_be_in_words(text):
        return [*find_signed_mails(text), *_found((_SPELT, _AT_HOST), text)]
    return find_signed_mails(text)


def find_signed_mails(text: str) -> list[Span]:
    """Return where mail addresses stand that have their sign, with spaces around it too."""
    if not _NO_HANDLES.search(text):
        return []
    return _found((_MAIL, _SPACED, _AT_HOST) if _APART.search(text) else (_MAIL,), text)


def _found(patterns: "Iterable[regex.Pattern[str]]", text: str) -> list[Span]:
    return [_without_quotes(match) for each in patterns for match in each.finditer(text)]


def _without_quotes(match: "regex.Match[str]") -> Span:
    return match.end() - len(match[0].lstrip("'*`^&/")), match.end()


def find_handles(text: str) -> list[Span]:
    """Return where names of accounts stand: @name, @name:server, u/name."""
    found = [match.span() for match in _HANDLE.finditer(text)] if "@" in text else []
    if "u/" in text:
        found += (match.span() for match in _REDDITOR.finditer(text))
    return found
