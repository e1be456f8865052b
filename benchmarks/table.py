"""One table for all that is measured: ratios first, for only they compare machines."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

HEAD = "| measured | against | ratio | spread | wanted | here |\n|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Measurement:
    """Something of ours against a raw part, in several rounds of one run."""

    measured: str
    against: str
    ratios: Sequence[float]
    """One for each round: ours divided by the other."""
    wanted: str
    """The promised limit; empty if there is none."""
    here: str
    """The value on this machine, in plain units."""

    def __str__(self) -> str:
        spread = f"{_short(min(self.ratios))} to {_short(max(self.ratios))}" if len(self.ratios) > 1 else ""
        ratio = _short(statistics.median(self.ratios))
        return f"| {self.measured} | {self.against} | {ratio} | {spread} | {self.wanted} | {self.here} |"


def _short(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"
