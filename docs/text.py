"""Measures what is done to the words of a post, for docs/text.md.

python -m docs.text FOLDER, where FOLDER holds `recorded` (answers of the real platforms) and
`bench` (labelled sets); it writes the measured parts of the page anew.
"""

import csv
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from connectors import connector_of
from contract.errors import SkipPage
from contract.page import Page
from contract.post import Post
from docs.marked import filled
from docs.recorded import READ_BY
from pipeline.archives import responses_of
from transforms.characters import mended
from transforms.frame import frame_of
from transforms.language import identify_language, language_identifier
from transforms.text import clean_text

PAGE = Path(__file__).with_name("text.md")
INVENTED = Path(__file__).parents[1] / "tests" / "transforms" / "data" / "languages.tsv"
_SURE = 0.6
_DECLARABLE = (
    *("ar", "cy", "da", "de", "en", "es", "fa", "fi", "fr", "hi", "hu", "id", "it", "ja"),
    *("ko", "nl", "no", "pl", "pt", "ru", "sv", "ta", "tr", "uk", "zh"),
)
_NO_LANGUAGE = ("und", "qst", "zxx")


def languages() -> str:
    """Return the table of invented posts in nine languages, and in none."""
    rows = _rows(INVENTED)
    names = sorted({row["lang"] for row in rows} - {"und"})
    guesses = language_identifier(names)([row["text"] for row in rows])
    became: dict[str, Counter[str]] = defaultdict(Counter)
    for row, (lang, _) in zip(rows, guesses, strict=True):
        became[row["lang"]][lang or "und"] += 1
    lines = [
        "| written in | posts | right | undetermined | another |",
        "| --- | --: | --: | --: | --: |",
    ]
    for name in (*names, "und"):
        found = became[name]
        undetermined = found["und"] if name != "und" else 0
        another = found.total() - found[name] - undetermined
        shown = "no language" if name == "und" else f"`{name}`"
        lines.append(f"| {shown} | {found.total()} | {found[name]} | {undetermined} | {another} |")
    right = sum(found[name] for name, found in became.items())
    return "\n".join([*lines, "", f"All together {right / len(rows):.1%} are right."])


def public_posts(bench: Path) -> str:
    """Return a sentence about a labelled set of real posts in six languages."""
    rows, asked = _rows(bench / "language" / "tweets.tsv"), ("de", "en", "es", "fr")
    guesses = language_identifier(asked)([row["text"] for row in rows])
    pairs = list(zip((row["lang"] for row in rows), (lang for lang, _ in guesses), strict=True))
    right = [lang == guess for lang, guess in pairs if lang in asked]
    taken = [guess is not None for lang, guess in pairs if lang not in asked]
    return (
        f"Of {len(right):,} public posts in {', '.join(f'`{a}`' for a in asked)}, without hashtags "
        f"and signs, {sum(right) / len(right):.1%} are right; of {len(taken):,} in Italian and "
        f"Dutch, not asked for, {sum(taken) / len(taken):.1%} were taken for one of them."
    )


def declared(posts: list[Post]) -> str:
    """Return the table of what platforms say of the language, against what is identified."""
    said = [post for post in posts if post.lang_declared]
    batch = identify_language(clean_text(frame_of(said)), language_identifier(_DECLARABLE))
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    columns = (batch[name].tolist() for name in ("platform", "lang_declared", "lang", "lang_score"))
    for platform, stated, lang, score in zip(*columns, strict=True):
        primary = re.split("[-_]", stated.lower())[0]
        if primary in _NO_LANGUAGE:
            continue
        count = counts[platform]
        count["declared"] += 1
        if isinstance(lang, str):
            count["identified"] += 1
            count["agree"] += primary == lang
            count["sure"] += score >= _SURE
            count["agree where sure"] += primary == lang and score >= _SURE
    head = f"| platform | declare one | identified | agree | probability ≥ {_SURE} | agree |"
    return "\n".join(
        [
            head,
            "| --- | --: | --: | --: | --: | --: |",
            *(
                f"| `{name}` | {c['declared']} | {c['identified']} | "
                f"{c['agree'] / c['identified']:.1%} | {c['sure']} | "
                f"{c['agree where sure'] / c['sure']:.1%} |"
                for name, c in sorted(counts.items())
            ),
        ]
    )


def torn(posts: list[Post]) -> str:
    """Return a sentence about texts torn on purpose, and about right ones."""
    invented = [row["text"] for row in _rows(INVENTED)]
    texts = {text for text in (*invented, *(post.body for post in posts)) if not text.isascii()}
    right = {text for text in texts if mended(text) == text}
    both = [(text, text.encode().decode("latin-1")) for text in right]
    both += [(text, latin.translate(_AS_WINDOWS)) for text, latin in both]
    again = sum(mended(broken) == text for text, broken in both)
    return (
        f"Of {len(texts):,} invented and recorded texts with letters or signs beyond ASCII, "
        f"{len(texts) - len(right)} were found torn. The others were torn on purpose, "
        f"once as Latin-1 and once as Windows-1252: {again / len(both):.1%} are read again, every "
        "character. What is left torn has no sign by which it could not be right."
    )


_AS_WINDOWS = {
    byte: char for byte in range(0x80, 0xA0) if (char := bytes([byte]).decode("cp1252", "ignore"))
}


def recorded_posts(recorded: Path) -> list[Post]:
    """Return the posts of the recorded answers that `make recorded` reads."""
    return [
        outcome
        for folder, platform, which in READ_BY
        for path in sorted((recorded / folder).glob(which))
        for page in _pages(path, platform)
        for outcome in connector_of(platform).parse(page)
        if isinstance(outcome, Post)
    ]


def _pages(path: Path, platform: str) -> Iterator[Page]:
    try:
        for one in responses_of(path):
            if one.url or connector_of(platform).is_page(one.body):
                yield Page(
                    source="recorded",
                    platform=platform,
                    url=one.url or "https://recorded.example",
                    received_at=one.received_at or datetime(2026, 1, 1, tzinfo=UTC),
                    status=one.status,
                    method=one.method,
                    headers=one.headers,
                    body=one.body,
                    file=path.name,
                )
    except SkipPage:  # docs/recorded.md counts these
        return


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def parts_of(shared: Path) -> dict[str, str]:
    """Return the measured parts of the page by their names, as they are measured now."""
    posts = recorded_posts(shared / "recorded")
    return {
        "languages": languages(),
        "public posts": public_posts(shared / "bench"),
        "declared": declared(posts),
        "torn": torn(posts),
    }


def main() -> int:
    """Write the measured parts; return 2 when there is nothing to measure with."""
    shared = Path(sys.argv[1]) if len(sys.argv) == 2 else None
    if shared is None or not (shared / "recorded").is_dir() or not (shared / "bench").is_dir():
        sys.stderr.write(f"{__doc__}")
        return 2
    page = filled(PAGE.read_text(encoding="utf-8"), parts_of(shared))
    PAGE.write_text(page, encoding="utf-8")
    sys.stderr.write(f"wrote {PAGE.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
