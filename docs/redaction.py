"""How well redaction finds what it is to find, measured on invented posts that say what is where.

python -m docs.redaction lists what was missed and what was too much.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from transforms.identity_numbers import IDENTITY_NUMBERS
from transforms.redaction import redact_text
from transforms.street_addresses import POSTCODES

LABELLED = Path(__file__).parents[1] / "tests/transforms/data/redaction.txt"
_SET = re.compile(r"== (\w\w) (\w\w)")
_MARK = re.compile(r"\[\[(\w+)\|(.+?)\]\](?!\])")
_MARKER = re.compile(r"\[(mail|phone|card|iban|id|ip|handle|address)\]")

Found = tuple[str, int, int]
"""A kind, where it begins and where it has ended."""


class Labelled(NamedTuple):
    """An invented post: its language, the agency's country, its text, what is to be found."""

    lang: str
    country: str
    text: str
    wanted: frozenset[Found]


class Measured(NamedTuple):
    """How many finds were right, how many too much, and how many were missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """The share of finds that are right; 1 where nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of what is to be found that was; 1 where there is nothing."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def labelled_posts() -> Iterator[Labelled]:
    """Yield the posts of the labelled set."""
    lang = country = ""
    for line in LABELLED.read_text(encoding="utf-8").splitlines():
        if head := _SET.fullmatch(line):
            lang, country = head.groups()
        elif line and not line.startswith("#"):
            yield _labelled(lang, country, line)


def _labelled(lang: str, country: str, line: str) -> Labelled:
    text, end = "", 0
    wanted = set()
    for mark in _MARK.finditer(line):
        text += line[end : mark.start()]
        wanted.add((mark[1], len(text), len(text) + len(mark[2])))
        text, end = text + mark[2], mark.end()
    return Labelled(lang, country, text + line[end:], frozenset(wanted))


def found_in(post: Labelled) -> frozenset[Found]:
    """Return what redaction replaces in the post.

    Raises ValueError when it changes anything else, but for digits on keys (1️⃣), which become
    plain.
    """
    plain = re.sub("\ufe0f?\u20e3", "", post.text)
    for text in (post.text, plain):
        parts = _MARKER.split(redact_text(text, post.country)[0])
        match = re.fullmatch("(.+?)".join(map(re.escape, parts[::2])), text)
        if match:
            spans = (match.span(number) for number in range(1, len(parts) // 2 + 1))
            return frozenset((k, *span) for k, span in zip(parts[1::2], spans, strict=True))
    raise ValueError(f"found {''.join(parts)!r}; allowed is {post.text!r} with markers in it")


def measured(posts: Iterable[Labelled]) -> dict[tuple[str, str], Measured]:
    """Return the counts by kind and language; a find is right when kind and both ends are."""
    right: Counter[tuple[str, str]] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    missed: Counter[tuple[str, str]] = Counter()
    for post in posts:
        found = found_in(post)
        for counts, spans in (
            (right, found & post.wanted),
            (wrong, found - post.wanted),
            (missed, post.wanted - found),
        ):
            counts.update((kind, post.lang) for kind, _, _ in spans)
    keys = sorted({*right, *wrong, *missed})
    return {key: Measured(right[key], wrong[key], missed[key]) for key in keys}


def summed(counts: Iterable[Measured]) -> Measured:
    """Return the sums."""
    columns = list(zip(*counts, strict=True)) or [(0,)] * 3
    return Measured(*map(sum, columns))


def figures() -> str:
    """Return the table of docs/redaction.md: precision and recall by kind and language."""
    posts = list(labelled_posts())
    counts = measured(posts)
    kinds, langs = (list(dict.fromkeys(key[n] for key in sorted(counts))) for n in (0, 1))
    rows = ["| | found | precision | recall |", "| --- | --: | --: | --: |"]
    for name, place in (*((kind, 0) for kind in kinds), *((lang, 1) for lang in langs)):
        shown = f"[{name}]" if place == 0 else name
        rows.append(_row(shown, summed(c for key, c in counts.items() if key[place] == name)))
    rows.append(_row("all", summed(counts.values())))
    tempting = sum(not post.wanted for post in posts)
    return f"{len(posts)} posts, {tempting} of them with nothing to find.\n\n" + "\n".join(rows)


def _row(name: str, counts: Measured) -> str:
    found = counts.right + counts.wrong
    return f"| {name} | {found} | {counts.precision:.3f} | {counts.recall:.3f} |"


def countries() -> str:
    """Return the lists of docs/redaction.md: where personal numbers and postcodes are known."""
    return (
        f"- Personal numbers: {', '.join(sorted(IDENTITY_NUMBERS))}\n"
        f"- Postcodes of a few households: {', '.join(sorted(POSTCODES))}"
    )


def main() -> None:
    """Write what was missed and what was too much."""
    for post in labelled_posts():
        found = found_in(post)
        for said, spans in (("too much", found - post.wanted), ("missed", post.wanted - found)):
            for kind, start, stop in sorted(spans):
                shown = post.text[start:stop]
                sys.stdout.write(f"{post.country} {said} [{kind}] {shown!r} in {post.text!r}\n")


if __name__ == "__main__":
    main()
