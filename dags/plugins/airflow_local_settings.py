"""Lets Airflow's own SQLite file be written by several processes; read by Airflow by this name."""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

__all__ = ["create_metadata_engine"]


def create_metadata_engine(
    sql_alchemy_conn: str, *, engine_args: dict[str, Any], connect_args: dict[str, Any]
) -> Engine:
    """Return the engine as Airflow makes it; on SQLite one that waits for other writers."""
    is_sqlite = sql_alchemy_conn.startswith("sqlite")
    waits = {"timeout": 60} if is_sqlite else {}
    engine = create_engine(
        sql_alchemy_conn, connect_args={**connect_args, **waits}, future=True, **engine_args
    )
    if is_sqlite:
        event.listen(engine, "savepoint", _begin_to_write)
    return engine


def _begin_to_write(connection: Connection, name: str | None) -> None:
    """Begin a nested transaction as a writer, where no transaction is open.

    One that only reads at first is refused at once ("database is locked"), and not after a wait,
    when somebody else writes before it does: so `airflow backfill create` failed.
    """
    if not connection.connection.in_transaction:  # type: ignore[attr-defined]
        connection.exec_driver_sql("BEGIN IMMEDIATE")
