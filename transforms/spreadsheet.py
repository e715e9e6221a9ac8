"""Texts as CSV fields that a spreadsheet shows and never runs."""

from typing import Final

_FORMULA: Final = tuple("=+-@\t\r\n'＝＋－＠")
"""What spreadsheets take for the begin of a formula, and the sign that says it is none."""


def csv_text(text: str) -> str:
    """Return a text as a CSV field that no spreadsheet takes for a formula.

    A text that begins like one gets an apostrophe in front; so does one that begins with an
    apostrophe, so that `restored` gives back every text. All texts are quoted: nothing in them is
    a separator in any country, and an empty text is `""` where a missing one is nothing.
    """
    shown = f"'{text}" if text.startswith(_FORMULA) else text
    return '"' + shown.replace('"', '""') + '"'


def restored(text: str) -> str:
    """Return the text that stands in a CSV export as read by any reader of CSV."""
    return text.removeprefix("'")
