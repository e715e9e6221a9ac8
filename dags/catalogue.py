"""Loads the agency's own topics, datasets and registers every night, where they changed."""

from airflow.sdk import task

from dags._wiring import CATALOGUE, new_dag

with new_dag("catalogue", "0 3 * * *", owner="operations", tags=["catalogue"], doc=__doc__):

    @task(outlets=[CATALOGUE], multiple_outputs=False)
    def catalogue(outlet_events=None):
        """Read the files and addresses of the charter's vocabulary, and store what is new."""
        from dags._manners import good_manners
        from dags._metrics import count
        from pipeline.catalogue import load_catalogue
        from pipeline.settings import settings

        with good_manners():
            result = load_catalogue(settings())
        count("catalogue", result)
        outlet_events[CATALOGUE].extra = result
        return result

    catalogue()
