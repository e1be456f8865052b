"""Web links, and the mailboxes of roles."""

from typing import Any

import pytest

from services.territory.errors import AddressNotOfOffice, RoleNotOfOffice
from services.territory.rules.mailboxes import require_office_address, require_role
from tests.services.territory.api import NATIONAL, REGION, TEAM, Api
from tests.services.territory.makers import make_organisation, make_region
from tests.services.territory.places import LACQ_PAU_TARBES, NOUVELLE_AQUITAINE

LINK: dict[str, Any] = {"kind": "page", "label": "Page (synthétique)", "url": "https://www.example.org/ti"}
MAILBOX: dict[str, Any] = {
    "role": "Direction du développement économique (synthétique)",
    "organisation": NOUVELLE_AQUITAINE,
    "address": "developpement-economique@example.org",
}
WHY = {"reason": "Changement synthétique"}


async def test_no_link_and_no_mailbox_is_shipped(api: Api) -> None:
    assert await api.collect("/v1/links") == []
    assert await api.collect("/v1/mailboxes", by=REGION) == []


async def test_links_of_the_programme_and_of_a_territory_are_listed(api_on_both: Api) -> None:
    programme = await api_on_both.post("/v1/links", LINK, by=NATIONAL)
    own = await api_on_both.post("/v1/links", {**LINK, "territory": LACQ_PAU_TARBES, "kind": "social"}, by=NATIONAL)

    assert await api_on_both.collect("/v1/links") == [programme, own]
    assert await api_on_both.collect(f"/v1/links?territory={LACQ_PAU_TARBES}&kind=social") == [own]
    assert (await api_on_both.get("/v1/links?territory=2018-ti-9999", status=422))["code"] == "territory-not-known"
    unknown = {**LINK, "territory": "2018-ti-9999"}
    assert (await api_on_both.post("/v1/links", unknown, by=NATIONAL, status=422))["errors"][0][
        "pointer"
    ] == "/territory"
    assert (programme["checked_on"], programme["is_alive"]) == (None, None)


async def test_a_link_to_another_address_is_unchecked_again(api: Api) -> None:
    link = await api.post("/v1/links", LINK, by=NATIONAL)
    path = f"/v1/links/{link['id']}"
    checked = await api.patch(path, {"checked_on": "2020-03-02", "is_alive": False}, by=NATIONAL)
    moved = await api.patch(path, {"url": "https://www.example.org/nouveau", **WHY}, by=NATIONAL)

    assert (checked["checked_on"], checked["is_alive"]) == ("2020-03-02", False)
    assert (moved["checked_on"], moved["is_alive"], moved["version"]) == (None, None, 3)
    await api.patch(path, {"checked_on": "2999-01-01"}, by=NATIONAL, status=422)


async def test_a_mailbox_is_read_with_a_token_alone(api_on_both: Api) -> None:
    mailbox = await api_on_both.post("/v1/mailboxes", MAILBOX, by=NATIONAL)
    path = f"/v1/mailboxes/{mailbox['id']}"

    assert await api_on_both.get(path, by=TEAM) == mailbox
    assert await api_on_both.collect(f"/v1/mailboxes?organisation={NOUVELLE_AQUITAINE}", by=TEAM) == [mailbox]
    for address in ("/v1/mailboxes", "/v1/mailboxes/changes", path, f"{path}/history"):
        await api_on_both.get(address, status=401)
    assert (await api_on_both.get("/v1/mailboxes?organisation=000000018", by=TEAM, status=422))[
        "code"
    ] == "organisation-not-known"
    again = await api_on_both.post("/v1/mailboxes", MAILBOX, by=NATIONAL, status=409)
    assert again["code"] == "mailbox-already-registered"


async def test_a_mailbox_is_closed_and_keeps_its_history(api: Api) -> None:
    mailbox = await api.post("/v1/mailboxes", MAILBOX, by=NATIONAL)
    path = f"/v1/mailboxes/{mailbox['id']}"
    closed = await api.patch(path, {"closed_on": "2020-03-02", **WHY}, by=NATIONAL)
    problem = await api.patch(path, {"address": "camille.exemple@example.org", **WHY}, by=NATIONAL, status=422)

    assert (closed["closed_on"], closed["version"]) == ("2020-03-02", 2)
    assert problem["code"] == "address-not-of-office"
    assert [line["reason"] for line in (await api.get(f"{path}/history", by=TEAM))["items"]] == [None, WHY["reason"]]
    await api.post("/v1/mailboxes", MAILBOX, by=REGION, status=403)


