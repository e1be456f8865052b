"""Options for the number of kills and of commits."""

from dataclasses import dataclass

import pytest

KILLS, COMMITS = 50, 0


@dataclass(frozen=True)
class Length:
    """Length of the run in which processes are killed."""

    kills: int
    commits: int
    """Minimum number of commits: the writers go on until then."""

    @property
    def pause(self) -> float:
        """Seconds between two acts of a writer."""
        return 0.01 if self.commits else 0.1


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; a run of the whole suite loads them too late, and takes the defaults."""
    group = parser.getgroup("crashes")
    group.addoption("--kills", type=int, default=KILLS, help="how many processes and servers are killed")
    group.addoption("--commits", type=int, default=COMMITS, help="how many commits the writers make at least")


@pytest.fixture
def length(request: pytest.FixtureRequest) -> Length:
    """Return the length of the run."""
    config = request.config
    return Length(config.getoption("kills", KILLS), config.getoption("commits", COMMITS))
