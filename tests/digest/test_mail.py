"""Mails go to a real server on loopback and are read back from what it received."""

import logging
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fernley_issues import FULL
from forms import mailed
from mailbox_server import Inbox, free_port, serving

from contract.errors import FixSettings, RetryLater
from digest.chart import chart_png
from digest.mail import Unsubscribing, message_of
from digest.render import render_html, render_text
from digest.smtp import send, smtp_of_url

CONTENT = mailed(FULL)
ENDING = Unsubscribing("0123456789abcdef01234567", "https://mails.fernley.example/unsubscribe/x")
TO = ("policy@fernley.example", "gone@fernley.example", "roads@fernley.example")


@pytest.fixture(scope="module")
def mail() -> EmailMessage:
    return message_of(CONTENT, datetime.now(UTC), ENDING)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a key and a certificate for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(private + made.public_bytes(pem))
    return file


@pytest.fixture
def tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Return the server's side; this process trusts its certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_the_mail_arrives_whole_and_parses(mail: EmailMessage) -> None:
    inbox = Inbox()
    with serving(inbox) as url:
        assert send(mail, smtp_of_url(url), TO) == TO
    (envelope,) = inbox.received
    assert envelope.rcpt_tos == list(TO)
    got = message_from_bytes(envelope.content, policy=default)
    assert [part.get_content_type() for part in got.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "text/csv",
    ]
    text, html = got.get_body(("plain",)), got.get_body(("html",))
    assert text.get_content().splitlines() == render_text(FULL).splitlines()
    assert html.get_content().splitlines() == render_html(FULL, "cid:chart").splitlines()
    assert 'src="cid:chart"' in html.get_content()
    picture = next(part for part in got.walk() if part.get_content_type() == "image/png")
    assert picture["Content-ID"] == "<chart>"
    assert picture.get_content() == chart_png(FULL)
    (table,) = got.iter_attachments()
    assert table.get_filename() == "topics.csv"
    assert table.get_content().splitlines() == ["topic,posts", "Bin days,12"]
    assert not [part for part in got.walk() if part.defects]


def test_headers_let_a_reader_sort_it_and_a_machine_know_a_second_one(mail: EmailMessage) -> None:
    assert mail["Message-ID"] == f"<road-safety-weekly.2026-W46.{ENDING.token}@fernley.example>"
    assert mail["List-Id"] == "<road-safety-weekly.fernley.example>"
    assert mail["From"] == "Town of Fernley <listening@fernley.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert abs(mail["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=5)
    assert not any(address in mail.as_string() for address in TO)


def test_one_click_ends_it_where_there_is_a_page(mail: EmailMessage) -> None:
    by_mail = f"<mailto:{FULL.contact}?subject=unsubscribe%20{FULL.name}%20{ENDING.token}>"
    assert mail["List-Unsubscribe"] == f"<{ENDING.page}>, {by_mail}"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    without = message_of(CONTENT, datetime.now(UTC), ENDING._replace(page=None))
    assert without["List-Unsubscribe"] == by_mail
    assert without["List-Unsubscribe-Post"] is None


def test_who_is_refused_is_named_by_place_only(
    mail: EmailMessage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    inbox = Inbox(gone="550 no such user")
    with serving(inbox) as url:
        assert send(mail, smtp_of_url(url), TO) == (TO[0], TO[2])
    assert inbox.received[0].rcpt_tos == [TO[0], TO[2]]
    ours = [record.getMessage() for record in caplog.records if record.name != "mail.log"]
    assert any("refuses recipient 2 of 3" in said for said in ours)
    assert not any(address in said for address in TO for said in ours)


@pytest.mark.parametrize(
    ("answers", "raised", "said"),
    [
        ({"data": "554 looks like spam"}, FixSettings, "refuses the mail (554)"),
        ({"data": "452 disk full"}, RetryLater, "puts off the mail (452)"),
        (dict.fromkeys(("policy", "gone", "roads"), "550 no"), FixSettings, "every recipient"),
        (dict.fromkeys(("policy", "gone", "roads"), "450 grey"), RetryLater, "every recipient"),
    ],
)
def test_a_refusal_says_what_to_do_and_names_nobody(
    mail: EmailMessage, answers: dict[str, str], raised: type[Exception], said: str
) -> None:
    with serving(Inbox(**answers)) as url, pytest.raises(raised) as error:
        send(mail, smtp_of_url(url), TO)
    assert said in str(error.value)
    assert "@" not in str(error.value)


def test_a_server_that_is_away_is_tried_later(mail: EmailMessage) -> None:
    url = f"smtp://127.0.0.1:{free_port()}"
    with pytest.raises(RetryLater, match="cannot be reached") as error:
        send(mail, smtp_of_url(url), TO)
    assert error.value.at > datetime.now(UTC)


def _opens_for(password: bytes) -> Callable[..., AuthResult]:
    def check(server, session, envelope, mechanism, login) -> AuthResult:
        return AuthResult(success=login.password == password, handled=False)

    return check


def test_the_password_travels_inside_tls(mail: EmailMessage, tls: ssl.SSLContext) -> None:
    inbox = Inbox()
    options = {"tls_context": tls, "auth_required": True, "authenticator": _opens_for(b"s3:cret/")}
    with serving(inbox, "smtp://post:s3%3Acret%2F@", **options) as url:
        assert send(mail, smtp_of_url(url), TO) == TO
    assert inbox.received[0].rcpt_tos == list(TO)


def test_a_wrong_password_is_a_matter_of_settings(mail: EmailMessage, tls: ssl.SSLContext) -> None:
    options = {"tls_context": tls, "auth_required": True, "authenticator": _opens_for(b"right")}
    with (
        serving(Inbox(), "smtp://post:wr0ng@", **options) as url,
        pytest.raises(FixSettings, match="user and password") as error,
    ):
        send(mail, smtp_of_url(url), TO)
    assert "wr0ng" not in str(error.value)


def test_smtps_and_a_certificate_nobody_vouches_for(
    mail: EmailMessage, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox()
    with serving(inbox, "smtps://", ssl_context=tls) as url:
        send(mail, smtp_of_url(url), TO)
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(FixSettings, match="certificate"):
            send(mail, smtp_of_url(url), TO)
    assert len(inbox.received) == 1


@pytest.mark.parametrize(
    "url", ["mail.fernley.example", "http://h", "smtp://", "smtp://u@h", "smtp://u:p4ss@h:port"]
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(FixSettings, match="allowed are smtp") as error:
        smtp_of_url(url)
    assert "p4ss" not in repr((error.value, error.value.__cause__))


def test_settings_hide_the_password() -> None:
    assert "p4ss" not in repr(smtp_of_url("smtp://post:p4ss@mail.fernley.example:587"))
