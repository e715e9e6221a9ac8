"""What pictures share: their ink, their letters, and the bytes they come to."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH: Final = 540
"""CSS pixels a picture is shown at; a phone shows it at about two thirds of that."""
INK, PAPER = "#1a1a1a", "#ffffff"
BLUE, ORANGE, GREY = "#2166ac", "#b35806", "#8a9199"
"""They stay apart for colour-blind eyes."""
POINT: Final = 72 / 100
_DENSITY = 2
_LETTERS = 19


def canvas(height: float, width: float = WIDTH) -> tuple[Figure, Axes]:
    """Return a sheet of paper without axes, measured in CSS pixels from its upper left corner."""
    figure = Figure(figsize=(width / 100, height / 100), dpi=100 * _DENSITY, facecolor=PAPER)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.axis("off")
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    return figure, axes


def write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    weight: str = "normal",
    align: str = "left",
    size: float = _LETTERS,
    room: float = WIDTH,
) -> None:
    """Write the text as it is, what looks like a formula is none; cut where it needs more room."""
    drawn = axes.text(
        x,
        y,
        text,
        fontsize=size * POINT,
        color=INK,
        fontweight=weight,
        ha=align,
        va="center",
        parse_math=False,
    )
    with _letters_may_be_missing():
        while len(text) > 2 and (wide := drawn.get_window_extent().width / _DENSITY) > room:
            text = f"{text[: min(len(text) - 2, int(len(text) * room / wide))].rstrip()}…"
            drawn.set_text(text)


def png_of(figure: Figure) -> bytes:
    """Return the picture as PNG, twice as dense as it is shown; the same figure gives the same."""
    png = BytesIO()
    with _letters_may_be_missing():
        figure.savefig(png, format="png", metadata={"Software": None})
    return png.getvalue()


@contextmanager
def _letters_may_be_missing() -> Iterator[None]:
    with warnings.catch_warnings():
        # A script the font lacks is drawn as boxes; the table beside the picture has the name.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        yield
