"""Who is left out: decided for every record before its page is landed, and again when it is read.

An erased post or account, an account, community, server or site of the charter's opt-outs, an
author who writes one of its tags, a post whose author or site asks not to be read, and a page that
says `noindex`.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Engine

from connectors import connector_of
from connectors.indexing import forbids_indexing
from contract.charter import Charter
from contract.errors import FixSettings
from contract.page import Page
from contract.places import plain_community
from contract.post import Outcome, Post, Skipped
from pipeline.erased import note_erased
from pipeline.settings import Settings, pseudonym_key
from pipeline.tombstones import (
    Tombstones,
    account_key,
    erasure_key,
    noted,
    post_key_of,
    root_key_of,
)
from transforms.frame import whole_characters
from transforms.opt_outs import OptOutTags
from transforms.pseudonyms import author_key, key_id
from warehouse.opting_out import communities_held, note_opted_out
from warehouse.tombstones import Tombstone

ERASED: Final = "erased"
NOINDEX: Final = "noindex"
OPTED_OUT: Final = "opted out"
"""Rules that records are skipped by."""
_OF_PLACES: Final = frozenset({NOINDEX, "unlisted", "private", "quarantined"})
"""Signals that say nothing of what else the author wrote."""
_ANSWERS: Final = frozenset({"comment", "reply"})
"""Such a post is not another's that is passed on, though its words may be the same."""


class LeftOut(NamedTuple):
    """A post that may not be stored, by which rule, and whether that holds for its author."""

    post: Post
    rule: str
    is_by_author: bool


