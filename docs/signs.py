"""How far early signs can be trusted: figures for docs/signs.md from simulated years.

    python -m docs.signs

writes the measured parts of the page, and returns 1 when one of its promises is not kept.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from docs.marked import filled
from docs.signs_quiet import WARM, YEAR, quiet_year
from transforms.signs import RATE, Sign, forecast, signs

PAGE: Final = Path(__file__).with_suffix(".md")
YEARS: Final = 500
_TIMES: Final = 150
"""How often each size of a story is planted."""
_MANY: Final = (5, 10, 20, 50, 100, 200)
_USUAL: Final = (10, 20, 50, 100)
_KNOWN: Final = (7, 25)
_STATED: Final = 0.8
PROMISED: Final = ((8, 10, 25), (5, 50, 25))
"""Rises that are found as often as stated: how many times the usual, of so many posts a week, with
so many weeks before."""
Given = TypeVar("Given")
Found = TypeVar("Found")


class Planted(NamedTuple):
    """What happens in the last week of one of fifty series."""

    what: str
    """rise or fall: of the week; spike: of its Thursday; drift: step by step over eight weeks, told
    in the last week or the three before it."""
    times: float
    usual: int
    """Posts a week before."""
    known: int
    """Weeks before."""


RISES: Final = [Planted("rise", *x) for x in product((2, 3, 5, 8), _USUAL, _KNOWN)]
FALLS: Final = [Planted("fall", *x) for x in product((0.5, 0.2, 0), _USUAL, _KNOWN)]
DRIFTS: Final = [Planted("drift", *x) for x in product((0.2, 0.1, 0.05, 5, 10), _USUAL, (25,))]
SPIKES: Final = [Planted("spike", *x) for x in product((5, 10, 20), _USUAL, _KNOWN)]


def false_signs(year: int) -> pd.DataFrame:
    """Return what was raised in each week of a quiet year, a row a week.

    Every second year begins with four weeks before it, as a new deployment does.
    """
    dice = np.random.default_rng([1, year])
    many, is_new = _MANY[year % len(_MANY)], bool(year // len(_MANY) % 2)
    quiet = quiet_year(dice, many)
    rows = []
    for week in range(WARM, WARM + YEAR):
        known = min(WARM, 5 + week - WARM) if is_new else WARM
        found = signs(quiet.series(week, known))
        rows.append({
            "year": year, "series": many, "weeks before": known - 1,
            "rose": any(x.change == "rose" for x in found),
            "fell": any(x.change == "fell" for x in found),
            "spike": any(x.spike_day is not None for x in found),
            "drift": any(x.drift for x in found),
        })  # fmt: skip
    frame = pd.DataFrame(rows)
    return frame.assign(any=frame[["rose", "fell", "spike", "drift"]].any(axis=1))


def found_share(planted: Planted, times: int = _TIMES) -> float:
    """Return how often what is planted in one of fifty series is found."""
    dice = np.random.default_rng([2, *(round(10 * x) for x in planted[1:]), len(planted.what)])
    happens = np.full(7, planted.times, dtype=float)
    if planted.what == "spike":
        happens[[0, 1, 2, 4, 5, 6]] = 1
    if planted.what == "drift":
        happens = planted.times ** (np.arange(1, 57) / 56)
    found = 0
    weeks = range(planted.known, planted.known - (4 if planted.what == "drift" else 1), -1)
    for _ in range(times):
        year = quiet_year(dice, 50, planted.known + 1, planted.usual, happens)
        found += any(_is_found(planted, signs(year.series(week))[0]) for week in weeks)
    return found / times


def _is_found(planted: Planted, sign: Sign) -> bool:
    way = "rose" if planted.times > 1 else "fell"
    is_raised = {"rise": sign.change == way, "fall": sign.change == way,
                 "spike": sign.spike_day == 3,
                 "drift": way in (sign.change, sign.drift and sign.drift.change)}  # fmt: skip
    return is_raised[planted.what]


def foretold(year: int) -> pd.DataFrame:
    """Return the weeks foretold in a quiet year with what came, a row a week that was read whole.

    A row with no week is of a series of which nothing was foretold.
    """
    quiet = quiet_year(np.random.default_rng([3, year]), 20)
    rows = []
    for week in range(WARM - 1, WARM + YEAR - 4, 8):
        for of, series in enumerate(quiet.series(week)):
            told = forecast(series)
            if told is None:
                rows.append({"is_told": False, "usual": series.counts.sum() / len(series.counts)})
                continue
            for ahead, (mean, low, high) in enumerate(told.weeks, week + 1):
                if quiet.exposure[of, ahead].min() == 1:
                    rows.append({
                        "is_told": True, "mean": mean, "low": low, "high": high,
                        "usual": series.counts.sum() / len(series.counts),
                        "came": quiet.counts[of, ahead].sum(), "last": series.counts[-1].sum(),
                        "error": told.error, "naive_error": told.naive_error, "week": ahead,
                    })  # fmt: skip
    return pd.DataFrame(rows)


def quiet_table(weeks: pd.DataFrame) -> str:
    """Return the share of quiet weeks in which anything was raised."""
    kinds = ("rose", "fell", "spike", "drift", "any")
    parts = {"all": weeks}
    parts |= {f"{many} series": weeks[weeks["series"] == many] for many in _MANY}
    before = weeks["weeks before"]
    for least, most in ((4, 8), (9, 24), (25, 25)):
        name = f"{least} to {most} weeks before" if least < most else f"{least} weeks before"
        parts[name] = weeks[(before >= least) & (before <= most)]
    rows = [
        [name, f"{len(part):,}", *(f"{part[kind].mean():.4f}" for kind in kinds)]
        for name, part in parts.items()
    ]
    low, high = rate_between(weeks)
    said = (
        f"Of {len(weeks):,} quiet weeks {weeks['any'].sum():,} raised anything:"
        f" {weeks['any'].mean():.4f} ({low:.4f} to {high:.4f} with 95 % confidence, as years"
        f" differ); stated are {RATE:.4f}. That is {52 * weeks['any'].mean():.2f} digests with a"
        " false sign in a year."
    )
    return f"{said}\n\n{_table(['', 'weeks', *kinds], rows)}"


def rate_between(weeks: pd.DataFrame) -> tuple[float, float]:
    """Return the bounds of the share of weeks that raise anything: years are independent."""
    years = weeks.groupby("year")["any"].mean()
    error = 1.96 * years.std() / np.sqrt(len(years))
    return max(0.0, years.mean() - error), years.mean() + error


def planted_table(shares: dict[Planted, float]) -> str:
    """Return the share that was found, by size and by posts a week."""
    rows = []
    for times, known in dict.fromkeys((x.times, x.known) for x in shares):
        found = [y for x, y in shares.items() if (x.times, x.known) == (times, known)]
        rows.append([f"{times:g} ×", str(known), *(f"{share:.2f}" for share in found)])
    return _table(["size", "weeks before", *(f"{usual} a week" for usual in _USUAL)], rows)


def forecast_table(rows: pd.DataFrame) -> str:
    """Return how often what came lay in the range, and the errors."""
    told = rows[rows["is_told"]]
    bounds = ((5, 10), (10, 30), (30, 1000))
    parts = {"all": told} | {
        f"{low} to {high} a week" if high < 1000 else f"{low} and more":
        told[(told["usual"] >= low) & (told["usual"] < high)] for low, high in bounds
    }  # fmt: skip
    lines = []
    for name, x in parts.items():
        inside = ((x["came"] >= x["low"]) & (x["came"] <= x["high"])).mean()
        error, naive = (abs(x["came"] - x[of]).mean() for of in ("mean", "last"))
        shown = x["error"].mean() / x["naive_error"].mean()
        lines.append([name, f"{len(x):,}", f"{inside:.3f}", f"{error:.2f}", f"{naive:.2f}",
                      f"{error / naive:.2f}", f"{shown:.2f}"])  # fmt: skip
    names = ["", "weeks foretold", "in the range", "error", "of the last week", "ratio", "said"]
    return _table(names, lines)


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *["--:"] * (len(names) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (names, rule, *rows))


def _all(of: Callable[[Given], Found], given: Sequence[Given]) -> list[Found]:
    with ProcessPoolExecutor() as pool:
        return list(pool.map(of, given, chunksize=4))


def main() -> int:
    """Measure and write; return 1 when a promise is not kept."""
    weeks = pd.concat(_all(false_signs, range(YEARS)))
    planted = [*RISES, *FALLS, *SPIKES, *DRIFTS]
    shares = dict(zip(planted, _all(found_share, planted), strict=True))
    parts = {
        "quiet": quiet_table(weeks),
        "forecasts": forecast_table(pd.concat(_all(foretold, range(60)))),
    } | {
        name: planted_table({x: shares[x] for x in of})
        for name, of in (("rises", RISES), ("falls", FALLS), ("spikes", SPIKES), ("drifts", DRIFTS))
    }
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), parts), encoding="utf-8")
    broken = [x for x in PROMISED if shares[Planted("rise", *x)] < _STATED]
    sys.stderr.write(f"wrote {PAGE.name}; promises not kept: {broken or 'none'}\n")
    return int(bool(broken) or rate_between(weeks)[1] > RATE)


if __name__ == "__main__":
    sys.exit(main())
