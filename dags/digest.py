"""One DAG a digest: it waits until the week's posts are in, writes the digest and mails it.

A source that fails does not hold the digest up: after six hours it goes out with what there is,
and says how complete its ground is.
"""

from datetime import timedelta

from airflow.sdk import DAG, BaseSensorOperator, CronDataIntervalTimetable, TriggerRule, task

from dags._wiring import CHARTER, START, ZONE, plain, task_defaults


class WaitForGround(BaseSensorOperator):
    """Waits until every source of the digest has been read to the end of its week, and refined."""

    def __init__(self, *, digest: str, **kwargs):
        super().__init__(
            mode="reschedule",
            poke_interval=15,
            timeout=timedelta(hours=6).total_seconds(),
            soft_fail=True,
            **kwargs,
        )
        self.digest = digest

    def poke(self, context):
        from pipeline.digest import is_ground_complete
        from pipeline.settings import settings

        return is_ground_complete(settings(), self.digest, plain(context.get("data_interval_end")))


for name, digest in CHARTER.digests.items():
    with DAG(
        dag_id=f"digest__{name}",
        schedule=CronDataIntervalTimetable(digest.schedule, timezone=ZONE),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args=task_defaults(CHARTER.purposes[digest.purpose].owner),
        tags=["digest", digest.purpose],
        doc_md=__doc__,
    ):
        wait = WaitForGround(task_id="wait_for_ground", digest=name)

        @task(task_id="write", trigger_rule=TriggerRule.NONE_FAILED, multiple_outputs=False)
        def write(digest: str, data_interval_end=None):
            from pipeline.digest import write_digest
            from pipeline.settings import settings

            return write_digest(settings(), digest, at=plain(data_interval_end), send=True)

        wait >> write(name)
