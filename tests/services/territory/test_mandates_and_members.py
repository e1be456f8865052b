"""Organisations of mandates lie in the territory on each day: a perimeter that breaks this is refused."""

from typing import Any

from tests.services.territory.api import NATIONAL, PILOTS, REGION, SOMEBODY, TEAM, Api
from tests.services.territory.places import HAUT_BEARN, LACQ_PAU_TARBES, PACA, RHONE_LEZ

TERRITORY = f"/v1/territories/{LACQ_PAU_TARBES}"
REFERENTS = f"{TERRITORY}/state-referents"
PREFECTURE = "000000018"
WHY = {"reason": "Motif synthétique"}


async def correct_days(api: Api, siren: str, entered_on: str | None, left_on: str | None, *, status: int = 200) -> Any:
    """Correct the days of a member."""
    member = {"siren": siren, "memberships": [{"entered_on": entered_on, "left_on": left_on}]}
    return await api.post(
        f"{TERRITORY}/perimeter/corrections", {"members": [member], **WHY}, by=NATIONAL, status=status
    )


async def test_a_member_does_not_leave_while_its_elu_is_in_office(api: Api) -> None:
    elu = await api.appoint(organisation=HAUT_BEARN)
    decision = await api.accept(await api.request_perimeter())
    change = {"decision_id": decision["id"], "on": "2019-09-24"}

    refused = await api.post(f"{TERRITORY}/perimeter", change, by=REGION, status=409)
    corrected = await correct_days(api, HAUT_BEARN, None, "2019-09-24", status=409)

    for problem in (refused, corrected):
        assert (problem["code"], problem["mandate_id"], problem["day"], problem["organisation"]) == (
            "mandate-elsewhere",
            elu["id"],
            "2019-09-24",
            HAUT_BEARN,
        )
        assert f"{PILOTS}/{elu['id']}/end" in problem["detail"]
    assert all(each["left_on"] is None for each in (await api.get(f"{TERRITORY}/members"))["items"])
    await api.post(f"{PILOTS}/{elu['id']}/end", {"on": "2019-09-24"}, by=TEAM, status=200)
    await api.post(f"{TERRITORY}/perimeter", change, by=REGION, status=200)
    assert [one["id"] for one in (await api.get(f"{PILOTS}?as_of=2019-09-23"))["items"]] == [elu["id"]]
    await correct_days(api, HAUT_BEARN, None, "2019-09-23", status=409)
    await correct_days(api, HAUT_BEARN, None, "2019-09-25")


async def enter_from_region_93(api: Api) -> None:
    decision = await api.accept(await api.request_perimeter(enters=[RHONE_LEZ]))
    change = {"decision_id": decision["id"], "on": "2020-09-24"}
    await api.post(f"{TERRITORY}/perimeter", change, by=REGION, status=200)


async def test_a_mandate_is_of_a_region_of_its_days(api: Api) -> None:
    await enter_from_region_93(api)
    service = {"siren": PREFECTURE, "name": "Préfecture (synthétique)", "kind": "state", "region": "93"}
    await api.post("/v1/organisations", {**service, "synthetic": True}, by=NATIONAL)
    referent = {"person_id": SOMEBODY, "organisation": PREFECTURE, "since": "2020-09-23"}
    elu = {"capacity": "elu", "person_id": SOMEBODY, "organisation": PACA, "since": "2020-09-23"}

    codes = [
        (await api.post(path, body, by=TEAM, status=422))["code"]
        for path, body in ((REFERENTS, referent), (PILOTS, elu))
    ]

    assert codes == ["referent-not-fitting", "organisation-elsewhere"]
    await api.post(REFERENTS, {**referent, "since": "2020-09-24"}, by=TEAM)
    await api.post(PILOTS, {**elu, "since": "2020-09-24"}, by=TEAM)


async def test_the_last_member_of_a_region_does_not_leave_while_its_state_referent_is_in_office(api: Api) -> None:
    await enter_from_region_93(api)
    service = {"siren": PREFECTURE, "name": "Préfecture (synthétique)", "kind": "state", "region": "93"}
    await api.post("/v1/organisations", {**service, "synthetic": True}, by=NATIONAL)
    body = {"person_id": SOMEBODY, "organisation": PREFECTURE, "since": "2020-09-24"}
    referent = await api.post(REFERENTS, body, by=TEAM)

    left = await correct_days(api, RHONE_LEZ, "2020-09-24", "2021-01-01", status=409)
    later = await correct_days(api, RHONE_LEZ, "2020-09-25", None, status=409)

    assert (left["code"], left["mandate_id"], left["day"]) == ("mandate-elsewhere", referent["id"], "2021-01-01")
    assert f"{REFERENTS}/{referent['id']}/end" in left["detail"]
    assert f"{REFERENTS}/{referent['id']}/cancel" in later["detail"]
    await api.post(f"{REFERENTS}/{referent['id']}/end", {"on": "2021-01-01"}, by=TEAM, status=200)
    await correct_days(api, RHONE_LEZ, "2020-09-24", "2021-01-01")


async def test_a_closed_territory_is_not_opened_again_over_a_mandate_of_a_member_that_left(api: Api) -> None:
    elu = await api.appoint(organisation=HAUT_BEARN)
    await api.post(f"{TERRITORY}/close", {"on": "2020-12-01", **WHY}, by=NATIONAL, status=200)
    await correct_days(api, HAUT_BEARN, None, "2020-12-01")

    refused = await api.patch(TERRITORY, {"closed_on": None, **WHY}, by=NATIONAL, status=409)

    assert (refused["code"], refused["mandate_id"], refused["day"]) == ("mandate-elsewhere", elu["id"], "2020-12-01")
