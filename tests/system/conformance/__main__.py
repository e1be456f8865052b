"""The published contracts held against strangers' tools, at length: `python -m tests.system.conformance`.

What the suite does in short, with thousands of cases in the place of hundreds, and others each time unless a seed is
given: `--cases 5000 --fuzz-seed 7`, and whatever pytest takes. And the cluster does without its broker for two minutes,
in the place of ten seconds.
"""

import random
import sys
from pathlib import Path

import pytest

from tests.system.gateway import test_cluster

HERE = Path(__file__).parent
# By the function itself: a name in a string would outlive a renaming.
WITHOUT_BROKER = test_cluster.test_without_the_broker_everything_is_taken_and_published_later.__name__

if __name__ == "__main__":
    seed = str(random.SystemRandom().randrange(10**6))
    given = ["--cases", "2000", "--fuzz-seed", seed, "--broker-away", "120", *sys.argv[1:]]
    sys.exit(pytest.main([str(HERE), f"{test_cluster.__file__}::{WITHOUT_BROKER}", "--verbose", *given]))
