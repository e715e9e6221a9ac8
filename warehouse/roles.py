"""Who may do what on PostgreSQL: an owner who migrates, a writer, an analyst who reads views.

The roles are made once by whoever runs the database (docs/postgresql.md) and inherited by logins.
Where one is missing nothing is granted to it; where all are, the store is its login's alone.
"""

from typing import Final

import sqlalchemy as sa

from contract.errors import FixSettings
from warehouse.queries import VIEWS
from warehouse.tables import held_record, metadata

OWNER: Final = "goodguest_owner"
"""Owns all there is in the store, and migrates it."""
WRITER: Final = "goodguest_writer"
"""Reads and writes rows; makes and changes no table."""
ANALYST: Final = "goodguest_analyst"
"""Reads the views."""

_VERSION: Final = "alembic_version"
_MAY_CALL: Final[dict[str, tuple[str, ...]]] = {
    "goodguest_search(text[], int)": (WRITER, ANALYST),
    "goodguest_holds(text, text[])": (WRITER, ANALYST),
    "goodguest_hold_month(text)": (WRITER,),
    "goodguest_analyze()": (WRITER,),
    "goodguest_drop_month(text)": (),
}
"""Functions that run with the owner's rights, and who may call them."""


def is_owner(connection: sa.Connection) -> bool:
    """Return whether the login is a member of the owner's role; False where there is none."""
    is_member = sa.text("select pg_has_role(oid, 'member') from pg_roles where rolname = :role")
    return bool(connection.scalar(is_member, {"role": OWNER}))


def become_owner(connection: sa.Connection) -> None:
    """Act as the owner's role for the rest of the transaction, where the login is a member.

    Raises FixSettings when whoever acts may make no tables.
    """
    if is_owner(connection):
        connection.exec_driver_sql(f"set local role {OWNER}")
    may_create = (
        "select current_user, current_schema(),"
        " coalesce(has_schema_privilege(current_schema(), 'create'), false)"
    )
    who, schema, is_allowed = connection.exec_driver_sql(may_create).one()
    if not is_allowed:
        raise FixSettings(
            f"{who} may make no tables in schema {schema}; run goodguest init with a login that is "
            f"in {OWNER}, which owns the database (docs/postgresql.md)"
        )


def grant_rights(connection: sa.Connection) -> None:
    """Give those of the three roles that exist exactly what they need, on PostgreSQL."""
    if connection.dialect.name != "postgresql":
        return
    found = set(connection.scalars(sa.text("select rolname from pg_roles")))
    tables, views = ", ".join(metadata.tables), ", ".join(VIEWS)
    readers = [role for role in (WRITER, ANALYST) if role in found]
    statements = [f"revoke all on {tables}, {_VERSION}, {views} from public"]
    # Whoever may call any function that runs with the owner's rights acts as the owner.
    statements += [f"revoke all on function {function} from public" for function in _MAY_CALL]
    statements += [
        f"grant execute on function {function} to {role}"
        for function, roles in _MAY_CALL.items()
        for role in roles
        if role in found
    ]
    schema = connection.scalar(sa.text("select quote_ident(current_schema())"))
    for role in readers:
        statements += [
            f"revoke all on {tables}, {_VERSION} from {role}",
            f"grant usage on schema {schema} to {role}",
            f"grant select on {_VERSION}, {views} to {role}",
        ]
    if WRITER in found:
        statements.append(f"grant select, insert, update, delete on {tables} to {WRITER}")
        # What an order holds is set aside and deleted by the writer, and read by the owner alone.
        known = ", ".join(each.name for each in held_record.c if each is not held_record.c.record)
        statements.append(f"revoke select, update on {held_record.name} from {WRITER}")
        statements.append(f"grant select ({known}) on {held_record.name} to {WRITER}")
        sequences = connection.scalars(_SEQUENCES)
        statements += [f"grant usage on sequence {sequence} to {WRITER}" for sequence in sequences]
    for statement in statements:
        connection.exec_driver_sql(statement)


_SEQUENCES: Final = sa.text(
    "select cast(cast(oid as regclass) as text) from pg_class"
    " where relnamespace = cast(current_schema() as regnamespace) and relkind = 'S'"
)
