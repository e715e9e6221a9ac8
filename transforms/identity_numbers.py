"""Numbers a state or a health service gives a person, country by country."""

from collections.abc import Callable
from functools import cache

import regex
from stdnum.au import tfn
from stdnum.be import nn
from stdnum.bg import egn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ahv
from stdnum.cz import rc
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.ee import ik
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.gr import amka
from stdnum.hr import oib
from stdnum.ie import pps
from stdnum.is_ import kennitala
from stdnum.it import codicefiscale
from stdnum.lt import asmens
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.pt import nif
from stdnum.ro import cnp
from stdnum.se import personnummer
from stdnum.tr import tckimlik

from transforms.spans import LATIN, Span

Check = Callable[[str], bool]
Shape = tuple[str, Check]


def _number(pattern: str) -> str:
    return rf"(?<![{LATIN}.]|\d-)(?:{pattern})(?![{LATIN}]|-\d)"


def _after(words: str, pattern: str) -> str:
    """Return what finds a number that only the word before it tells from others."""
    return (
        rf"\b(?:{words})(?:(?=\d)|\b[^\d\n]{{0,20}}?(?<![{LATIN}.]))(?P<number>{pattern})"
        rf"(?![{LATIN}]|-\d)"
    )


def _dotless(check: Check) -> Check:
    return lambda found: check(found.replace(".", ""))


def _any(_: str) -> bool:
    return True


_PASSPORT: Shape = (
    _after(
        r"passport|reisepass|passeport|pasaporte|paszport\w*|personalausweis\w*|dowód osobisty"
        r"|dowodu(?: osobistego)?|identity card|carte d'identité",
        r"[A-Z]{1,3} ?\d{6,7}|(?=(?:[A-Z]*\d){4})[A-Z\d]{8,10}",
    ),
    _any,
)
_ELEVEN = _number(r"\d{11}")

IDENTITY_NUMBERS: dict[str, tuple[Shape, ...]] = {
    "AU": ((_after(r"TFN|tax file number", r"\d{3} ?\d{3} ?\d{3}"), tfn.is_valid),),
    "AT": ((_after(r"SVNR|SV-?Nr|Sozialversicherungs\w+", r"\d{4} ?\d{6}"), _any),),
    "BE": ((_number(r"\d{2}\.?\d{2}\.?\d{2}[- ]?\d{3}[. ]?\d{2}"), nn.is_valid),),
    "BG": ((_number(r"\d{10}"), egn.is_valid),),
    "BR": ((_number(r"\d{3}\.\d{3}\.\d{3}-\d{2}|\d{11}"), cpf.is_valid),),
    "CA": ((_number(r"\d{3}[ -]\d{3}[ -]\d{3}"), sin.is_valid),),
    "CH": ((_number(r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}"), ahv.is_valid),),
    "CZ": ((_number(r"\d{6}/\d{3,4}"), rc.is_valid),),
    "DE": (
        # One of eleven numbers passes the tax number's check: the grouping or the word must say it.
        (_number(r"\d{2} \d{3} \d{3} \d{3}"), idnr.is_valid),
        (
            _after(r"steuer-?\s?id\w*|idnr|IdNr\.?|steueridentifikations\w+", r"\d(?: ?\d){10}"),
            idnr.is_valid,
        ),
        # pension insurance: area, birthday, first letter of the name, serial number, check digit
        (_number(r"\d{2} ?[0-3]\d[01]\d\d{2} ?[A-Z] ?\d{3}"), _any),
        (_after(r"krankenversicher\w+|versichertennummer|KVNR", r"[A-Z]\d{9}"), _any),
    ),
    "DK": ((_number(r"\d{6}-\d{4}"), cpr.is_valid),),
    "EE": ((_ELEVEN, ik.is_valid),),
    "ES": (
        (_number(r"\d{8}[- ]?[A-Z]|\d{1,2}\.\d{3}\.\d{3}[- ]?[A-Z]"), _dotless(dni.is_valid)),
        (_number(r"[XYZ][- ]?\d{7}[- ]?[A-Z]"), nie.is_valid),
    ),
    "FI": ((_number(r"\d{6}[-+A-FU-Y]\d{3}[\dA-Y]"), hetu.is_valid),),
    "FR": (
        (
            _number(r"[12][ .]?\d{2}[ .]?\d{2}[ .]?(?:\d{2}|2[AB])[ .]?\d{3}[ .]?\d{3}[ .]?\d{2}"),
            _dotless(nir.is_valid),
        ),
    ),
    "GB": (
        # One of eleven ten-digit numbers passes NHS's check: the grouping or the word must say it.
        (_number(r"\d{3}[ -]\d{3}[ -]\d{4}"), nhs.is_valid),
        (_after(r"NHS", r"\d{10}"), nhs.is_valid),
        # National Insurance numbers carry no check digit, but their letters are few.
        (
            _number(
                r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
                r"[ .-]?\d{2}[ .-]?\d{2}[ .-]?\d{2}[ .-]?[A-D]"
            ),
            _any,
        ),
    ),
    "GR": ((_ELEVEN, amka.is_valid),),
    "HR": ((_ELEVEN, oib.is_valid),),
    "IE": ((_number(r"\d{7} ?[A-W][A-IW]?"), pps.is_valid),),
    "IS": ((_number(r"\d{6}-\d{4}"), kennitala.is_valid),),
    "IT": ((_number(r"[A-Z]{6} ?\d{2}[A-Z]\d{2} ?[A-Z]\d{3}[A-Z]"), codicefiscale.is_valid),),
    "LT": ((_ELEVEN, asmens.is_valid),),
    "NL": ((_after(r"BSN|burgerservicenummer", r"\d{9}|\d{4}[. ]\d{2}[. ]\d{3}"), bsn.is_valid),),
    "NO": ((_number(r"\d{6} ?\d{5}"), fodselsnummer.is_valid),),
    "PL": ((_number(r"\d{6} ?\d{5}"), pesel.is_valid),),
    "PT": ((_after(r"NIF|contribuinte", r"\d{3} ?\d{3} ?\d{3}"), nif.is_valid),),
    "RO": ((_number(r"\d{13}"), cnp.is_valid),),
    "SE": ((_number(r"(?:\d{2})?\d{6}[-+]\d{4}"), personnummer.is_valid),),
    "SK": ((_number(r"\d{6}/\d{3,4}"), rc.is_valid),),
    "TR": ((_ELEVEN, tckimlik.is_valid),),
    "US": (
        # Nobody else groups numbers so, and those never given (drama, advertisements) look alike.
        (_number(r"\d{3}-\d{2}-\d{4}"), _any),
        (_after(r"SSN|ITIN|social security(?: number)?", r"\d{3}[ -]?\d{2}[ -]?\d{4}"), _any),
    ),
}
"""For each country that has them: what such a number looks like, and whether it can be one."""


def find_identity_numbers(text: str, country: str) -> list[Span]:
    """Return where personal numbers of the country stand, and passports' of any."""
    return [
        match.span(match.lastgroup or 0)
        for pattern, check in _sought(country)
        for match in pattern.finditer(text)
        if check(match[match.lastgroup or 0])
    ]


@cache
def _sought(country: str) -> tuple[tuple["regex.Pattern[str]", Check], ...]:
    # An agency has one country: to compile what is sought in all takes long.
    shapes = (*IDENTITY_NUMBERS.get(country, ()), _PASSPORT)
    return tuple((regex.compile(pattern, regex.IGNORECASE), check) for pattern, check in shapes)
