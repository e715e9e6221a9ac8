"""The YAML that a charter is written in: of a bounded size, and each key once."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from contract.errors import FixSettings

# Written in C ten times as fast; where it was built without, the same in Python.
_SafeLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LARGEST: Final = 8_000_000
"""Bytes; a hundred thousand accounts that opted out are half of that."""
_MOST, _DEEPEST = 250_000, 50
"""Values, each repeated one counted; how far they may stand in one another."""


class _Yaml(_SafeLoader):  # type: ignore[misc, valid-type]
    """YAML whose only booleans are true and false, as in YAML 1.2: `on: 2026-09-01` is a date."""


_Yaml.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Yaml.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("true|True|TRUE|false|False|FALSE"), list("tTfF")
)


class Read(NamedTuple):
    """What stands in the file, and the tree that knows the lines of it."""

    data: Any
    tree: yaml.Node | None
    repeated: list[tuple[str, int]]
    """Keys that stand a second time in one place, with the line."""


def read_yaml(path: Path) -> Read:
    """Return what the file says; raises FixSettings where it cannot be read, or is too much."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise FixSettings(f"{path}: the charter is larger than {_LARGEST:,} bytes")
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FixSettings(f"{path}: the charter cannot be read: {error}") from error
    try:
        if too_much := _too_much(yaml.parse(text, Loader=_Yaml)):
            raise FixSettings(f"{path}:{too_much}")
        tree = yaml.compose(text, Loader=_Yaml)
        data = yaml.load(text, Loader=_Yaml)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError) as error:
        # A number or a date that there is none of is a ValueError.
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise FixSettings(f"{path}{line}: not YAML: {problem}") from error
    return Read(data, tree, _repeated(tree))


def _too_much(events: Iterable[yaml.Event]) -> str | None:
    """Return the line and what is too much there, without building any of it.

    A few lines that repeat each other (`&a`, `*a`) can stand for more than any memory holds, and
    the parser in C does not survive much that stands in one another.
    """
    sizes: dict[str, int] = {}
    open_ones: list[tuple[str | None, int]] = []
    values = 0
    for event in events:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                return f"{line}: *{event.anchor} stands for what does not end before it"
            values += sizes[event.anchor]
        elif isinstance(event, yaml.ScalarEvent):
            values += 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            values += 1
            open_ones.append((event.anchor, values))
            sizes.pop(event.anchor or "", None)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_ones.pop()
            if anchor:
                sizes[anchor] = values - before + 1
        if values > _MOST:
            return f"{line}: the charter has more than {_MOST:,} values by here"
        if len(open_ones) > _DEEPEST:
            return f"{line}: more than {_DEEPEST} values stand in one another"
    return None


def _repeated(node: yaml.Node | None, at: str = "") -> list[tuple[str, int]]:
    if isinstance(node, yaml.SequenceNode):
        return [hit for child in node.value for hit in _repeated(child, at)]
    if not isinstance(node, yaml.MappingNode):
        return []
    found, seen = [], set()
    for key, value in node.value:
        path = f"{at}.{key.value}".lstrip(".")
        name = str(key.value)
        if name in seen:
            found.append((path, key.start_mark.line + 1))
        seen.add(name)
        found += _repeated(value, path)
    return found
