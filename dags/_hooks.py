"""Airflow's hooks of our connection types: `airflow connections test ID` and the button in the UI.

Their forms stand in pipeline.connection_types; tasks read connections by dags._wiring.
"""

from airflow.sdk import BaseHook

from contract.errors import GoodguestError
from pipeline.connection_types import connection_types


class _PlatformHook(BaseHook):
    """A connection to one platform, which can say whether the platform takes it."""

    conn_name_attr = "conn_id"
    platform: str

    def __init__(self, conn_id: str) -> None:
        super().__init__()
        self.conn_id = conn_id

    def test_connection(self) -> tuple[bool, str]:
        """Return whether the platform takes it, and what it says or what to do."""
        try:
            from dags._wiring import connection_of
            from pipeline.probing import said_to
            from pipeline.settings import settings

            held = connection_of(self.conn_id)
            return True, said_to(settings(), self.platform, self.conn_id, held)
        except GoodguestError as error:
            return False, str(error)


for each in connection_types():
    globals()[each.hook] = type(
        each.hook,
        (_PlatformHook,),
        {
            "__module__": __name__,
            "platform": each.platform,
            "conn_type": each.name,
            "hook_name": each.title,
            "default_conn_name": f"{each.name}_default",
        },
    )
