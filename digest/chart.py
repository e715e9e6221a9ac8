"""The digest's one chart: this week's posts by topic against the four weeks before."""

import warnings
from collections.abc import Sequence
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from digest.issue import Issue, TopicChange
from digest.sentences import about, listed

BARS = 8
WIDTH = 540
"""CSS pixels the chart is shown at; a phone shows it at about two thirds of that."""
_DENSITY = 2
_LETTERS = 19
_POINT = 72 / 100
_INK, _PAPER = "#1a1a1a", "#ffffff"
_BAR = {"rose": "#2166ac", "fell": "#b35806"}
_STEADY = "#8a9199"
"""Blue, orange and grey stay apart for colour-blind eyes; the words beside the bars agree."""


def charted(issue: Issue) -> tuple[TopicChange, ...]:
    """Return the topics the chart shows; none when there is too little to draw."""
    lines = tuple(line for line in issue.topics.lines if line.posts or line.usual)[:BARS]
    return lines if len(lines) > 1 else ()


def alternative_text(issue: Issue) -> str:
    """Return what the chart shows, for those who do not see it."""
    lines = charted(issue)
    said = [
        f"{x.topic} {x.posts}" + (f", usually {about(x.usual)}" if x.usual is not None else "")
        for x in lines
    ]
    mark = ", each with a mark at a usual week’s" if _has_usual(lines) else ""
    return (
        f"Bars of this week’s posts by topic{mark}: {listed(said)}."
        " The table below holds the same numbers."
    )


def chart_png(issue: Issue) -> bytes:
    """Return the chart as PNG, twice as dense as it is shown.

    The name of a topic stands above its bar, so that the letters can be large on a phone.
    """
    lines = charted(issue)
    height = 46 + 64 * len(lines)
    figure = Figure(figsize=(WIDTH / 100, height / 100), dpi=100 * _DENSITY, facecolor=_PAPER)
    axes = figure.add_axes((0.03, 0.0, 0.94, 1.0))
    axes.axis("off")
    longest = max([1.0, *(max(line.posts, line.usual or 0) for line in lines)])
    axes.set_xlim(0, longest * 1.02)
    axes.set_ylim(height, 0)
    _legend(axes, longest, has_usual=_has_usual(lines))
    for place, line in enumerate(lines):
        _bar(axes, 46 + 64 * place, line, longest)
    return _drawn(figure)


def _has_usual(lines: Sequence[TopicChange]) -> bool:
    return any(line.usual is not None for line in lines)


def _bar(axes: Axes, top: float, line: TopicChange, longest: float) -> None:
    name = line.topic if len(line.topic) <= 36 else f"{line.topic[:35].rstrip()}…"
    moved = f"{line.posts} {line.change}" if line.change in _BAR else str(line.posts)
    _write(axes, 0, top + 16, name)
    _write(axes, longest, top + 16, moved, weight="bold", align="right")
    axes.barh(top + 40, line.posts, height=20, color=_BAR.get(line.change, _STEADY))
    if line.usual is not None:
        _mark(axes, line.usual, top + 40)


def _mark(axes: Axes, where: float, middle: float) -> None:
    for width, colour in ((7.0, _PAPER), (3.0, _INK)):
        axes.plot(
            [where, where], [middle - 14, middle + 14], color=colour, linewidth=width * _POINT
        )


def _legend(axes: Axes, longest: float, *, has_usual: bool) -> None:
    unit = longest / (WIDTH * 0.94)
    axes.barh(22, 26 * unit, height=14, color=_STEADY)
    _write(axes, 36 * unit, 22, "this week")
    if has_usual:
        _mark(axes, 156 * unit, 22)
        _write(axes, 168 * unit, 22, "usual: average of 4 weeks before")


def _write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    weight: str = "normal",
    align: str = "left",
) -> None:
    axes.text(
        x,
        y,
        text,
        fontsize=_LETTERS * _POINT,
        color=_INK,
        fontweight=weight,
        ha=align,
        va="center",
        parse_math=False,
    )


def _drawn(figure: Figure) -> bytes:
    png = BytesIO()
    with warnings.catch_warnings():
        # A script the font lacks is drawn as boxes; the table beside the chart has the name.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        figure.savefig(png, format="png", metadata={"Software": None})
    return png.getvalue()
