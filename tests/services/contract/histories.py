"""Synthetic histories of a territory, and what they count on a day, computed from the facts alone."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final

from services.contract.reference import ANNOUNCED, LISTED
from services.contract.rules.progress import NATION
from shared.events.stages import STAGE_OF_CONTRACT, STAGES
from shared.events.territory import (
    MandateCorrected,
    MandateState,
    PerimeterChanged,
    PilotAppointed,
    PilotReplaced,
    TerritoryDesignated,
    Wave,
    WaveState,
)
from shared.ids import uuid7
from tests.services.contract.places import LACQ, PAU

FIRST: Final = ANNOUNCED["2018"]
LAST: Final = date(2023, 6, 30)
REGIONS: Final = (["75", "76"], ["75"], ["76"], ["75", "76", "84"])
WAVES: Final[tuple[Wave, ...]] = ("pilot", "prefiguration", "deployment")
PILOT: Final = {True: ["pilot:named"], None: ["pilot:unknown"], False: []}
STATES: Final = ("draft", "under_review", "approved", "signing", "signed", "ended")


def some_day(random: Random, first: date = FIRST, last: date = LAST) -> date:
    """Return a day of the first phase."""
    return first + timedelta(random.randint(0, (last - first).days))


PerimeterEvent = TerritoryDesignated | PerimeterChanged
MandateEvent = PilotAppointed | PilotReplaced | MandateCorrected


@dataclass(frozen=True)
class Waves:
    """The waves of a territory after one was set, by their first days; one without a day is the first."""

    named: bool | None
    """True: the reference data name a pilot territory, without a day; None: they do not."""
    begun: tuple[WaveState, ...] = ()

    def with_wave(self, wave: Wave, since: date | None) -> "Waves":
        """Return the waves after one was set: it replaces those that begin on its day or later."""
        former = [each for each in self.begun if since and (each.since is None or each.since < since)]
        return Waves(self.named, (*former, WaveState(wave=wave, since=since)))

    def wave_on(self, day: date) -> str:
        """Return the wave of a day."""
        found = [each.wave for each in self.begun if (each.since or FIRST) <= day]
        return found[-1] if found else "unknown"

    def is_pilot_on(self, day: date) -> bool | None:
        """Return True if it is a pilot territory on a day: a source names it, or that wave has begun."""
        pilots = [each.since or FIRST for each in self.begun if each.wave == "pilot"]
        if self.named or any(since <= day for since in pilots):
            return True
        # Nothing says that a territory that becomes a pilot was none before.
        return None if pilots else self.named

    def facts(self) -> dict[str, object]:
        """Return the fields of an event."""
        pilots = [each.since for each in self.begun if each.wave == "pilot"]
        return {
            "is_pilot": self.is_pilot_on(date.max),
            "pilot_from": pilots[0] if pilots and not self.named else None,
            "wave": self.begun[-1].wave if self.begun else None,
            "waves": list(self.begun),
        }


@dataclass
class History:
    """The facts about a territory, in the order in which they were recorded."""

    designated_on: date | None
    closed_on: date | None
    perimeters: list[tuple[date, list[str]]]
    """Regions from a day on; the first one is the perimeter at the designation."""
    waves: list[Waves]
    """The waves at the designation, then after each act that set one: the last ones are right."""
    mandates: list[MandateState]
    """The mandates that are right: after all corrections, without the cancelled ones."""
    contract: list[tuple[date, str]]
    territory: str = LACQ
    events: list[PerimeterEvent] = field(default_factory=list)
    mandate_events: list[MandateEvent] = field(default_factory=list)

    def days(self) -> Iterator[date]:
        """Yield each day that a fact names and that has an answer, with the day before."""
        facts = [
            self.designated_on,
            self.closed_on,
            *(wave.since for wave in self.waves[-1].begun),
            *(day for day, _ in self.perimeters),
            *(day for mandate in self.mandates for day in (mandate.since, mandate.until)),
        ]
        for day in filter(None, facts):
            yield from (each for each in (day - timedelta(1), day) if FIRST <= each <= LAST)

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
            measures.update(["territory", f"stage:{reached}", f"wave:{self.waves[-1].wave_on(day)}:{reached}"])
            measures.update(["governance"] if self.has_pair_on(day) else [])
        else:
            measures.update(["territory:undated"])
        measures.update(PILOT[self.waves[-1].is_pilot_on(day)])
        return {region: dict(measures) for region in (NATION, *self.regions_on(day))}


def history(random: Random, territory: str = LACQ) -> History:
    """Make a history of a territory, Lacq-Pau-Tarbes unless another is named."""
    designated_on = random.choice([None, some_day(random, last=date(2020, 12, 31))])
    begun = designated_on or FIRST
    closed_on = random.choice([None, some_day(random, begun + timedelta(1))])
    changed = sorted({some_day(random, begun + timedelta(1)) for _ in range(random.randint(0, 3))})
    days = sorted({some_day(random, begun) for _ in range(random.randint(0, len(STATES)))})
    made = History(
        designated_on=designated_on,
        closed_on=closed_on,
        perimeters=[(FIRST, REGIONS[0]), *((day, random.choice(REGIONS)) for day in changed)],
        waves=_waves(random, begun, (closed_on or LAST) - timedelta(1)),
        mandates=[],
        contract=list(zip(days, STATES, strict=False)),
        territory=territory,
    )
    made.events = _events(made, random)
    for capacity in ("elu", "industriel"):
        days = sorted({some_day(random, begun) for _ in range(random.randint(0, 5))})
        for since, until in zip(days[::2], [*days[1::2], None], strict=False):
            made.mandates.append(_mandate(capacity, since, until))
    made.mandate_events = _mandate_events(made, random, begun)
    return made


def _waves(random: Random, first: date, last: date) -> list[Waves]:
    """Return the waves after each act that set one."""
    waves = [Waves(random.choice([True, None, False]))]
    for _ in range(random.randint(0, 4)):
        since = random.choice([None, *(some_day(random, first, last) for _ in range(3))])
        waves.append(waves[-1].with_wave(random.choice(WAVES), since))
    return waves


def _mandate(capacity: str, since: date, until: date | None) -> MandateState:
    return MandateState(
        pilot_id=uuid7(), capacity=capacity, person_id=uuid7(), organisation=PAU, since=since, until=until
    )


def _mandate_events(made: History, random: Random, begun: date) -> list[MandateEvent]:
    """Return the events of the mandates; some were recorded wrongly, and corrected or cancelled later."""
    recorded: list[list[MandateState | None]] = []
    for right in made.mandates:
        # It begins open; some of them with wrong days, which are corrected before or after its end.
        wrong = [right.model_copy(update=_days(random, begun)) for _ in range(random.choice([0, 0, 1, 2]))]
        opened = [right.model_copy(update={"until": None})] if right.until else []
        early, late = random.choice([(wrong, opened), (opened, wrong)])
        recorded.append([*early, *late, right])
    for _ in range(random.randint(0, 2)):
        mistake = _mandate(random.choice(["elu", "industriel"]), begun, None)
        recorded.append([mistake.model_copy(update=_days(random, begun)), None])
    order = [number for number, states in enumerate(recorded) for _ in states]
    random.shuffle(order)
    known: dict[int, MandateState] = {}
    events: list[MandateEvent] = []
    for number in order:
        state, former = recorded[number].pop(0), known.pop(number, None)
        if state:
            known[number] = state
        events.append(_mandate_event(made.territory, former, state, list(known.values())))
    return events


def _days(random: Random, begun: date) -> dict[str, date | None]:
    since = some_day(random, begun)
    return {"since": since, "until": random.choice([None, some_day(random, since + timedelta(1), LAST + timedelta(1))])}


def _mandate_event(
    territory: str, former: MandateState | None, state: MandateState | None, mandates: list[MandateState]
) -> MandateEvent:
    """Return the event of a mandate that was `former` and now is `state`; `mandates` are all of the pair then."""
    one = state or former
    assert one is not None
    facts: dict[str, object] = {
        "territory": territory,
        "pilot_id": one.pilot_id,
        "capacity": one.capacity,
        "in_office": [],
        "mandates": mandates,
        "territories": [territory],
        "regions": REGIONS[0],
        "organisations": [one.organisation],
    }
    if former is None:
        return PilotAppointed(**facts, appointed_on=one.since)
    if state and state.until and state == former.model_copy(update={"until": state.until}):
        return PilotReplaced(**facts, replaced_on=state.until, successor_id=None)
    days = {"since": one.since, "until": one.until}
    return MandateCorrected(**facts, organisation=one.organisation, **days, is_cancelled=state is None)


def _events(made: History, random: Random) -> list[PerimeterEvent]:
    """Return the events of the territory: changes of its perimeter, its waves, and corrections of other facts."""
    changes: list[tuple[date, list[str]] | Waves] = [*made.perimeters[1:], *made.waves[1:]]
    kinds = [type(change) for change in changes]
    random.shuffle(kinds)
    ordered = {kind: iter([change for change in changes if type(change) is kind]) for kind in set(kinds)}
    regions, wave = made.perimeters[0][1], made.waves[0]
    events: list[PerimeterEvent] = [TerritoryDesignated(**_facts(made, regions, wave))]
    for kind in kinds:
        change = next(ordered[kind])
        if isinstance(change, Waves):
            wave = change
            events.append(TerritoryDesignated(**_facts(made, regions, wave)))
        else:
            day: date | None
            day, regions = change
            if random.random() < 0.5:
                # Recorded with other Regions: a correction without a day follows.
                wrong = _facts(made, random.choice(REGIONS), wave)
                events.append(PerimeterChanged(**wrong, effective_on=day, decision_id=uuid7()))
                day = None
            facts = _facts(made, regions, wave)
            events.append(PerimeterChanged(**facts, effective_on=day, decision_id=uuid7() if day else None))
            if random.random() < 0.5:
                events.append(TerritoryDesignated(**facts))
    return [*events, TerritoryDesignated(**_facts(made, regions, wave, made.closed_on))]


def _facts(made: History, regions: list[str], wave: Waves, closed_on: date | None = None) -> dict[str, object]:
    return {
        "territory": made.territory,
        "phase": "2018",
        "code": made.territory.partition("-")[2],
        "name": "Lacq-Pau - Tarbes",
        "lead_region": regions[0],
        "departements": [],
        "designated_on": made.designated_on,
        "members": [],
        "closed_on": closed_on,
        **wave.facts(),
        "territories": [made.territory],
        "regions": regions,
    }
