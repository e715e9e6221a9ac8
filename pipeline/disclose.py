"""Disclose: what a person is told who asks what is held of them."""

import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import Connection

from connectors import connector_of
from contract.charter import Charter
from contract.errors import FixSettings
from contract.keys import stem_of
from contract.mending import mended_first
from contract.post import Post
from digest.plain_page import plain_page
from digest.redacting import issue_of, quoted_in
from pipeline.access import Asking, note
from pipeline.account import landed_by, pseudonyms_of
from pipeline.datapackage import DESCRIPTOR
from pipeline.digest import ISSUE
from pipeline.hold import sentence_of
from pipeline.settings import Settings, pseudonym_key
from pipeline.tombstones import account_key
from transforms.pseudonyms import key_id
from warehouse.holding import standing_over
from warehouse.receipts import sources_of
from warehouse.removals import posts_by
from warehouse.store import opened
from warehouse.whole import meanings, names_of_ties, whole_posts

_MOST: Final = 20_000
"""Posts in an answer: who wrote more gets it in parts, by agreement."""
_NOT_GIVEN: Final = (
    "The secret behind the pseudonym: with it the pseudonyms of others could be found.",
    "Sealed copies held by order: whether and when they are given is for who ordered it.",
    "Backups: they hold the same until they are deleted.",
)


def disclose_subject(
    given: Settings, platform: str, accounts: Sequence[str], asked: "Request", out: Path
) -> dict[str, Any]:
    """Write all that is held of the accounts, which one person named as theirs, into the folder.

    Returns `files`, `posts`, `as_received` (records of theirs in landed pages), `held_by_order` and
    `posts_of_older_keys` (of this platform, whose writers nobody can tell any more). Raises
    FixSettings for an unknown platform, a name that several accounts had, a folder that holds
    something, or a request that lacks its reference or role.
    """
    connector_of(platform)
    if not accounts:
        raise FixSettings("name the account, as the person gives it: --account ID or name")
    asked.refuse_unfit(out)
    with opened(given.warehouse) as engine, engine.connect() as connection:
        landed = list(_landed(given, connection, platform, accounts))
        _refuse_shared_names(landed, accounts, platform)
        authors = set[str]()
        for account in accounts:
            authors |= pseudonyms_of(given, platform, account, landed)
        key = key_id(pseudonym_key(given))
        keys, older = posts_by(connection, platform, authors, key)
        _refuse_too_many(max(len(keys), len(landed)))
        posts = whole_posts(connection, keys)
        held = standing_over(connection, keys, authors, datetime.now(UTC).date())
        said: dict[str, Any] = {
            **asked.said(given.load_charter()),
            "platform": platform,
            "accounts": list(accounts),
            "pseudonyms": sorted({one["post"]["author_key"] for one in posts.values()}),
            "posts": [posts[key] for key in sorted(posts, key=lambda k: posts[k]["post"]["day"])],
            "posts_of_older_keys": older,
            "named": names_of_ties(connection, posts.values()),
            "as_received": [_plain(one) for one in landed],
            "held_by_order": [sentence_of(one) for one in held],
            "quoted_in": _quoted_in(given, set(posts)),
            "not_given": list(_NOT_GIVEN),
            "fields": meanings(),
        }
    asked.note(given, "subject access", f"{len(accounts)} accounts on {platform}", len(posts))
    return {
        "files": write_answer(out, said, "disclosure.html"),
        "posts": len(posts),
        "as_received": len(landed),
        "held_by_order": len(held),
        "posts_of_older_keys": older,
    }


def _refuse_too_many(posts: int) -> None:
    if posts > _MOST:
        raise FixSettings(
            f"{posts:,} posts are held of them, more than the {_MOST:,} of an answer; agree with "
            "the person on a part"
        )


