"""The templates of this folder, as they are filled for mails, pages and plain text."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def environment(*, escape: bool) -> Environment:
    """Return where templates are; what they are given is escaped for HTML unless told not to."""
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=escape,  # noqa: S701  plain text is not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
