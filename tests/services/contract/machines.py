"""State machines on a driver: in short in the suite, at length in `make conformance`."""

import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as how
from hypothesis.stateful import RuleBasedStateMachine, invariant, run_state_machine_as_test

from shared.settings import Settings
from tests.services.contract.conftest import HistoryLength
from tests.services.contract.driver import Driver, Place, new_place

LONG_HISTORIES: Final = 10
"""Histories of each seed in a long run."""


@dataclass
class Driven:
    """Histories that a machine was driven through."""

    machine: str
    database: str
    first_seed: int | None
    histories: int = 0
    acts: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    """Number of histories by the state of the contract at their end."""

    @property
    def line(self) -> str:
        """One line about it."""
        seeds = f", seeds from {self.first_seed}" if self.first_seed is not None else ""
        ends = f", {dict(self.ends.most_common())}" if self.ends else ""
        return f"{self.machine}: {self.histories:,} histories, {self.acts:,} acts on {self.database}{seeds}{ends}"


class Machine(RuleBasedStateMachine):
    """A state machine on a driver. It counts its histories and acts."""

    driver: Driver
    driven: Driven
    place: Place

    def __init__(self) -> None:
        super().__init__()
        self.driven.histories += 1

    def settle(self) -> None:
        """Take a territory of its own, and let its pair be appointed."""
        self.place = new_place()
        self.driver.arrive(self.place.designated(), *self.place.appointed())

    def teardown(self) -> None:
        if hasattr(self, "place"):
            self.driver.arrive(self.place.left())

    @invariant()
    def an_act_was_done(self) -> None:
        self.driven.acts += 1


def drive(machine: type[Machine], settings: Settings, length: HistoryLength, *, histories: int, acts: int) -> Driven:
    """Drive a machine through some histories, and through others until its seconds are over.

    The same seed draws the same histories.
    """
    driver = Driver(settings)
    driven = Driven(machine.__name__, "SQLite" if driver.database.is_sqlite else "PostgreSQL", length.seed)
    chosen = how(
        # The first history of each seed is the simplest one, always the same: a long run draws more of each seed.
        max_examples=LONG_HISTORIES if length.seconds else histories,
        stateful_step_count=acts,
        deadline=None,
        database=None,
        # Not shrunk: the seed says which history it was.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    end = time.monotonic() + length.seconds
    try:
        for number in count(length.seed or 0):
            one = type(machine.__name__, (machine,), {"driver": driver, "driven": driven})
            run_state_machine_as_test(seed(number)(one) if length.seconds else one, settings=chosen)
            if time.monotonic() >= end:
                break
    finally:
        driver.close()
    return driven
