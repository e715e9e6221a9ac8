"""One DAG a digest: it waits until the week's posts are in, writes the digest and mails it.

A source that fails does not hold the digest up: after six hours it goes out with what there is,
and says how complete its ground is.
"""

from datetime import timedelta

from airflow.sdk import BaseSensorOperator, TriggerRule, task

from dags._wiring import CHARTER, POSTS, is_asked_for, new_dag, plain, written

_PATIENCE = timedelta(hours=6)


class WaitForGround(BaseSensorOperator):
    """Waits until every source of the digest has been read to the end of its week, and refined."""

    def __init__(self, *, digest: str, **kwargs):
        super().__init__(
            mode="reschedule",
            poke_interval=15,
            # A look costs the start of a process: they become rarer, up to one in half a minute.
            exponential_backoff=True,
            max_wait=timedelta(seconds=30),
            timeout=_PATIENCE,
            soft_fail=True,
            doc_md="Gives its worker back between two looks; after six hours it waits no longer.",
            **kwargs,
        )
        self.digest = digest

    def poke(self, context):
        from dags._manners import good_manners
        from pipeline.digest import is_ground_complete
        from pipeline.settings import settings

        at = plain(context.get("data_interval_end"))
        # A store that is away uses up no try: else the digest of a week would never be written.
        with good_manners():
            return is_ground_complete(settings(), self.digest, at)


for name, digest in CHARTER.digests.items():
    if not is_asked_for(f"digest__{name}"):
        continue
    with new_dag(
        f"digest__{name}",
        digest.schedule,
        owner=CHARTER.purposes[digest.purpose].owner,
        tags=["digest", digest.purpose],
        doc=__doc__,
        within=_PATIENCE + timedelta(hours=2),
    ):
        wait = WaitForGround(task_id="wait_for_ground", digest=name)

        @task(
            task_id="write",
            inlets=[POSTS],
            outlets=[written(name)],
            trigger_rule=TriggerRule.NONE_FAILED,
            multiple_outputs=False,
        )
        def write(digest: str, outlet_events=None, data_interval_end=None):
            """Write the issue of the last week as a page, a text and a picture, and mail it."""
            from dags._manners import good_manners
            from pipeline.digest import write_digest
            from pipeline.settings import settings

            with good_manners():
                result = write_digest(settings(), digest, at=plain(data_interval_end), send=True)
            counts = {key: result[key] for key in ("coverage", "sent")}
            outlet_events[written(digest)].extra = counts
            return result

        wait >> write(name)
