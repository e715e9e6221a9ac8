"""What every page needs to know of the export: read once, for it never changes while served."""

import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote

from connectors.notices import notices_of
from warehouse.calendar import monday_of, week_of_day

COVERED_WEEKS: Final = 6
"""So many weeks of coverage the start page shows."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value a form offers, and what it is called."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the dictionary has it."""

    name: str
    type: str
    unit: str | None
    privacy: str
    meaning: str


@dataclass(frozen=True, slots=True)
class View:
    """A view as the dictionary has it: what a row means, and what it must not be used for."""

    name: str
    meaning: str
    warning: str
    rows: int
    columns: tuple[Column, ...]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the export says of itself and what its forms can offer."""

    about: Mapping[str, str]
    views: Mapping[str, View]
    units: Mapping[str, str]
    weeks: tuple[str, ...]
    topics: tuple[Choice, ...]
    communities: tuple[Choice, ...]
    registers: tuple[Choice, ...]
    busiest: Mapping[str, str]
    default_week: str
    default_register: str
    notices: tuple[str, ...]

    @property
    def days_old(self) -> int:
        """Whole days since the export was made."""
        return (datetime.now(UTC) - datetime.fromisoformat(self.about["exported_at"])).days

    def defaults(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return a value for all that a question may ask for: what is given, else from the data."""
        week = given.get("week") or self.default_week
        return {
            "week": week,
            "topic": given.get("topic") or self.busiest.get(week) or self._first(self.topics),
            "register": given.get("register") or self.default_register,
        }

    def choices(self, asked: str) -> tuple[Choice, ...]:
        """Return what a form offers for a parameter."""
        return {
            "week": tuple(Choice(week, week_in_words(week)) for week in self.weeks),
            "topic": self.topics,
            "register": self.registers,
            "community": self.communities,
        }[asked]

    @staticmethod
    def _first(choices: Sequence[Choice]) -> str:
        return choices[0].value if choices else ""


def facts_of(database: Path) -> Facts:
    """Return the facts of an export."""
    with closing(
        sqlite3.connect(f"file:{quote(str(database))}?immutable=1", uri=True)
    ) as connection:
        rows = connection.execute
        about = dict(rows("select name, value from about"))
        views = _views(connection)
        busy = rows("select week, topic_uri, sum(posts) from v_topic_week group by 1, 2 order by 3")
        busiest = {week: uri for week, uri, _ in busy}
        weeks = [
            week
            for (week,) in rows(
                "select week from v_topic_week union select week from v_community_week "
                "union select week from v_coverage_day order by week desc"
            )
            if week
        ]
        topics = rows("select topic_uri, min(topic) from v_topic_week group by 1 order by 2, 1")
        places = rows(
            "select community_key, min(community), min(platform) from v_community_week "
            "where community_key is not null group by 1 order by 2, 1"
        )
        registers = rows(
            "select register, sum(is_theirs) from (select register, added_by = 'community' "
            "as is_theirs from v_entity_tag union all select register, 0 from v_entity_week) "
            "group by 1"
        )
        counted = sorted(registers, key=lambda row: (-row[1], row[0]))
        platforms = {name for (name,) in rows("select distinct platform from v_community_week")}
        return Facts(
            about=about,
            views=views,
            units={c.name: c.unit for v in views.values() for c in v.columns if c.unit},
            weeks=tuple(weeks),
            topics=tuple(Choice(uri, label) for uri, label in topics),
            communities=tuple(Choice(key, f"{name or key}, {on}") for key, name, on in places),
            registers=tuple(Choice(name, name) for name, _ in counted),
            busiest=busiest,
            default_week=_last_whole_week(about["exported_at"], sorted(busiest)),
            default_register=counted[0][0] if counted else "",
            notices=notices_of(platforms),
        )


def _views(connection: sqlite3.Connection) -> dict[str, View]:
    columns: dict[str, list[Column]] = {}
    for view, *said in connection.execute(
        "select view, column, type, unit, privacy, meaning from dictionary_column "
        "order by view, position"
    ):
        columns.setdefault(view, []).append(Column(*said))
    views = {}
    for name, comment, key, rows in connection.execute(
        "select view, comment, key, rows from dictionary_view order by rowid"
    ):
        meaning, mark, warning = comment.partition(" Not ")
        views[name] = View(
            name,
            meaning,
            f"{mark}{warning}".strip(),
            rows,
            tuple(columns[name]),
            tuple(key.split(", ")),
        )
    return views


def _last_whole_week(exported_at: str, weeks: Sequence[str]) -> str:
    """Return the last whole week with posts on a topic; else the latest week there is."""
    moment = datetime.fromisoformat(exported_at).astimezone(UTC)
    before = week_of_day(moment.date() - timedelta(days=7))
    whole = [week for week in weeks if week <= before]
    return (whole or list(weeks) or [before])[-1]


def week_in_words(week: str) -> str:
    """Return an ISO week with its days, such as `2026-W46, 9 to 15 November`; else as it is."""
    if not re.fullmatch(r"\d{4}-W\d\d", week):
        return week
    try:
        first = monday_of(week)
    except ValueError:
        return week
    last = first + timedelta(days=6)
    begins = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    return f"{week}, {begins} to {last.day} {last:%B}"
