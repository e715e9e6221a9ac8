"""The web pages of a digest: one a week, each leading to the weeks beside it, and a list of all.

A folder holds `NAME-WEEK.html` with its plain text, its pictures and the issue as data, and
`NAME.html`. Nothing in them is of the day they were made, so the same issues give the same bytes.
"""

import logging
import re
from base64 import b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from digest import chart as charts
from digest import headline, network_picture
from digest.harmless import harmless
from digest.issue import Issue
from digest.language import Language, speaking
from digest.redacting import issue_of
from digest.render import render_text, words_of
from digest.section import Link, Row, Section
from digest.templating import environment
from digest.weeks import spoken

_log = logging.getLogger("goodguest.digest")

ISSUE: Final = ".issue.json"
"""Ending of the file that holds an issue as data."""
MOST: Final = 520
"""Weeks that the list shows: ten years."""
_BEFORE_NETWORK: Final = ("topics", "unmet", "datasets", "entities", "spoken", "communities")


@dataclass(frozen=True, slots=True)
class _Shown:
    src: str
    alternative: str
    width: int


@dataclass(frozen=True, slots=True)
class _Week:
    url: str
    words: str
    about: str


def stem_of(name: str, week: str) -> str:
    """Return what the names of an issue's files begin with."""
    return f"{name}-{week}"


def files_of(folder: Path, issue: Issue) -> dict[str, bytes]:
    """Return the files by name that the folder has to hold beside this issue's data.

    They are its own, the page first, then the pages of the weeks beside it, which lead to it, and
    the list.
    """
    known = issues_in(folder, issue.name) | {issue.week: issue}
    stem = stem_of(issue.name, issue.week)
    files = {
        f"{stem}.html": page_of(issue, known).encode(),
        f"{stem}.txt": render_text(issue).encode(),
        **pictures_of(issue),
    }
    for week in _beside(issue.week, known):
        if week is not None:
            page = page_of(known[week], known)
            files[f"{stem_of(issue.name, week)}.html"] = page.encode()
    return files | {f"{issue.name}.html": index_of(list(known.values())).encode()}


def issues_in(folder: Path, name: str) -> dict[str, Issue]:
    """Return the issues of the digest that the folder holds by week, the latest first."""
    of_digest = re.compile(rf"{re.escape(name)}-(\d{{4}}-W\d{{2}}){re.escape(ISSUE)}")
    paths = [path for path in folder.glob(f"{name}-*{ISSUE}") if of_digest.fullmatch(path.name)]
    found = {}
    for path in sorted(paths, reverse=True)[:MOST]:
        try:
            issue = issue_of(path.read_bytes())
        except msgspec.MsgspecError:
            _log.error("%s: is no issue of a digest; the list of weeks is without it", path)
            continue
        found[issue.week] = issue
    return found


def pictures_of(issue: Issue) -> dict[str, bytes]:
    """Return the pictures of the issue's page by file name."""
    shown, stem = harmless(issue), stem_of(issue.name, issue.week)
    pictures = {}
    if charts.charted(shown):
        pictures[f"{stem}.png"] = charts.chart_png(shown)
    if shown.network and network_picture.drawn(shown.network)[0]:
        pictures[f"{stem}-network.png"] = network_picture.network_png(shown.network)
    return pictures


def page_of(issue: Issue, weeks: Collection[str]) -> str:
    """Return the issue as a web page that leads to the weeks of the archive beside it."""
    words, shown = words_of(issue), harmless(issue)
    tongue, stem = speaking(issue.language), stem_of(issue.name, issue.week)
    before, after = (
        Link(words=spoken(week, tongue), url=f"{stem_of(issue.name, week)}.html") if week else None
        for week in _beside(issue.week, weeks)
    )
    has_network = bool(network_picture.drawn(shown.network)[0])
    return _page(
        "page.html",
        words
        | {
            "sections": _with_network(words["sections"], shown, tongue),
            "before": before,
            "after": after,
            "index": f"{issue.name}.html",
            "pictures": {
                "chart": _Shown(f"{stem}.png", words["alternative"], charts.WIDTH)
                if words["charted"]
                else None,
                "network": _Shown(
                    f"{stem}-network.png",
                    network_picture.alternative_text(shown.network, tongue),
                    network_picture.WIDTH,
                )
                if has_network and shown.network
                else None,
            },
        },
    )


def index_of(issues: Sequence[Issue]) -> str:
    """Return the list of a digest's weeks, the latest first, in the language of the latest."""
    latest_first = sorted(issues, key=lambda issue: issue.week, reverse=True)[:MOST]
    latest = harmless(latest_first[0])
    tongue = speaking(latest.language)
    return _page(
        "archive.html",
        {
            "issue": latest,
            "tongue": tongue,
            "say": tongue.say,
            "weeks": [
                _Week(
                    url=f"{stem_of(issue.name, issue.week)}.html",
                    words=spoken(issue.week, tongue),
                    about=headline.in_short(harmless(issue), tongue),
                )
                for issue in latest_first
            ],
        },
    )


def _page(template: str, words: dict[str, object]) -> str:
    css = (Path(__file__).parent / "templates" / "page.css").read_text(encoding="utf-8")
    known = b64encode(sha256(css.encode()).digest()).decode()
    page = environment(escape=True).get_template(template)
    policy = f"default-src 'none'; img-src 'self'; style-src 'sha256-{known}'"
    return page.render(words, css=css, policy=policy) + "\n"


def _beside(week: str, weeks: Collection[str]) -> tuple[str | None, str | None]:
    """Return the weeks of the archive before and after this one; ISO weeks sort as they follow."""
    before = max((one for one in weeks if one < week), default=None)
    return before, min((one for one in weeks if one > week), default=None)


def _with_network(
    sections: tuple[Section, ...], issue: Issue, tongue: Language
) -> tuple[Section, ...]:
    if issue.network is None or not (lines := network_picture.shared(issue.network)):
        return sections
    network = Section(
        key="network",
        heading=tongue.say("Who talks about the same"),
        picture="network",
        caption=tongue.say("Posts on our topics by community, and of these by topic."),
        columns=(tongue.say("Community"), tongue.say("Posts"), tongue.say("Topics")),
        rows=tuple(
            Row(
                name=place.name,
                cells=(
                    tongue.number(place.posts),
                    ", ".join(tongue.say("{topic} {n}", topic=t, n=n) for t, n in topics),
                ),
            )
            for place, topics in lines
        ),
    )
    first = [x for x in sections if x.key in _BEFORE_NETWORK]
    return (*first, network, *sections[len(first) :])
