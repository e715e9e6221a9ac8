"""The digest's one chart: this week's posts by topic against what a usual week brings."""

from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes

from digest.drawing import BLUE, GREY, INK, ORANGE, PAPER, POINT, canvas, png_of, write
from digest.drawing import WIDTH as WIDTH
from digest.harmless import harmless
from digest.issue import Change, Issue, TopicChange
from digest.language import Language, message, speaking
from digest.sentences import usual

BARS = 8
_BAR: Final[dict[Change, str]] = {"rose": BLUE, "fell": ORANGE}
_MOVED: Final[dict[Change, str]] = {"rose": message("{n} rose"), "fell": message("{n} fell")}
_LEFT, _RIGHT = 16, WIDTH - 16
_TOP, _STEP = 46, 64
_NAME = 410
"""Room for a topic's name beside its number."""


def charted(issue: Issue) -> tuple[TopicChange, ...]:
    """Return the topics the chart shows; none when there is too little to draw."""
    lines = tuple(line for line in issue.topics.lines if line.posts or line.usual)[:BARS]
    return lines if len(lines) > 1 else ()


def alternative_text(issue: Issue) -> str:
    """Return what the chart shows, for those who do not see it."""
    lines, tongue = charted(issue), speaking(issue.language)
    said = "; ".join(
        tongue.say("{topic} {n}, usually {usual}", topic=x.topic, n=x.posts, usual=usual(x, tongue))
        if x.usual is not None
        else tongue.say("{topic} {n}", topic=x.topic, n=x.posts)
        for x in lines
    )
    if not _has_usual(lines):
        return tongue.say(
            "Bars of this week’s posts by topic: {bars}. The table below holds the same numbers.",
            bars=said,
        )
    return tongue.say(
        "Bars of this week’s posts by topic, each with a line over what a usual week brings:"
        " {bars}. The table below holds the same numbers.",
        bars=said,
    )


def chart_png(issue: Issue) -> bytes:
    """Return the chart as PNG.

    The name of a topic stands above its bar, so that the letters can be large on a phone.
    """
    lines, tongue = charted(harmless(issue)), speaking(issue.language)
    figure, axes = canvas(_TOP + _STEP * len(lines))
    most = max([1.0, *(max(line.posts, line.high or line.usual or 0) for line in lines)])
    unit = (_RIGHT - _LEFT) / most
    _legend(axes, tongue, has_usual=_has_usual(lines))
    for place, line in enumerate(lines):
        _bar(axes, _TOP + _STEP * place, line, unit, tongue)
    return png_of(figure)


def _has_usual(lines: Sequence[TopicChange]) -> bool:
    return any(line.usual is not None for line in lines)


def _bar(axes: Axes, top: float, line: TopicChange, unit: float, tongue: Language) -> None:
    write(axes, _LEFT, top + 16, line.topic, room=_NAME)
    moved = tongue.say(_MOVED.get(line.change, "{n}"), n=line.posts)
    write(axes, _RIGHT, top + 16, moved, weight="bold", align="right")
    colour = _BAR.get(line.change, GREY)
    axes.barh(top + 40, line.posts * unit, left=_LEFT, height=20, color=colour)
    if line.usual is not None:
        low, high = (line.usual if end is None else end for end in (line.low, line.high))
        _mark(axes, _LEFT + low * unit, _LEFT + high * unit, top + 40)


def _mark(axes: Axes, low: float, high: float, middle: float) -> None:
    """Draw a line from low to high with an upright at each end, or one upright where they meet."""
    for width, colour in ((6.0, PAPER), (3.0, INK)):
        axes.plot([low, high], [middle, middle], color=colour, linewidth=width * POINT)
        for end in (low, high):
            axes.plot(
                [end, end],
                [middle - 12, middle + 12],
                color=colour,
                linewidth=width * POINT,
                clip_on=False,
            )


def _legend(axes: Axes, tongue: Language, *, has_usual: bool) -> None:
    axes.barh(22, 26, left=_LEFT, height=14, color=GREY)
    write(axes, _LEFT + 36, 22, tongue.say("this week"))
    if has_usual:
        _mark(axes, _LEFT + 180, _LEFT + 206, 22)
        write(axes, _LEFT + 218, 22, tongue.say("what a usual week brings"))
