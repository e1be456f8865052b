"""The published contracts held against strangers' tools, at length: `python -m tests.system.conformance`.

What the suite does in short, with thousands of cases in the place of hundreds, and others each time unless a seed is
given: `--cases 5000 --fuzz-seed 7`, and whatever pytest takes. The cluster does without its broker for two minutes, in
the place of ten seconds. 200 kills during 20,000 commits lose nothing, in the place of 50. State machines drive
contracts, circuits and amendments for 25 minutes on PostgreSQL, in the place of a few histories:
`--history-seconds 1800 --history-seed 7`.
"""

import argparse
import random
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = ["--kills", "200", "--commits", "20000"]
HERE = Path(__file__).parent
WITHOUT_BROKER = "test_without_the_broker_everything_is_taken_and_published_later"
"""It stands in `tests.system.gateway.test_cluster`, which cannot be imported here: pytest must rewrite it first."""

CONTRACT = HERE.parents[1] / "services" / "contract"
MACHINES = [
    f"{CONTRACT}/{name}.py" for name in ("test_contract_machine", "test_circuit_machine", "test_amendment_histories")
]
HISTORY_SECONDS = 1500
"""Seconds for each machine; they run beside each other. Two cores drive some two thousand histories in that time."""


def drive_machines(*given: str) -> int:
    """Drive all machines at once, each in a process of its own; return the exit status."""
    arguments = ["-k", "postgresql", "--numprocesses", f"{len(MACHINES)}", "--timeout", "0", "--verbose", *given]
    return subprocess.run([sys.executable, "-m", "pytest", *MACHINES, *arguments], check=False).returncode


if __name__ == "__main__":
    seed = str(random.SystemRandom().randrange(10**6))
    own = argparse.ArgumentParser(add_help=False)
    own.add_argument("--history-seconds", default=HISTORY_SECONDS, type=int)
    own.add_argument("--history-seed", default=seed)
    histories, rest = own.parse_known_args()
    given = ["--cases", "2000", "--fuzz-seed", seed, "--broker-away", "120", *KILLS, *rest]
    tests = [
        str(HERE),
        f"{HERE.parent}/gateway/test_cluster.py::{WITHOUT_BROKER}",
        f"{HERE.parent}/crashes/test_kills.py",
    ]
    driven = drive_machines(
        "--history-seconds", f"{histories.history_seconds}", "--history-seed", histories.history_seed
    )
    sys.exit(pytest.main([*tests, "--verbose", *given]) or driven)
