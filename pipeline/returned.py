"""Returned mails: which issues did not arrive, and who writes that they want no more."""

import mailbox
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from contract.charter import Charter
from contract.errors import FixSettings
from pipeline.delivery import token_of
from pipeline.settings import Settings
from pipeline.tombstones import erasure_key
from warehouse.delivering import note_bounce, recipients_of, unsubscribe
from warehouse.store import opened

_MOST_MAILS: Final = 10_000
_LONGEST_MAIL: Final = 5_000_000
_LONGEST_HEAD: Final = 100_000
_OURS: Final = re.compile(
    rb"^Message-ID:\s{0,9}<([a-z0-9][a-z0-9_-]{0,99})\.(\d{4}-W\d\d)\.([0-9a-f]{24})@", re.I | re.M
)
"""The Message-ID of an issue for a reader."""
_ENDS: Final = re.compile(
    rb"^Subject:\s{0,9}unsubscribe\s{1,9}([a-z0-9][a-z0-9_-]{0,99})\s{1,9}([0-9a-f]{24})\s*?$",
    re.I | re.M,
)
_IS_REPORT: Final = re.compile(rb"^Content-Type:\s{0,9}multipart/report\b", re.I | re.M)
_STATUS: Final = re.compile(rb"^Status:\s{0,9}([245]\.\d{1,3}\.\d{1,3})", re.I | re.M)
_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_BROKEN_LINE: Final = re.compile(rb"=\r?\n")
"""Of quoted-printable."""


def take_returned(given: Settings, where: Path) -> Counter[str]:
    """Note what the mails say; return how many are bounced, delayed, unsubscribed or other.

    `where` is a Maildir, an mbox, one mail, or `-` for one mail on standard input. A report of
    delivery (RFC 3464) is known by the Message-ID it returns, a mail that ends a digest by the
    token in its subject; whom a mail says it is from counts for nothing. Reads 10,000 mails at
    most, and of each 5 MB. Raises FixSettings where there is nothing to read.
    """
    charter, key, counts = given.load_charter(), erasure_key(given), Counter[str]()
    with opened(given.warehouse) as engine:
        for _, mail in zip(range(_MOST_MAILS), _mails(where), strict=False):
            counts[_take(charter, engine, key, mail[:_LONGEST_MAIL])] += 1
    return counts


def _take(charter: Charter, engine: Engine, key: bytes, mail: bytes) -> str:
    # Not parsed: what comes in may be made to break whatever parses it, and so stop all others.
    head, body = _parted(mail)
    if ends := _ENDS.search(head):
        name, token = (said.decode().lower() for said in ends.groups())
        recipient = _recipient(charter, engine, key, name, token)
        if recipient is None:
            return "other"
        unsubscribe(engine, name, recipient)
        return "unsubscribed"
    # The report stands before what it returns, which may say anything.
    status, issue = _STATUS.search(body), _OURS.search(_BROKEN_LINE.sub(b"", body))
    if status is None or issue is None or not _IS_REPORT.search(head):
        return "other"
    code = status[1].decode()
    if code.startswith("4"):
        return "delayed"
    name, week, token = (said.decode() for said in issue.groups())
    recipient = _recipient(charter, engine, key, name, token)
    if recipient is None or not code.startswith("5"):
        return "other"
    return "bounced" if note_bounce(engine, name, week, recipient, code) else "other"


def _parted(mail: bytes) -> tuple[bytes, bytes]:
    end = _END_OF_HEAD.search(mail, 0, _LONGEST_HEAD)
    at = end.start() if end else _LONGEST_HEAD
    return mail[:at], mail[at:]


def _recipient(charter: Charter, engine: Engine, key: bytes, name: str, token: str) -> str | None:
    with engine.connect() as conn:
        known = set(recipients_of(conn, name))
    if name in charter.digests:
        known |= {reader.mail for reader in charter.digests[name].to}
    return {token_of(key, name, each): each for each in known}.get(token)


def _mails(where: Path) -> Iterator[bytes]:
    if str(where) == "-":
        yield sys.stdin.buffer.read(_LONGEST_MAIL)
    elif (where / "cur").is_dir():
        yield from _in_box(mailbox.Maildir(where, create=False))
    elif where.is_file():
        with where.open("rb") as file:
            is_box = file.read(5) == b"From "
        if is_box:
            yield from _in_box(mailbox.mbox(where, create=False))
        else:
            with where.open("rb") as file:
                yield file.read(_LONGEST_MAIL)
    else:
        raise FixSettings(f"{where}: found no mail; allowed are a Maildir, an mbox, a mail, or -")


def _in_box(box: "mailbox.Maildir | mailbox.mbox") -> Iterator[bytes]:
    with closing(box):
        for key in box.iterkeys():
            with suppress(KeyError):  # taken out meanwhile
                yield box.get_bytes(key)
