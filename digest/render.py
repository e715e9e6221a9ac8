"""The forms of an issue that are mailed: HTML, and plain text that stands on its own."""

import re
from typing import Any

from mjml import mjml2html

from digest import chart as charts
from digest import headline, sentences
from digest.harmless import harmless
from digest.issue import Issue
from digest.language import speaking
from digest.sections import sections_of
from digest.templating import environment
from digest.weeks import spoken

_EMAIL = 'aria-roledescription="email"'


def subject_of(issue: Issue) -> str:
    """Return the mail's subject, one line: what it is about, what moved, which week."""
    return headline.subject(harmless(issue), speaking(issue.language))


def summary_of(issue: Issue) -> tuple[str, ...]:
    """Return the one to three sentences of what matters."""
    return headline.summary(harmless(issue), speaking(issue.language))


def render_html(issue: Issue, chart: str | None) -> str:
    """Return the mail; `chart` is where the picture is: `cid:…`, `data:…` or a file beside it."""
    shown = words_of(issue)
    mail = environment(escape=True).get_template("issue.mjml")
    html = str(
        mjml2html(
            mail.render(shown, chart=chart if shown["charted"] else None, chart_width=charts.WIDTH)
        )
    )
    # MJML calls the whole an article, but a page, as which it is opened too, has a main part.
    return html.replace('role="article"', 'role="main"', 1).replace(_EMAIL, "", 1)


def render_text(issue: Issue) -> str:
    """Return the same as plain text: one line a paragraph, so that a phone breaks it itself."""
    page = environment(escape=False).get_template("issue.txt")
    text = page.render(words_of(issue))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def words_of(issue: Issue) -> dict[str, Any]:
    """Return what templates show of the issue, in its language."""
    tongue, shown = speaking(issue.language), harmless(issue)
    charted = charts.charted(shown)
    return {
        "issue": shown,
        "tongue": tongue,
        "say": tongue.say,
        "subject": headline.subject(shown, tongue),
        "summary": headline.summary(shown, tongue),
        "spoken": spoken(issue.week, tongue),
        "sections": sections_of(shown, tongue),
        "quoted": lambda example: sentences.quoted(example, tongue),
        "read_it": lambda example: sentences.read_it(example, tongue),
        "charted": charted,
        "alternative": charts.alternative_text(shown) if charted else "",
    }
