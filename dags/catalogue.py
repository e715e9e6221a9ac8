"""Loads the agency's own topics, datasets and registers every night, where they changed."""

from airflow.sdk import DAG, CronDataIntervalTimetable, task

from dags._wiring import CATALOGUE, START, ZONE, task_defaults

with DAG(
    dag_id="catalogue",
    schedule=CronDataIntervalTimetable("0 3 * * *", timezone=ZONE),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=task_defaults("operations"),
    tags=["catalogue"],
    doc_md=__doc__,
):

    @task(outlets=[CATALOGUE], multiple_outputs=False)
    def catalogue(outlet_events=None):
        from pipeline.catalogue import load_catalogue
        from pipeline.settings import settings

        result = load_catalogue(settings())
        outlet_events[CATALOGUE].extra = result
        return result

    catalogue()
