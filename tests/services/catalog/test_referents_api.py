"""Referents: one at a time, and a contact that only those served may see."""

import asyncio
from datetime import date

import pytest
from sqlalchemy import select, text

from services.catalog.models import Base
from services.catalog.reference import ANNOUNCED
from services.territory.reference import SHIPPED as PROGRAMME
from shared.events.territory import PerimeterChanged
from shared.storage.tables import history, outbox
from tests.services.catalog.conftest import (
    Clock,
    House,
)
from tests.services.catalog.places import (
    BANK,
    BPI,
    CAISSE_DES_DEPOTS,
    COEUR,
    COMPANY,
    CONTACT,
    ELSEWHERE,
    EVERYBODY,
    LACQ,
    NATIONAL,
    OTHER_REGION,
    PARTNER,
    PLATFORM,
    REFERENT,
    REGION,
    STATE,
    STRANGER,
    TEAM,
)
from tests.services.contract.conftest import closed, designated
from tests.support.harness import ON_POSTGRESQL, ON_SQLITE

SERVED = (BANK, TEAM, REGION, OTHER_REGION, STATE, NATIONAL)
PERSON = "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e77"


async def test_no_referent_begins_in_a_closed_territory(house: House) -> None:
    await house.publish(closed(LACQ, date(2021, 6, 10)))

    for since in ({}, {"since": "2021-06-10"}):
        refused = await house.post("/v1/referents", {**REFERENT, **since}, by=BANK, expect=409)
        assert (refused["code"], refused["closed_on"]) == ("territory-closed", "2021-06-10")
    await house.post("/v1/referents", {**REFERENT, "since": "2021-06-09"}, by=BANK, expect=201)


async def test_an_operator_names_its_referent_and_publishes_an_opaque_person(house: House) -> None:
    named = await house.post("/v1/referents", {**REFERENT, "person_id": PERSON}, by=BANK, expect=201)

    assert (named["operator"], named["territory"], named["since"], named["until"]) == (
        CAISSE_DES_DEPOTS,
        LACQ,
        "2021-06-15",
        None,
    )
    [event] = await house.published()
    assert event == {
        "fact": "ReferentNamed",
        "territories": [LACQ],
        "regions": ["75", "76"],
        "organisations": [CAISSE_DES_DEPOTS],
        "referent_id": named["id"],
        "operator": CAISSE_DES_DEPOTS,
        "territory": LACQ,
        "person_id": PERSON,
        "since": "2021-06-15",
    }


async def test_a_new_referent_ends_the_former_one_that_day(house: House, clock: Clock) -> None:
    first = await house.post("/v1/referents", {**REFERENT, "since": "2019-03-18"}, by=BANK, expect=201)
    clock.pass_days(100)
    second = await house.post("/v1/referents", {**REFERENT, "name": "Dominique Exemple"}, by=BANK, expect=201)
    other = await house.post("/v1/referents", REFERENT, by=BPI, expect=201)
    elsewhere = await house.post("/v1/referents", {**REFERENT, "territory": COEUR}, by=BANK, expect=201)

    former = await house.get(f"/v1/referents/{first['id']}")
    assert (former["since"], former["until"], former["version"]) == ("2019-03-18", "2021-09-23", 2)
    current = await house.get("/v1/referents", territory=LACQ, current="true")
    assert {one["id"] for one in current["items"]} == {second["id"], other["id"]}
    then = await house.get("/v1/referents", territory=LACQ, on="2021-09-22")
    assert [one["id"] for one in then["items"]] == [first["id"]]
    on_that_day = await house.get("/v1/referents", operator=CAISSE_DES_DEPOTS, on="2021-09-23")
    assert [one["id"] for one in on_that_day["items"]] == [second["id"]]
    assert [one["id"] for one in (await house.get("/v1/referents", current="false"))["items"]] == [first["id"]]
    mine = await house.get("/v1/referents", by=BANK)
    assert {one["id"] for one in mine["items"]} == {first["id"], second["id"], elsewhere["id"]}
    assert len((await house.get("/v1/referents", by=NATIONAL, phase="2018", region="84"))["items"]) == 1
    assert await house.facts() == ["ReferentNamed"] * 4


@ON_SQLITE
@pytest.mark.parametrize(
    ("since", "status"),
    [("2021-06-16", 422), ("2019-03-17", 422), ("2019-03-18", 201), ("2021-06-15", 201)],
)
async def test_the_day_fits_the_one_before_and_is_not_to_come(house: House, since: str, status: int) -> None:
    await house.post("/v1/referents", {**REFERENT, "since": "2019-03-18"}, by=BANK, expect=201)

    answer = await house.post("/v1/referents", {**REFERENT, "since": since}, by=BANK, expect=status)

    assert status == 201 or answer["code"] == "since-not-fitting"


@ON_SQLITE
@pytest.mark.parametrize(("since", "status"), [("0001-01-01", 422), ("2018-11-21", 422), ("2018-11-22", 201)])
async def test_nobody_is_referent_before_the_phase_of_the_territory(house: House, since: str, status: int) -> None:
    answer = await house.post("/v1/referents", {**REFERENT, "since": since}, by=BANK, expect=status)

    assert status == 201 or (answer["code"], answer["errors"][0]["pointer"]) == ("since-not-fitting", "/since")
    assert status == 201 or "give 2018-11-22 or a later day" in answer["detail"]


def test_the_phases_are_those_of_the_territory_service() -> None:
    assert {row["code"]: row["announced_on"] for row in PROGRAMME.phases()} == {
        phase: day.isoformat() for phase, day in ANNOUNCED.items()
    }


