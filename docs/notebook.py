"""The notebook for analysts: the page for analysts, its snippets as cells."""

import json
import re
from typing import Any

_SNIPPET = re.compile(r"```(python|sql)\n(.*?)\n```", re.DOTALL)


def notebook_of(page: str) -> str:
    """Return a Markdown page as a notebook (nbformat 4.4) without outputs.

    Python is a cell as it stands, SQL one that asks it by the `ask` the page defines.
    """
    cells, end = [], 0
    for snippet in _SNIPPET.finditer(page):
        kind, code = snippet.groups()
        cells += _text(page[end : snippet.start()])
        cells.append(_cell("code", code if kind == "python" else f'ask("""\n{code}\n""")'))
        end = snippet.end()
    notebook = {
        "cells": [*cells, *_text(page[end:])],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _text(part: str) -> list[dict[str, Any]]:
    return [_cell("markdown", part.strip())] if part.strip() else []


def _cell(kind: str, source: str) -> dict[str, Any]:
    cell = {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})
