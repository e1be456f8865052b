"""Progress: what timelines add to the counters, in any order and however late their events come."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.rules.progress import (
    AGREED_CENTS,
    AGREED_COUNT,
    Additions,
    Cell,
    StateEntry,
    additions,
    difference,
    effective,
    grains,
)
from services.contract.rules.timelines import governance
from shared.events.stages import STAGES, stage
from shared.events.territory import PilotState
from shared.ids import uuid7
from tests.services.contract.places import CAISSE_DES_DEPOTS, LACQ, PAU

D = date(2019, 3, 1)


def entry(subject: str, state: str, day: int, sequence: int = 1, **more: str) -> StateEntry:
    """Make an entry of Lacq-Pau-Tarbes, some days after 1 March 2019."""
    kind = more.get("kind", subject.partition("/")[0])
    return StateEntry(
        subject=subject,
        sequence=sequence,
        day=D + timedelta(day),
        kind=kind,
        state=state,
        territory=LACQ,
        phase="2018",
        regions=() if kind == "governance" else ("75", "76"),
        axis=more.get("axis", ""),
    )


def on(counts: Additions, day: int, region: str = "") -> dict[str, int]:
    """Return the counts so many days after 1 March 2019."""
    total: Counter[str] = Counter()
    for (start, cell), count in counts.items():
        if start <= D + timedelta(day) and cell.region == region:
            total[cell.measure] += count
    return {measure: count for measure, count in total.items() if count}


LABEL = entry("territory/x", "dated", 0, kind="designation")


def test_a_designated_territory_is_counted_from_its_day_on() -> None:
    counts = additions([[LABEL]])

    assert on(counts, -1) == {}
    assert on(counts, 0) == {"territory": 1, "stage:designated": 1}


def test_a_territory_of_two_regions_counts_in_each_and_once_in_the_nation() -> None:
    counts = additions([[LABEL]])

    assert on(counts, 0, "75")["territory"] == on(counts, 0, "76")["territory"] == on(counts, 0)["territory"] == 1


def test_the_pair_in_office_installs_the_governance_and_its_leaving_takes_it_away() -> None:
    pair = [entry("governance/x", "installed", 5), entry("governance/x", "incomplete", 9, 2)]

    counts = additions([[LABEL], pair])

    assert on(counts, 4)["stage:designated"] == 1
    assert on(counts, 5) == {"territory": 1, "stage:governance_installed": 1, "governance": 1}
    assert on(counts, 9) == {"territory": 1, "stage:designated": 1}


def test_a_territory_stands_at_the_stage_of_its_furthest_contract() -> None:
    first = [entry("contract/1", "draft", 1), entry("contract/1", "cancelled", 20, 2)]
    second = [entry("contract/2", "draft", 5), entry("contract/2", "under_review", 10, 2)]

    counts = additions([[LABEL], first, second])

    assert on(counts, 5) == {"territory": 1, "stage:drafting": 1, "contract:draft": 2}
    assert on(counts, 10)["stage:under_review"] == 1
    assert on(counts, 20) == {
        "territory": 1,
        "stage:under_review": 1,
        "contract:cancelled": 1,
        "contract:under_review": 1,
    }


def test_a_cancelled_contract_leaves_its_territory_where_it_stood() -> None:
    assert stage(installed=True, contracts=["cancelled"]) == "governance_installed"
    assert stage(installed=False, contracts=[]) == "designated"
    assert stage(installed=False, contracts=["draft", "ended"]) == "signed"


def test_a_late_signature_counts_from_its_own_day() -> None:
    timeline = [
        entry("contract/1", "draft", 1),
        entry("contract/1", "signing", 30, 2),
        entry("contract/1", "signed", 10, 3),
    ]

    counts = additions([[LABEL], timeline])

    assert on(counts, 9)["stage:drafting"] == 1
    assert on(counts, 10) == {"territory": 1, "stage:signed": 1, "contract:signed": 1}
    assert on(counts, 30) == on(counts, 10)


def test_a_sheet_counts_under_its_state_and_once_sent_up_for_ever() -> None:
    timeline = [
        entry("action/1", "submitted", 1, axis="recruter"),
        entry("action/1", "returned", 3, 2, axis="recruter"),
        entry("action/1", "submitted", 5, 3, axis="innover"),
        entry("action/1", "validated", 7, 4, axis="innover"),
    ]

    counts = additions([timeline])

    assert on(counts, 3) == {"action:sent_up": 1, "action:returned": 1}
    assert on(counts, 7) == {"action:sent_up": 1, "action:validated": 1}
    assert {cell.axis for (day, cell), count in counts.items() if day == D + timedelta(5) and count > 0} == {"innover"}


def request(state: str, day: int, sequence: int = 1) -> StateEntry:
    """A line of a request for 400 € by an operator, made for action 1."""
    found = entry("request/1", state, day, sequence)
    return replace(found, about="action/1", operator=CAISSE_DES_DEPOTS, amount_cents=40_000)


def axes(counts: Additions, measure: str) -> set[str]:
    """Axes under which a measure is counted."""
    return {cell.axis for _, cell in counts if cell.measure == measure}


def test_help_counts_under_the_axis_of_its_action() -> None:
    counts = additions([[request("accepted", 2)], [entry("action/1", "submitted", 1, axis="recruter")]])

    assert on(counts, 2)[AGREED_COUNT + CAISSE_DES_DEPOTS] == 1
    assert on(counts, 2)[AGREED_CENTS + CAISSE_DES_DEPOTS] == 40_000
    assert axes(counts, AGREED_COUNT + CAISSE_DES_DEPOTS) == {"recruter"}


def test_help_without_a_known_action_counts_under_no_axis() -> None:
    counts = additions([[request("accepted", 2)]])

    assert on(counts, 2)[AGREED_COUNT + CAISSE_DES_DEPOTS] == 1
    assert axes(counts, AGREED_COUNT + CAISSE_DES_DEPOTS) == {""}


@pytest.mark.parametrize("kind", ["governance", "designation"])
def test_a_timeline_that_is_no_request_brings_no_help(kind: str) -> None:
    counts = additions([[replace(request("accepted", 2), subject=f"{kind}/x", kind=kind)]])

    assert [measure for measure in on(counts, 2) if measure.startswith((AGREED_COUNT, AGREED_CENTS))] == []


def pilot(capacity: str, day: int) -> PilotState:
    """A pilot in office since so many days after 1 March 2019."""
    return PilotState(
        pilot_id=uuid7(),
        capacity=capacity,
        person_id=uuid7(),
        organisation=PAU,
        since=D + timedelta(day),
    )


def test_the_governance_is_installed_when_the_second_of_the_pair_is_in_office() -> None:
    changed_on = D + timedelta(40)

    assert governance([pilot("elu", 3)], changed_on=changed_on) == ("incomplete", changed_on)
    assert governance([pilot("elu", 3), pilot("project_manager", 1)], changed_on=changed_on) == (
        "incomplete",
        changed_on,
    )
    assert governance([pilot("elu", 3), pilot("industriel", 8)], changed_on=changed_on) == (
        "installed",
        D + timedelta(8),
    )


STATES = st.sampled_from(["draft", "under_review", "approved", "signing", "signed", "cancelled"])
TIMELINES = st.lists(st.lists(st.tuples(st.integers(0, 30), STATES), max_size=5), max_size=3)


def entries_of(timelines: Sequence[Sequence[tuple[int, str]]]) -> list[StateEntry]:
    """Make the entries of contracts, in the order of their events."""
    return [
        entry(f"contract/{number}", state, day, sequence)
        for number, timeline in enumerate(timelines)
        for sequence, (day, state) in enumerate(timeline, 1)
    ]


def by_subject(entries: Sequence[StateEntry]) -> list[list[StateEntry]]:
    """Group entries of any order into timelines."""
    return [[each for each in entries if each.subject == subject] for subject in {each.subject for each in entries}]


@given(TIMELINES, st.integers(0, 30))
def test_every_day_counts_the_last_entries_by_then(timelines: list[list[tuple[int, str]]], day: int) -> None:
    counts = additions([[LABEL], *by_subject(entries_of(timelines))])

    current = [
        max((each for each in timeline if each.day <= D + timedelta(day)), key=lambda each: each.sequence, default=None)
        for timeline in by_subject(entries_of(timelines))
    ]
    states = [each.state for each in current if each]
    expected = Counter(f"contract:{state}" for state in states)
    expected["territory"] = expected[f"stage:{stage(installed=False, contracts=states)}"] = 1
    assert on(counts, day) == dict(expected)


@given(TIMELINES, st.randoms())
def test_entries_added_one_by_one_in_any_order_give_the_same_counters(
    timelines: list[list[tuple[int, str]]], random: Random
) -> None:
    entries = [LABEL, *entries_of(timelines)]
    random.shuffle(entries)

    total: Counter[tuple[date, Cell]] = Counter()
    known: list[StateEntry] = []
    for each in entries:
        before, known = additions(by_subject(known)), [*known, each]
        for key, change in difference(before, additions(by_subject(known))).items():
            total[key] += change

    assert {key: count for key, count in total.items() if count} == dict(additions(by_subject(entries)))


@given(st.dates(), st.dates())
def test_every_day_is_counted_once_by_years_months_and_days(changed: date, as_of: date) -> None:
    year, month = as_of.replace(month=1, day=1), as_of.replace(day=1)
    summed = {
        "year": lambda start: start < year,
        "month": lambda start: year <= start < month,
        "day": lambda start: month <= start <= as_of,
    }

    counted = [grain for grain, start in grains(changed) if summed[grain](start)]

    assert len(counted) == (changed <= as_of)


def test_only_entries_that_count_on_some_day_are_effective() -> None:
    timeline = [entry("contract/1", "draft", 5), entry("contract/1", "signed", 2, 2)]

    assert [each.state for each in effective(timeline)] == ["signed"]
    assert len(STAGES) == 7
