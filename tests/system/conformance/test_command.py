"""`make conformance` runs what it says."""

from pathlib import Path

from tests.system.conformance.__main__ import HERE, MACHINES, WITHOUT_BROKER
from tests.system.gateway import test_cluster


def test_the_test_without_the_broker_is_there() -> None:
    assert callable(getattr(test_cluster, WITHOUT_BROKER))
    assert test_cluster.__file__ == str(HERE.parent / "gateway" / "test_cluster.py")


def test_the_state_machines_are_there() -> None:
    assert [file for file in MACHINES if not Path(file).exists()] == []
