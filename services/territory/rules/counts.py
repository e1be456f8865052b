"""Rules of counts: a day of designation that is not known gives bounds, not a guess."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from services.territory.models import Territory
from services.territory.rules.places import TerritoryOnDay


def count_territories(states: Iterable[TerritoryOnDay]) -> dict[str, Any]:
    """Count territories on a day, in total, by lead région and by wave."""
    counted = list(states)
    by_region, by_wave = defaultdict(list), defaultdict(list)
    for state in counted:
        by_region[state.place.regions[0]].append(state)
        by_wave[state.wave].append(state)
    return {
        **_bounds(counted),
        "by_region": [{"region": code, **_bounds(found)} for code, found in sorted(by_region.items())],
        "by_wave": [{"wave": wave, **_bounds(by_wave[wave])} for wave in sorted(by_wave, key=str)],
    }


def _bounds(states: Iterable[TerritoryOnDay]) -> dict[str, int]:
    known = unknown = listed = 0
    for state in states:
        if state.territory.designated_on:
            known += 1
        else:
            unknown += 1
            listed += _is_listed(state.territory, state)
    return {"known": known, "unknown": unknown, "at_least": known + listed, "at_most": known + unknown}


def _is_listed(territory: Territory, state: TerritoryOnDay) -> bool:
    """Return True if a list that names the territory is not later than the day."""
    listed_on = territory.programme_phase.listed_on
    return listed_on is not None and listed_on <= state.day