async def test_the_contact_is_read_by_those_served_and_by_nobody_else(house: House) -> None:
    named = await house.post("/v1/referents", REFERENT, by=BANK, expect=201)

    for by in EVERYBODY:
        one = await house.send("GET", f"/v1/referents/{named['id']}", by)
        several = await house.send("GET", "/v1/referents", by)
        changes = await house.send("GET", "/v1/referents/changes", by)
        if by in SERVED:
            assert one.json()["mail"] == REFERENT["mail"], by
            assert [each["id"] for each in several.json()["items"]] == [named["id"]], by
        else:
            assert one.status_code in (401, 403, 404), by
            for answer in (one, several, changes):
                assert not any(word in answer.text for word in (*CONTACT, named["id"])), by
    assert (await house.send("GET", f"/v1/referents/{named['id']}", ELSEWHERE)).status_code == 404
    assert (await house.send("GET", f"/v1/referents/{named['id']}", STRANGER)).status_code == 404
    for by in (PARTNER, PLATFORM):
        assert (await house.send("GET", "/v1/referents", by)).status_code == 403
    assert (await house.get("/v1/referents", by=COMPANY))["items"] == []


async def test_the_contact_is_in_one_place_only(house: House) -> None:
    named = await house.post("/v1/referents", REFERENT, by=BANK, expect=201)
    changed = await house.patch(f"/v1/referents/{named['id']}", {"phone": "+33 1 99 00 00 02", "mail": None}, by=BANK)
    assert (changed["phone"], changed["mail"], changed["person_id"]) == (
        "+33 1 99 00 00 02",
        None,
        named["person_id"],
    )
    lines = (await house.get(f"/v1/referents/{named['id']}/history"))["items"]
    assert [(line["operation"], sorted(line["changed"])) for line in lines][1] == ("updated", [])

    async with house.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            if table.name != "referents":
                rows = await session.execute(select(table))
                assert not any(word in str(row) for row in rows for word in CONTACT), table.name
        bodies = await session.scalars(select(outbox.c.body))
        assert not any(word in body for body in bodies for word in CONTACT)
        kept = await session.scalars(select(history.c.state).where(history.c.collection == "referents"))
        assert not any({"name", "mail", "phone"} & set(state) for state in kept)


@ON_SQLITE
@pytest.mark.parametrize("by", [BPI, TEAM, REGION, STATE, NATIONAL, PARTNER])
async def test_only_the_operator_corrects_its_referent(house: House, by: str) -> None:
    named = await house.post("/v1/referents", REFERENT, by=BANK, expect=201)

    answer = await house.send(
        "PATCH", f"/v1/referents/{named['id']}", by, json={"phone": None}, headers={"If-Match": '"1"'}
    )
    naming = await house.send("POST", "/v1/referents", by, json=REFERENT)

    assert answer.status_code == (404 if by == BPI else 403)
    assert naming.status_code == (201 if by == BPI else 403)


@ON_SQLITE
@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("territory", "2018-ti-9999", "territory-not-known"),
        ("territory", "ti-7505", None),
        ("name", "", None),
        ("name", "x" * 201, None),
        ("mail", "pas une adresse", None),
        ("mail", "a@b", None),
        ("mail", "a\x1fb@example.org", None),
        ("phone", "appelez-moi", None),
        ("person_id", "17", None),
        ("person_id", 17, None),
        ("since", "hier", None),
        ("operator", CAISSE_DES_DEPOTS, None),
    ],
)
async def test_a_referent_who_is_not_well_described_is_refused(
    house: House, field: str, value: object, code: str | None
) -> None:
    answer = await house.post("/v1/referents", {**REFERENT, field: value}, by=BANK, expect=422)

    assert code is None or answer["code"] == code
    assert await house.facts() == []


async def test_an_operator_that_the_catalogue_does_not_know_names_nobody(house: House) -> None:
    answer = await house.post("/v1/referents", REFERENT, by="operator:187500020", expect=409)

    assert answer["code"] == "operator-not-known"


async def test_the_referents_follow_their_territory_into_another_region(house: House) -> None:
    named = await house.post("/v1/referents", REFERENT, by=BANK, expect=201)
    elsewhere = "region:233500016"
    await house.get(f"/v1/referents/{named['id']}", by=elsewhere, expect=404)
    before = next(event for event in designated() if event.territories == [LACQ])
    data = {**before.model_dump(), "regions": ["75", "53"], "effective_on": date(2021, 6, 15), "decision_id": None}

    await house.publish(PerimeterChanged(**data))

    assert (await house.get(f"/v1/referents/{named['id']}", by=elsewhere))["regions"] == ["75", "53"]
    await house.get(f"/v1/referents/{named['id']}", by=OTHER_REGION, expect=404)


@ON_POSTGRESQL
async def test_of_many_named_at_once_one_is_in_office(house: House) -> None:
    answers = await asyncio.gather(
        *(
            house.send("POST", "/v1/referents", BANK, json={**REFERENT, "name": f"Personne {number}"})
            for number in range(20)
        )
    )

    assert {answer.status_code for answer in answers} == {201}
    current = await house.get("/v1/referents", current="true")
    assert len(current["items"]) == 1
    assert len((await house.get("/v1/referents", current="false"))["items"]) == 19


@ON_SQLITE
async def test_the_database_itself_lets_no_second_one_in(house: House) -> None:
    async with house.database.reading() as session:
        indexes = await session.scalars(text("SELECT sql FROM sqlite_master WHERE name = 'ix_referents_in_office'"))
        assert "UNIQUE" in indexes.one()
