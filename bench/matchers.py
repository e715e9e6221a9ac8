"""How long it takes until posts can be tied: `python -m bench.matchers`, told by the environment.

Prints the CPU seconds of making what ties are sought with, and of reading what was kept of it.
"""

import json
import sys

from bench.load_only import Spent, timed
from pipeline.link import Tie
from pipeline.settings import settings
from warehouse.store import opened

if __name__ == "__main__":
    spent: Spent = {}
    here = settings()
    with opened(here.warehouse) as engine:
        for what in ("built", "kept"):
            tie = Tie(engine, here.matchers, here.load_charter().ties)
            timed(spent, what, tie.ready)
    sys.stdout.write(json.dumps(spent))
