"""A mail server: where it is, and handing mails over to it, with words for what went wrong."""

import logging
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from typing import Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from contract.errors import FixSettings, RetryLater

_log = logging.getLogger(__name__)
_PORTS = {"smtp": 25, "smtps": 465}
_SECONDS = 30
_AGAIN = timedelta(minutes=15)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_NEEDS_UTF8 = 553
"""What is said of an address in letters that the server does not take."""


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


class Answer(NamedTuple):
    """What a server said to one mail: its code."""

    code: int

    @property
    def state(self) -> Literal["sent", "refused", "put off"]:
        """Return what became of the mail: the server's to deliver, or not, now or ever."""
        if 200 <= self.code < 300:
            return "sent"
        return "refused" if self.code >= 500 else "put off"


def send(message: EmailMessage, smtp: SmtpSettings, to: Sequence[str]) -> tuple[str, ...]:
    """Send the mail to all of `to` at once; return those the server took it for.

    Whom it refused is logged by place in the charter's list, not by address.
    Raises FixSettings when a person has to change something, RetryLater when the server is away or
    busy. Then nobody was sent anything, and sending again is safe.
    """
    if not to:
        raise FixSettings("The mail has no recipients; name them under `to` in the charter")
    with session(smtp) as server:
        refused = server.send_message(message, to_addrs=list(to))
    places = [str(place) for place, address in enumerate(to, start=1) if address in refused]
    if places:
        _log.warning(
            "%s refuses recipient %s of %d: check `to` in the charter",
            _where(smtp),
            ", ".join(places),
            len(to),
        )
    return tuple(address for address in to if address not in refused)


@contextmanager
def session(smtp: SmtpSettings) -> Iterator[smtplib.SMTP]:
    """Yield a connection on which mails can be handed over.

    Raises FixSettings when a person has to change something, RetryLater when the server is away,
    breaks off or puts off, at the begin or in between.
    """
    where = _where(smtp)
    try:
        with _connected(smtp) as server:
            _secured(server, smtp, where)
            yield server
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


def hand_over(
    server: smtplib.SMTP, message: EmailMessage, to: str, begin: Callable[[], None]
) -> Answer:
    """Hand the mail over for one recipient; `begin` is called before its content leaves.

    What fails before that was sent to nobody. Raises what smtplib raises of the sender or of a
    connection that breaks.
    """
    sender = message["From"].addresses[0].addr_spec
    is_plain = f"{sender}{to}".isascii()
    if not is_plain and not server.has_extn("smtputf8"):
        return Answer(_NEEDS_UTF8)
    wide = [] if is_plain else ["SMTPUTF8", "BODY=8BITMIME"]
    content = message.as_bytes(policy=policy.SMTP if is_plain else policy.SMTPUTF8)
    code, said = server.mail(sender, wide)
    if code != 250:
        server.rset()
        raise smtplib.SMTPSenderRefused(code, said, sender)
    code, _ = server.rcpt(to)
    if code not in (250, 251):
        server.rset()
        return Answer(code)
    begin()
    try:
        code, _ = server.data(content)
    except smtplib.SMTPDataError as error:
        return Answer(error.smtp_code)
    return Answer(code)


def _where(smtp: SmtpSettings) -> str:
    return f"mail server {smtp.host}:{smtp.port}"


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
