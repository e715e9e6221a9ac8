"""Turns what is landed into posts and ties, when something new is landed or the catalogue changed.

It loads what the store does not know yet, not what an event says: an event can be lost, a sweep
twice an hour finds what it left behind. It waits for no source. Where the charter lets a source's
short links be expanded, shorteners are asked afterwards: none of them can fail what is loaded.
"""

from airflow.sdk import AssetAny, AssetOrTimeSchedule, CronTriggerTimetable, task

from dags._wiring import CATALOGUE, CHARTER, POSTS, ZONE, landed, new_dag

_LANDED = [landed(name) for name, source in CHARTER.sources.items() if source.enabled]

with new_dag(
    "refine",
    AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("*/30 * * * *", timezone=ZONE),
        assets=AssetAny(CATALOGUE, *_LANDED),
    ),
    owner="operations",
    tags=["refine"],
    doc=__doc__,
):

    @task(inlets=[CATALOGUE, *_LANDED], outlets=[POSTS], multiple_outputs=False)
    def refine(outlet_events=None):
        """Load every landed page that is not loaded yet, tie its posts, and count anew."""
        from dags._manners import good_manners
        from dags._metrics import count
        from pipeline.refine import refine
        from pipeline.settings import settings

        with good_manners():
            result = refine(settings())
        count("refine", result)
        outlet_events[POSTS].extra = result
        return result

    refined = refine()

    if CHARTER.expanding:

        @task(multiple_outputs=False)
        def expand():
            """Ask shorteners where the short links lead that posts hold, where that is allowed."""
            from dags._manners import good_manners
            from pipeline.expand import expand
            from pipeline.settings import settings

            with good_manners():
                return expand(settings())

        refined >> expand()
