"""Mail: an issue as a message, and sending any to a real server, with words for what went wrong."""

import logging
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from contract.errors import FixSettings, RetryLater
from digest.issue import Issue
from digest.sentences import subject

CHART = "chart"
"""Content id of the chart: HTML for a mail names its picture `cid:chart`."""
_log = logging.getLogger(__name__)
_PORTS = {"smtp": 25, "smtps": 465}
_SECONDS = 30
_AGAIN = timedelta(minutes=15)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """A mail server; its password shows in no message."""

    host: str
    port: int
    is_tls: bool = False
    """TLS from the first byte (`smtps`); otherwise STARTTLS is used when the server offers it."""
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def smtp_of_url(url: str) -> SmtpSettings:
    """Return the settings in `smtp://user:password@host:port` or `smtps://…`.

    User, password and port may be absent. Raises FixSettings, without repeating the address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        if not parts.hostname or (parts.username is None) != (parts.password is None):
            raise ValueError
    except (ValueError, KeyError) as error:
        raise FixSettings(
            "The mail server's address is not understood; allowed are smtp://host,"
            " smtp://user:password@host:587 and smtps://user:password@host:465 (special characters"
            " in user and password percent-encoded)"
        ) from error.__class__("hidden, for it may hold the password")
    return SmtpSettings(
        host=parts.hostname,
        port=port,
        is_tls=parts.scheme == "smtps",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def message_of(issue: Issue, html: str, text: str, chart: bytes | None) -> EmailMessage:
    """Return the mail: plain text, and HTML with its chart inside.

    Its Message-ID follows from digest and week alone, so that one sent again is known as the same.
    """
    message = addressed(
        Sender(issue.agency, issue.contact),
        subject=subject(issue),
        title=issue.title,
        series=issue.name,
        number=issue.week,
        made_at=datetime.now(UTC),
    )
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    page = message.get_body(("html",))
    if chart and page:
        page.add_related(
            chart, "image", "png", cid=f"<{CHART}>", filename="chart.png", disposition="inline"
        )
    return message


class Sender(NamedTuple):
    """Who sends a mail: the agency, and its address."""

    name: str
    contact: str


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


def send(message: EmailMessage, smtp: SmtpSettings, to: Sequence[str]) -> tuple[str, ...]:
    """Send the mail to all of `to` at once; return those the server took it for.

    Whom it refused is logged by place in the charter's list, not by address.
    Raises FixSettings when a person has to change something, RetryLater when the server is away or
    busy. Then nobody was sent anything, and sending again is safe.
    """
    where = f"mail server {smtp.host}:{smtp.port}"
    if not to:
        raise FixSettings("The mail has no recipients; name them under `to` in the charter")
    try:
        with _connected(smtp) as server:
            _secured(server, smtp, where)
            refused = server.send_message(message, to_addrs=list(to))
    except smtplib.SMTPAuthenticationError as error:
        raise FixSettings(
            f"{where} refuses user and password ({error.smtp_code}); check them in its address"
        ) from None
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        raise _refusal(where, min(codes), "every recipient") from None
    except smtplib.SMTPSenderRefused as error:
        raise _refusal(
            where, error.smtp_code, "the sender, which is the agency's contact"
        ) from None
    except smtplib.SMTPResponseException as error:
        raise _refusal(where, error.smtp_code, "the mail") from None
    except ssl.SSLError as error:
        raise FixSettings(
            f"{where} cannot be reached safely ({error.reason or error}); check its name, port and"
            f" certificate, and whether it wants smtp:// or smtps://"
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        raise RetryLater(
            f"{where} cannot be reached ({type(error).__name__}); check that it runs; the mail"
            f" is sent later",
            datetime.now(UTC) + _AGAIN,
        ) from None
    places = [str(place) for place, address in enumerate(to, start=1) if address in refused]
    if places:
        _log.warning(
            "%s refuses recipient %s of %d: check `to` in the charter",
            where,
            ", ".join(places),
            len(to),
        )
    return tuple(address for address in to if address not in refused)


def _connected(smtp: SmtpSettings) -> smtplib.SMTP:
    if smtp.is_tls:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=_SECONDS, context=context)
    return smtplib.SMTP(smtp.host, smtp.port, timeout=_SECONDS)


def _secured(server: smtplib.SMTP, smtp: SmtpSettings, where: str) -> None:
    server.ehlo_or_helo_if_needed()
    is_safe = smtp.is_tls
    if not is_safe and server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
        is_safe = True
    if smtp.user is None or smtp.password is None:
        return
    if not is_safe and smtp.host not in _LOOPBACK:
        raise FixSettings(
            f"{where} offers no encryption, so the password is not sent to it; use smtps:// or a"
            f" server with STARTTLS"
        )
    server.login(smtp.user, smtp.password)


def _refusal(where: str, code: int, what: str) -> FixSettings | RetryLater:
    if code >= 500:
        return FixSettings(f"{where} refuses {what} ({code}); check addresses and its rules")
    return RetryLater(f"{where} puts off {what} ({code})", datetime.now(UTC) + _AGAIN)
