"""Mail: an issue of a digest as a message to one of its readers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final, NamedTuple

from digest.issue import Issue
from digest.render import subject_of

CHART: Final = "chart"
"""Content id of the chart: HTML for a mail names its picture `cid:chart`."""


class Sender(NamedTuple):
    """Who sends a mail: the agency, and its address."""

    name: str
    contact: str


class Unsubscribing(NamedTuple):
    """How a reader ends a digest: a token of theirs, and where one click goes to, if anywhere."""

    token: str
    page: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What all readers of an issue get alike."""

    issue: Issue
    subject: str
    html: str
    text: str
    chart: bytes | None
    tables: Mapping[str, bytes]
    """CSV files by name."""


def message_of(content: Content, made_at: datetime, ending: Unsubscribing) -> EmailMessage:
    """Return the mail to one reader: plain text, HTML with its chart inside, and tables as CSV.

    Its Message-ID follows from digest, week and reader alone, so that one sent again is known as
    the same, and one that comes back is known to be theirs.
    """
    issue = content.issue
    message = addressed(
        Sender(issue.agency, issue.contact),
        subject=subject_of(issue),
        title=issue.title,
        series=issue.name,
        number=f"{issue.week}.{ending.token}",
        made_at=made_at,
    )
    del message["List-Unsubscribe"]
    for name, value in _endings(issue, ending).items():
        message[name] = value
    message.set_content(content.text)
    message.add_alternative(content.html, subtype="html")
    page = message.get_body(("html",))
    if content.chart and page:
        page.add_related(
            content.chart, "image", "png", cid=f"<{CHART}>", filename="chart.png",
            disposition="inline",
        )  # fmt: skip
    for name, table in content.tables.items():
        message.add_attachment(table, "text", "csv", filename=name, params={"charset": "utf-8"})
    return message


def _endings(issue: Issue, ending: Unsubscribing) -> dict[str, str]:
    """Return the headers by which a mail program offers to end it (RFC 2369, RFC 8058)."""
    mail = f"<mailto:{issue.contact}?subject=unsubscribe%20{issue.name}%20{ending.token}>"
    if not ending.page:
        return {"List-Unsubscribe": mail}
    return {
        "List-Unsubscribe": f"<{ending.page}>, {mail}",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def addressed(
    sender: Sender, *, subject: str, title: str, series: str, number: str, made_at: datetime
) -> EmailMessage:
    """Return a mail without content whose Message-ID follows from its series and its number.

    Recipients stand in the envelope only, so that they do not learn of each other.
    """
    domain = sender.contact.rpartition("@")[2]
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = _address(sender.name, sender.contact)
    message["To"] = _address(title, sender.contact)
    message["Date"] = format_datetime(made_at)
    message["Message-ID"] = f"<{series}.{number}@{domain}>"
    message["List-Id"] = f"<{series}.{domain}>"
    message["List-Unsubscribe"] = f"<mailto:{sender.contact}?subject=unsubscribe%20{series}>"
    message["Auto-Submitted"] = "auto-generated"
    return message


def _address(name: str, address: str) -> Address:
    return Address(display_name=" ".join(name.split()), addr_spec=address)
