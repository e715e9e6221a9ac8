"""The pages people read: README, docs and what stands beside them."""

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [*sorted(ROOT.glob("*.md")), *DOCS, ROOT / "samples" / "README.md"]

_FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_EXAMPLE = re.compile(r"^\| `(goodguest .+?)` \|", re.MULTILINE)


def blocks_of(text: str, *kinds: str) -> list[str]:
    """Return the fenced blocks of these kinds."""
    return [code for kind, code in _FENCED.findall(text) if kind in kinds]


def prose_of(page: Path) -> str:
    """Return the page without what is fenced."""
    return _FENCED.sub("", page.read_text("utf-8"))


def commands_of(block: str) -> list[str]:
    """Return the commands of a block without their comments; what a quote holds open is one."""
    found: list[str] = []
    is_open, document = False, ""
    for line in block.replace("\\\n", " ").splitlines():
        if document or is_open:
            found[-1] += f"\n{line}"
            document = "" if line == document else document
        elif command := re.sub(r"(^| +)#.*$", "", line).strip():
            found.append(command)
            document = "".join(re.findall(r"<<'(\w+)'$", command))
        is_open = not document and bool(found) and found[-1].count("'") % 2 == 1
    return found


def examples() -> list[str]:
    """Return the examples of the README's table of commands."""
    return _EXAMPLE.findall(README.read_text("utf-8"))


def shown() -> dict[str, list[str]]:
    """Return every command that a page shows, with the pages that show it."""
    found = {example: [README.name] for example in examples()}
    for page in PAGES:
        for block in blocks_of(page.read_text("utf-8"), "sh"):
            for command in commands_of(block):
                found.setdefault(command, []).append(page.name)
    return found


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the page's headings."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?) *$", prose_of(page), re.MULTILINE):
        said = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", said.lower()).replace(" ", "-")
        same = sum(bool(re.fullmatch(rf"{re.escape(anchor)}(-\d+)?", one)) for one in found)
        found.add(f"{anchor}-{same}" if same else anchor)
    return found


def words_of(command: str) -> list[str]:
    """Return the words of a command as a shell would give them to the program."""
    return shlex.split(command)
