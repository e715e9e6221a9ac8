"""The words of a post: plain text, its author's own, comparable from platform to platform."""

import html
import re

import pandas as pd

from transforms.characters import is_tidy, mended, one_line, tidy
from transforms.frame import whole_characters
from transforms.markup import read_markup

LONGEST_BODY = 65_536
LONGEST_TITLE = 500

_BLANKS = re.compile(r"\n{3,}")
# ">5 bins", ">£5" and ">:(" are no quotes; ">1. first" is one.
_QUOTED = re.compile(r">(?![=<:;]|[._^oO-]{1,2}[<>^]|[~+-]?[.$€£¥]?\d(?!\d?[.)]\s))")
_WROTE = (
    "wrote|writes|said|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|napisał|napisała|пише"
    "|написав|написала|ysgrifennodd|كتب|写道"
)
# "On Mon, 5 Oct 2026 at 10:05, Ottoline wrote:" before a quote, in two lines too
_LEAD_IN = re.compile(
    rf"^(?:[^\n]{{0,100}}(?:\d{{4}}|\d:\d\d)[^\n]{{0,200}}\n)?[^\n]{{0,300}}"
    rf"(?:{_WROTE})(?: [^\n:]{{0,100}})?[:：]"
    rf"(?=\n+{_QUOTED.pattern})",
    re.MULTILINE,
)
_BBCODE_QUOTE = re.compile(r"\[(/?)quote(?:=[^\]\n]*)?\]", re.IGNORECASE)
_NEAR = 100
_TITLE_TAGS = re.compile(
    r"</?(?:a|b|big|br|cite|code|del|div|em|font|h[1-6]|i|img|ins|mark|p|q|s|small|span|strong|sub"
    r"|sup|tt|u|wbr)(?:\s+[a-z:_-]+\s*=[^<>]*|\s*)/?>",
    re.IGNORECASE,
)


def clean_text(batch: pd.DataFrame) -> pd.DataFrame:
    """Return the batch with `title` on one line, and `text` and `references` filled from `body`.

    Text keeps paragraphs as line breaks, and leaves out what others said: quotes (lines that begin
    with ">" and [quote]s too), previews of pages (their address stays). A body of more than 65,536
    characters and a title of more than 500 are cut and end with "…". Cleaning what is clean
    changes nothing.
    `references` are the addresses in the markup of those words, as they stand there.
    """
    titles = [
        (clean_title(title) or None) if isinstance(title, str) else None
        for title in batch["title"].tolist()
    ]
    read = [
        read_body(body, is_html=body_format == "html")
        for body, body_format in zip(
            batch["body"].tolist(), batch["body_format"].tolist(), strict=True
        )
    ]
    return batch.assign(
        title=pd.Series(titles, index=batch.index, dtype="str"),
        text=pd.Series([text for text, _ in read], index=batch.index, dtype="str"),
        references=pd.Series([found for _, found in read], index=batch.index, dtype=object),
    )


def clean_title(title: str) -> str:
    """Return the title on one line, without tags and character references."""
    title = _cut(one_line(title), 4 * LONGEST_TITLE)
    # Feeds escape titles once, twice or not at all: undone until nothing is left to undo.
    while "&" in title or "<" in title:
        plain = one_line(html.unescape(_TITLE_TAGS.sub(" ", title)))
        if plain == title:
            break
        title = plain
    return title if len(title) <= LONGEST_TITLE else one_line(_cut(title, LONGEST_TITLE))


def clean_body(body: str, *, is_html: bool) -> str:
    """Return the author's own words in a body."""
    return read_body(body, is_html=is_html)[0]


def read_body(body: str, *, is_html: bool) -> tuple[str, tuple[str, ...]]:
    """Return the author's own words in a body, and where its markup leads."""
    is_short = len(body) <= LONGEST_BODY
    is_plain = not is_html or ("<" not in body and "&" not in body)
    if is_plain and is_short and body[:1] != ">" and "[/" not in body and is_tidy(body):
        return body, ()
    # Mended first: the "…" of a cut is no part of what was torn.
    whole = mended(whole_characters(_beginning(body, LONGEST_BODY)))
    text, references = read_markup(whole) if is_html else (whole, ())
    return _own_lines(text if is_short else text + "…"), references


def _own_lines(text: str) -> str:
    lines = "\n".join(" ".join(line.split()) for line in tidy(text).split("\n"))
    if "[/" in lines:
        lines = _without_bbcode_quotes(lines)
    if ">" in lines:
        kept = _LEAD_IN.sub("", lines).split("\n")
        lines = "\n".join(line for line in kept if not _QUOTED.match(line))
    said = _BLANKS.sub("\n\n", lines).strip()
    # What was left out may have been all that spoke against mending.
    return said if mended(said) == said else _own_lines(said)


def _without_bbcode_quotes(text: str) -> str:
    """Return the text with a line break for each quote, in whatever it is nested."""
    opened: list[int] = []
    quotes: list[tuple[int, int]] = []
    for tag in _BBCODE_QUOTE.finditer(text):
        if not tag[1]:
            opened.append(tag.start())
        elif opened:
            start = opened.pop()
            while quotes and quotes[-1][0] > start:
                quotes.pop()
            quotes.append((start, tag.end()))
    ends = [0, *(end for _, end in quotes)]
    starts = [*(start for start, _ in quotes), len(text)]
    kept = (text[end:start].strip(" ") for end, start in zip(ends, starts, strict=True))
    return "\n".join(kept)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{_beginning(text, limit)}…"


def _beginning(text: str, limit: int) -> str:
    """Return a long text's beginning, without the word that ends beyond it: it may be a mail's."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    if text[limit - 1].isspace():
        return kept.rstrip()
    near = max(kept.rfind(blank, limit - _NEAR) for blank in " \n")
    return kept[:near].rstrip() if near > 0 else kept
