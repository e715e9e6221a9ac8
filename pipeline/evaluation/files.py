"""The labelled files that `evaluate` reads: a bad line is told and left out, and the rest stays."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args

import msgspec

from contract.errors import FixSettings
from contract.post import PostKind

LARGEST_FILE = 256 * 2**20
LONGEST_TEXT = 100_000
_MOST_LINES = 200_000
_HIGHEST_GRADE = 20
_MOST_DIGITS = 3


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A labelled post and what is right for it; a reply's title is its thread's."""

    id: str
    text: str
    title: str | None = None
    kind: PostKind = "post"
    lang: str | None = None
    place: str | None = None
    community: str | None = None
    right: dict[str, int] = {}
    """Identifiers and grades, which are 1 where there is only right and wrong."""


class Cases(NamedTuple):
    """What a file holds, and a message for each line of it that was left out."""

    cases: list[Case]
    bad: list[str]


class _Wrong(Exception):
    """A line says what it may not; the message tells what was found and what is allowed."""


class _Post(msgspec.Struct, kw_only=True):
    id: str | int
    text: str
    title: str | None = None
    kind: PostKind = "post"
    lang: str | None = None
    place: str | None = None
    community: str | None = None
    topics: list[str] | None = None
    entities: list[str] | None = None


_read_post = msgspec.json.Decoder(_Post).decode


def read_posts(path: Path, labels: str) -> Cases:
    """Return the posts of a file of JSON lines; `labels`, `topics` or `entities`, is what is right.

    Each has id, text and these labels; title, kind, lang, place and community where it likes.
    """

    def case(line: str) -> Case:
        try:
            post = _read_post(line)
        except msgspec.MsgspecError as error:
            raise _Wrong(
                f'found {error}; allowed are lines such as {{"id": …, "text": …, "{labels}": […]}}'
            ) from error
        said = msgspec.structs.asdict(post)
        if said[labels] is None:
            raise _Wrong(f"found no {labels}; allowed is a list, which may be empty")
        right = dict.fromkeys(said[labels], 1)
        known = {name: said[name] for name in Case.__struct_fields__ if name in said}
        return Case(**{**known, "id": str(post.id), "right": right})

    return _cases(path, case, _lines(path))


def read_texts(path: Path, *needed: str) -> Cases:
    """Return the rows of a TSV with a header, which has the columns `needed` and maybe others.

    `query_id` is the id, else the number of the line; `datasets` ("A-1:3 B-7:1") is what is right,
    and so is `lang` where it is needed; `title`, `kind`, `lang`, `place` and `community` are read
    where they stand.
    """
    lines = _lines(path)
    columns = next(lines, (0, ""))[1].lstrip("\ufeff").split("\t")
    columns = [column.strip() for column in columns]
    if missing := [name for name in needed if name not in columns]:
        found = ", ".join(columns)[:200]
        raise FixSettings(
            f"{path}: line 1: found the columns {found}; needed is also {', '.join(missing)}"
        )

    def case(line: str) -> Case:
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != len(columns):
            raise _Wrong(f"found {len(cells)} columns; allowed are {len(columns)}")
        row = dict(zip(columns, cells, strict=True))
        if blank := [name for name in needed if not row[name] and name != "datasets"]:
            raise _Wrong(f"found nothing in {', '.join(blank)}; allowed are words")
        return _case_of(row)

    return _cases(path, case, lines)


def _case_of(row: dict[str, str]) -> Case:
    kind: Any = row.get("kind") or "post"
    if kind not in get_args(PostKind):
        raise _Wrong(f"kind: found {kind!r}; allowed are {', '.join(get_args(PostKind))}")
    pairs = (pair.rpartition(":") for pair in row.get("datasets", "").split())
    right = {key: _grade(grade) for key, _, grade in pairs}
    return Case(
        id=row.get("query_id", ""),
        text=row["text"],
        title=row.get("title") or None,
        kind=kind,
        lang=row.get("lang") or None,
        place=row.get("place") or None,
        community=row.get("community") or None,
        right={key: grade for key, grade in right.items() if grade > 0},
    )


def read_judgments(path: Path) -> tuple[dict[str, dict[str, int]], list[str]]:
    """Return grades by query and dataset of TREC qrels, and a message for each bad line.

    A line is `query_id 0 dataset_id grade`; what is judged wrong, with 0 or less, is left out.
    """
    judged: dict[str, dict[str, int]] = {}
    bad = []
    for number, line in _lines(path):
        try:
            cells = line.split()
            if len(cells) != 4:
                raise _Wrong(f"found {len(cells)} columns; allowed are query_id 0 dataset_id grade")
            query, _, dataset, grade = cells
            right = judged.setdefault(query, {})
            if (value := _grade(grade)) > 0:
                right[dataset] = value
        except _Wrong as wrong:
            bad.append(f"{path}: line {number}: {wrong}")
    return judged, bad


def _grade(written: str) -> int:
    digits = written.removeprefix("-")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS
    if not (is_number and int(digits) <= _HIGHEST_GRADE):
        raise _Wrong(f"grade: found {written[:20]!r}; allowed are 0 to {_HIGHEST_GRADE}")
    return int(written)


def _cases(path: Path, read: Callable[[str], Case], lines: Iterable[tuple[int, str]]) -> Cases:
    cases: dict[str, Case] = {}
    bad = []
    for number, line in lines:
        try:
            case = read(line)
            name = case.id or str(number)
            if name in cases:
                raise _Wrong(f"found the id {name[:80]!r} again; allowed is each once")
            if len(case.text) > LONGEST_TEXT:
                said = f"{len(case.text):,} characters; allowed are {LONGEST_TEXT:,}"
                raise _Wrong(f"found a text of {said}")
            cases[name] = msgspec.structs.replace(case, id=name)
        except _Wrong as wrong:
            bad.append(f"{path}: line {number}: {wrong}")
    if not cases:
        told = f"; {bad[0]}" if bad else ""
        raise FixSettings(f"{path}: found no line that can be read; needed is one at least{told}")
    return Cases(list(cases.values()), bad)


def content(path: Path) -> bytes:
    """Return the bytes of a file, or raise FixSettings where there is none or it is too large."""
    if not path.is_file():
        raise FixSettings(f"{path}: there is no such file")
    if (size := path.stat().st_size) > LARGEST_FILE:
        raise FixSettings(f"{path}: found {size:,} bytes; allowed are {LARGEST_FILE:,}")
    return path.read_bytes()


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers from 1."""
    try:
        text = content(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FixSettings(f"{path}: byte {error.start}: found no UTF-8; save it as such") from error
    # Only these end a line: others, such as U+2028, stand inside of posts.
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > _MOST_LINES:
        raise FixSettings(f"{path}: found {len(lines):,} lines; allowed are {_MOST_LINES:,}")
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, line
