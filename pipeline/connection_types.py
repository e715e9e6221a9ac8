"""Airflow's connection types: one for each platform that wants credentials, from its own terms.

Airflow asks for them whenever one of its programs starts: nothing heavy is imported here, and the
terms are read from the connectors' files without running them.
"""

import ast
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

_CONNECTORS = Path(__file__).parents[1] / "connectors"
_TYPE = "goodguest_{}"
_HOOKS = "dags._hooks"
_FIELDS = ("host", "schema", "login", "password", "port")
_STANDARD = ("password", "login")
_READ = ("platform", "title", "credentials", "optional_credentials")
_WORDS = {"api": "API", "id": "ID"}


class ConnectionType(NamedTuple):
    """A platform that wants credentials: its name, its title and what a connection has to hold."""

    platform: str
    title: str
    credentials: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return what Airflow calls the type."""
        return _TYPE.format(self.platform)

    @property
    def hook(self) -> str:
        """Return the class that tests connections of the type, in dags._hooks."""
        return f"{self.platform.title()}Hook"


def connection_types() -> Iterator[ConnectionType]:
    """Yield the connection types in the order of the platforms' names."""
    for file in sorted(_CONNECTORS.glob("*.py")):
        said = _terms_in(file)
        # What is needed, or else what may be given.
        if held := said.get("credentials") or said.get("optional_credentials"):
            yield ConnectionType(said["platform"], said["title"], held)


def provider_info() -> dict[str, Any]:
    """Return what Airflow asks an installed package for: its connection types and their forms."""
    return {
        "package-name": "goodguest",
        "name": "Goodguest",
        "description": "Keys of the platforms that communities are read on.",
        "versions": [version("goodguest")],
        "connection-types": [_form_of(each) for each in connection_types()],
        "asset-uris": [
            {
                "schemes": ["goodguest"],
                "handler": None,  # as it is
                "to_openlineage_converter": "dags._lineage.dataset_of",
            }
        ],
    }


def _form_of(each: ConnectionType) -> dict[str, Any]:
    """Return the form: the fields a person sees first, and masks, hold the last two; see picked."""
    fields = dict(zip(_STANDARD, reversed(each.credentials), strict=False))
    others = [name for name in each.credentials if name not in fields.values()]
    hint = f"as {each.title} gave it to your application"
    return {
        "connection-type": each.name,
        "hook-class-name": f"{_HOOKS}.{each.hook}",
        "hook-name": f"Goodguest: {each.title}",
        "ui-field-behaviour": {
            "hidden-fields": [field for field in _FIELDS if field not in fields],
            "relabeling": {field: _label(name) for field, name in fields.items()},
            "placeholders": dict.fromkeys(fields, hint),
        },
        "conn-fields": {
            name: {
                "label": _label(name),
                "description": hint,
                "schema": {"type": ["string", "null"], "format": "password"},
            }
            for name in others
        },
    }


def _label(name: str) -> str:
    words = " ".join(_WORDS.get(word, word) for word in name.split("_"))
    return words[0].upper() + words[1:]


def _terms_in(file: Path) -> dict[str, Any]:
    """Return what the file's TERMS say of a ConnectionType; nothing where it has none."""
    for node in ast.parse(file.read_text("utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="TERMS")], value=ast.Call(keywords=said)):
                return {
                    each.arg: ast.literal_eval(each.value) for each in said if each.arg in _READ
                }
    return {}
