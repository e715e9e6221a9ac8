"""Small charts as inline SVG: drawn here, with the same numbers in a table beside them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup, escape

_WIDTH, _HEIGHT, _BAR = 640, 166, 112
_ABOVE: Final = 24
"""Room for the number over the tallest bar, in the large letters of a small screen."""
_STRIP: Final = _ABOVE + _BAR + 2
_CELL: Final = 14
_ROW: Final = 1.25
"""Height of a row of days in rem, as of its label beside it (see style.css)."""


def share(value: float | None) -> str:
    """Return a share of 1 in words: `97 %`; not rounded up to all."""
    if value is None:
        return "not known"
    return "100 %" if value >= 1 else f"{min(99, round(value * 100))} %"


def weeks_chart(name: str, weeks: Sequence[Mapping[str, Any]]) -> Markup:
    """Return bars of `posts` by `week`, the `chosen` one darker, over a strip of `coverage`.

    `posts` is None where nothing was read.
    """
    most = max([1, *(week["posts"] or 0 for week in weeks)])
    step = _WIDTH / max(1, len(weeks))
    parts = []
    for place, week in enumerate(weeks):
        left, wide = place * step + step * 0.12, step * 0.76
        posts = "–" if week["posts"] is None else week["posts"]
        tall = _BAR * (week["posts"] or 0) / most
        kind = "bar chosen" if week["chosen"] else "bar"
        read = week["coverage"] or 0
        middle = left + wide / 2
        parts += [
            f'<rect class="{kind}" x="{left:.1f}" y="{_ABOVE + _BAR - tall:.1f}" '
            f'width="{wide:.1f}" height="{tall:.1f}"/>',
            f'<text x="{middle:.1f}" y="{_ABOVE - 5 + _BAR - tall:.1f}">{posts}</text>',
            f'<rect class="unread" x="{left:.1f}" y="{_STRIP}" width="{wide:.1f}" height="4"/>',
            f'<rect class="read" x="{left:.1f}" y="{_STRIP}" width="{wide * read:.1f}" '
            'height="4"/>',
            f'<text x="{middle:.1f}" y="{_HEIGHT - 4}">{escape(week["week"][-3:])}</text>',
        ]
    said = ", ".join(f"{w['week']} {_in_words(w)}" for w in weeks)
    whole = f'viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    return _svg(name, f"Posts by week and how much was read: {said}.", whole, parts)


def _in_words(week: Mapping[str, Any]) -> str:
    if week["posts"] is None:
        return "not read"
    return f"{week['posts']}, {share(week['coverage'])} read"


def days_chart(
    name: str, sources: Sequence[str], days: Sequence[str], read: Mapping[tuple[str, str], float]
) -> Markup:
    """Return a grid of a row a source and a cell a day, the fuller the more of it was read."""
    parts = []
    for row, source in enumerate(sources):
        for column, day in enumerate(days):
            value = read.get((source, day))
            if value is None:
                continue
            x, y, tall = column * _CELL, row * (_CELL + 6), _CELL * value
            parts += [
                f'<rect class="unread" x="{x}" y="{y}" width="{_CELL - 3}" height="{_CELL}"/>',
                f'<rect class="read" x="{x}" y="{y + _CELL - tall:.1f}" width="{_CELL - 3}" '
                f'height="{tall:.1f}"/>',
            ]
    means = ", ".join(f"{source} {share(_mean(source, days, read))}" for source in sources)
    said = f"How much of each day from {days[0]} to {days[-1]} was read, on average: {means}."
    whole = (
        f'viewBox="0 0 {len(days) * _CELL} {len(sources) * (_CELL + 6)}" '
        f'height="{len(sources) * _ROW}rem" preserveAspectRatio="none"'
    )
    return _svg(name, said, whole, parts)


def _mean(source: str, days: Sequence[str], read: Mapping[tuple[str, str], float]) -> float | None:
    known = [read[source, day] for day in days if (source, day) in read]
    return sum(known) / len(known) if known else None


def _svg(name: str, said: str, whole: str, parts: Sequence[str]) -> Markup:
    return Markup(  # noqa: S704 - numbers of our own, and words that are escaped
        f'<svg class="chart {escape(name)}" role="img" {whole} '
        f'aria-label="{escape(said)}">{"".join(parts)}</svg>'
    )
