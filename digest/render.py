"""The forms of an issue: HTML for mail and page, and plain text that stands on its own."""

import re
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from mjml import mjml2html

from connectors import CONNECTORS
from digest import chart as charts
from digest import sentences
from digest.issue import Issue, Top
from digest.weeks import spoken

_EMAIL = 'aria-roledescription="email"'


def render_html(issue: Issue, chart: str | None) -> str:
    """Return the page; `chart` is where the picture is: `cid:…`, `data:…` or a file beside it."""
    page = _environment(escape=True).get_template("issue.mjml")
    is_charted = chart is not None and bool(charts.charted(issue))
    html = str(
        mjml2html(
            page.render(
                _words(issue),
                chart=chart if is_charted else None,
                alternative=charts.alternative_text(issue) if is_charted else "",
                chart_width=charts.WIDTH,
            )
        )
    )
    # MJML calls the whole an article, but a page, as which it is opened too, has a main part.
    return html.replace('role="article"', 'role="main"', 1).replace(_EMAIL, "", 1)


def render_text(issue: Issue) -> str:
    """Return the same as plain text: one line a paragraph, so that a phone breaks it itself."""
    page = _environment(escape=False).get_template("issue.txt")
    text = page.render(_words(issue), left_out=_left_out)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _environment(*, escape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=escape,  # noqa: S701  plain text is not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": _day, "title_of": _title_of, "platform_title": _platform_title}
    return environment


def _words(issue: Issue) -> dict[str, Any]:
    return {
        "issue": issue,
        "subject": sentences.subject(issue),
        "summary": sentences.summary(issue),
        "limits": sentences.limits(issue),
        "spoken": spoken(issue.week),
        "compared": not sentences.why_not_compared(issue),
        "compared_to_before": any(line.before is not None for line in issue.communities.lines),
        "against_usual": sentences.against_usual,
        "against_before": sentences.against_before,
        "stars": sentences.stars,
        "stances": sentences.stances,
        "quoted": sentences.quoted,
        "trouble": sentences.trouble,
        "people": sentences.people,
        "percent": sentences.percent,
    }


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"


def _title_of(name: str) -> str:
    return name.replace("-", " ").replace("_", " ").capitalize()


def _platform_title(platform: str) -> str:
    known = {connector.TERMS.platform: connector.TERMS.title for connector in CONNECTORS}
    return known.get(platform) or _title_of(platform)


def _left_out(top: Top[Any], what: str) -> str:
    return f"… and {top.left_out} more {what}.\n" if top.left_out else ""
