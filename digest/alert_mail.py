"""The mail of alerts: what began, what lasts and what ended, the same causes in one line."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Final, NamedTuple

from digest.mail import Sender, addressed
from digest.templating import environment
from warehouse.alerts import Line, Notice

_MOST_NAMES: Final = 12
_MOST_GROUPS: Final = 40
"""In a section: more than anybody reads."""
_HEADINGS: Final = {"began": "New", "lasts": "Still there after a week", "ended": "Ended"}
_EACH: Final = {
    "source": "sources",
    "purpose": "purposes",
    "digest": "digests",
    "setting": "settings",
}
"""What several of a subject are called."""


class Group(NamedTuple):
    """Alerts of one cause: `name` says the kind and of what, `named` the subjects by themselves."""

    name: str
    level: str
    message: str
    named: tuple[str, ...]
    since: str
    to_do: str


class Section(NamedTuple):
    """Groups that began, last or ended, and how many there is no room for."""

    told: str
    heading: str
    groups: tuple[Group, ...]
    left_out: int


def message_of_alerts(notice: Notice, sender: Sender, page: str | None) -> EmailMessage:
    """Return the mail, byte for byte the same whenever it is made of the notice.

    Its Message-ID is the notice's key; `page` is where the status of every source can be seen.
    """
    words = {
        "subject": subject_of(notice),
        "agency": sender.name,
        "sections": [s for told in _HEADINGS if (s := _section(told, notice.lines)).groups],
        "page": page,
    }
    message = addressed(
        sender, subject=subject_of(notice), title="Alerts", series="alerts", number=notice.key,
        made_at=notice.made_at,
    )  # fmt: skip
    message.set_content(environment(escape=False).get_template("alerts.txt").render(words))
    html = environment(escape=True).get_template("alerts.html").render(words)
    message.add_alternative(html, subtype="html")
    # Else drawn by chance, and a mail sent again would be another.
    message.set_boundary(f"={notice.key}")
    return message


def subject_of(notice: Notice) -> str:
    """Return how many alerts it tells and the worst of them, in one short line."""
    counts = {told: sum(line.told == told for line in notice.lines) for told in _HEADINGS}
    words = {"began": "new alert", "lasts": "reminder", "ended": "ended"}
    said = [_count(counts[told], words[told]) for told in words if counts[told]]
    present = [line for line in notice.lines if line.told != "ended"]
    worst = _groups(present)[:1]
    return ", ".join(said) + (f". Worst: {_name(worst[0]).lower()}" if worst else "")


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' if number > 1 and word != 'ended' else ''}"


def _section(told: str, lines: Sequence[Line]) -> Section:
    groups = _groups([line for line in lines if line.told == told])
    shown = tuple(_group(group) for group in groups[:_MOST_GROUPS])
    return Section(told, _HEADINGS[told], shown, len(groups) - len(shown))


def _groups(lines: Sequence[Line]) -> list[list[Line]]:
    """Return the lines by cause, the most urgent kind first, as the notice has them."""
    causes: dict[tuple[str, ...], list[Line]] = {}
    for line in sorted(lines, key=lambda line: line.level):
        cause = (line.kind, line.message if line.told != "ended" else "")
        causes.setdefault(cause, []).append(line)
    return list(causes.values())


def _group(lines: Sequence[Line]) -> Group:
    first = lines[0]
    is_over = first.told == "ended"
    return Group(
        name=_name(lines),
        level=first.level,
        message="" if is_over else _sentence(lines),
        named=tuple(_named(lines)) if len(lines) > 1 else (),
        since=_span(lines),
        to_do="" if is_over else first.to_do,
    )


def _name(lines: Sequence[Line]) -> str:
    first, kind = lines[0], lines[0].kind.capitalize()
    if first.about == "whole":
        return kind
    if len(lines) == 1:
        return f"{kind}: {first.subject}"
    return f"{kind}: {len(lines):,} {_EACH[first.about]}"


def _sentence(lines: Sequence[Line]) -> str:
    message, detail = lines[0].message, lines[0].detail
    return f"{message.rstrip('.')}: {detail}." if len(lines) == 1 and detail else message


def _named(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the subjects, each with what is true of it alone."""
    for line in lines[:_MOST_NAMES]:
        has_detail = line.detail and line.told != "ended"
        yield f"{line.subject}: {line.detail}" if has_detail else line.subject
    if len(lines) > _MOST_NAMES:
        yield f"and {len(lines) - _MOST_NAMES:,} more"


def _span(lines: Sequence[Line]) -> str:
    since = _day(min(line.since_at for line in lines))
    ends = [line.ended_at for line in lines if line.ended_at]
    return f"From {since} to {_day(max(ends))}." if ends else f"Since {since}."


def _day(moment: str) -> str:
    at = datetime.fromisoformat(moment).astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
