"""Progress at a date, as everybody reads it."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

from services.contract.reference import ANNOUNCED, AXES
from shared.clock import today
from tests.services.contract.conftest import (
    COMPANY,
    REGION,
    House,
    declared,
)
from tests.services.contract.stories import signed_contract, submitted_action, validated_action
from tests.support.harness import TEAM

TERRITORY = Path(__file__).parents[3] / "services" / "territory" / "reference"


async def read(house: House, **params: Any) -> dict[str, Any]:
    """Progress, once everything that was told is counted."""
    await house.settled()
    return await house.get("/v1/progress", by=None, **params)


async def test_territories_are_counted_by_stage(house: House) -> None:
    at_launch = await read(house, as_of="2018-11-22", phase="2018")
    installed = await read(house, as_of="2019-03-21", phase="2018")

    assert at_launch["total"]["territories"]["designated"] == 2
    assert at_launch["total"]["territories"]["undated"] == 2
    assert at_launch["total"]["territories"]["by_stage"]["designated"] == 2
    assert installed["total"]["territories"]["by_stage"]["governance_installed"] == 1
    assert installed["total"]["territories"]["by_stage"]["designated"] == 1


async def test_before_the_programme_there_is_nothing_to_count(house: House) -> None:
    before = await read(house, as_of="2018-11-21")

    assert before["total"]["territories"]["designated"] == 0


async def test_a_territory_of_two_regions_counts_in_each_and_once_in_the_nation(house: House) -> None:
    answer = await read(house, phase="2018")

    counted = {each["region"]: each["territories"]["designated"] for each in answer["regions"]}
    assert counted == {"75": 1, "76": 2, "84": 1}
    assert answer["total"]["territories"]["designated"] == 2


async def test_a_signed_contract_counts_from_the_day_of_its_signature(house: House) -> None:
    await signed_contract(house)

    before = await read(house, as_of="2019-07-14")
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

    answer = await read(house)

    assert answer["as_of"] == today().isoformat()
    assert answer["total"]["actions"] == {
        "sent_up": 3,
        "submitted": 1,
        "returned": 1,
        "validated": 1,
        "rejected": 0,
        "by_axis": [
            {"axis": "innover", "sent_up": 1, "submitted": 1, "returned": 0, "validated": 0, "rejected": 0},
            {"axis": "recruter", "sent_up": 2, "submitted": 0, "returned": 1, "validated": 1, "rejected": 0},
        ],
    }


async def test_one_region_is_read_alone(house: House) -> None:
    await validated_action(house)

    answer = await read(house, region="76")

    assert answer["total"]["territories"]["designated"] == 2
    assert answer["total"]["actions"]["validated"] == 1
    assert [each["region"] for each in answer["regions"]] == ["76"]
    assert answer["declared"] == []


async def test_declared_figures_stand_beside_the_computed_ones(house: House) -> None:
    await house.publish(declared(124, date(2018, 11, 22)), declared(136, date(2019, 3, 5)))

    answer = await read(house, as_of="2019-03-05", phase="2018")

    assert [(each["metric"], each["value"], each["computed"]) for each in answer["declared"]] == [
        ("territories", 136, 2)
    ]


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


async def test_a_region_of_before_2016_is_refused_and_not_shown_as_empty(house: House) -> None:
    for path in ("/v1/progress", "/v1/actions", "/v1/contracts"):
        refusal = await house.get(path, expect=422, region="73")

        assert refusal["errors"][0]["parameter"] == "region"
