"""Steps that a load leaves to be done once after all loads, kept until they are done.

They are left in the transaction that makes them due, and forgotten in that which does them: a run
that is cut short leaves them to the next.
"""

from collections.abc import Iterable
from typing import Literal

import sqlalchemy as sa

from warehouse.rows import upsert_rows
from warehouse.tables import due_step

Step = Literal[
    "count fetched",
    "forget words",
    "cut versions",
    "remove passed on",
    "gone if said again",
    "remove opted out",
    "cut opted out",
    "opt-outs honoured",
]


def leave_due(connection: sa.Connection, step: Step, subjects: Iterable[str]) -> None:
    """Have the step done for these subjects."""
    rows = [{"step": step, "subject": subject} for subject in sorted(set(subjects))]
    upsert_rows(connection, due_step, rows)


def due_for(engine: sa.Engine, step: Step) -> list[str]:
    """Return what the step is to be done for."""
    query = sa.select(due_step.c.subject).where(due_step.c.step == step).order_by("subject")
    with engine.connect() as connection:
        return list(connection.scalars(query))


def forget_due(connection: sa.Connection, step: Step, subjects: Iterable[str]) -> set[str]:
    """Return for which of these subjects the step was due, once it is noted as done."""
    is_done = sa.and_(due_step.c.step == step, due_step.c.subject.in_(list(subjects)))
    return set(connection.scalars(sa.delete(due_step).where(is_done).returning(due_step.c.subject)))
