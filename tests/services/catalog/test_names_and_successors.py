"""Operators under their names of the day, and the successor of an operator in its requests."""

from datetime import UTC, date, datetime
from typing import Any, Final

from services.catalog.models import Operator
from shared.events.territory import FormerNameState, OrganisationRegistered
from tests.services.catalog.conftest import Clock, House, submitted
from tests.services.catalog.places import (
    ANCT,
    BANK,
    CAISSE_DES_DEPOTS,
    EMPLOYMENT,
    FRANCE_TRAVAIL,
    REQUEST,
    SERVICE,
    TEAM,
)

OPERATOR: Final = f"/v1/operators/{FRANCE_TRAVAIL}"
HEIR: Final = "000000133"
BY_HEIR: Final = f"operator:{HEIR}"
IN_2026: Final = datetime(2026, 3, 5, 10, tzinfo=UTC)


def registered(siren: str, name: str, **more: Any) -> OrganisationRegistered:
    """An operator."""
    usual: dict[str, Any] = {
        "kind": "operator",
        "aliases": [],
        "region": None,
        "successor": None,
        "synthetic": siren < "000300000",
    }
    return OrganisationRegistered(**{"siren": siren, "name": name, "organisations": [siren], **usual, **more})


async def know_france_travail(house: House, name: str = "France Travail") -> None:
    """The register tells the organisation with its former name."""
    former = FormerNameState(name="Pôle emploi", valid_from=None, valid_to=date(2023, 12, 31))
    await house.publish(registered(FRANCE_TRAVAIL, name, names=[former]))


async def labels(house: House, **filters: Any) -> set[str]:
    """Return the labels of the operators in the facets."""
    found = await house.get("/v1/services/facets", by=None, **filters)
    return {facet["label"] for facet in found["operator"] if facet["value"] == FRANCE_TRAVAIL}


async def test_a_day_of_2019_shows_pole_emploi_and_one_of_2026_france_travail(house: House, clock: Clock) -> None:
    await know_france_travail(house)
    in_2021 = (await house.get(OPERATOR, by=None))["name"]
    listed: dict[str, Any] = {"operator": FRANCE_TRAVAIL, "q": "immersion"}
    service = (await house.get("/v1/services", by=None, **listed))["items"][0]
    clock.move_to(IN_2026)

    names = {day: (await house.get(OPERATOR, by=None, as_of=day))["name"] for day in ("2019-03-05", "2024-01-01")}
    assert names == {"2019-03-05": "Pôle emploi", "2024-01-01": "France Travail"}
    assert (in_2021, (await house.get(OPERATOR, by=None))["name"]) == ("Pôle emploi", "France Travail")
    path = f"/v1/services/{service['code']}"
    then, now = await house.get(path, by=None, on="2022-03-05"), await house.get(path, by=None)
    assert (service["named"], then["named"], now["named"]) == ("Pôle emploi", "Pôle emploi", "France Travail")
    lists = [
        await house.get("/v1/services", by=None, **listed),
        await house.get("/v1/services", by=None, **listed, on="2022-03-05"),
    ]
    assert [found["items"][0]["named"] for found in lists] == ["France Travail", "Pôle emploi"]
    assert [await labels(house), await labels(house, on="2022-03-05")] == [{"France Travail"}, {"Pôle emploi"}]
    versions = (await house.get(f"{path}/versions", by=None))["items"]
    assert [version["named"] for version in versions] == ["France Travail"]
    changes = (await house.get("/v1/services/changes", by=None, limit=200))["items"]
    named = {row["object"]["named"] for row in changes if row["object"]["operator"] == FRANCE_TRAVAIL}
    assert named == {"France Travail"}


async def test_a_body_is_not_named_before_it_existed_nor_after_its_end_and_stands_once_in_the_facets(
    house: House,
) -> None:
    async def named(day: str) -> tuple[dict[str, str], list[Any]]:
        listed = (await house.get("/v1/services", by=None, operator=ANCT, on=day))["items"]
        facets = (await house.get("/v1/services/facets", by=None, on=day))["operator"]
        found = [(each["label"], each["count"]) for each in facets if each["value"] == ANCT]
        return {each["code"]: each["named"] for each in listed}, found

    in_2019, in_2021 = await named("2019-03-05"), await named("2021-03-05")

    since = "ANCT (depuis le 01/01/2020)"
    names = {"ETAT-05": since, "NUM-01": "Agence du Numérique", "NUM-02": "Agence du Numérique"}
    assert in_2019 == (names, [("Agence du Numérique", 3)])
    assert in_2021 == (dict.fromkeys(("ETAT-05", "ETAT-06", "NUM-01", "NUM-02"), "ANCT"), [("ANCT", 4)])
    facets = (await house.get("/v1/services/facets", by=None))["operator"]
    values = [each["value"] for each in facets if each["value"]]
    assert len(values) == len(set(values))


async def test_a_brand_is_a_name_on_every_day(house: House) -> None:
    await house.publish(registered(CAISSE_DES_DEPOTS, "Caisse des dépôts et consignations"))

    assert (await house.get("/v1/services/BDT-05", by=None))["named"] == "Banque des Territoires"


