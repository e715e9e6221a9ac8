"""A source's credentials: from the environment, else from the connection its charter names."""

import json
import os
from collections.abc import Callable, Mapping

from contract.charter import Source
from contract.credentials import Credentials, variable_of
from contract.errors import FixSettings
from contract.terms import Terms

Connections = Callable[[str], Mapping[str, str]]
"""Returns what a scheduler's connection of that id holds; raises FixSettings when there is none."""


def credentials_of(
    name: str, source: Source, terms: Terms, connections: Connections | None = None
) -> Credentials:
    """Return what the platform asks for, and nothing else the connection may hold.

    `GOODGUEST_CONN_<SOURCE>` comes first, then `source.conn_id`. The last that the terms name may
    also stand as `password`, the one before it as `login`. Raises FixSettings when one of them is
    not there or the variable is no JSON object; no message repeats a value.
    """
    if not terms.credentials:
        return Credentials(name, {})
    values = _held(name, source, connections)
    short = dict(zip(reversed(terms.credentials), ("password", "login"), strict=False))
    named = {wanted: values[key] for wanted, key in short.items() if key in values}
    held = Credentials(name, {**named, **values})
    return Credentials(name, {wanted: held[wanted] for wanted in terms.credentials})


def _held(name: str, source: Source, connections: Connections | None) -> Mapping[str, str]:
    variable = variable_of(name)
    if content := os.environ.get(variable):
        try:
            values = json.loads(content)
        except ValueError:
            values = None
        if not isinstance(values, dict):
            raise FixSettings(f'{variable}: not a JSON object; allowed is {{"name": "value", …}}')
        return {key: str(value) for key, value in values.items() if value is not None}
    if source.conn_id and connections:
        return connections(source.conn_id)
    return {}
