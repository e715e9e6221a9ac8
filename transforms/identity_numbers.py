"""Numbers a state or a health service gives a person, country by country."""

from collections.abc import Callable

import regex
from stdnum.be import nn
from stdnum.dk import cpr
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.ie import pps
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.se import personnummer
from stdnum.us import ssn

Check = Callable[[str], bool]


def _number(pattern: str) -> "regex.Pattern[str]":
    return regex.compile(rf"(?<![\w.]|\d-)(?:{pattern})(?![\w]|-\d)", regex.IGNORECASE)


def _any(_: str) -> bool:
    return True


IDENTITY_NUMBERS: dict[str, tuple[tuple["regex.Pattern[str]", Check], ...]] = {
    "BE": ((_number(r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}"), nn.is_valid),),
    "DK": ((_number(r"\d{6}-\d{4}"), cpr.is_valid),),
    "ES": (
        (_number(r"\d{8}-?[A-Z]"), dni.is_valid),
        (_number(r"[XYZ]-?\d{7}-?[A-Z]"), nie.is_valid),
    ),
    "FI": ((_number(r"\d{6}[-+A-F]\d{3}[\dA-Y]"), hetu.is_valid),),
    "FR": ((_number(r"[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}"), nir.is_valid),),
    "GB": (
        # One of eleven ten-digit numbers passes NHS's check: the grouping or the word must say it.
        (_number(r"\d{3}[ -]\d{3}[ -]\d{4}"), nhs.is_valid),
        (_number(r"(?<=\bNHS\b[^\d\n]{0,20})\d{10}"), nhs.is_valid),
        # National Insurance numbers carry no check digit, but their letters are few.
        (
            _number(
                r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
                r"[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D]"
            ),
            _any,
        ),
    ),
    "IE": ((_number(r"\d{7}[A-W][A-IW]?"), pps.is_valid),),
    "IT": ((_number(r"[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]"), codicefiscale.is_valid),),
    "NL": ((_number(r"(?<=\b(?:BSN|burgerservicenummer)\b[^\d\n]{0,20})\d{9}"), bsn.is_valid),),
    "PL": ((_number(r"\d{11}"), pesel.is_valid),),
    "SE": ((_number(r"(?:\d{2})?\d{6}[-+]\d{4}"), personnummer.is_valid),),
    "US": ((_number(r"\d{3}-\d{2}-\d{4}"), ssn.is_valid),),
}
"""For each country that has them: what such a number looks like, and whether it can be one."""
