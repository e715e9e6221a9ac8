"""A source's credentials: to be used, never shown."""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256

from contract.errors import FixSettings


class Credentials(Mapping[str, str]):
    """Named secrets of a source; neither `repr` nor an error tells a value."""

    def __init__(self, source: str, values: Mapping[str, str]) -> None:
        self._source, self._values = source, dict(values)

    def __getitem__(self, name: str) -> str:
        if not self._values.get(name):
            raise FixSettings(
                f"{self._source}: its credentials have no {name}; set it in the connection that "
                f"sources.{self._source}.conn_id names, or in {variable_of(self._source)}"
            )
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Credentials({self._source}: {', '.join(self._values) or 'none'})"

    @property
    def id(self) -> str:
        """Return what tells credentials apart and leads back to none."""
        return sha256(json.dumps(sorted(self._values.items())).encode()).hexdigest()[:16]


def variable_of(source: str) -> str:
    """Return the environment variable that may hold a source's credentials as a JSON object."""
    return f"GOODGUEST_CONN_{source.upper().replace('-', '_')}"
