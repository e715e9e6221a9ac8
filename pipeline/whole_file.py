"""A file that is there whole, or as it was before, whoever is killed and whatever disk is full."""

import os
from pathlib import Path
from secrets import token_hex
from typing import Final

from contract.mending import mended_first

LEFT_BEHIND: Final = f".*-{8 * '[0-9a-f]'}.tmp"
"""How what a killed process had begun to write is called."""
PUBLIC: Final = 0o644
"""The mode of what anybody may read, such as a web server under another account."""


def write_whole(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write the file in the place of the one before, safe once this returns; its folder is made.

    Who may read it is said by `mode`, else by what the process lets others do; a folder that is
    made for a public file lets everybody in. Raises MendFirst when the disk is full.
    """
    aside = path.with_name(f".{path.name}-{token_hex(4)}.tmp")
    with mended_first(path):
        if not path.parent.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            if mode == PUBLIC:
                path.parent.chmod(0o755)
        try:
            handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode or 0o666)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if mode is not None:
                aside.chmod(mode)
            aside.replace(path)
            # Else a power cut may take the name away, though the content is there.
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
