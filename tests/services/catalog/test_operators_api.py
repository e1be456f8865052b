"""Operators through the API: what they offer, and how they answer."""

from datetime import date
from typing import Any

import pytest

from services.catalog.rules.performance import MIN_SAMPLE
from shared.events.territory import FormerNameState, OrganisationRegistered
from tests.services.catalog.conftest import (
    Clock,
    House,
)
from tests.services.catalog.places import (
    ANCT,
    BANK,
    BPI,
    CAISSE_DES_DEPOTS,
    COEUR,
    ELSEWHERE,
    LACQ,
    NATIONAL,
    REQUEST,
    TEAM,
)
from tests.support.harness import ON_SQLITE

PATH = f"/v1/operators/{CAISSE_DES_DEPOTS}"


async def test_everybody_reads_who_the_operators_are(house: House) -> None:
    operators = {one["siren"]: one for one in (await house.get("/v1/operators", by=None))["items"]}

    assert len(operators) == 9
    bank = operators[CAISSE_DES_DEPOTS]
    assert (bank["name"], bank["initials"], bank["services"]) == ("Caisse des dépôts et consignations", "BDT", 15)
    assert bank["brands"] == [
        {
            "name": "Banque des Territoires",
            "initials": "BDT",
            "note": "marque de la Caisse des dépôts depuis le 30/05/2018",
        }
    ]
    # BDT-15 begins in 2022.
    assert bank["on_offer_today"] == 14
    assert bank["delays"] == {"acknowledge": 9, "answer": 21, "conclude": 45}
    assert [brand["name"] for brand in operators[ANCT]["brands"]] == ["ANCT", "Agence du Numérique"]
    assert sum(one["services"] for one in operators.values()) == 48 - 6


async def test_an_operator_without_requests_has_no_figures_but_reasons(house: House) -> None:
    found = await house.get(PATH, by=None)

    assert found["as_of"] == "2021-06-15"
    assert found["performance"]["requests"] == 0
    assert found["performance"]["days_to_answer"] == {
        "value": None,
        "sample": 0,
        "reason": "not conclusive: 0 of the 5 that it takes",
    }


async def test_an_operator_has_on_each_day_the_name_of_that_day(house: House) -> None:
    former = FormerNameState(name="Caisse d'alors (synthétique)", valid_from=None, valid_to=date(2019, 12, 31))
    await house.publish(
        OrganisationRegistered(
            siren=CAISSE_DES_DEPOTS,
            name="Caisse des dépôts et consignations",
            kind="operator",
            aliases=[],
            region=None,
            successor=None,
            synthetic=False,
            names=[former],
        )
    )

    names = [(await house.get(PATH, by=None, as_of=day))["name"] for day in ("2019-12-31", "2020-01-01")]

    assert names == ["Caisse d'alors (synthétique)", "Caisse des dépôts et consignations"]


async def answered(house: House, clock: Clock) -> None:
    """Six requests of two territories: acknowledged after 1, 2, 3… days, answered after 11, 12, 13…"""
    for number in range(6):
        clock.pass_days(0)
        by, key = ((TEAM, LACQ), (ELSEWHERE, COEUR))[number % 2]
        service = "BDT-05" if number < 4 else "BDT-09"
        sent = await house.post("/v1/requests", {**REQUEST, "territory": key, "service": service}, by=by, expect=201)
        clock.pass_days(1 + number)
        await house.post(f"/v1/requests/{sent['id']}/acknowledge", by=BANK)
        clock.pass_days(11 + 3 * number)
        await house.post(f"/v1/requests/{sent['id']}/accept", {}, by=BANK)
    clock.pass_days(60)


async def test_the_figures_follow_from_the_requests_as_of_a_day(house: House, clock: Clock) -> None:
    await answered(house, clock)

    found = (await house.get(PATH, by=None))["performance"]
    assert found["requests"] == 6
    assert found["by_status"]["accepted"] == 6
    assert found["days_to_acknowledge"]["value"] == 3.5
    # 11, 14, 17, 20, 23, 26 days; 21 were promised.
    assert found["days_to_answer"]["value"] == 18.5
    assert found["answered_in_time"]["value"] == round(4 / 6, 4)
    assert found["acknowledged_in_time"]["value"] == 1.0
    then = (await house.get(PATH, by=None, as_of="2021-06-18"))["performance"]
    assert then["by_status"] == {
        "sent": 3, "acknowledged": 3, "accepted": 0, "declined": 0, "redirected": 0, "done": 0,
    }  # fmt: skip
    assert then["days_to_acknowledge"] == {
        "value": None,
        "sample": 3,
        "reason": f"not conclusive: 3 of the {MIN_SAMPLE} that it takes",
    }
    assert (await house.get(PATH, by=None, as_of="2021-06-14"))["performance"]["requests"] == 0


