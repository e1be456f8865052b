"""The published contracts held against strangers' tools, at length: `python -m tests.conformance`.

What the suite does in short, with thousands of cases in the place of hundreds, and others each time unless a seed is
given: `--cases 5000 --fuzz-seed 7`, and whatever pytest takes.
"""

import random
import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    seed = str(random.SystemRandom().randrange(10**6))
    given = ["--cases", "2000", "--fuzz-seed", seed, *sys.argv[1:]]
    sys.exit(pytest.main([str(Path(__file__).parent), "--verbose", *given]))
