"""Progress equals a recomputation from the facts, on every day and for any history."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import repeat, zip_longest
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contract.rules.progress import Additions, StateEntry, additions, difference, grains
from services.contract.rules.timelines import designation_timeline, governance_timeline
from shared.events.stages import STAGES
from shared.events.territory import MandateCorrected
from tests.services.contract.conftest import House
from tests.services.contract.histories import FIRST, LAST, History, history, some_day
from tests.services.contract.places import COEUR, LACQ

TERRITORY = ("territory", "stage:", "wave:", "pilot:", "governance")


def contract_entries(made: History) -> list[StateEntry]:
    """Return the timeline of the contract."""
    return [
        StateEntry("contract/1", number, day, "contract", state, LACQ, "2018", ("75", "76"))
        for number, (day, state) in enumerate(made.contract, 1)
    ]


def recorded(made: History, random: Random) -> Additions:
    """Return the counters after all events came, one by one, with the steps of a mandate and a contract between."""
    counters: Additions = Counter()
    timelines: dict[str, list[StateEntry]] = {}
    acts: list[tuple[str, int]] = [
        *(("event", number) for number in range(len(made.events))),
        *(("mandates", number) for number in range(len(made.mandate_events))),
        *(("contract", number) for number in range(len(made.contract) + 1)),
    ]
    kinds = [kind for kind, _ in acts]
    random.shuffle(kinds)
    ordered = {kind: iter([number for name, number in acts if name == kind]) for kind in set(kinds)}
    for kind in kinds:
        number = next(ordered[kind])
        before = additions(timelines.values())
        match kind:
            case "event":
                timelines["territory"] = designation_timeline(timelines.get("territory", []), made.events[number])
            case "mandates":
                timelines["governance"] = governance_timeline(LACQ, made.mandate_events[number].mandates or ())
            case _:
                timelines["contract"] = contract_entries(made)[:number]
        for key, change in difference(before, additions(timelines.values())).items():
            counters[key] += change
    return Counter({key: count for key, count in counters.items() if count})


@settings(deadline=None, max_examples=60)
@given(st.randoms(use_true_random=False))
def test_counters_equal_a_recomputation_from_the_facts_on_every_day(random: Random) -> None:
    made = history(random)

    counters = recorded(made, random)

    by_day: dict[date, Additions] = defaultdict(Counter)
    for (day, cell), count in counters.items():
        by_day[day][day, cell] += count
    total: dict[str, Counter[str]] = defaultdict(Counter)
    for offset in range(-1, (LAST - FIRST).days + 1):
        day = FIRST + timedelta(offset)
        for (_, cell), count in by_day[day].items():
            if cell.measure.startswith(TERRITORY):
                total[cell.region][cell.measure] += count
        shown = {
            region: {measure: count for measure, count in counts.items() if count} for region, counts in total.items()
        }
        assert {region: counts for region, counts in shown.items() if counts} == made.expected_on(day), day


@settings(deadline=None, max_examples=60)
@given(st.randoms(use_true_random=False))
def test_years_months_and_days_add_up_to_each_day(random: Random) -> None:
    counters = recorded(history(random), random)
    as_of = some_day(random)
    year, month = as_of.replace(month=1, day=1), as_of.replace(day=1)

    grained: Counter[str] = Counter()
    for (day, cell), count in counters.items():
        (_, of_year), (_, of_month), (_, of_day) = grains(day)
        counted = [of_year < year, year <= of_month < month, month <= of_day <= as_of]
        grained[cell.measure] += count * sum(counted)

    exact: Counter[str] = Counter()
    for (day, cell), count in counters.items():
        exact[cell.measure] += count * (day <= as_of)
    assert grained == exact


@pytest.mark.parametrize("seed", range(4))
async def test_answers_equal_a_recomputation_from_the_facts(house: House, seed: int) -> None:
    random = Random(seed)
    made = [history_with_corrections(random, territory) for territory in (LACQ, COEUR)]
    # An act on several territories at once publishes an event of each.
    for events in zip_longest(*(each.events for each in made)):
        await house.publish(*(event for event in events if event))
    for event in (event for each in made for event in each.mandate_events):
        await house.publish(event)

    for day in sorted({FIRST, LAST, *(day for each in made for day in each.days())}):
        answer = await house.get("/v1/progress", by=None, phase="2018", region="75", as_of=day.isoformat())
        expected: Counter[str] = Counter()
        for each in made:
            expected.update(each.expected_on(day).get("75", {}))
        territories = answer["total"]["territories"]
        assert territories["designated"] == expected["territory"], day
        assert territories["undated"] == expected["territory:undated"], day
        assert territories["with_governance"] == expected["governance"], day
        assert territories["by_stage"] == {stage: expected[f"stage:{stage}"] for stage in STAGES}, day
        assert territories["pilots"] == {name: expected[f"pilot:{name}"] for name in ("named", "unknown")}, day
        for shown in territories["by_wave"]:
            wave = shown["wave"] or "unknown"
            assert shown["by_stage"] == {stage: expected[f"wave:{wave}:{stage}"] for stage in STAGES}, (day, wave)


def history_with_corrections(random: Random, territory: str) -> History:
    """Make a history in which a mandate is corrected or cancelled last, without a contract."""
    found = (history(random, territory) for _ in repeat(None))
    made = next(each for each in found if MandateCorrected in map(type, each.mandate_events[-1:]))
    made.contract = []
    return made