async def test_the_figures_of_each_part(house: House, clock: Clock) -> None:
    await answered(house, clock)

    found = await house.get(f"{PATH}/performance", by=None)

    def counts(name: str) -> dict[str, int]:
        return {part["code"]: part["requests"] for part in found[name]}

    assert found["overall"] == (await house.get(PATH, by=None))["performance"]
    # Both territories lie in Occitanie; each request counts once in each région.
    assert counts("by_region") == {"75": 3, "76": 6, "84": 3}
    assert counts("by_axis") == {"attirer": 4, "recruter": 2}
    assert counts("by_territory") == {LACQ: 3, COEUR: 3}
    region = next(part for part in found["by_region"] if part["code"] == "76")
    assert region["days_to_answer"]["value"] == 18.5
    assert next(part for part in found["by_region"] if part["code"] == "75")["days_to_answer"]["value"] is None

    async def only(**filters: Any) -> int:
        answer = await house.get(f"{PATH}/performance", by=None, **filters)
        requests: int = answer["overall"]["requests"]
        return requests

    assert await only(territory=LACQ) == 3
    assert await only(region="84") == 3
    assert await only(axis="recruter") == 2
    assert await only(axis="recruter", territory=COEUR) == 1
    assert await only(axis="transition") == 0


@ON_SQLITE
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/operators/775672231", 200),
        ("/v1/operators/187500020", 404),
        ("/v1/operators/187500020/performance", 404),
        ("/v1/operators/187500020/history", 404),
        ("/v1/operators/187500021", 422),
        (f"{PATH}?as_of=2021-06-16", 422),
        (f"{PATH}/performance?as_of=2021-06-16", 422),
        (f"{PATH}/performance?territory=2018-ti-9999", 422),
        (f"{PATH}/performance?territory=ti-7505", 422),
        (f"{PATH}/performance?region=XX", 422),
    ],
)
async def test_what_is_not_there_or_not_understood(house: House, path: str, status: int) -> None:
    assert (await house.send("GET", path, None)).status_code == status


async def test_only_the_operator_promises_its_delays(house: House) -> None:
    body = {"delays": {"acknowledge": 2, "answer": 5, "conclude": 10}}
    for by, expected in ((BPI, 403), (TEAM, 403), (NATIONAL, 403)):
        answer = await house.send("PATCH", PATH, by, json=body, headers={"If-Match": '"1"'})
        assert answer.status_code == expected, by
    assert (await house.send("PATCH", PATH, BANK, json=body)).status_code == 428
    read = await house.send("GET", PATH, BANK)
    assert read.headers["etag"] == '"1"'

    await house.patch(PATH, body, by=BANK)
    await house.patch(PATH, body, by=BANK, version=1, expect=412)
    back = await house.patch(PATH, {"delays": None}, by=BANK)

    assert back["delays"] == {"acknowledge": 9, "answer": 21, "conclude": 45}
    lines = (await house.get(f"{PATH}/history", by=None))["items"]
    assert [line["version"] for line in lines] == [1, 2, 3]
    await house.numbered()
    changes = (await house.get("/v1/operators/changes", by=None))["items"]
    assert [one["id"] for one in changes][-2:] == [CAISSE_DES_DEPOTS] * 2
    assert changes[-1]["object"]["delays"] == back["delays"]


@ON_SQLITE
@pytest.mark.parametrize("delays", [{}, {"acknowledge": 0, "answer": 5, "conclude": 9}, [9, 21, 45], "9"])
async def test_delays_are_whole_days(house: House, delays: Any) -> None:
    await house.patch(PATH, {"delays": delays}, by=BANK, version=1, expect=422)
