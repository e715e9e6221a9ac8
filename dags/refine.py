"""Turns what is landed into posts and ties, when something new is landed or the catalogue changed.

It loads what the store does not know yet, not what an event says: an event can be lost, a sweep
twice an hour finds what it left behind. Where the charter lets a source's short links be expanded,
shorteners are asked afterwards: none of them can fail what is loaded.
"""

from airflow.sdk import DAG, AssetAny, AssetOrTimeSchedule, CronTriggerTimetable, task

from dags._wiring import CATALOGUE, CHARTER, POSTS, START, ZONE, landed, task_defaults

with DAG(
    dag_id="refine",
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("*/30 * * * *", timezone=ZONE),
        assets=AssetAny(
            CATALOGUE, *(landed(name) for name, source in CHARTER.sources.items() if source.enabled)
        ),
    ),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=task_defaults("operations"),
    tags=["refine"],
    doc_md=__doc__,
):

    @task(outlets=[POSTS], multiple_outputs=False)
    def refine(outlet_events=None):
        from pipeline.refine import refine
        from pipeline.settings import settings

        result = refine(settings())
        outlet_events[POSTS].extra = result
        return result

    refined = refine()

    if CHARTER.expanding:

        @task(multiple_outputs=False)
        def expand():
            from pipeline.expand import expand
            from pipeline.settings import settings

            return expand(settings())

        refined >> expand()
