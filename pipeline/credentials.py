"""A source's credentials: from the environment, else from the connection its charter names."""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

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

    `GOODGUEST_CONN_<SOURCE>` comes first, then `source.conn_id`: outside of a scheduler that is a
    connection in the environment. Raises FixSettings when one of them is not there or a variable
    cannot be read; no message repeats a value.
    """
    wants_any = terms.credentials or terms.optional_credentials
    return picked(name, terms, _held(name, source, connections) if wants_any else {})


def picked(name: str, terms: Terms, held: Mapping[str, str]) -> Credentials:
    """Return of what a connection holds what the platform asks for, or takes if there is any.

    The last that the terms name may also stand as `password`, the one before it as `login`.
    Raises FixSettings when one is not there.
    """
    all_ = terms.credentials or (terms.optional_credentials if held else ())
    short = dict(zip(reversed(all_), ("password", "login"), strict=False))
    named = {wanted: held[key] for wanted, key in short.items() if key in held}
    found = Credentials(name, {**named, **held})
    return Credentials(name, {wanted: found[wanted] for wanted in all_})


def is_elsewhere(name: str, source: Source) -> bool:
    """Return whether the credentials are in the scheduler's own store, which only it can read."""
    conn_id = source.conn_id
    variables = os.environ.get(variable_of(name)), conn_id and os.environ.get(_variable(conn_id))
    return conn_id is not None and not any(variables)


def in_environment(conn_id: str) -> Mapping[str, str]:
    """Return what Airflow's variable for a connection holds, as JSON or as an address."""
    variable = _variable(conn_id)
    content = os.environ.get(variable, "").strip()
    if not content:
        return {}
    if not content.startswith("{"):
        return _in_address(content, variable)
    read = _object(content, variable)
    extra = read.get("extra") or {}
    held = {key: read.get(key) for key in ("login", "password")}
    return _texts({**held, **(extra if isinstance(extra, dict) else _object(extra, variable))})


def _in_address(content: str, variable: str) -> dict[str, str]:
    """Return login, password and extras of `type://login:password@host/?extra=…`."""
    try:
        parts = urlsplit(content)
    except ValueError:
        parts = None
    if parts is None:
        # Out here, for the error of the library holds the address.
        raise FixSettings(f"{variable}: found no address; {_ALLOWED}")
    extra = dict(parse_qsl(parts.query, keep_blank_values=True))
    login = {"login": unquote(parts.username or ""), "password": unquote(parts.password or "")}
    nested = extra.pop("__extra__", None)
    return _texts({**login, **extra, **(_object(nested, variable) if nested else {})})


_ALLOWED = 'allowed is {"conn_type": "…", "extra": {"name": "value", …}}'


def _variable(conn_id: str) -> str:
    return f"AIRFLOW_CONN_{conn_id.upper()}"


def _held(name: str, source: Source, connections: Connections | None) -> Mapping[str, str]:
    variable = variable_of(name)
    if content := os.environ.get(variable):
        return _texts(_object(content, variable, 'allowed is {"name": "value", …}'))
    if source.conn_id:
        return (connections or in_environment)(source.conn_id)
    return {}


def _object(content: str, variable: str, allowed: str = _ALLOWED) -> dict[str, Any]:
    try:
        read = json.loads(content)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise FixSettings(f"{variable}: not a JSON object; {allowed}")
    return read


def _texts(read: Mapping[str, Any]) -> dict[str, str]:
    """Return what is said; in Airflow's forms an empty field says nothing."""
    return {key: str(value) for key, value in read.items() if value not in (None, "")}
