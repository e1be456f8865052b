"""Synthetic histories of one territory, and what they count on a day, computed from the facts alone."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final

from services.contract.reference import ANNOUNCED, LISTED
from services.contract.rules.progress import NATION, STAGE_OF_CONTRACT, STAGES
from shared.events.territory import MandateState, PerimeterChanged, TerritoryDesignated
from shared.ids import uuid7
from tests.services.contract.places import LACQ, PAU

FIRST: Final = ANNOUNCED["2018"]
LAST: Final = date(2023, 6, 30)
REGIONS: Final = (["75", "76"], ["75"], ["76"], ["75", "76", "84"])
STATES: Final = ("draft", "under_review", "approved", "signing", "signed", "ended")


def some_day(random: Random, first: date = FIRST, last: date = LAST) -> date:
    """Return a day of the first phase."""
    return first + timedelta(random.randint(0, (last - first).days))


@dataclass
class History:
    """The facts about a territory, in the order in which they were recorded."""

    designated_on: date | None
    closed_on: date | None
    perimeters: list[tuple[date, list[str]]]
    """Regions from a day on; the first one is the perimeter at the designation."""
    mandates: list[MandateState]
    contract: list[tuple[date, str]]
    events: list[TerritoryDesignated | PerimeterChanged] = field(default_factory=list)

    def regions_on(self, day: date) -> list[str]:
        """Return the Regions of a day."""
        return [regions for since, regions in self.perimeters if since <= day][-1:][0]

    def has_pair_on(self, day: date) -> bool:
        """Return True if an élu and an industriel are in office."""
        seats = {
            each.capacity for each in self.mandates if each.since <= day and not (each.until and each.until <= day)
        }
        return {"elu", "industriel"} <= seats

    def contract_on(self, day: date) -> str | None:
        """Return the state of the contract on a day."""
        return next((state for since, state in reversed(self.contract) if since <= day), None)

    def is_certain_on(self, day: date) -> bool:
        """Return True if the territory was surely designated by a day."""
        acted = any(self.has_pair_on(each.since) for each in self.mandates if each.since <= day)
        changed = any(since <= day for since, _ in self.perimeters[1:])
        dated = self.designated_on is not None and self.designated_on <= day
        return dated or day >= LISTED["2018"] or changed or acted or self.contract_on(day) is not None

    def expected_on(self, day: date) -> dict[str, dict[str, int]]:
        """Return the measures of the territory by Region on a day."""
        if day < (self.designated_on or FIRST) or (self.closed_on and day >= self.closed_on):
            return {}
        measures: Counter[str] = Counter()
        if self.is_certain_on(day):
            state = self.contract_on(day)
            reached = max(
                "governance_installed" if self.has_pair_on(day) else "designated",
                STAGE_OF_CONTRACT[state] if state else "designated",
                key=STAGES.index,
            )
            measures.update(["territory", f"stage:{reached}", f"wave:pilot:{reached}", "pilot:named"])
            measures.update(["governance"] if self.has_pair_on(day) else [])
        else:
            measures.update(["territory:undated", "pilot:named"])
        return {region: dict(measures) for region in (NATION, *self.regions_on(day))}


def history(random: Random) -> History:
    """Make a history of Lacq-Pau-Tarbes."""
    designated_on = random.choice([None, some_day(random, last=date(2020, 12, 31))])
    begun = designated_on or FIRST
    changed = sorted({some_day(random, begun + timedelta(1)) for _ in range(random.randint(0, 3))})
    perimeters = [(FIRST, REGIONS[0]), *((day, random.choice(REGIONS)) for day in changed)]
    mandates = []
    for capacity in ("elu", "industriel"):
        days = sorted({some_day(random, begun) for _ in range(random.randint(0, 5))})
        for since, until in zip(days[::2], [*days[1::2], None], strict=False):
            mandates.append(
                MandateState(
                    pilot_id=uuid7(), capacity=capacity, person_id=uuid7(), organisation=PAU, since=since, until=until
                )
            )
    days = sorted({some_day(random, begun) for _ in range(random.randint(0, len(STATES)))})
    made = History(
        designated_on=designated_on,
        closed_on=random.choice([None, some_day(random, begun + timedelta(1))]),
        perimeters=perimeters,
        mandates=mandates,
        contract=list(zip(days, STATES, strict=False)),
    )
    made.events = _events(made, random)
    return made


def _events(made: History, random: Random) -> list[TerritoryDesignated | PerimeterChanged]:
    """Return the events of the territory; corrections of other facts stand between them."""
    events: list[TerritoryDesignated | PerimeterChanged] = []

    def designated(regions: list[str], closed_on: date | None = None) -> TerritoryDesignated:
        return TerritoryDesignated(**_facts(made, regions, closed_on))

    for number, (day, regions) in enumerate(made.perimeters):
        if number:
            facts = _facts(made, regions, None)
            events.append(PerimeterChanged(**facts, effective_on=day, decision_id=uuid7()))
        if not number or random.random() < 0.5:
            events.append(designated(regions))
    events.append(designated(made.perimeters[-1][1], made.closed_on))
    return events


def _facts(made: History, regions: list[str], closed_on: date | None) -> dict[str, object]:
    return {
        "territory": LACQ,
        "phase": "2018",
        "code": "ti-7505",
        "name": "Lacq-Pau - Tarbes",
        "lead_region": regions[0],
        "departements": [],
        "is_pilot": True,
        "designated_on": made.designated_on,
        "members": [],
        "closed_on": closed_on,
        "wave": "pilot",
        "territories": [LACQ],
        "regions": regions,
    }
