"""Review: ties go out as a spreadsheet, and a person's verdicts on them come back."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import Engine

from contract.errors import FixSettings
from explorer.evidence import evidence_in_words
from pipeline.protecting import refuse_unprotected
from pipeline.review_file import Line, read_sheet, write_sheet
from pipeline.settings import Settings
from transforms.redaction import redact_text
from warehouse.named_posts import held_under
from warehouse.reviews import Refused, Verdict, Wanted, store_verdicts, ties_to_review
from warehouse.store import opened
from warehouse.tables import TIES
from warehouse.thresholds import Of, Threshold, thresholds

__all__ = ["Wanted", "export_review", "import_review"]

_LONGEST_TEXT: Final = 600
_LONGEST_NOTE: Final = 500
_MOST_MESSAGES: Final = 1000
_VERDICTS: Final[dict[str, Literal["agree", "disagree"]]] = {
    **dict.fromkeys(("agree", "a", "yes", "y"), "agree"),
    **dict.fromkeys(("disagree", "d", "no", "n"), "disagree"),
}
_KEYS: Final = {
    "post": (re.compile("[0-9a-f]{32}"), "post: and 32 of 0-9 and a-f, as exported"),
    "dataset": (re.compile("[0-9a-f]{32}"), "dataset: and 32 of 0-9 and a-f, as exported"),
    "entity": (re.compile("[0-9a-f]{32}"), "entity: and 32 of 0-9 and a-f, as exported"),
    "topic": (re.compile(r"\S{1,2000}"), "topic: and its URI, as exported"),
}
"""What follows the kind and a colon. Digits alone, or with one e, a spreadsheet calculates with."""
_METHOD: Final = re.compile("[a-z][a-z0-9-]{0,59}")
_ROLE: Final = re.compile("[a-z](?:[a-z -]{0,38}[a-z])?")


def export_review(given: Settings, path: Path, wanted: Wanted, limit: int) -> dict[str, Any]:
    """Write ties for a person to judge; returns file, rows and ties (how many of each method).

    None of a post on a sensitive topic is among them. Raises FixSettings when no tie is wanted, or
    the file is there already.
    """
    if wanted.target not in (None, *TIES):
        raise FixSettings(f"found target {wanted.target!r}; allowed are {', '.join(TIES)}")
    charter = given.load_charter()
    with opened(given.warehouse) as engine:
        refuse_unprotected(engine, charter)
        with engine.connect() as connection:
            ties, counts = ties_to_review(connection, wanted, limit)
    if not ties:
        asked = [f"{name} {value!r}" for name, value in wanted._asdict().items() if value]
        raise FixSettings(f"there is no tie of {', '.join(asked) or 'any post'} to review")
    write_sheet(path, [_row_of(tie) for tie in ties])
    return {"file": str(path), "rows": len(ties), "ties": counts}


def import_review(given: Settings, path: Path, role: str) -> dict[str, Any]:
    """Store the verdicts of a reviewed file; what cannot be stored is told, and the rest goes on.

    Returns encoding, rows, stored, unchanged, without_verdict, rejected, ties_ended (those a person
    disagreed with), thresholds (a sentence for each that the verdicts moved: the next refine
    follows it) and messages: a sentence for each row rejected. Raises FixSettings when the role or
    the file is wrong.
    """
    if not _ROLE.fullmatch(role):
        raise FixSettings(
            f"found a role of {len(role)} characters that is none; allowed are up to 40 of a-z, "
            "space and hyphen, such as data analyst: what the person is, never a name or an address"
        )
    country = given.load_charter().agency.country
    with opened(given.warehouse) as engine:
        encoding, lines = read_sheet(path)
        verdicts, counts, messages = _read(lines, country)
        before = _thresholds(engine)
        reviewed = store_verdicts(engine, _of_held(engine, verdicts), role, datetime.now(UTC))
        learnt = list(_learnt(before, _thresholds(engine)))
    for number, outcome in zip(verdicts.values(), reviewed.outcomes, strict=True):
        if isinstance(outcome, Refused):
            messages.append((number, _told(number, outcome)))
        else:
            counts[outcome] += 1
    told = [message for _, message in sorted(messages)]
    if len(told) > _MOST_MESSAGES:
        told[_MOST_MESSAGES:] = [f"and {len(told) - _MOST_MESSAGES:,} rows more"]
    names = ("rows", "stored", "unchanged", "without_verdict")
    sums = {name: counts[name] for name in names} | {"rejected": len(messages)}
    ended = {"ties_ended": reviewed.ties_ended, "thresholds": learnt}
    return {"encoding": encoding, **sums, **ended, "messages": told}


def _of_held(engine: Engine, verdicts: Collection[Verdict]) -> list[Verdict]:
    """Return the verdicts with the posts' keys of now: a file may be of before keys rose."""
    with engine.connect() as connection:
        held = held_under(connection, {verdict.post_key for verdict in verdicts})
    return [one._replace(post_key=held.get(one.post_key, one.post_key)) for one in verdicts]


