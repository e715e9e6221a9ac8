"""How much a source brings against its own measure: its silences, its last day and week."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

_Posts = NDArray[np.float64]
_Number = TypeVar("_Number", int, float)
_DAY: Final = 24
_WEEK: Final = 7 * 24
_SEVERAL: Final = 5
"""Of so many the worst may be left out: it may have been a fault of ours."""


@dataclass(frozen=True, slots=True)
class Volume:
    """Posts of a source in hours that were read whole, of eight weeks, up to the latest of them.

    What is usual follows the hour of the week, so that a night or a weekend is no silence. None
    where too little is known to say.
    """

    hours_read: int = 0
    silence_hours: int = 0
    """Without a post, up to the latest that was read."""
    longest_silence_hours: int = 0
    """Before that one."""
    posts_missed: int | None = None
    """What the hours of the silence usually bring."""
    posts_missed_before: int | None = None
    """The same of the worst silence before; of several weeks the worst is left out."""
    posts_day: int | None = None
    """In the latest 24 of these hours."""
    posts_usual_day: int | None = None
    """What these 24 hours usually bring."""
    posts_lowest_day: int | None = None
    """What they bring at the lowest share of the usual that a day before brought; of several days
    the worst is left out."""
    posts_week: int = 0
    """In the latest 168 of these hours."""
    posts_usual_week: float | None = None
    """The median of as many before, as often as there are so many."""
    posts_lowest_week: int | None = None
    """The fewest of as many before; of several weeks the worst left out."""


def volume_of(posts: _Posts, usual: _Posts) -> Volume:
    """Return what these hours say, the latest last; `usual` is not a number where not known."""
    silences = _silences(posts)
    missed = _missed(posts, np.nan_to_num(usual))
    weeks = [int(week.sum()) for week in _latest_first(posts, _WEEK)]
    is_known = len(usual) >= _DAY and bool(np.isfinite(usual[-_DAY:]).all())
    usual_day = int(usual[-_DAY:].sum()) if is_known else None
    lowest_share = _lowest(_shares_of_days(posts, usual)[1:])
    return Volume(
        hours_read=len(posts),
        silence_hours=silences[-1],
        longest_silence_hours=max(silences[:-1], default=0),
        posts_missed=int(missed[-1]) if is_known else None,
        posts_missed_before=_missed_before(missed[: len(missed) - silences[-1]]),
        posts_day=int(posts[-_DAY:].sum()) if len(posts) >= _DAY else None,
        posts_usual_day=usual_day,
        posts_lowest_day=_share_of(usual_day, lowest_share),
        posts_week=int(posts[-_WEEK:].sum()),
        posts_usual_week=float(median(weeks[1:])) if len(weeks) > 1 else None,
        posts_lowest_week=_lowest(weeks[1:]),
    )


def _share_of(whole: int | None, share: float | None) -> int | None:
    return None if whole is None or share is None else int(whole * share)


def _silences(posts: _Posts) -> list[int]:
    """Return how many hours each silence took, the latest last: 0 when the last hour had posts."""
    heard = np.flatnonzero(posts > 0)
    silences: list[int] = (np.diff(heard, prepend=-1, append=len(posts)) - 1).tolist()
    return silences


def _missed(posts: _Posts, usual: _Posts) -> _Posts:
    """Return of each hour what the silence it stands in would usually have brought so far."""
    total = np.cumsum(usual)
    heard = np.maximum.accumulate(np.where(posts > 0, total, 0.0))
    return total - heard


def _missed_before(missed: _Posts) -> int | None:
    worst = _lowest([-float(week.max()) for week in _latest_first(missed, _WEEK)])
    return None if worst is None else int(-worst)


def _shares_of_days(posts: _Posts, usual: _Posts) -> list[float]:
    """Return what each day brought against its usual, the latest first, where that is known."""
    days = zip(_latest_first(posts, _DAY), _latest_first(usual, _DAY), strict=True)
    totals = [(float(brought.sum()), float(meant.sum())) for brought, meant in days]
    return [brought / meant if meant > 0 else np.nan for brought, meant in totals]


def _latest_first(values: _Posts, length: int) -> list[_Posts]:
    """Return the whole parts of this length, the latest first."""
    ends = range(len(values), length - 1, -length)
    return [values[end - length : end] for end in ends]


def _lowest(values: Sequence[_Number]) -> _Number | None:
    """Return the lowest that is known, or where there are several the one above it."""
    known = sorted(value for value in values if not np.isnan(value))
    return known[len(known) >= _SEVERAL] if known else None