@pytest.mark.parametrize(
    "address",
    [
        "territoires-industrie@example.org",
        "Délégation.TI@example.org",
        "contact@example.org",
        "pau-bearn@example.org",
    ],
)
def test_an_address_of_an_office_names_its_role_or_its_body(address: str) -> None:
    require_office_address(address, "Délégation aux Territoires d'industrie", make_organisation())


@pytest.mark.parametrize(
    "address",
    [
        "camille.exemple@example.org",
        "c-exemple@example.org",
        "ti@example.org",
        "camille.exemple.direction@example.org",
        "c.aquitaine@example.org",
    ],
)
def test_an_address_that_names_no_office_is_refused(address: str) -> None:
    with pytest.raises(AddressNotOfOffice, match="names no office of Région Nouvelle-Aquitaine"):
        require_office_address(address, "Délégation aux Territoires d'industrie", make_region())


def test_an_acronym_of_the_role_names_an_office() -> None:
    role = "DGITIS, bureau de la politique industrielle"
    for address in ("dgitis@example.org", "bureau-dgitis-2@example.org"):
        require_office_address(address, role, make_region())
    with pytest.raises(AddressNotOfOffice):
        require_office_address("dgitis@example.org", role.lower(), make_region())


def test_the_name_of_a_person_in_the_role_makes_no_office() -> None:
    for role in ("Camille Exemple", "camille exemple", "Mme Exemple"):
        with pytest.raises(RoleNotOfOffice, match="may be a person"):
            require_role(role)
    for name in ("Camille Exemple", "Camille EXEMPLE", "CAMILLE EXEMPLE"):
        role = f"Direction {name}"
        with pytest.raises(AddressNotOfOffice):
            require_office_address("camille.exemple@example.org", role, make_region())


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"role": "Camille Exemple", "address": "camille.exemple@example.org"}, "/role"),
        ({"address": "camille.exemple@example.org"}, "/address"),
        ({"address": "<contact@example.org>"}, "/address"),
        ({"address": "contact@example..org"}, "/address"),
        ({"address": "con..tact@example.org"}, "/address"),
        ({"address": ".contact@example.org"}, "/address"),
        ({"address": "contact@example.org."}, "/address"),
        ({"address": "contact@-example.org"}, "/address"),
        ({"address": "contact@example"}, "/address"),
        ({"address": "contact,info@example.org"}, "/address"),
        ({"address": f"contact-{'0' * 60}@example.org"}, "/address"),
    ],
)
async def test_a_mailbox_of_a_person_or_without_an_address_is_refused(
    api: Api, change: dict[str, Any], pointer: str
) -> None:
    problem = await api.post("/v1/mailboxes", {**MAILBOX, **change}, by=NATIONAL, status=422)

    assert [error["pointer"] for error in problem["errors"]] == [pointer]


async def test_capitals_and_blanks_make_no_other_mailbox(api_on_both: Api) -> None:
    mailbox = await api_on_both.post("/v1/mailboxes", {**MAILBOX, "address": "Secretariat@Example.org"}, by=NATIONAL)
    again = {**MAILBOX, "role": f" {MAILBOX['role'].upper()}", "address": "secretariat@example.ORG"}
    other = await api_on_both.post("/v1/mailboxes", {**again, "role": "Secrétariat"}, by=NATIONAL)
    problem = await api_on_both.post("/v1/mailboxes", again, by=NATIONAL, status=409)

    assert mailbox["address"] == "secretariat@example.org"
    assert problem["code"] == "mailbox-already-registered"
    body = {"role": again["role"], **WHY}
    await api_on_both.patch(f"/v1/mailboxes/{other['id']}", body, by=NATIONAL, status=409)
    kept = await api_on_both.patch(
        f"/v1/mailboxes/{other['id']}", {"address": "SECRETARIAT@example.org", **WHY}, by=NATIONAL
    )
    assert kept == other
