"""Writes the generated parts of the docs, or with --check says which are out of date."""

import ast
import json
import sys
from pathlib import Path

from typer.main import get_command

from connectors import CONNECTORS
from contract.charter import charter_schema
from contract.terms import Terms
from docs import intent, privacy, redaction, stance, ties
from docs.marked import filled
from docs.notebook import notebook_of
from pipeline.cli import app
from warehouse.dictionary import dictionary_markdown

ROOT = Path(__file__).parents[1]
_DICTIONARY = """\
# The data dictionary

*For analysts who look up a view, a table or a column.*

This page says what each view and table holds, what a row means, and who may see a column. Begin
with the views; the tables below them are for those who have a reason."""


def main() -> int:
    """Write or check; return 1 when a checked part is out of date."""
    filling = {
        "README.md": {"platforms": _platforms(), "commands": _commands(), "dags": _dags()},
        "docs/intent.md": {"intent": intent.figures()},
        "docs/privacy.md": privacy.parts(),
        "docs/redaction.md": {
            "figures": redaction.figures(), "countries": redaction.countries()
        },
        "docs/stance.md": {"stance": stance.figures()},
        "docs/ties.md": ties.parts(),
    }  # fmt: skip
    fresh = {
        "docs/charter.schema.json": json.dumps(charter_schema(), indent=2) + "\n",
        "docs/dictionary.md": "\n\n".join(
            part for part in (_DICTIONARY, _notices(), dictionary_markdown()) if part
        ),
        "docs/for-analysts.ipynb": notebook_of(_page("docs/for-analysts.md")),
        **{name: filled(_page(name), parts) for name, parts in filling.items()},
    }
    stale = [name for name in fresh if not (ROOT / name).exists() or _page(name) != fresh[name]]
    if "--check" in sys.argv:
        for name in stale:
            sys.stderr.write(f"{name} is out of date: run `make docs`\n")
        return bool(stale)
    for name in stale:
        (ROOT / name).write_text(fresh[name], encoding="utf-8")
        sys.stderr.write(f"wrote {name}\n")
    return 0


def _page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _platforms() -> str:
    rows = [
        f"| `{terms.platform}` | {terms.title} | {', '.join(terms.selections)} | {_needs(terms)} | "
        f"[read {terms.read_on}]({terms.url}) | "
        f"{'; '.join(f'{r.requests} in {r.seconds:g} s' for r in terms.limits)} | "
        f"{terms.deletion_hours} h |"
        for terms in (connector.TERMS for connector in CONNECTORS)
    ]
    head = "| platform | what | can be asked for | needs | terms | requests | removals within |"
    table = "\n".join([head, "| --- | --- | --- | --- | --- | --- | --- |", *rows])
    return f"{table}\n\n{_notices()}" if _notices() else table


def _needs(terms: Terms) -> str:
    words = {
        "approval of the platform": terms.needs_approval,
        "permission of the owner": terms.needs_permission,
        "budget": terms.is_metered,
        ", ".join(f"`{name}`" for name in terms.credentials): bool(terms.credentials),
        f"for some of it {_and(terms.optional_credentials)}": bool(terms.optional_credentials),
    }
    return ", ".join(word for word, is_needed in words.items() if is_needed) or "nothing"


def _and(names: tuple[str, ...]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def _notices() -> str:
    says = [f"- `{c.TERMS.platform}`: {c.TERMS.notice}" for c in CONNECTORS if c.TERMS.notice]
    head = "Wherever data of these platforms is shown, a sentence has to stand beside it:\n"
    return "\n".join([head, *says]) if says else ""


def _commands() -> str:
    commands = getattr(get_command(app), "commands")  # noqa: B009 - click's group, typed as command
    rows = [
        f"| `{(command.epilog or '').removeprefix('Example: ')}` | {command.help} |"
        for command in commands.values()
    ]
    return "\n".join(["| example | does |", "| --- | --- |", *rows])


def _dags() -> str:
    rows = []
    for path in sorted((ROOT / "dags").glob("[!_]*.py")):
        says = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        rows.append(f"| [`{path.stem}`](dags/{path.name}) | {' '.join(says.split())} |")
    return "\n".join(["| file | what its DAGs do |", "| --- | --- |", *rows])


if __name__ == "__main__":
    sys.exit(main())