class Guard:
    """Says what may be stored of what `parse` returns."""

    def __init__(self, given: Settings, engine: Engine, charter: Charter) -> None:
        """Read who is to be left out.

        Raises FixSettings when the charter's hashes, or those of erased accounts, were made with
        another secret.
        """
        self.stones = Tombstones(given, engine)
        self._given, self._engine, self._outs = given, engine, charter.opt_outs
        self._declared = frozenset(_hashes(given, charter))
        self._accounts = {*self.stones.opted_out, *self._declared}
        self.platforms = {*self.stones.platforms, *(platform for platform, _ in self._accounts)}
        """Of which accounts were erased or opted out."""
        self._communities = {
            (platform, plain_community(name))
            for platform, names in self._outs.communities.items()
            for name in names
        }
        self._communities |= self._renamed()
        self.has_places = bool(self._outs.instances or self._outs.sites)
        self._tags = OptOutTags(self._outs.tags)
        self.threads: set[str] = set()
        """Keys of what was left out and began a thread, as far as this one told of them."""

    @property
    def noted(self) -> int:
        """Return of how much it knows that it is erased or left out."""
        return self.stones.noted

    def left_of(self, post: Post) -> Post | Skipped:
        """Return what of the post may be stored: without the title that another lent it."""
        left_out = self._left_out(post)
        return Skipped(rule=left_out.rule) if left_out else self.stones.with_own_title(post)

    def why(self, post: Post) -> str | None:
        """Return the rule by which the post is left out; None when it may be stored."""
        left_out = self._left_out(post)
        return left_out and left_out.rule

    def _left_out(self, post: Post) -> LeftOut | None:
        if self.stones(post):
            return LeftOut(post, ERASED, is_by_author=False)
        if post.opt_out is not None:
            rule = NOINDEX if post.opt_out == NOINDEX else OPTED_OUT
            return LeftOut(post, rule, post.opt_out not in _OF_PLACES)
        if self._is_of(post, self._accounts):
            return LeftOut(post, OPTED_OUT, is_by_author=True)
        if self._tags.stands_in(post):
            return LeftOut(post, OPTED_OUT, self._tags.said_by(post))
        return LeftOut(post, OPTED_OUT, is_by_author=False) if self._is_elsewhere(post) else None

    def is_closed(self, page: Page) -> bool:
        """Return whether the page asks robots not to keep it; one that is asked with a key cannot.

        The API's own terms hold there.
        """
        return not connector_of(page.platform).TERMS.credentials and forbids_indexing(page)

    def is_account(self, platform: str, name: str) -> bool:
        """Return whether that is the id or name of an account that was erased or opted out."""
        key = account_key(platform, name, erasure_key(self._given))
        return (platform, key) in self._accounts or key in self.stones.accounts

    def is_one_of_communities(self, platform: str, names: Sequence[str]) -> bool:
        """Return whether a community, by its id, name and address, opted out."""
        return any((platform, plain_community(name)) in self._communities for name in names)

    def is_place(self, address: str) -> bool:
        """Return whether an address is of a server or site that opted out."""
        return self._outs.place_of(address) is not None

    def left_out_of(self, page: Page, outcomes: Sequence[Outcome]) -> dict[str, LeftOut]:
        """Return the posts of a page that may not be stored, by native id.

        Once this returns, whoever opted out by a tag on it is known to all other processes.
        """
        posts = [outcome for outcome in outcomes if isinstance(outcome, Post)]
        if self.is_closed(page):
            return {post.native_id: LeftOut(post, NOINDEX, is_by_author=False) for post in posts}
        if self.has_places and self.is_place(page.url):
            return {post.native_id: LeftOut(post, OPTED_OUT, is_by_author=False) for post in posts}
        copies = _copies(posts)
        own = [post for post in posts if post.native_id not in copies]
        self._learn(own, page.received_at)
        out = {post.native_id: one for post in own if (one := self._left_out(post))}
        for post in posts:
            if (original := copies.get(post.native_id)) is None:
                continue
            if one := self._left_out(post):
                # The words are not the author's: a tag in them is not either.
                is_by_author = self._is_of(post, self._accounts) or post.opt_out is not None
                out[post.native_id] = one._replace(is_by_author=one.is_by_author and is_by_author)
            elif original in out:
                out[post.native_id] = LeftOut(post, OPTED_OUT, is_by_author=False)
        return out

    def _learn(self, posts: Sequence[Post], at: datetime) -> None:
        """Have who wrote a tag left out from now on, in every source of the platform.

        So is, by the id, who opted out by a name: the name may be given up.
        """
        named = {(post.platform, name) for post in posts if self._tags.said_by(post)
                 for name in _accounts_of(post)}  # fmt: skip
        named |= {(post.platform, post.author_id) for post in posts
                  if post.author_id and self._is_of(post, self._declared)}  # fmt: skip
        if not named:
            return
        secret = erasure_key(self._given)
        found = {(p, account_key(p, name, secret)) for p, name in named} - self._accounts
        stones = [Tombstone(key, p, "opted out", at, key_id(secret)) for p, key in sorted(found)]
        note_erased(self._given.landing, [noted(stone) for stone in stones])
        note_opted_out(self._engine, stones, [])
        self._accounts |= found
        self.platforms |= {platform for platform, _ in found}

    def tell(self, out: Sequence[LeftOut], at: datetime) -> None:
        """Leave to comply what is held of who opted out, and of threads that were left out."""
        secret = pseudonym_key(self._given)
        authors = {
            author_key(post.platform, whole_characters(post.author_id), secret)
            for post, _, is_by_author in out
            if is_by_author and post.author_id
        }
        begun = {
            (post_key_of(post), post.platform)
            for post, _, _ in out
            if post.title is not None and root_key_of(post) is None
        }
        stones = [Tombstone(key, platform, "thread", at) for key, platform in sorted(begun)
                  if key not in self.threads]  # fmt: skip
        note_opted_out(self._engine, stones, authors)
        self.threads |= {key for key, _ in begun}

    def _is_of(self, post: Post, accounts: Collection[tuple[str, str]]) -> bool:
        """Return whether its author is one of the accounts, by id or name."""
        if post.platform not in self.platforms:
            return False
        secret = erasure_key(self._given)
        return any(
            (post.platform, account_key(post.platform, name, secret)) in accounts
            for name in _accounts_of(post)
        )

    def _renamed(self) -> set[tuple[str, str]]:
        """Return the ids of the communities that opted out and are held: names change."""
        if not self._communities:
            return set()
        return {
            (platform, plain_community(names[0]))
            for platform, names in communities_held(self._engine)
            if self.is_one_of_communities(platform, names)
        }

    def _is_elsewhere(self, post: Post) -> bool:
        """Return whether its community, server or site opted out."""
        if self._communities:
            names = (post.community_id, post.community_name, post.community_url)
            if self.is_one_of_communities(post.platform, [name for name in names if name]):
                return True
        if not self.has_places:
            return False
        # user@server, and addresses with and without a scheme.
        said = (post.url, post.community_url, post.author_id, post.author_handle)
        places = (name if "/" in name else name.rpartition("@")[2] for name in said if name)
        return any(map(self.is_place, places))


def _hashes(given: Settings, charter: Charter) -> Iterator[tuple[str, str]]:
    """Yield platform and hash of the charter's accounts."""
    for platform, hashes in charter.opt_outs.accounts.items():
        for written in hashes:
            own, _, found = written.partition("-")
            if own != key_id(erasure_key(given)):
                raise FixSettings(
                    f"opt_outs.accounts.{platform}: found {written}, which was not made with the "
                    "secret for erased accounts that is here: who opted out would be read. Put "
                    "back that secret (docs/opt-outs.md), or ask for the hash again: "
                    f"goodguest opt-out --platform {platform} --account ACCOUNT"
                )
            yield platform, found


def _copies(posts: Sequence[Post]) -> dict[str, str]:
    """Return the posts that pass on another of the page in its words, and which, by native id."""
    said = {(post.native_id, post.body) for post in posts if post.body}
    return {
        post.native_id: post.parent_id
        for post in posts
        if post.parent_id and post.kind not in _ANSWERS and (post.parent_id, post.body) in said
    }


def _accounts_of(post: Post) -> set[str]:
    return {name for name in (post.author_id, post.author_handle) if name}
