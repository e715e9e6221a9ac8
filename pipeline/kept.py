"""What is dearer to make than to read: made once, kept in a file, made anew when damaged."""

import fcntl
import logging
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import numpy as np

from contract.errors import MendFirst
from pipeline.whole_file import write_whole

_log = logging.getLogger("goodguest.kept")
_KEPT: Final = 1
_ARRAYS: Final[dict[int, np.dtype[Any]]] = {
    1: np.dtype("<i4"),
    2: np.dtype("<i8"),
    3: np.dtype("u1"),
    4: np.dtype("<f8"),
    5: np.dtype("<f4"),
    6: np.dtype("<f2"),
    7: np.dtype("<u4"),
}
"""What a number in the file says of an array; there is none of objects."""
_DIGEST: Final = 32
T = TypeVar("T")


def kept_in(path: Path, kind: type[T], build: Callable[[], T]) -> T:
    """Return what the file holds, else what is built, and kept there in the place of older ones.

    A file that cannot be read is made anew, with a warning.
    """
    if path.exists() and (kept := _kept(path, kind)):
        return kept
    built = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (path.parent / f"{_begin(path)}.lock").open("a") as lock:
            # Of several processes that begin at once, one builds and the others wait for it.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists() and (kept := _kept(path, kind)):
                return kept
            built = build()
            _keep(path, encoded(built))
    except (OSError, MendFirst) as error:
        _log.warning(
            "%s: nothing can be kept there (%s); the next run builds it again", path.parent, error
        )
    return built or build()


def _kept(path: Path, kind: type[T]) -> T | None:
    try:
        content = memoryview(path.read_bytes())
        if sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
            raise ValueError("not what was written")
        return decoded(content[_DIGEST:], kind)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        _log.warning("%s: found what cannot be read (%s); made anew", path, error)
        return None


def _keep(path: Path, content: bytes) -> None:
    """Write the file whole, for its owner only, and remove all but the newest ones."""
    write_whole(path, sha256(content).digest() + content, 0o600)
    kept = sorted(
        path.parent.glob(f"{_begin(path)}-*.msgpack"), key=lambda file: file.stat().st_mtime
    )
    for old in kept[:-_KEPT]:
        with suppress(FileNotFoundError):
            old.unlink()


def _begin(path: Path) -> str:
    return path.name.partition("-")[0]


def encoded(value: object) -> bytes:
    """Return the value as a file holds it: msgpack, arrays as their bytes."""
    return msgspec.msgpack.encode(value, enc_hook=_packed)


def _packed(value: Any) -> Any:
    codes = {kind: code for code, kind in _ARRAYS.items()}
    return msgspec.msgpack.Ext(codes[value.dtype], value.tobytes())


def decoded(content: bytes | memoryview, kind: type[T]) -> T:
    """Return the value that `encoded` made the bytes of.

    Raises ValueError and msgspec.MsgspecError for anything else; nothing in it is run.
    """
    decoder = msgspec.msgpack.Decoder(kind, ext_hook=_array, dec_hook=_is_array)
    return decoder.decode(content)


def _array(code: int, content: memoryview) -> Any:
    if code not in _ARRAYS:
        raise ValueError(f"array type {code}; allowed are {', '.join(map(str, _ARRAYS))}")
    return np.frombuffer(bytes(content), _ARRAYS[code])


def _is_array(_kind: type, value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        raise ValueError(f"{type(value).__name__}; allowed are arrays")
    return value