def _thresholds(engine: Engine) -> dict[Of, Threshold]:
    with engine.connect() as connection:
        return thresholds(connection)


def _learnt(before: Mapping[Of, Threshold], now: Mapping[Of, Threshold]) -> Iterator[str]:
    """Yield what verdicts changed of how sure a method has to be."""
    for of in sorted({*before, *now}):
        held, was = now.get(of), before.get(of)
        if (held and held.threshold) != (was and was.threshold):
            target, method, topic = of
            what = f"{target} by {method}" + f" to {topic}" * bool(topic)
            if held is None:
                yield f"{what}: every tie is kept again"
            else:
                share = f"{held.agreed} of {held.reviewed} verdicts agree with its ties"
                yield f"{what}: ties are kept from a score of {held.threshold:.2f} on; {share}"


def _row_of(tie: Mapping[str, Any]) -> dict[str, str]:
    title, text = tie["post_title"], tie["text"]
    said = " ".join((f"{title}: {text}" if title else text).split())
    return {
        "post_key": f"post:{tie['post_key']}",
        "target": tie["target"],
        "target_key": f"{tie['target']}:{tie['target_key']}",
        "method": tie["method"],
        "label": tie["label"],
        "text": said if len(said) <= _LONGEST_TEXT else f"{said[:_LONGEST_TEXT]} …",
        "score": f"{tie['score']:.2f}",
        "evidence": evidence_in_words(tie["target"], tie["evidence"]),
    }


def _read(
    lines: Iterable[Line], country: str
) -> tuple[dict[Verdict, int], Counter[str], list[tuple[int, str]]]:
    """Return verdicts with their lines, counts of the rows that need no more, and what is wrong."""
    verdicts: dict[Verdict, int] = {}
    of_tie: dict[tuple[str, ...], Verdict] = {}
    counts: Counter[str] = Counter()
    messages = []
    for line in lines:
        counts["rows"] += 1
        if not line.problem and not line.cells.get("verdict", "").strip():
            counts["without_verdict"] += 1
            continue
        read = _verdict(line, country)
        if isinstance(read, Verdict) and read != (said := of_tie.setdefault(read[:4], read)):
            allowed = f"what line {verdicts[said]} says of the tie"
            read = _told(line.number, Refused("verdict", read.verdict, allowed))
        if isinstance(read, str):
            messages.append((line.number, read))
        elif read in verdicts:
            counts["unchanged"] += 1
        else:
            verdicts[read] = line.number
    return verdicts, counts, messages


def _verdict(line: Line, country: str) -> Verdict | str:
    """Return the verdict of a row, or what is wrong with it."""
    if line.problem:
        return f"line {line.number}: {line.problem}"
    cells = {name: cell.strip() for name, cell in line.cells.items()}
    if problem := _problem(cells):
        return _told(line.number, problem)
    note = "\n".join(cells.get("note", "").splitlines())
    return Verdict(
        post_key=_bare(cells["post_key"]),
        target=cells["target"],
        target_key=_bare(cells["target_key"]),
        method=cells["method"],
        verdict=_VERDICTS[cells["verdict"].casefold()],
        note=redact_text(note, country)[0] or None,
    )


def _problem(cells: Mapping[str, str]) -> Refused | None:
    """Return the first cell that is wrong, from left to right."""
    target = cells.get("target", "")
    if target not in TIES:
        return Refused("target", target, ", ".join(TIES))
    for column, kind in (("post_key", "post"), ("target_key", target)):
        key, allowed = cells.get(column, ""), _KEYS[kind][1]
        if not key.startswith(f"{kind}:") or not _KEYS[kind][0].fullmatch(_bare(key)):
            return Refused(column, key, allowed)
    if not _METHOD.fullmatch(cells.get("method", "")):
        return Refused("method", cells.get("method", ""), "the method as exported")
    if cells["verdict"].casefold() not in _VERDICTS:
        return Refused("verdict", cells["verdict"], f"{', '.join(_VERDICTS)} and nothing")
    note = cells.get("note", "")
    if len(note) > _LONGEST_NOTE:
        return Refused("note", f"{len(note):,} characters", f"{_LONGEST_NOTE} characters")
    if "\0" in note:
        return Refused("note", "U+0000", "text")
    return None


def _bare(key: str) -> str:
    return key.partition(":")[2]


def _told(number: int, problem: Refused) -> str:
    found = problem.found if len(problem.found) <= 60 else f"{problem.found[:60]}…"
    return f"line {number}, column {problem.column}: found {found!r}; allowed: {problem.allowed}"
