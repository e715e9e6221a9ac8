"""Writes last week's aggregates as open data every Tuesday, when late posts have come in."""

from airflow.sdk import task

from dags._wiring import PUBLICATION, new_dag

with new_dag("publish", "0 5 * * TUE", owner="operations", tags=["publish"], doc=__doc__):

    @task(outlets=[PUBLICATION], multiple_outputs=False)
    def publish(outlet_events=None):
        """Write the files of the publication; cells of too few authors are left out."""
        from dags._manners import good_manners
        from dags._metrics import count
        from pipeline.publish import publish
        from pipeline.settings import settings

        with good_manners():
            result = publish(settings())
        count("publish", result)
        outlet_events[PUBLICATION].extra = result
        return result

    publish()
