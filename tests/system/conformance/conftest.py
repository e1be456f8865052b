"""Options for the number of cases and the seed, and the outcomes of the run."""

from collections.abc import Iterator
from typing import Final

import pytest

from tests.system.conformance.fuzzing import FuzzResult

FEW: Final = 300
SEED: Final = 2019
"""The same in each run of the suite, for the same cases."""
OUTCOMES: Final = pytest.StashKey[list[FuzzResult]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `python -m tests.system.conformance`; a run of the whole suite loads them too late."""
    group = parser.getgroup("conformance")
    group.addoption("--cases", type=int, default=FEW, help="how many cases each service is sent at least")
    group.addoption("--fuzz-seed", type=int, default=SEED, help="which ones")


@pytest.fixture(scope="session")
def outcomes(request: pytest.FixtureRequest) -> list[FuzzResult]:
    """The requests and findings of each run of Schemathesis, printed at the end."""
    return request.config.stash.setdefault(OUTCOMES, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line for each."""
    for line in _table(config.stash.get(OUTCOMES, [])):
        terminalreporter.write_line(line)


def _table(outcomes: list[FuzzResult]) -> Iterator[str]:
    if outcomes:
        yield f"{'service':13} {'seed':>10} {'cases':>6} {'accepted':>9} {'failures':>9}  clients"
    for one in outcomes:
        clients = ", ".join(one.clients)
        yield f"{one.service:13} {one.seed:10} {one.cases:6} {one.accepted:9} {one.failures:9}  {clients}"
