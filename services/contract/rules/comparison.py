"""Rules of declared figures beside computed ones: only the same thing on the same day is compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.contract.models import DeclaredFigure


@dataclass(frozen=True)
class Definition:
    """Measures of the counters that count the same thing as a declared metric."""

    counted: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    """Measures of what may count too."""
    reason: str = ""
    """Reason why the computed value is not exact."""


DEFINITIONS: Final[Mapping[str, Definition]] = {
    "territories": Definition(("territory",), ("territory:undated",), "the day of designation is not known of all"),
    "pilots": Definition(("pilot:named",), ("pilot:unknown",), "no source says of all whether they are pilots"),
    # An ended contract was signed.
    "contracts_signed": Definition(("contract:signed", "contract:ended")),
    "protocols_signed": Definition(("protocol:signed", "protocol:ended")),
    "protocols_or_contracts_signed": Definition(
        ("contract:signed", "contract:ended", "protocol:signed", "protocol:ended")
    ),
    "actions_collected": Definition(("action:sent_up",)),
}
"""Declared metric → its definition in the counters."""


def computed(figure: DeclaredFigure, counts: Mapping[str, int]) -> tuple[int | None, str | None]:
    """Return what is counted here on the day of a figure, or the reason why there is nothing to compare."""
    definition = DEFINITIONS.get(figure.metric)
    if definition is None or figure.unit != "count":
        return None, "Nothing here counts the same thing."
    if figure.day_precision != "day":
        return None, f"The source gives the {figure.day_precision}, not the day."
    least = sum(counts.get(measure, 0) for measure in definition.counted)
    most = least + sum(counts.get(measure, 0) for measure in definition.unknown)
    if most > least:
        return None, f"Between {least} and {most} on {figure.day}: {definition.reason}."
    return least, None
