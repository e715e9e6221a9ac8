"""Where things stand in a text: spans, kept apart and replaced by a marker."""

from collections.abc import Iterable, Sequence

Span = tuple[int, int]
"""Where something begins and where it has ended, as in a slice."""

LATIN = "0-9A-Za-z_ªµº\u00c0-\u024f"
"""What a number or a name goes on with; other scripts put no space between it and their words."""


def apart(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order without those that begin inside another."""
    kept: list[Span] = []
    for span in sorted(spans):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def marked(text: str, spans: Sequence[Span], marker: str) -> str:
    """Return the text with the marker in place of each span; they are in order and apart."""
    parts, end = [], 0
    for start, stop in spans:
        parts += [text[end:start], marker]
        end = stop
    return "".join([*parts, text[end:]])
