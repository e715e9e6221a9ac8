"""Cleans up every night: logs, caches and whatever else is past its time; reports on each month.

Airflow's own database is cleaned from outside, by `airflow db clean`: tasks cannot reach it.
"""

from airflow.sdk import task

from dags._wiring import new_dag

with new_dag("upkeep", "30 2 * * *", owner="operations", tags=["upkeep"], doc=__doc__):

    @task(multiple_outputs=False)
    def tidy():
        """Delete what is kept no longer than its time; posts are comply's work."""
        from dags._manners import good_manners
        from pipeline.care import tidy
        from pipeline.settings import settings

        with good_manners():
            return tidy(settings())

    @task(multiple_outputs=False)
    def report():
        """Write the report of the month before, unless it is written."""
        from dags._manners import good_manners
        from pipeline.report import write_due_report
        from pipeline.settings import settings

        with good_manners():
            return write_due_report(settings())

    tidy()
    report()
