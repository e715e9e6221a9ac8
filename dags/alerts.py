"""Looks every quarter of an hour for what a person has to act on, and tells it once.

A source that fell silent, is late or blocked, a budget or a deadline that is near: by mail to
those the charter names, and to the webhook.
"""

from airflow.sdk import task

from dags._wiring import new_dag

with new_dag("alerts", "*/15 * * * *", owner="operations", tags=["alerts"], doc=__doc__):

    @task(multiple_outputs=False)
    def tell():
        """Find what is wrong, and tell what nobody has been told of yet, or that it ended."""
        from dags._manners import good_manners
        from dags._metrics import gauge_sources
        from pipeline.alerts import tell
        from pipeline.settings import settings
        from pipeline.status import status

        with good_manners():
            result = tell(settings())
            gauge_sources(status(settings()))
        return result

    tell()
