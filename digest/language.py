"""The languages a digest is written in: messages by catalogue, dates and numbers by locale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

import regex
from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from contract.errors import FixSettings

CATALOGUES: Final = Path(__file__).parent / "words"
"""A `.po` file a language other than English, in which the messages are written."""
LOCALES: Final = {"en": "en_GB", "de": "de_DE"}
"""Languages, and the locale that dates and numbers follow."""
_FROM_RIGHT = regex.compile(r"[\p{bc=R}\p{bc=AL}]")
_ISOLATED = "\u2068{}\u2069"


@dataclass(frozen=True, slots=True)
class Language:
    """Writes messages in a language; what is named in braces in a message is filled in."""

    code: str
    locale: Locale
    catalogue: NullTranslations

    def say(self, message: str, /, **values: object) -> str:
        """Return the message in this language."""
        return self.catalogue.gettext(message).format_map(self._shown(values))

    def count(self, one: str, many: str, n: int, /, **values: object) -> str:
        """Return the message in the form that this language has for `n` of them."""
        shown = self._shown({"n": n, **values})
        return self.catalogue.ngettext(one, many, n).format_map(shown)

    def number(self, value: float) -> str:
        """Return the number rounded to whole ones."""
        return format_decimal(int(value + 0.5), locale=self.locale)

    def percent(self, share: float) -> str:
        """Return the share in whole percent; what is not whole is never said to be 0 or 100."""
        whole = round(share * 100)
        whole = min(whole, 99) if share < 1 else whole
        whole = max(whole, 1) if share > 0 else whole
        return format_percent(whole / 100, locale=self.locale)

    def day(self, day: date) -> str:
        """Return the day without its year: `10 November`."""
        return format_skeleton("MMMMd", day, locale=self.locale)

    def weekday(self, day: date) -> str:
        """Return the day with its weekday: `Tuesday 10 November`."""
        return format_date(day, self.say("EEEE d MMMM"), locale=self.locale)

    def date(self, day: date) -> str:
        """Return the day with its year: `10 November 2026`."""
        return format_date(day, "long", locale=self.locale)

    def moment(self, at: datetime) -> str:
        """Return day and minute, in UTC."""
        utc = at.astimezone(UTC)
        return f"{self.date(utc)}, {format_time(utc, 'HH:mm', locale=self.locale)} UTC"

    def listed(self, items: Sequence[str]) -> str:
        """Return the items as a sentence lists them: `a, b and c`."""
        return format_list(list(items), locale=self.locale)

    def _shown(self, values: dict[str, object]) -> dict[str, str]:
        return {
            name: self.number(value) if isinstance(value, int) else isolated(str(value))
            for name, value in values.items()
        }


def message(text: str) -> str:
    """Return the message as it is: so that one in a table is found for the catalogues."""
    return text


def isolated(text: str) -> str:
    """Return text written from the right so that it does not reorder what stands around it."""
    return _ISOLATED.format(text) if _FROM_RIGHT.search(text) else text


@cache
def speaking(code: str) -> Language:
    """Return the language of that code; raises FixSettings when there is no catalogue for it."""
    if code not in LOCALES:
        raise FixSettings(f"{code!r} is no language of digests; allowed are: {', '.join(LOCALES)}")
    return Language(code, Locale.parse(LOCALES[code]), _catalogue(code))


def _catalogue(code: str) -> NullTranslations:
    if code == "en":
        return NullTranslations()
    compiled = BytesIO()
    with (CATALOGUES / f"{code}.po").open("rb") as written:
        write_mo(compiled, read_po(written, locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)
