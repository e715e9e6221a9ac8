"""Logs of the command line: lines for people, or a JSON object a line for programs.

What is bound by `structlog.contextvars.bound_contextvars` stands in every record until it is left:
the source and the run it belongs to. Airflow binds its own beside them in the logs of tasks.
"""

import logging
from functools import cached_property
from typing import Final

from rich.console import Console

_LOUD: Final = ("alembic",)
"""Libraries that tell at INFO what only their makers want to know."""


def set_up_logs(console: Console, *, as_json: bool) -> None:
    """Let logs go to this console, or to standard error as JSON where it is no terminal."""
    if as_json or not console.is_terminal:
        handler: logging.Handler = logging.StreamHandler(console.file)
        handler.setFormatter(_Json())
    else:
        from rich.logging import RichHandler  # it colours code too: a library that loads slowly

        handler = RichHandler(console=console, show_path=False, show_level=False)
        handler.setFormatter(_Line())
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
    level = logging.INFO if console.is_terminal else logging.WARNING
    logging.basicConfig(level=level, handlers=[handler], force=True)


class _Json(logging.Formatter):
    """One JSON object; what makes it is loaded with the first record, and most runs have none."""

    @cached_property
    def _made(self) -> logging.Formatter:
        import structlog

        return structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.contextvars.merge_contextvars,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )

    def format(self, record: logging.LogRecord) -> str:
        """Return the JSON of a record."""
        return self._made.format(record)


class _Line(logging.Formatter):
    """What was said, then what it belongs to; what came from outside cannot make a second line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record, and below it its traceback if it has one."""
        from structlog.contextvars import get_contextvars

        bound = get_contextvars()
        said = [record.getMessage(), *(f"{name}={bound[name]}" for name in bound)]
        traceback = self.formatException(record.exc_info).split("\n") if record.exc_info else ()
        return "\n".join(map(escaped, ["  ".join(said), *traceback]))


def escaped(said: str) -> str:
    """Return the text with every sign that cannot be seen as its escape."""
    signs = (s if s.isprintable() else s.encode("unicode_escape").decode() for s in said)
    return "".join(signs)
