"""The industrial pilot: it works on the plan of its territory on the days of its mandate, and keeps what names it."""

from datetime import date, timedelta
from typing import Any

import pytest

from shared.clock import today
from shared.events.territory import MandateState, PilotReplaced
from shared.ids import uuid7
from tests.services.contract.conftest import COMPANY, PILOT, House
from tests.services.contract.places import ATELIERS, FORGES, LACQ, PAU
from tests.services.contract.stories import (
    CONTRACT,
    SHEET,
    SIGNATURE,
    approved_contract,
    drafted_contract,
    submitted_action,
)
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM


def mandates(*terms: tuple[str, str, date, date | None]) -> PilotReplaced:
    """The mandates of Lacq-Pau-Tarbes from now on: capacity, organisation, first day, first day out of office."""
    return PilotReplaced(
        territory=LACQ,
        pilot_id=uuid7(),
        capacity="industriel",
        in_office=[],
        mandates=[
            MandateState(
                pilot_id=uuid7(), capacity=capacity, person_id=uuid7(), organisation=siren, since=since, until=until
            )
            for capacity, siren, since, until in terms
        ],
        replaced_on=date(2019, 3, 25),
        successor_id=None,
        territories=[LACQ],
    )


async def test_the_pilot_drafts_edits_and_submits_a_sheet(house: House) -> None:
    sheet = await house.post("/v1/actions", SHEET, by=PILOT, expect=201)
    path = f"/v1/actions/{sheet['id']}"
    await house.patch(path, {"title": "Titre du binôme"}, by=PILOT)

    submitted = await house.post(f"{path}/submit", by=PILOT)

    assert (submitted["status"], submitted["title"]) == ("submitted", "Titre du binôme")


async def test_the_pilot_drafts_a_contract_as_the_team_does(house: House) -> None:
    contract = await house.post("/v1/contracts", CONTRACT, by=PILOT, expect=201)
    path = f"/v1/contracts/{contract['id']}"

    changed = await house.patch(path, {"title": "Contrat du binôme"}, by=PILOT)
    await house.get(f"{path}/readiness", by=PILOT)
    given_up = await house.post(f"{path}/cancel", {"reason": "Abandon."}, by=PILOT)

    assert (changed["title"], given_up["status"]) == ("Contrat du binôme", "cancelled")


@ON_SQLITE
async def test_the_pilot_asks_for_signatures_and_signs_only_what_names_it(house: House) -> None:
    contract = await approved_contract(house)
    path = f"/v1/contracts/{contract['id']}"

    asked = await house.post(f"{path}/request-signatures", by=PILOT)
    refused = await house.post(f"{path}/sign", SIGNATURE, by=PILOT, expect=403)

    assert (asked["status"], refused["code"]) == ("signing", "not-a-party")


@ON_SQLITE
@pytest.mark.parametrize(
    ("capacity", "since", "until", "is_in_office"),
    [
        ("industriel", 0, None, True),
        ("industriel", -100, 1, True),
        ("industriel", -100, 0, False),
        ("industriel", 1, None, False),
        ("elu", -100, None, False),
        ("project_manager", -100, None, False),
    ],
)
async def test_a_mandate_counts_on_its_days_and_of_a_party_that_of_the_industriel(
    house: House, capacity: str, since: int, until: int | None, is_in_office: bool
) -> None:
    sheet = await house.post("/v1/actions", SHEET, expect=201)
    day = today()
    end = None if until is None else day + timedelta(days=until)

    await house.publish(mandates((capacity, FORGES, day + timedelta(days=since), end)))

    await house.get(f"/v1/actions/{sheet['id']}", by=PILOT, expect=200 if is_in_office else 404)
    assert len((await house.get("/v1/actions", by=PILOT))["items"]) == is_in_office
    await house.post("/v1/actions", SHEET, by=PILOT, expect=201 if is_in_office else 403)


@ON_SQLITE
async def test_who_was_pilot_keeps_what_names_it_and_nothing_else(house: House) -> None:
    named = await submitted_action(house, carriers=[PAU, FORGES])
    other = await submitted_action(house)

    await house.publish(mandates(("industriel", FORGES, date(2019, 3, 21), today())))

    await house.get(f"/v1/actions/{other['id']}", by=PILOT, expect=404)
    await house.get(f"/v1/actions/{other['id']}/history", by=PILOT, expect=404)
    assert [row["id"] for row in (await house.get("/v1/actions", by=PILOT))["items"]] == [named["id"]]
    await house.post(f"/v1/actions/{named['id']}/submit", by=PILOT, expect=403)
    changed: list[Any] = []
    while len(changed) < 2:
        changed = (await house.get("/v1/actions/changes", by=PILOT))["items"]
    assert {row["id"] for row in changed} == {named["id"]}


async def test_a_contract_is_not_ready_on_a_day_without_a_pilot_in_office(house: House) -> None:
    contract = await drafted_contract(house)
    path = f"/v1/contracts/{contract['id']}/readiness"
    ready = await house.get(path)

    await house.publish(
        mandates(("elu", PAU, date(2019, 3, 20), None), ("industriel", FORGES, date(2019, 3, 21), today()))
    )

    assert ready["blocking"] == []
    assert [blocker["code"] for blocker in (await house.get(path))["blocking"]] == ["industriel-missing"]


@ON_SQLITE
async def test_a_carrier_or_a_party_gets_nothing_of_the_pilot(house: House) -> None:
    sheet = await house.post("/v1/actions", SHEET, expect=201)
    contract = await house.post("/v1/contracts", CONTRACT, expect=201)
    assert ATELIERS in SHEET["carriers"]

    for method, path in (("POST", "/submit"), ("DELETE", "")):
        answer = await house.send(method, f"/v1/actions/{sheet['id']}{path}", COMPANY, headers={"If-Match": '"1"'})
        assert answer.status_code == 403
    await house.post("/v1/actions", SHEET, by=COMPANY, expect=403)
    await house.post("/v1/contracts", CONTRACT, by=COMPANY, expect=403)
    for path in ("submit", "request-signatures"):
        await house.post(f"/v1/contracts/{contract['id']}/{path}", by=COMPANY, expect=403)
    await house.patch(f"/v1/contracts/{contract['id']}", {"title": "Autre"}, by=COMPANY, expect=403)
    assert (await house.get(f"/v1/actions/{sheet['id']}", by=NATIONAL))["version"] == 1
    await house.post(f"/v1/actions/{sheet['id']}/submit", by=TEAM)
