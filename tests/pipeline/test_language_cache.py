"""The language model's tables: what is kept is what was unpacked."""

import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from quay import quay

from pipeline.language_cache import KeptTables
from transforms import language
from transforms.language_tables import Tables, tables_of

_ASKED = frozenset({"cy", "en", "zh"})


def test_what_is_kept_is_what_was_unpacked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    unpacked = tables_of(_ASKED)
    for _ in ("made", "kept"):
        _same(KeptTables(tmp_path)(_ASKED), unpacked)
    assert not caplog.records
    (file,) = tmp_path.glob("languages-*.msgpack")
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    _same(KeptTables(tmp_path)(_ASKED), unpacked)
    assert "made anew" in caplog.text
    assert file.read_bytes() == content


def test_other_languages_take_the_place(tmp_path: Path) -> None:
    for asked in (_ASKED, frozenset({"de"})):
        _same(KeptTables(tmp_path)(asked), tables_of(asked))
    assert len(list(tmp_path.glob("languages-*.msgpack"))) == 1


def test_what_is_kept_is_read_without_the_library(tmp_path: Path) -> None:
    KeptTables(tmp_path)(_ASKED)
    says = """
import sys
from pathlib import Path
from pipeline.language_cache import KeptTables
KeptTables(Path(sys.argv[1]))(frozenset({"cy", "en", "zh"}))
assert "py3langid" not in sys.modules
"""
    place = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", says, str(tmp_path)], check=True, cwd=place)


def test_refine_keeps_what_it_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here alone the tests do not share a model."""
    monkeypatch.setattr(language, "_model", language._model.__wrapped__)
    given = quay(tmp_path, f"sqlite:///{tmp_path}/warehouse.db", monkeypatch)
    assert len(list(given.matchers.glob("languages-*.msgpack"))) == 1


def _same(found: Tables, expected: Tables) -> None:
    for one, other in zip(
        msgspec.structs.astuple(found), msgspec.structs.astuple(expected), strict=True
    ):
        if isinstance(other, list):
            assert one == other
        else:
            assert one.dtype == other.dtype
            assert np.array_equal(one, other)
