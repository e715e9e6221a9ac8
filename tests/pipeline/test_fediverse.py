"""An instance of the fediverse, the whole way: who asks not to be read is in no byte of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from everywhere import held
from place import TODAY, hurry, place_in
from stores import made_and_let_go

from contract.charter_yaml import read_yaml
from pipeline.collect import collect
from pipeline.comply import comply
from pipeline.refine import refine
from pipeline.settings import Settings
from samples.parts.mastodon.talk import Talk, Toot
from samples.server import serve
from samples.town import Town, build_town
from warehouse.store import opened
from warehouse.tables import author, community, post

SOURCE = "town-mastodon"
ASKING = {"qxheron": {"indexable": False}, "qxotter": {"locked": True}, "qxbadger": "#nobot"}
OPEN = ("qxswift", "qxgull", "qxcrow", "qxjay")


@dataclass
class Instance:
    """The town's instance with a word of its own in some posts, and who listens to it."""

    town: Town
    given: Settings
    toots: dict[str, Toot]

    @property
    def talk(self) -> Talk:
        return self.town.mastodon

    def listen(self) -> dict[str, Any]:
        collect(self.given, [SOURCE])
        return refine(self.given)

    def change(self, word: str, **fields: Any) -> None:
        toot = self.toots[word]
        self.talk.toots[toot.id] = replace(toot, **fields)

    def words(self) -> set[str]:
        return set(held([*ASKING, *OPEN], self.given.data))


def planted(talk: Talk) -> dict[str, Toot]:
    """Put a word into a post of its own for each: by who asks not to be read, and by others."""
    own = [t for t in talk.toots.values() if not t.author.host and t.visibility == "public"]
    toots = {}
    by_says = [*((w, s if isinstance(s, dict) else {"note": s}) for w, s in ASKING.items())]
    for word, says in [*by_says, *((word, {}) for word in OPEN)]:
        toot = next(t for t in own if t.author.says == says and t not in toots.values())
        toots[word] = replace(toot, html=f"<p>A {word} sat on the footbridge at Mill Lane.</p>")
        own.remove(toot)
        talk.toots[toot.id] = toots[word]
    return toots


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store_url: str) -> Iterator[Instance]:
    client = hurry()
    for module in ("collect", "rechecking"):
        monkeypatch.setattr(f"pipeline.{module}.Client", client)
    town = build_town(TODAY)
    toots = planted(town.mastodon)
    with serve(town, per_ten_seconds=10_000) as address:
        given = replace(place_in(tmp_path / "place", address, town).given, warehouse=store_url)
        charter, *_ = read_yaml(given.charter)
        charter["sources"][SOURCE] = {
            "platform": "mastodon", "url": f"{address}/mastodon", "purpose": "public-services",
            "lookback": "P9W", "private_addresses": True,
        }  # fmt: skip
        given.charter.write_text(yaml.safe_dump(charter, sort_keys=False), "utf-8")
        made_and_let_go(store_url)
        yield Instance(town, given, toots)


def test_who_asks_not_to_be_read_is_in_no_byte(instance: Instance) -> None:
    done = instance.listen()
    assert instance.words() == set(OPEN)
    shown = [t for t in instance.talk.toots.values() if t.visibility == "public"]
    own = [t for t in shown if not t.author.host]
    asking = [t for t in own if t.author.says and "discoverable" not in t.author.says]
    others = [t for t in asking if t.author.says != {"indexable": True}]
    assert done["posts_new"] == len(own) - len(others) > 20
    # The id of a post has its author's name in it, and answers name what they answer.
    assert not set(held([f"/users/{t.author.username}/" for t in others], instance.given.data))
    with opened(instance.given.warehouse) as engine, engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(post)) == done["posts_new"]
        assert connection.scalars(sa.select(community.c.name)).one().startswith("127.0.0.1")
        names = set(connection.scalars(sa.select(author.c.name)))
    assert names == {None}, "nobody keeps a name whom the charter does not name"


def test_what_is_deleted_hidden_or_asked_for_there_is_gone_here(instance: Instance) -> None:
    instance.listen()
    instance.talk.delete(instance.toots["qxswift"].id)
    instance.change("qxgull", visibility="private")
    asks = replace(instance.toots["qxcrow"].author, says={"indexable": False})
    instance.change("qxcrow", author=asks)
    instance.change("qxjay", html="<p>A qxjay sat on the roof of the library.</p>")
    done = comply(instance.given, SOURCE)
    assert done["removed"] >= 3
    assert instance.words() <= {"qxjay"}
    refine(instance.given)
    with opened(instance.given.warehouse) as engine, engine.connect() as connection:
        said = connection.scalars(sa.select(post.c.text).where(post.c.text.contains("qxjay"))).one()
    assert said == "A qxjay sat on the roof of the library."
