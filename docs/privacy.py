"""The parts of docs/privacy.md that follow from the code: tables, how long, and the attempts."""

import ast
from collections import Counter
from pathlib import Path
from typing import Final

from connectors import CONNECTORS
from contract.post import Privacy
from warehouse.retention import RULES
from warehouse.tables import metadata

NOTEBOOK: Final = Path(__file__).parents[1] / "tests" / "pipeline" / "test_notebook.py"
_STOPPED: Final = "Stopped: "


def parts() -> dict[str, str]:
    """Return the text of each generated part by its name."""
    return {"tables": _tables(), "counts": _counts(), "sites": _sites(), "attempts": _attempts()}


def attempts() -> dict[str, tuple[str, str]]:
    """Return by test the attempt and what stops it, as its docstring says."""
    tree = ast.parse(NOTEBOOK.read_text("utf-8"))
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            said = " ".join((ast.get_docstring(node) or "").split())
            tried, _, stopped = said.partition(f" {_STOPPED}")
            found[node.name] = (tried, stopped)
    return found


def _tables() -> str:
    rows = []
    for name, table in sorted(metadata.tables.items()):
        rule = RULES[name]
        personal = [c.name for c in table.c if c.info["privacy"] is Privacy.PERSONAL]
        kept = f"{rule.kept}, by `{rule.since}`" if rule.since else rule.kept
        named = ", ".join(f"`{column}`" for column in personal) or "–"
        rows.append(f"| `{name}` | {table.comment} | {named} | {kept} |")
    head = ["| table | a row is | personal columns | kept |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows])


def _counts() -> str:
    classes = Counter(c.info["privacy"] for table in metadata.tables.values() for c in table.c)
    said = ", ".join(f"{classes[one]} {one}" for one in Privacy if classes[one])
    return f"{len(metadata.tables)} tables with {classes.total()} columns: {said}."


def _sites() -> str:
    rows = [
        f"| `{c.TERMS.platform}` | {c.TERMS.title} | [terms]({c.TERMS.url}), read on "
        f"{c.TERMS.read_on} | {c.TERMS.deletion_hours} h |"
        for c in CONNECTORS
    ]
    head = ["| platform | name | terms | removals honoured within |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows])


def _attempts() -> str:
    rows = [
        f"| {number} | {tried} | {stopped} | `{name}` |"
        for number, (name, (tried, stopped)) in enumerate(attempts().items(), 1)
    ]
    head = ["| | attempt | what stops it | test |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows])
