"""Reading the charter's file, with a message for each mistake that says what is allowed."""

import re
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from contract.charter import Charter
from contract.errors import FixSettings

# Written in C ten times as fast; where it was built without, the same in Python.
_SafeLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Yaml(_SafeLoader):  # type: ignore[misc, valid-type]
    """YAML whose only booleans are true and false, as in YAML 1.2: `on: 2026-09-01` is a date."""


_Yaml.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Yaml.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("true|True|TRUE|false|False|FALSE"), list("tTfF")
)


def load_charter(path: Path) -> Charter:
    """Return the charter in the file.

    Raises FixSettings with a line for each mistake: file, line, key, what was found and what is
    allowed.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FixSettings(f"{path}: the charter cannot be read: {error}") from error
    try:
        tree = yaml.compose(text, Loader=_Yaml)
        data = yaml.load(text, Loader=_Yaml)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise FixSettings(f"{path}{line}: not YAML: {problem}") from error
    repeated = [f"{path}:{line}: {key}: stands here a second time" for key, line in _repeated(tree)]
    try:
        charter = Charter.model_validate(data)
    except ValidationError as error:
        found = [_sentence(path, tree, e) for e in error.errors(include_url=False)]
        raise FixSettings("\n".join([*repeated, *found])) from error
    if repeated:
        raise FixSettings("\n".join(repeated))
    return charter


def _repeated(node: yaml.Node | None, at: str = "") -> list[tuple[str, int]]:
    if isinstance(node, yaml.SequenceNode):
        return [hit for child in node.value for hit in _repeated(child, at)]
    if not isinstance(node, yaml.MappingNode):
        return []
    found, seen = [], set()
    for key, value in node.value:
        path = f"{at}.{key.value}".lstrip(".")
        if key.value in seen:
            found.append((path, key.start_mark.line + 1))
        seen.add(key.value)
        found += _repeated(value, path)
    return found


def _sentence(path: Path, tree: yaml.Node | None, error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    loc: tuple[int | str, ...] = context.get("loc", error["loc"])
    key = ".".join(str(part) for part in loc)
    found = repr(context.get("found", error["input"]))
    found = found if len(found) <= 60 else found[:57] + "…"
    line = _line(tree, loc)
    if error["type"] == "missing":
        said = "is missing and has to be there"
    elif error["type"] == "extra_forbidden":
        allowed = _allowed_keys(loc[:-1])
        near = get_close_matches(str(loc[-1]), allowed, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        said = f"is not a key of the charter{hint} Allowed here: {', '.join(allowed)}"
    else:
        message = error["msg"].removeprefix(f"{key} ")
        said = f"found {found}: {message[0].lower()}{message[1:]}"
    return f"{path}:{line}: {key}: {said}"


def _line(node: yaml.Node | None, loc: tuple[int | str, ...]) -> int:
    line = node.start_mark.line + 1 if node else 1
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            match = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if match is None:
                return line
            line, node = match[0].start_mark.line + 1, match[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            if part >= len(node.value):
                return line
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _allowed_keys(loc: tuple[int | str, ...]) -> list[str]:
    model: Any = Charter
    for part in loc:
        if isinstance(model, type) and issubclass(model, BaseModel):
            model = model.model_fields[str(part)].annotation
        else:
            model = get_args(model)[-1]
        if get_origin(model) in (Union, UnionType):
            model = next(m for m in get_args(model) if m is not type(None))
    return list(model.model_fields)
