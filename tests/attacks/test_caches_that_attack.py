"""What is kept between runs is data: a file that somebody put in its place runs nothing."""

import pickle
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import msgspec
import numpy as np
import pytest
from house import harmed

from pipeline import cutting, landing
from pipeline.link_cache import _path, matchers
from pipeline.tombstones import Tombstones
from warehouse.store import opened

POISON = "raise SystemExit('a cached file was run')"


class Harm:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, (POISON,)


def poisons() -> dict[str, bytes]:
    """Return what a reader that runs what it reads would run, and what none can read."""
    array = BytesIO()
    np.save(array, np.array([Harm()], dtype=object), allow_pickle=True)
    ext = msgspec.msgpack.encode(msgspec.msgpack.Ext(9, pickle.dumps(Harm())))
    return {
        "pickle": pickle.dumps(Harm()),
        "array": array.getvalue(),
        "ext": ext,
        "nothing": b"",
        "cut": array.getvalue()[:40],
    }


@pytest.mark.parametrize("poison", poisons().values(), ids=poisons())
def test_matchers_are_made_anew(poison: bytes, tmp_path: Path) -> None:
    class Built(Exception):
        pass

    def build() -> None:
        raise Built

    path = _path(tmp_path, "1")
    # With the sum that belongs to it: whoever can write the file can write that, too.
    path.write_bytes(sha256(poison).digest() + poison)
    with pytest.raises(Built):
        matchers(tmp_path, "1", build)  # type: ignore[arg-type]


def test_what_a_part_holds_is_looked_up_anew(tmp_path: Path) -> None:
    given = harmed(tmp_path / "house", f"sqlite:///{tmp_path}/warehouse.db")
    (part,) = landing.parts(given.landing)
    with opened(given.warehouse) as engine:
        stones = Tombstones(given, engine)
        known = cutting._numbers_of(given, part, stones)
        assert len(known) > 20
        file = cutting._beside(given, part)
        former = BytesIO()
        np.save(former, known[:1])
        for poison in (*poisons().values(), former.getvalue()):
            file.write_bytes(poison)
            assert np.array_equal(cutting._numbers_of(given, part, stones), known)
            assert file.read_bytes() != poison
