"""Progress at a date, as everybody reads it."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from services.contract.reference import ANNOUNCED, AXES
from shared.clock import today
from shared.events.territory import PerimeterChanged, TerritoryDesignated, WaveState
from tests.services.contract.conftest import (
    COMPANY,
    REGION,
    House,
    corrected,
    declared,
    designated,
    mandate,
    mandated,
)
from tests.services.contract.stories import signed_contract, submitted_action, validated_action
from tests.support.harness import ON_SQLITE, TEAM

TERRITORY = Path(__file__).parents[3] / "services" / "territory" / "reference"


async def read(house: House, **params: Any) -> dict[str, Any]:
    """Progress, once everything that was told is counted."""
    await house.settled()
    return await house.get("/v1/progress", by=None, **params)


async def test_a_territory_whose_day_is_unknown_counts_once_it_was_surely_designated(house: House) -> None:
    at_launch = (await read(house, as_of="2018-11-22", phase="2018"))["total"]["territories"]
    installed = (await read(house, as_of="2019-03-21", phase="2018"))["total"]["territories"]
    listed = (await read(house, as_of="2022-12-31", phase="2018"))["total"]["territories"]

    assert (at_launch["designated"], at_launch["undated"]) == (0, 2)
    assert (at_launch["at_least"], at_launch["at_most"]) == (0, 2)
    assert sum(at_launch["by_stage"].values()) == 0
    assert (installed["at_least"], installed["at_most"]) == (1, 2)
    assert installed["by_stage"]["governance_installed"] == installed["with_governance"] == 1
    assert (listed["designated"], listed["undated"]) == (2, 0)
    assert listed["by_stage"]["designated"] == listed["by_stage"]["governance_installed"] == 1


@ON_SQLITE
@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"as_of": "2018-11-21"}, "announced on 2018-11-22"),
        ({"as_of": "1789-07-14", "phase": "2018"}, "announced on 2018-11-22"),
        ({"as_of": "2023-11-08", "phase": "2023"}, "announced on 2023-11-09"),
        ({"as_of": "2031-01-01"}, f"ask for {today()}"),
    ],
    ids=str,
)
async def test_a_day_without_the_programme_is_refused(house: House, params: dict[str, str], words: str) -> None:
    refusal = await house.get("/v1/progress", by=None, expect=422, **params)

    assert refusal["code"] == "day-not-plausible"
    assert words in refusal["detail"]
    assert refusal["errors"][0]["parameter"] == "as_of"


async def test_phases_are_shown_side_by_side_and_never_added_up(house: House) -> None:
    both, first = await read(house), await read(house, phase="2018")
    early = await read(house, as_of="2022-12-31")

    assert [each["phase"] for each in both["phases"]] == ["2018", "2023"]
    assert [each["total"]["territories"]["designated"] for each in both["phases"]] == [2, 1]
    assert both["phases"][0]["total"] == first["total"]
    assert (both["phase"], both["total"]) == ("2023", both["phases"][1]["total"])
    assert (first["phase"], first["phases"]) == ("2018", [])
    assert (early["phase"], [each["phase"] for each in early["phases"]]) == ("2018", ["2018"])


async def test_a_territory_of_two_regions_counts_in_each_and_once_in_the_nation(house: House) -> None:
    answer = await read(house, phase="2018")

    counted = {each["region"]: each["territories"]["designated"] for each in answer["regions"]}
    assert counted == {"75": 1, "76": 2, "84": 1}
    assert answer["total"]["territories"]["designated"] == 2


async def test_a_signed_contract_counts_from_the_day_of_its_signature(house: House) -> None:
    await signed_contract(house)

    before = await read(house, as_of="2019-07-14", phase="2018")
    signed = await read(house, as_of="2019-07-15")

    assert before["total"]["contracts"]["signed"] == 0
    assert signed["total"]["contracts"]["signed"] == 1
    assert signed["total"]["territories"]["by_stage"]["signed"] == 1
    assert signed["total"]["signatures"] == {"given": 6, "declined": 0}


async def test_sheets_are_counted_by_state_and_main_axis(house: House) -> None:
    await validated_action(house)
    await submitted_action(house, axes=["innover"], main_axis="innover")
    returned = await submitted_action(house)
    await house.post(f"/v1/actions/{returned['id']}/return", {"reason": "Chiffrer."}, by=REGION)

    answer = await read(house, phase="2018")
    none = dict.fromkeys(("sent_up", "submitted", "returned", "validated", "rejected", "abandoned"), 0)

    assert answer["as_of"] == today().isoformat()
    assert answer["total"]["actions"] == {
        "sent_up": 3,
        "submitted": 1,
        "returned": 1,
        "validated": 1,
        "rejected": 0,
        "abandoned": 0,
        "by_axis": [
            {"axis": "innover", **none, "sent_up": 1, "submitted": 1},
            {"axis": "recruter", **none, "sent_up": 2, "returned": 1, "validated": 1},
        ],
    }


async def test_one_region_is_read_alone(house: House) -> None:
    await validated_action(house)

    answer = await read(house, region="76", phase="2018")

    assert answer["total"]["territories"]["designated"] == 2
    assert answer["total"]["actions"]["validated"] == 1
    assert [each["region"] for each in answer["regions"]] == ["76"]
    assert answer["declared"] == []


async def test_a_declared_figure_is_compared_only_with_an_exact_count(house: House) -> None:
    await house.publish(declared(124, date(2018, 11, 22)), declared(149, date(2022, 12, 31)))

    [at_launch] = (await read(house, as_of="2019-03-05", phase="2018"))["declared"]
    [at_the_end] = (await read(house, as_of="2023-01-31", phase="2018"))["declared"]

    assert (at_launch["value"], at_launch["computed"]) == (124, None)
    assert at_launch["reason"] == "Between 0 and 2 on 2018-11-22: the day of designation is not known of all."
    assert (at_the_end["value"], at_the_end["computed"], at_the_end["reason"]) == (149, 2, None)


async def test_a_phase_shows_its_own_declared_figures(house: House) -> None:
    await house.publish(
        declared(149, date(2022, 12, 31)),
        declared(183, date(2023, 11, 9), phase="2023"),
        declared(2_150, date(2023, 11, 9), phase=None, metric="actions_collected"),
    )

    first, second = (await read(house))["phases"]

    assert [each["value"] for each in first["declared"]] == [149]
    assert [each["value"] for each in second["declared"]] == [183]


async def test_what_counts_something_else_is_not_compared(house: House) -> None:
    await house.publish(
        declared(29, date(2019, 3, 5), metric="pilots"),
        declared(300, date(2019, 3, 24), metric="actions_collected", qualifier="at_least"),
        declared(7, date(2019, 3, 24), metric="invitations"),
        declared(8, date(2019, 3, 24), metric="contracts_signed", day_precision="month"),
    )

    answer = await read(house, as_of="2019-03-24", phase="2018")

    assert [(each["metric"], each["value"], each["computed"], each["reason"]) for each in answer["declared"]] == [
        ("actions_collected", 300, 0, None),
        ("contracts_signed", 8, None, "The source gives the month, not the day."),
        ("invitations", 7, None, "Nothing here counts the same thing."),
        ("pilots", 29, None, "Between 0 and 2 on 2019-03-05: no source says of all whether they are pilots."),
    ]
    assert answer["declared"][0]["qualifier"] == "at_least"
    assert answer["total"]["territories"]["pilots"] == {"named": 0, "unknown": 2}


async def test_a_corrected_figure_gives_way_to_its_correction(house: House) -> None:
    wrong = declared(136, date(2019, 3, 5))
    for figure in (declared(137, date(2019, 3, 5), corrects=wrong.figure_id, source="Autre"), wrong):
        await house.publish(figure)

    answer = await read(house, as_of="2019-03-05", phase="2018")

    assert [each["value"] for each in answer["declared"]] == [137]


async def test_of_figures_for_a_day_the_one_declared_last_counts(house: House) -> None:
    figures = [
        declared(value, date(2019, 3, 5), source=f"{value}", declared_at=datetime(2026, 1, value, tzinfo=UTC))
        for value in (3, 1, 2)
    ]
    await house.publish(*figures)

    assert [each["value"] for each in (await read(house, as_of="2019-03-05", phase="2018"))["declared"]] == [3]


async def test_a_figure_holds_until_its_end(house: House) -> None:
    await house.publish(declared(30, date(2019, 1, 30), metric="pilots", ends_on=date(2019, 3, 4)))

    assert len((await read(house, as_of="2019-03-04", phase="2018"))["declared"]) == 1
    assert (await read(house, as_of="2019-03-05", phase="2018"))["declared"] == []


async def test_the_governance_is_installed_on_the_days_with_both_of_the_pair(house: House) -> None:
    elu = mandate("elu", date(2019, 3, 25), until=date(2020, 1, 1))
    industriel = mandate("industriel", date(2019, 3, 26))
    successor = mandate("elu", date(2020, 2, 1))
    await house.publish(mandated(elu, industriel))
    await house.publish(mandated(elu, industriel, successor))

    installed = {
        day: (await read(house, as_of=day, phase="2018"))["total"]["territories"]["with_governance"]
        for day in ("2019-03-25", "2019-03-26", "2019-06-01", "2019-12-31", "2020-01-01", "2020-01-31", "2020-02-01")
    }

    assert list(installed.values()) == [0, 1, 1, 1, 0, 0, 1]


async def test_a_mandate_that_is_entered_late_counts_on_its_own_days(house: House) -> None:
    now = mandate("industriel", date(2021, 1, 1))
    elu = mandate("elu", date(2019, 3, 25))
    former = mandate("industriel", date(2019, 6, 1), until=date(2020, 1, 1))
    await house.publish(mandated(elu, now))
    await house.publish(mandated(elu, former, now))

    for day, installed in (("2019-05-31", 0), ("2019-06-01", 1), ("2020-06-01", 0), ("2021-01-01", 1)):
        answer = await read(house, as_of=day, phase="2018")
        assert answer["total"]["territories"]["with_governance"] == installed, day


async def test_a_mandate_that_is_corrected_or_cancelled_counts_as_it_now_is(house: House) -> None:
    elu, industriel = mandate("elu", date(2019, 3, 25)), mandate("industriel", date(2019, 3, 26))
    later = industriel.model_copy(update={"since": date(2019, 6, 1)})
    await house.publish(mandated(elu, industriel))
    days = ("2019-04-01", "2019-06-01")

    async def installed() -> list[int]:
        answers = [await read(house, as_of=day, phase="2018") for day in days]
        return [answer["total"]["territories"]["with_governance"] for answer in answers]

    before = await installed()
    await house.publish(corrected(later, elu, later))
    then = await installed()
    await house.publish(corrected(later, elu))

    assert (before, then, await installed()) == ([1, 1], [0, 1], [0, 0])


async def test_a_closed_territory_counts_until_it_is_closed(house: House) -> None:
    await house.publish(*designated(closed_on=date(2023, 6, 1)))

    before = await read(house, as_of="2023-05-31", phase="2018")
    after = await read(house, as_of="2023-06-01", phase="2018")

    assert before["total"]["territories"]["designated"] == 2
    assert after["total"]["territories"]["designated"] == after["total"]["territories"]["undated"] == 0


async def test_a_territory_counts_in_the_regions_of_the_day(house: House) -> None:
    [lacq, *_] = designated()
    facts = {**lacq.model_dump(), "regions": ["75"], "effective_on": date(2020, 1, 1), "decision_id": None}
    await house.publish(PerimeterChanged(**facts))
    # Another fact about it is corrected afterwards: the perimeter of then stays.
    await house.publish(TerritoryDesignated(**{**lacq.model_dump(), "regions": ["75"], "wave": "pilot"}))

    before = await read(house, as_of="2019-12-31", phase="2018")
    after = await read(house, as_of="2020-01-01", phase="2018")

    counted = [
        {each["region"]: each["territories"]["designated"] for each in answer["regions"]} for answer in (before, after)
    ]
    assert [(one["75"], one["76"]) for one in counted] == [(1, 1), (1, 0)]
    waves = {each["wave"]: sum(each["by_stage"].values()) for each in after["total"]["territories"]["by_wave"]}
    assert waves == {"pilot": 1, "prefiguration": 0, "deployment": 0, None: 0}


async def test_a_territory_counts_in_its_wave_from_the_day_of_the_wave(house: House) -> None:
    [lacq, *_] = designated(wave="deployment", waves=[WaveState(wave="deployment", since=date(2019, 10, 1))])
    await house.publish(TerritoryDesignated(**{**lacq.model_dump(), "designated_on": date(2019, 3, 5)}))

    waves = {}
    for day in ("2019-09-30", "2019-10-01"):
        answer = await read(house, as_of=day, phase="2018")
        by_wave = answer["total"]["territories"]["by_wave"]
        waves[day] = {each["wave"]: count for each in by_wave if (count := sum(each["by_stage"].values()))}

    assert waves == {"2019-09-30": {None: 1}, "2019-10-01": {"deployment": 1}}


async def test_a_past_day_keeps_its_wave_and_its_pilots(house: House) -> None:
    pilot, deployment = date(2019, 1, 30), date(2019, 3, 6)
    waves = [WaveState(wave="pilot", since=pilot), WaveState(wave="deployment", since=deployment)]
    [lacq, *_] = designated(wave="deployment", waves=waves, pilot_from=pilot)
    facts = {**lacq.model_dump(), "designated_on": date(2019, 1, 7), "is_pilot": True}
    await house.publish(TerritoryDesignated(**facts))

    counted = {}
    for day in ("2019-01-29", "2019-01-30", "2019-03-05", "2019-03-06"):
        answer = (await read(house, as_of=day, phase="2018", region="75"))["total"]["territories"]
        by_wave = [each["wave"] for each in answer["by_wave"] if sum(each["by_stage"].values())]
        counted[day] = (by_wave, answer["pilots"]["named"])

    assert counted == {
        "2019-01-29": ([None], 0),
        "2019-01-30": (["pilot"], 1),
        "2019-03-05": (["pilot"], 1),
        "2019-03-06": (["deployment"], 1),
    }


@ON_SQLITE
async def test_a_day_that_is_none_is_refused(house: House) -> None:
    assert (await house.get("/v1/progress", by=COMPANY, as_of="2019-02-30", expect=422))["errors"]
    await house.get("/v1/progress", by=TEAM, region="7", expect=422)


def test_the_axes_and_phases_are_those_that_territory_publishes() -> None:
    with (TERRITORY / "axes.csv").open(encoding="utf-8", newline="") as file:
        axes = [(row["phase"], row["code"], row["label"], row["region_code"]) for row in csv.DictReader(file)]
    with (TERRITORY / "phases.csv").open(encoding="utf-8", newline="") as file:
        phases = {row["code"]: date.fromisoformat(row["announced_on"]) for row in csv.DictReader(file)}

    assert [(axis.phase, axis.code, axis.label, axis.region or "") for axis in AXES] == axes
    assert dict(ANNOUNCED) == phases


@ON_SQLITE
async def test_a_region_of_before_2016_is_refused_and_not_shown_as_empty(house: House) -> None:
    for path in ("/v1/progress", "/v1/actions", "/v1/contracts"):
        refusal = await house.get(path, expect=422, region="73")

        assert refusal["errors"][0]["parameter"] == "region"
