"""Reading the charter's file, with a message for each mistake that says what is allowed."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from contract.charter import Charter
from contract.charter_yaml import read_yaml
from contract.errors import FixSettings


class Misfit(NamedTuple):
    """What a charter asks for and may not: at which key, what was found, and what is allowed."""

    at: tuple[int | str, ...]
    found: Any
    said: str


Rules = Callable[[Charter], Iterable[Misfit]]


def load_charter(path: Path, rules: Rules = lambda _: ()) -> Charter:
    """Return the charter in the file, if it is one and nothing in it is against the rules.

    Raises FixSettings with a line for each mistake: file, line, key, what was found and what is
    allowed.
    """
    data, tree, twice = read_yaml(path)
    if not isinstance(data, dict):
        sections = ", ".join(Charter.model_fields)
        raise FixSettings(f"{path}:1: holds no charter; allowed are the sections {sections}")
    repeated = [f"{path}:{line}: {key}: stands here a second time" for key, line in twice]
    try:
        charter = Charter.model_validate(data)
    except ValidationError as error:
        found = [_sentence(path, tree, e) for e in error.errors(include_url=False)]
        raise FixSettings("\n".join([*repeated, *found])) from error
    misfits = [_said(path, tree, *misfit) for misfit in rules(charter)]
    if repeated or misfits:
        raise FixSettings("\n".join([*repeated, *misfits]))
    return charter


def _sentence(path: Path, tree: yaml.Node | None, error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    loc: tuple[int | str, ...] = context.get("loc", error["loc"])
    if error["type"] == "missing":
        said = "is missing and has to be there"
    elif error["type"] == "extra_forbidden":
        allowed = _allowed_keys(loc[:-1])
        near = get_close_matches(str(loc[-1]), allowed, 1)
        hint = f"; did you mean {near[0]}?" if near else "."
        said = f"is not a key of the charter{hint} Allowed here: {', '.join(allowed)}"
    else:
        message = error["msg"].removeprefix(f"{_key(loc)} ")
        said = f"{message[0].lower()}{message[1:]}"
        return _said(path, tree, loc, context.get("found", error["input"]), said)
    return f"{path}:{_line(tree, loc)}: {_key(loc)}: {said}"


def _said(
    path: Path, tree: yaml.Node | None, loc: tuple[int | str, ...], value: Any, said: str
) -> str:
    found = repr(value)
    found = found if len(found) <= 60 else found[:57] + "…"
    return f"{path}:{_line(tree, loc)}: {_key(loc)}: found {found}: {said}"


def _key(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc)


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
