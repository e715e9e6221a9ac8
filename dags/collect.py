"""One DAG a source: it reads the community to the end of its interval and lands the pages."""

from airflow.sdk import DAG, CronDataIntervalTimetable, task

from dags._wiring import CHARTER, START, ZONE, connection_of, landed, plain, task_defaults

_DOCS = """
Reads **{url}** ({platform}) for *{title}* and lands the pages as received.

| | |
| --- | --- |
| Purpose | {title} |
| Legal basis | {legal_basis} |
| Impact assessment | {dpia} |
| Expires | {expires} |
| Ask | {contact} |
"""

for name, source in CHARTER.sources.items():
    if not source.enabled:
        continue
    purpose = CHARTER.purposes[source.purpose]
    with DAG(
        dag_id=f"collect__{name}",
        schedule=CronDataIntervalTimetable(source.schedule, timezone=ZONE),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args=task_defaults(purpose.owner),
        tags=["collect", source.platform, source.purpose],
        doc_md=_DOCS.format(
            url=source.url,
            platform=source.platform,
            contact=CHARTER.agency.contact,
            **purpose.model_dump(),
        ),
    ):

        @task(task_id="collect", outlets=[landed(name)], multiple_outputs=False)
        def collect(source: str, outlet_events=None, data_interval_end=None):
            from pipeline.collect import collect_source
            from pipeline.settings import settings

            until = plain(data_interval_end)
            result = collect_source(settings(), source, until=until, connections=connection_of)
            outlet_events[landed(source)].extra = result
            return result

        collect(name)