async def test_a_former_version_shows_the_name_of_its_last_day(house: House, clock: Clock) -> None:
    await know_france_travail(house)
    [service] = (await house.get("/v1/services", by=None, operator=FRANCE_TRAVAIL, q="immersion"))["items"]
    path = f"/v1/services/{service['code']}"
    clock.move_to(datetime(2022, 6, 1, 10, tzinfo=UTC))
    await house.patch(path, {"name": "Immersion (texte synthétique)"}, by=EMPLOYMENT)
    clock.move_to(IN_2026)

    versions = (await house.get(f"{path}/versions", by=None))["items"]
    new = await house.post("/v1/services", SERVICE, by=EMPLOYMENT, expect=201)

    assert [version["named"] for version in versions] == ["Pôle emploi", "France Travail"]
    assert (await house.get(f"{path}/versions/1", by=None))["named"] == "Pôle emploi"
    assert new["named"] == "France Travail"


async def test_a_matching_names_operators_and_carriers_as_on_its_day(house: House, clock: Clock) -> None:
    await know_france_travail(house)
    action = submitted(carriers=[FRANCE_TRAVAIL])
    clock.move_to(IN_2026)

    await house.publish(action)
    matching = await house.get(f"/v1/matchings/{action.action_id}", by=TEAM)

    every = [*matching["matches"], *matching["others"]]
    assert {match["named"] for match in every if match["operator"] == FRANCE_TRAVAIL} == {"Pôle emploi"}
    sentences = " ".join(criterion["because"] for match in every for criterion in match["criteria"])
    assert "Pôle emploi" in sentences
    assert "France Travail" not in sentences


async def test_an_operator_that_was_renamed_has_another_version(house: House) -> None:
    before = await house.get("/v1/operators", by=None)

    await know_france_travail(house, "France Travail (nom synthétique)")
    [found] = [one for one in (await house.get("/v1/operators", by=None))["items"] if one["siren"] == FRANCE_TRAVAIL]
    [old] = [one for one in before["items"] if one["siren"] == FRANCE_TRAVAIL]

    assert (old["name"], found["name"]) == ("France Travail", "France Travail (nom synthétique)")
    assert found["version"] == old["version"] + 1


async def test_the_successor_answers_what_its_predecessor_was_asked(house: House) -> None:
    request = await house.post("/v1/requests", REQUEST, expect=201)
    path = f"/v1/requests/{request['id']}"
    await house.publish(registered(HEIR, "Banque nouvelle (opérateur synthétique)"))
    await house.get(path, by=BY_HEIR, expect=404)

    ended = registered(CAISSE_DES_DEPOTS, "Caisse des dépôts et consignations", valid_to="2021-06-14", successor=HEIR)
    await house.publish(ended)
    answered = await house.post(f"{path}/acknowledge", by=BY_HEIR)
    mine = (await house.get("/v1/requests", by=BY_HEIR))["items"]

    assert (answered["status"], answered["operator"]) == ("acknowledged", CAISSE_DES_DEPOTS)
    assert [each["id"] for each in mine] == [request["id"]]
    performance = await house.get(f"/v1/operators/{CAISSE_DES_DEPOTS}/performance", by=None)
    assert performance["overall"]["requests"] == 1
    async with house.database.reading() as session:
        assert await session.get(Operator, HEIR) is None
    assert (await house.get(path, by=BANK))["id"] == request["id"]


async def test_the_original_answers_what_its_duplicate_was_asked_until_that_is_revoked(house: House) -> None:
    request = await house.post("/v1/requests", REQUEST, expect=201)
    path = f"/v1/requests/{request['id']}"
    caisse = registered(CAISSE_DES_DEPOTS, "Caisse des dépôts et consignations")
    await house.publish(registered(HEIR, "Banque une seconde fois (opérateur synthétique)"))

    await house.publish(caisse.model_copy(update={"duplicate_of": HEIR}))
    answered = await house.post(f"{path}/acknowledge", by=BY_HEIR)
    await house.publish(caisse)

    assert (answered["status"], answered["operator"]) == ("acknowledged", CAISSE_DES_DEPOTS)
    await house.get(path, by=BY_HEIR, expect=404)
    assert (await house.get(path, by=BANK))["id"] == request["id"]


async def test_no_service_is_published_in_the_name_of_a_duplicate_or_of_a_body_that_was_taken_over(
    house: House,
) -> None:
    caisse = registered(CAISSE_DES_DEPOTS, "Caisse des dépôts et consignations")
    await house.publish(registered(HEIR, "Banque une seconde fois (opérateur synthétique)"))

    await house.publish(caisse.model_copy(update={"duplicate_of": HEIR}))
    duplicate = await house.post("/v1/services", SERVICE, by=BANK, expect=422)
    await house.publish(caisse.model_copy(update={"successor": HEIR}))
    succeeded = await house.post("/v1/services", SERVICE, by=BANK, expect=422)

    assert (duplicate["code"], succeeded["code"]) == ("organisation-duplicate", "organisation-succeeded")
    assert f"a duplicate of {HEIR}: publish the service with a token of that one" in duplicate["detail"]
    await house.publish(caisse)
    await house.post("/v1/services", SERVICE, by=BANK, expect=201)
