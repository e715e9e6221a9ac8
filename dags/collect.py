"""One DAG a source: it reads the community to the end of its interval and lands the pages."""

from datetime import UTC, datetime, timedelta

from airflow.sdk import task

from dags._docs import source_docs
from dags._lineage import community
from dags._wiring import CHARTER, alone_at, is_asked_for, landed, new_dag
from pipeline.settings import settings

for name, source in CHARTER.sources.items():
    dag_id = f"collect__{name}"
    if not source.enabled or not is_asked_for(dag_id):
        continue
    with new_dag(
        dag_id,
        source.schedule,
        owner=CHARTER.purposes[source.purpose].owner,
        tags=["collect", source.platform, source.purpose],
        doc=source_docs(CHARTER, name, settings().explorer),
        within=timedelta(days=1),
    ):

        @task(
            task_id="collect",
            inlets=[community(name, str(source.url))],
            outlets=[landed(name)],
            # It waits more than it works: the sooner it begins, the less others wait for it.
            priority_weight=10,
            multiple_outputs=False,
            **alone_at(source),
        )
        def collect(
            source: str,
            outlet_events=None,
            dag_run=None,
            data_interval_start=None,
            data_interval_end=None,
        ):
            """Read from where the last run ended, less the overlap for late posts, to the end of
            the run's interval; a backfill reads the weeks its interval touches, and leaves the
            cursor alone.
            """
            from dags._manners import good_manners
            from dags._metrics import count
            from dags._wiring import connection_of, window_of
            from pipeline.collect import collect_source

            interval = data_interval_start, data_interval_end
            is_metered = CHARTER.sources[source].budget is not None
            window = window_of(dag_run.run_type, *interval, datetime.now(UTC), is_metered)
            with good_manners():
                result = collect_source(settings(), source, connections=connection_of, **window)
            count("collect", result, source)
            outlet_events[landed(source)].extra = result
            return result

        collect(name)
