"""The published contracts held against strangers' tools, at length: `python -m tests.system.conformance`.

What the suite does in short, with thousands of cases in the place of hundreds, and others each time unless a seed is
given: `--cases 5000 --fuzz-seed 7`, and whatever pytest takes. The cluster does without its broker for two minutes, in
the place of ten seconds. 200 kills during 20,000 commits lose nothing, in the place of 50.
"""

import random
import sys
from pathlib import Path

import pytest

KILLS = ["--kills", "200", "--commits", "20000"]
HERE = Path(__file__).parent
WITHOUT_BROKER = "test_without_the_broker_everything_is_taken_and_published_later"
"""It stands in `tests.system.gateway.test_cluster`, which cannot be imported here: pytest must rewrite it first."""

if __name__ == "__main__":
    seed = str(random.SystemRandom().randrange(10**6))
    given = ["--cases", "2000", "--fuzz-seed", seed, "--broker-away", "120", *KILLS, *sys.argv[1:]]
    tests = [
        str(HERE),
        f"{HERE.parent}/gateway/test_cluster.py::{WITHOUT_BROKER}",
        f"{HERE.parent}/crashes/test_kills.py",
    ]
    sys.exit(pytest.main([*tests, "--verbose", *given]))
