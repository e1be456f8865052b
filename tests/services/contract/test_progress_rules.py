"""Progress: what stories add to the counts, in whatever order and however late they are told."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.rules.progress import (
    CENTS,
    HELPS,
    STAGES,
    Additions,
    Cell,
    Line,
    additions,
    governance,
    grains,
    grown,
    stage,
    standing,
)
from shared.events.territory import PilotState
from shared.ids import uuid7
from tests.services.contract.places import CAISSE_DES_DEPOTS, LACQ, PAU

D = date(2019, 3, 1)


def line(subject: str, state: str, day: int, sequence: int = 1, **more: str) -> Line:
    """A line of Lacq-Pau-Tarbes, so many days after 1 March 2019."""
    kind = more.get("kind", subject.partition("/")[0])
    return Line(
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
    """What is counted so many days after 1 March 2019."""
    total: Counter[str] = Counter()
    for (start, cell), count in counts.items():
        if start <= D + timedelta(day) and cell.region == region:
            total[cell.measure] += count
    return {measure: count for measure, count in total.items() if count}


LABEL = line("territory/x", "dated", 0, kind="designation")


def test_a_designated_territory_is_counted_from_its_day_on() -> None:
    counts = additions([[LABEL]])

    assert on(counts, -1) == {}
    assert on(counts, 0) == {"territory": 1, "stage:designated": 1}


def test_a_territory_of_two_regions_counts_in_each_and_once_in_the_nation() -> None:
    counts = additions([[LABEL]])

    assert on(counts, 0, "75")["territory"] == on(counts, 0, "76")["territory"] == on(counts, 0)["territory"] == 1


def test_the_pair_in_office_installs_the_governance_and_its_leaving_takes_it_away() -> None:
    pair = [line("governance/x", "installed", 5), line("governance/x", "incomplete", 9, 2)]

    counts = additions([[LABEL], pair])

    assert on(counts, 4)["stage:designated"] == 1
    assert on(counts, 5) == {"territory": 1, "stage:governance_installed": 1}
    assert on(counts, 9) == {"territory": 1, "stage:designated": 1}


def test_a_territory_stands_at_the_stage_of_its_furthest_contract() -> None:
    first = [line("contract/1", "draft", 1), line("contract/1", "cancelled", 20, 2)]
    second = [line("contract/2", "draft", 5), line("contract/2", "under_review", 10, 2)]

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


def test_a_signature_told_late_counts_from_its_own_day() -> None:
    timeline = [
        line("contract/1", "draft", 1),
        line("contract/1", "signing", 30, 2),
        line("contract/1", "signed", 10, 3),
    ]

    counts = additions([[LABEL], timeline])

    assert on(counts, 9)["stage:drafting"] == 1
    assert on(counts, 10) == {"territory": 1, "stage:signed": 1, "contract:signed": 1}
    assert on(counts, 30) == on(counts, 10)


def test_a_sheet_counts_under_its_state_and_once_sent_up_for_ever() -> None:
    timeline = [
        line("action/1", "submitted", 1, axis="recruter"),
        line("action/1", "returned", 3, 2, axis="recruter"),
        line("action/1", "submitted", 5, 3, axis="innover"),
        line("action/1", "validated", 7, 4, axis="innover"),
    ]

    counts = additions([timeline])

    assert on(counts, 3) == {"action:sent_up": 1, "action:returned": 1}
    assert on(counts, 7) == {"action:sent_up": 1, "action:validated": 1}
    assert {cell.axis for (day, cell), count in counts.items() if day == D + timedelta(5) and count > 0} == {"innover"}


def request(state: str, day: int, sequence: int = 1) -> Line:
    """A line of a request for 400 € by an operator, made for action 1."""
    found = line("request/1", state, day, sequence)
    return replace(found, about="action/1", operator=CAISSE_DES_DEPOTS, amount_cents=40_000)


def axes(counts: Additions, measure: str) -> set[str]:
    """Axes under which a measure is counted."""
    return {cell.axis for _, cell in counts if cell.measure == measure}


def test_help_counts_under_the_axis_of_its_action() -> None:
    counts = additions([[request("accepted", 2)], [line("action/1", "submitted", 1, axis="recruter")]])

    assert on(counts, 2)[HELPS + CAISSE_DES_DEPOTS] == 1
    assert on(counts, 2)[CENTS + CAISSE_DES_DEPOTS] == 40_000
    assert axes(counts, HELPS + CAISSE_DES_DEPOTS) == {"recruter"}


def test_help_without_a_known_action_counts_under_no_axis() -> None:
    counts = additions([[request("accepted", 2)]])

    assert on(counts, 2)[HELPS + CAISSE_DES_DEPOTS] == 1
    assert axes(counts, HELPS + CAISSE_DES_DEPOTS) == {""}


@pytest.mark.parametrize("kind", ["governance", "designation"])
def test_a_timeline_that_is_no_request_brings_no_help(kind: str) -> None:
    counts = additions([[replace(request("accepted", 2), subject=f"{kind}/x", kind=kind)]])

    assert [measure for measure in on(counts, 2) if measure.startswith((HELPS, CENTS))] == []


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


def told(timelines: Sequence[Sequence[tuple[int, str]]]) -> list[Line]:
    """Contracts, as their events tell of them."""
    return [
        line(f"contract/{number}", state, day, sequence)
        for number, timeline in enumerate(timelines)
        for sequence, (day, state) in enumerate(timeline, 1)
    ]


def by_subject(lines: Sequence[Line]) -> list[list[Line]]:
    """The stories of lines in any order."""
    return [[each for each in lines if each.subject == subject] for subject in {each.subject for each in lines}]


@given(TIMELINES, st.integers(0, 30))
def test_on_every_day_the_counts_are_what_the_last_lines_told_by_then_say(
    timelines: list[list[tuple[int, str]]], day: int
) -> None:
    counts = additions([[LABEL], *by_subject(told(timelines))])

    current = [
        max((each for each in timeline if each.day <= D + timedelta(day)), key=lambda each: each.sequence, default=None)
        for timeline in by_subject(told(timelines))
    ]
    states = [each.state for each in current if each]
    expected = Counter(f"contract:{state}" for state in states)
    expected["territory"] = expected[f"stage:{stage(installed=False, contracts=states)}"] = 1
    assert on(counts, day) == dict(expected)


@given(TIMELINES, st.randoms())
def test_growing_line_by_line_adds_up_to_the_whole_in_any_order(
    timelines: list[list[tuple[int, str]]], random: Random
) -> None:
    lines = [LABEL, *told(timelines)]
    random.shuffle(lines)

    total: Counter[tuple[date, Cell]] = Counter()
    known: list[Line] = []
    for each in lines:
        before, known = additions(by_subject(known)), [*known, each]
        for key, change in grown(before, additions(by_subject(known))).items():
            total[key] += change

    assert {key: count for key, count in total.items() if count} == dict(additions(by_subject(lines)))


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


def test_only_the_lines_that_count_on_some_day_stand() -> None:
    timeline = [line("contract/1", "draft", 5), line("contract/1", "signed", 2, 2)]

    assert [each.state for each in standing(timeline)] == ["signed"]
    assert len(STAGES) == 7
