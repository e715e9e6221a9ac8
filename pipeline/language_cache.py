"""The language model's tables, kept beside the matchers: to unpack them takes five times longer."""

from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Final

from contract.keys import stable_key
from pipeline.kept import kept_in
from transforms.language_tables import Tables, tables_of

_FORMAT: Final = "2"
"""Changes when what the tables hold does."""


@dataclass(frozen=True, slots=True)
class KeptTables:
    """Gives the tables for some languages: those kept in the folder, else made and kept."""

    folder: Path = field(compare=False)  # wherever they are kept, they are the same

    def __call__(self, languages: frozenset[str]) -> Tables:
        """Return the tables."""
        name = stable_key(_FORMAT, version("py3langid"), *sorted(languages))[:32]
        path = self.folder / f"languages-{name}.msgpack"
        return kept_in(path, Tables, partial(tables_of, languages))
