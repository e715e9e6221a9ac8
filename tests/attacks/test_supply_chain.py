"""What others wrote and we install: pinned, declared, used, and free for an agency to use.

Whether a pinned version has a known weakness needs a network: `make audit`.
"""

import ast
import re
import sys
import tomllib
from importlib.metadata import Distribution, distributions, packages_distributions
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OURS: Final = ("contract", "connectors", "transforms", "vocabulary", "warehouse", "digest",
               "explorer", "pipeline", "dags", "samples", "bench")  # fmt: skip
NOT_IMPORTED: Final = {
    "apache-airflow": "brings its parts, which are imported",
    "graphviz": "Airflow prints a warning without it",
    "pystemmer": "makes snowballstemmer fast",
    "python-dateutil": "kept below a version that others cannot do with",
    "apache-airflow-providers-smtp": "its connections' type",
}
COME_ALONG: Final = {
    "botocore": "s3fs", "markupsafe": "jinja2", "pendulum": "apache-airflow",
    "pluggy": "datasette", "prawcore": "praw", "psutil": "apache-airflow",
    "pydantic-core": "pydantic", "urllib3": "requests", "uvicorn": "apache-airflow",
}  # fmt: skip
"""What a package that we name hands out of another, which it brings along."""
FREE: Final = re.compile(
    r"\b(?:MIT|MIT-0|MIT-CMU|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation|HPND|Zlib|"
    r"Unlicense|CC0|Public Domain|BSL|Boost|ZPL|Zope|WTFPL|Expat)\b",
    re.IGNORECASE,
)
BOUND: Final = re.compile(r"GPL|MPL|Mozilla|Artistic|EPL|EUPL|SSPL|Proprietary", re.IGNORECASE)


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    found = dict(line.split("==") for line in lines)
    assert len(found) == len(lines), "one line a package"
    return {canonicalize_name(name): version for name, version in found.items()}


def declared(*extras: str) -> set[str]:
    """Return the packages that the project names, and those of these extras."""
    named = [*PROJECT["dependencies"]]
    for extra in extras:
        named += PROJECT["optional-dependencies"][extra]
    return {canonicalize_name(Requirement(each).name) for each in named}


def installed() -> dict[str, Distribution]:
    """Return what is installed of what the project names, and of what that needs in turn."""
    there = {canonicalize_name(each.metadata["Name"]): each for each in distributions()}
    found: dict[str, Distribution] = {}
    names = declared(*PROJECT["optional-dependencies"])
    while names:
        name = names.pop()
        if name not in there or name in found:
            continue
        found[name] = there[name]
        for line in there[name].requires or []:
            need = Requirement(line)
            if not need.marker or need.marker.evaluate({"extra": ""}):
                names.add(canonicalize_name(need.name))
    return found


def imported() -> dict[str, Path]:
    """Return the modules from elsewhere that our code imports, each with a file that does."""
    found: dict[str, Path] = {}
    for path in (path for folder in OURS for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            found |= dict.fromkeys((name.partition(".")[0] for name in names), path)
    return {
        name: path
        for name, path in found.items()
        if name not in sys.stdlib_module_names and not (ROOT / name).exists()
    }


def test_every_version_is_pinned_and_no_other_is_installed() -> None:
    exact = re.compile(r"[a-z0-9.-]+==[0-9][0-9a-z.+!]*")
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        assert exact.fullmatch(line), f"{line}: name==version, nothing else"
    every = declared(*PROJECT["optional-dependencies"])
    assert not every - pins().keys(), "pin it in constraints.txt"
    others = {name: d.version for name, d in installed().items() if pins().get(name) != d.version}
    assert not others, "installed, and not as constraints.txt says"


def test_every_package_is_declared_and_used() -> None:
    provide = packages_distributions()
    used = {
        module: {canonicalize_name(name) for name in provide.get(module, [])}
        for module in imported()
    }
    known = declared(*PROJECT["optional-dependencies"])
    assert set(COME_ALONG.values()) <= known
    known |= COME_ALONG.keys()
    strange = {module for module, packages in used.items() if packages and not packages & known}
    assert not sorted(strange), "name it in pyproject.toml"
    everything = {name for packages in used.values() for name in packages}
    idle = declared("analysts") - everything - NOT_IMPORTED.keys()
    assert not idle, "nobody imports it: take it out of pyproject.toml"


def test_every_licence_lets_an_agency_use_it() -> None:
    notice = (ROOT / "NOTICE").read_text("utf-8").lower()
    seen = 0
    for name, each in installed().items():
        meta = each.metadata
        titles = [c for c in meta.get_all("Classifier") or [] if c.startswith("License ::")]
        said = meta.get("License-Expression") or " ".join(titles) or meta.get("License")
        said = (said or _text(each))[:300]
        is_named = name.removesuffix("-binary") in notice
        assert is_named or (FREE.search(said) and not BOUND.search(said)), (
            f"{name}: {said[:80]!r}: find another, or name it with its licence in NOTICE"
        )
        seen += 1
    assert seen > 100


def _text(each: Distribution) -> str:
    files = [file for file in each.files or [] if "LICEN" in file.name.upper()]
    return str(files[0].read_text())[:500] if files else ""
