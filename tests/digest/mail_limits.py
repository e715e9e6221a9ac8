"""What mail programs render of HTML and CSS, as caniemail.com has it (read on 22 November 2026)."""

from typing import Final, NamedTuple


class Support(NamedTuple):
    """`y` renders it, `a` in part, `n` not at all, `u` nobody has tried."""

    outlook: str
    """Outlook 2016 to 2021 for Windows, which renders with Word."""
    gmail: str
    """Gmail in a browser and its apps."""
    apple: str
    """Apple Mail on macOS and iOS."""


CSS: Final = {
    "background-color": Support("y", "y", "y"),
    "border": Support("a", "y", "y"),  # up to 8 px, unreliable on p and div
    "border-bottom": Support("a", "y", "y"),
    "border-color": Support("a", "y", "y"),
    "border-left-width": Support("a", "y", "y"),
    "border-collapse": Support("y", "y", "y"),
    "border-spacing": Support("y", "y", "y"),
    "color": Support("y", "y", "y"),
    "direction": Support("y", "y", "y"),
    "display": Support("a", "y", "y"),
    "font-family": Support("y", "y", "y"),
    "font-size": Support("y", "y", "y"),
    "font-weight": Support("y", "y", "y"),
    "height": Support("a", "y", "y"),
    "line-height": Support("a", "y", "y"),  # set in px it is not exact
    "margin": Support("a", "a", "y"),  # neither auto nor negative
    "padding": Support("a", "y", "y"),  # on table cells only
    "padding-left": Support("a", "y", "y"),
    "text-align": Support("y", "y", "y"),
    "text-decoration": Support("y", "y", "y"),
    "vertical-align": Support("y", "y", "y"),
    "width": Support("a", "y", "y"),  # on tables and cells only
    "word-break": Support("y", "a", "a"),
    # What follows is no loss where it is ignored; each says why.
    "border-radius": Support("n", "y", "y"),  # the chart has square corners then
    "max-width": Support("n", "y", "y"),  # 600 px stand in attributes for Outlook
    "max-height": Support("n", "y", "y"),  # of the line a list of mails shows
    "opacity": Support("n", "y", "y"),  # the same
    "overflow": Support("n", "y", "a"),  # the same
    "outline": Support("n", "y", "y"),  # switches off what images have no longer
    "table-layout": Support("n", "y", "y"),  # `auto`, as is usual
    "word-spacing": Support("u", "u", "u"),  # `normal`, as is usual
    "color-scheme": Support("n", "n", "y"),  # without it programs make a dark mode of their own
    "supported-color-schemes": Support("n", "n", "y"),  # an older name of it
    "mso-line-height-rule": Support("y", "n", "n"),  # only Word needs it
    "mso-table-lspace": Support("y", "n", "n"),
    "mso-table-rspace": Support("y", "n", "n"),
    "-ms-interpolation-mode": Support("n", "n", "n"),  # of browsers long gone
    "-ms-text-size-adjust": Support("n", "n", "n"),
    "-webkit-text-size-adjust": Support("n", "n", "y"),
}
HARMLESS: Final = frozenset(list(CSS)[list(CSS).index("border-radius") :])
"""Properties a mail loses nothing by where they are ignored."""
NEVER: Final = {
    "flex": Support("n", "a", "y"),
    "grid": Support("n", "a", "y"),
    "position": Support("n", "n", "a"),
    "float": Support("a", "y", "y"),
    "var(": Support("n", "n", "y"),
    "calc(": Support("n", "y", "y"),
    "url(": Support("n", "y", "y"),
    "@import": Support("n", "n", "y"),
    "@font-face": Support("n", "n", "y"),
    ":hover": Support("n", "a", "a"),
    "<svg": Support("n", "n", "a"),
    "<picture": Support("n", "n", "y"),
    "<form": Support("a", "a", "y"),
}
"""What a mail does without: it would look different, or be gone, in one of the three."""
TAGS: Final = frozenset(
    {
        *("html", "head", "title", "meta", "style", "body", "div", "span", "bdi", "br", "img"),
        *("table", "caption", "thead", "tbody", "tr", "th", "td"),
        *("h1", "h2", "p", "a", "ul", "li", "blockquote"),
    }
)
"""Elements that all of them keep, and `bdi`, whose text stays where they drop it. Sections of
HTML 5 (`main`, `section`, `figure` …) are no part: Outlook knows none, Gmail few."""
PADDED: Final = frozenset({"td", "th", "caption", "ul"})
"""Elements with padding: Outlook has it on table cells only, and gives lists one of its own."""
CLIPPED_AT: Final = 102_000
"""Bytes after which Gmail hides the rest of a mail behind a link."""
