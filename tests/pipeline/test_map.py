"""The map of the stages names each module once: a stranger finds his way by it."""

import re
from collections import Counter
from pathlib import Path

import pipeline


def test_each_module_stands_once_in_the_map() -> None:
    folder = Path(pipeline.__path__[0])
    items = re.split(r"^- .*?: ", pipeline.__doc__ or "", flags=re.MULTILINE)[1:]
    said = re.sub(r"\([^)]*\)|`[^`]*`", " ", " ".join(items))
    named = Counter(re.findall(r"[a-z_]+", said))
    modules = {path.stem for path in folder.glob("[!_]*.py")}
    assert {name for name in modules if named[name] != 1} == set()
