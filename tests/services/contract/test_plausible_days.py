"""Days of a sheet: ten years before the announcement of its phase to thirty years after it."""

from datetime import date, timedelta
from typing import Any, Final

import pytest

from services.contract.errors import DayNotPlausible
from services.contract.reference import ANNOUNCED
from services.contract.rules.days import plausible, plausible_days, require_plausible
from tests.services.contract.conftest import REGION, House
from tests.services.contract.places import BRIVE, make_action
from tests.services.contract.stories import SHEET, submitted_action
from tests.support.harness import NATIONAL, ON_SQLITE

BOUNDS: Final = {"2018": ("2008-11-22", "2048-11-22"), "2023": ("2013-11-09", "2053-11-09")}
DAY: Final = timedelta(days=1)


def milestones(*days: str) -> dict[str, Any]:
    """The milestones of a sheet on these days."""
    return {"milestones": [{"title": f"Jalon du {day} (synthétique)", "due_on": day} for day in days]}


@pytest.mark.parametrize("phase", ANNOUNCED)
def test_a_day_of_a_plan_is_near_its_phase(phase: str) -> None:
    first, last = plausible_days(phase)

    assert (first.isoformat(), last.isoformat()) == BOUNDS[phase]
    assert plausible(ANNOUNCED[phase], phase)
    assert [plausible(day, phase) for day in (first - DAY, first, last, last + DAY)] == [False, True, True, False]


@pytest.mark.parametrize("day", [date.min, date(1926, 5, 1), date.max])
@pytest.mark.parametrize("phase", ANNOUNCED)
def test_the_first_and_the_last_day_of_the_calendar_are_refused(phase: str, day: date) -> None:
    with pytest.raises(DayNotPlausible):
        require_plausible({"/starts_on": None, "/ends_on": day}, phase)


def test_a_refusal_names_each_day_and_a_day_that_is_not_planned_yet_is_none() -> None:
    require_plausible({"/starts_on": None, "/ends_on": date(2022, 12, 31)}, "2018")

    with pytest.raises(DayNotPlausible, match="give a day from 2008-11-22 to 2048-11-22") as refused:
        require_plausible({"/starts_on": date.min, "/ends_on": date.max, "/due_on": date(2020, 1, 1)}, "2018")

    assert [error.pointer for error in refused.value.errors] == ["/starts_on", "/ends_on"]


WRONG: Final[dict[str, tuple[dict[str, Any], list[str]]]] = {
    "a start in the year 1": ({"planned_start": "0001-01-01"}, ["/planned_start"]),
    "an end in the year 9999": ({"planned_end": "9999-12-31"}, ["/planned_end"]),
    "both": (
        {"planned_start": "2008-11-21", "planned_end": "2048-11-23"},
        ["/planned_start", "/planned_end"],
    ),
    "a milestone of 1926": (milestones("2020-09-01", "1926-09-01"), ["/milestones/1/due_on"]),
    "two milestones": (milestones("0001-01-01", "2020-09-01", "9999-12-31"), [
        "/milestones/0/due_on", "/milestones/2/due_on",
    ]),
}  # fmt: skip


@ON_SQLITE
@pytest.mark.parametrize("case", WRONG)
async def test_a_sheet_is_drafted_and_changed_with_plausible_days_alone(house: House, case: str) -> None:
    content, pointers = WRONG[case]
    sheet = await house.post("/v1/actions", SHEET, expect=201)

    drafted = await house.post("/v1/actions", {**SHEET, **content}, expect=422)
    changed = await house.patch(f"/v1/actions/{sheet['id']}", content, expect=422)

    for problem in (drafted, changed):
        assert problem["code"] == "day-not-plausible"
        assert [error["pointer"] for error in problem["errors"]] == pointers
        assert "give a day from 2008-11-22 to 2048-11-22" in problem["detail"]
    assert (await house.get(f"/v1/actions/{sheet['id']}", by=NATIONAL))["version"] == 1


def test_the_bounds_are_those_of_the_phase_of_the_sheet() -> None:
    make_action(planned_start=date(2013, 11, 8))

    with pytest.raises(DayNotPlausible, match="in phase 2023, give a day from 2013-11-09 to 2053-11-09"):
        make_action(territories=[BRIVE], axes=[], main_axis=None, planned_start=date(2013, 11, 8))


async def test_a_milestone_may_lie_outside_the_calendar_of_its_sheet(house: House) -> None:
    sheet = await house.post("/v1/actions", {**SHEET, **milestones("2008-11-22", "2048-11-22")}, expect=201)

    assert [each["due_on"] for each in sheet["milestones"]] == ["2008-11-22", "2048-11-22"]


@ON_SQLITE
async def test_a_returned_sheet_takes_plausible_days_alone(house: House) -> None:
    sheet = await submitted_action(house)
    await house.post(f"/v1/actions/{sheet['id']}/return", {"reason": "Calendrier à revoir."}, by=REGION)

    refused = await house.patch(f"/v1/actions/{sheet['id']}", {"planned_end": "2148-01-01"}, expect=422)

    assert refused["errors"][0]["pointer"] == "/planned_end"
