"""An organisation that has ended keeps what names it: it reads and writes nothing by its kind, seat or membership."""

from datetime import timedelta
from typing import Final

import pytest

from shared.clock import today
from shared.events.territory import OrganisationRegistered
from tests.services.contract.conftest import COMPANY, INVEST, PILOT, REGION, STATE, House
from tests.services.contract.places import (
    ATELIERS,
    BPIFRANCE,
    FORGES,
    NOUVELLE_AQUITAINE,
    ORGANISATIONS,
    PAU,
    PREFECTURE,
)
from tests.services.contract.stories import SHEET, submitted_action
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM

CARRIED_BY_ANOTHER: Final = {"carriers": [ATELIERS]}
SIRENS: Final = {INVEST: BPIFRANCE, REGION: NOUVELLE_AQUITAINE, STATE: PREFECTURE, TEAM: PAU, PILOT: FORGES}
"""Caller → the organisation by which it reads a sheet that does not name it."""


def ended(siren: str, valid_to: str | None) -> OrganisationRegistered:
    """An organisation whose last day, month or year is known."""
    body = ORGANISATIONS[siren]
    return OrganisationRegistered(
        siren=siren,
        name=body.name,
        kind=body.kind,
        aliases=[],
        region=body.region,
        successor=body.successor,
        synthetic=body.synthetic,
        valid_to=valid_to,
        organisations=[siren],
    )


async def reads(house: House, by: str, sheet: str) -> dict[str, bool]:
    """Return the ways by which a caller reads a sheet."""
    path = f"/v1/actions/{sheet}"
    everything = (await house.get("/v1/actions/changes", by=NATIONAL))["items"]
    assert sheet in {row["id"] for row in everything}
    return {
        "read": (await house.send("GET", path, by=by)).is_success,
        "list": [row["id"] for row in (await house.get("/v1/actions", by=by))["items"]] == [sheet],
        "changes": sheet in {row["id"] for row in (await house.get("/v1/actions/changes", by=by))["items"]},
        "history": (await house.send("GET", f"{path}/history", by=by)).is_success,
    }


@pytest.mark.parametrize("by", SIRENS)
async def test_an_organisation_reads_nothing_by_what_it_was_from_the_day_after_its_end(house: House, by: str) -> None:
    sheet = (await submitted_action(house, **CARRIED_BY_ANOTHER))["id"]
    await house.settled()
    last_day = today()

    await house.publish(ended(SIRENS[by], last_day.isoformat()))
    on_the_last_day = await reads(house, by, sheet)
    await house.publish(ended(SIRENS[by], (last_day - timedelta(days=1)).isoformat()))
    after_it = await reads(house, by, sheet)

    assert set(on_the_last_day.values()) == {True}
    assert set(after_it.values()) == {False}


@ON_SQLITE
@pytest.mark.parametrize("precision", [7, 4])
async def test_an_end_that_is_known_as_a_month_or_a_year_is_the_last_day_of_it(house: House, precision: int) -> None:
    sheet = (await submitted_action(house, **CARRIED_BY_ANOTHER))["id"]
    this = today().isoformat()[:precision]
    last = (today().replace(day=1) - timedelta(days=1)).isoformat()[:7] if precision == 7 else str(today().year - 1)

    await house.publish(ended(BPIFRANCE, this))
    await house.get(f"/v1/actions/{sheet}", by=INVEST)
    await house.publish(ended(BPIFRANCE, last))

    await house.get(f"/v1/actions/{sheet}", by=INVEST, expect=404)


async def test_an_organisation_that_has_ended_still_reads_what_names_it(house: House) -> None:
    named = await submitted_action(house, carriers=[ATELIERS], partners=[{"siren": BPIFRANCE, "role": "Garantie"}])
    other = await submitted_action(house, **CARRIED_BY_ANOTHER)

    await house.publish(ended(BPIFRANCE, "2020-12"), ended(ATELIERS, "2020"))

    for by, seen in ((INVEST, [named["id"]]), (COMPANY, [named["id"], other["id"]])):
        assert [row["id"] for row in (await house.get("/v1/actions", by=by))["items"]] == seen


@ON_SQLITE
@pytest.mark.parametrize("by", [TEAM, PILOT])
async def test_nobody_works_on_a_territory_for_an_organisation_that_has_ended(house: House, by: str) -> None:
    sheet = await house.post("/v1/actions", {**SHEET, **CARRIED_BY_ANOTHER}, by=by, expect=201)

    await house.publish(ended(SIRENS[by], "2020-12-31"))

    await house.post("/v1/actions", SHEET, by=by, expect=403)
    await house.post(f"/v1/actions/{sheet['id']}/submit", by=by, expect=404)