class Request(msgspec.Struct, frozen=True):
    """A request as it was documented: its reference, and in which role somebody answers it."""

    ref: str
    by: str

    def refuse_unfit(self, out: Path) -> None:
        """Raise FixSettings when it is not documented, or the folder holds something."""
        for name, value in {"--ref": self.ref, "--by": self.by}.items():
            if not value.strip():
                raise FixSettings(f"{name}: found nothing; a request has a reference and a role")
        if out.is_symlink():
            raise FixSettings(f"--out: {out} leads elsewhere; name the folder itself")
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise FixSettings(f"--out: {out} holds something; name a folder that is new or empty")

    def said(self, charter: Charter) -> dict[str, Any]:
        """Return what every answer says of itself, and of who keeps what, why and how long."""
        kept = charter.retention
        return {
            "agency": charter.agency.name,
            "contact": charter.agency.contact,
            "privacy_notice": str(charter.agency.privacy_notice),
            "reference": self.ref,
            "answered_by": self.by,
            "made_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "purposes": [
                {"name": name, **json.loads(purpose.model_dump_json())}
                for name, purpose in charter.purposes.items()
            ],
            "kept_days": {
                "pages as received": kept.raw.days,
                "posts": kept.text.days,
                "counts": kept.aggregates.days,
                "who asked what of the posts": kept.access.days,
            },
        }

    def note(self, given: Settings, how: Any, question: str, rows: int | None) -> None:
        """Have the log of accesses say that this was given."""
        who = Asking(self.by, f"request {self.ref}")
        note(given, who, how, f"{question}, request {self.ref}", rows)


def write_answer(out: Path, said: Mapping[str, Any], template: str) -> list[str]:
    """Return the files of an answer, which only their owner reads.

    With them stands what makes them known as an export: it is deleted when a post in it is removed.
    """
    files = {
        "answer.json": json.dumps(said, indent=2, ensure_ascii=False) + "\n",
        "answer.html": plain_page(template, said),
    }
    package = {
        "name": "goodguest-disclosure",
        "goodguest": {"reference": said["reference"], "made_at": said["made_at"]},
        "resources": [{"name": Path(name).stem, "path": name} for name in files],
    }
    with mended_first(out):
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The package first: what is cut short is known, too.
        for name, text in {DESCRIPTOR: json.dumps(package, indent=2) + "\n", **files}.items():
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(out / name, flags, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
    return [str(out / name) for name in files]


def _landed(
    given: Settings, connection: Connection, platform: str, accounts: Sequence[str]
) -> Iterator[Post]:
    """Yield what landed pages hold of the accounts; a key made for this tells them apart."""
    key = secrets.token_bytes(32)
    wanted = {account_key(platform, account, key) for account in accounts}

    def is_its(post: Post) -> bool:
        named = (name for name in (post.author_id, post.author_handle) if name)
        return post.platform == platform and any(
            account_key(platform, name, key) in wanted for name in named
        )

    yield from landed_by(given, sources_of(connection, {platform}), is_its)


def _refuse_shared_names(landed: Sequence[Post], accounts: Sequence[str], platform: str) -> None:
    """Raise FixSettings for a name that was one account's and then another's."""
    key = secrets.token_bytes(32)
    behind: dict[str, set[str]] = {account_key(platform, each, key): set() for each in accounts}
    for post in landed:
        written = (post.author_id or "", post.author_handle or "")
        own, named = (account_key(platform, each, key) for each in written)
        for each in {own, named} & behind.keys():
            behind[each].add(own)
    for number, ids in enumerate(behind.values(), 1):
        if len(ids) > 1:
            raise FixSettings(
                f"--account: number {number} is a name that {len(ids)} accounts of {platform} had; "
                "ask the person for the id of theirs, and name that alone"
            )


def _quoted_in(given: Settings, keys: set[str]) -> list[str]:
    """Return the digests below the folder of data that quote one of the posts."""
    stems, found = set(map(stem_of, keys)), []
    for path in sorted(given.data.rglob(f"*{ISSUE}")):
        try:
            if not stems.isdisjoint(map(stem_of, quoted_in(issue_of(path.read_bytes())))):
                found.append(path.name.removesuffix(ISSUE))
        except msgspec.MsgspecError:
            continue  # comply deletes what is no issue
    return found


def _plain(post: Post) -> dict[str, Any]:
    said = msgspec.to_builtins(post, builtin_types=(datetime, date), str_keys=True)
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in said.items()
        if value not in (None, "", [], {})
    }
