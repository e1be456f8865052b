"""Lead région of a territory on each day: a member lies in it."""

from typing import Any, Final

from tests.services.territory.api import NATIONAL, Api
from tests.services.territory.places import BRESLE_VIMEU, LACQ_PAU_TARBES, RHONE_LEZ

LACQ: Final = f"/v1/territories/{LACQ_PAU_TARBES}"
BRESLE: Final = f"/v1/territories/{BRESLE_VIMEU}"
AUMALE, VILLES_SOEURS, VIMEU = "200069722", "247600588", "200070944"
"""Members of Bresle-Vimeu: the first two lie in Normandie (28) and Hauts-de-France (32), the last one in 32 alone."""
WHY: Final = "Erreur de saisie (synthétique)"


async def correct(api: Api, path: str, members: dict[str, list[dict[str, str]]], *, status: int = 200) -> Any:
    """Correct the memberships of some bodies."""
    body = {
        "members": [{"siren": siren, "memberships": memberships} for siren, memberships in members.items()],
        "reason": WHY,
    }
    return await api.post(f"{path}/perimeter/corrections", body, by=NATIONAL, status=status)


async def test_a_day_before_its_members_entered_has_another_lead_region(api: Api) -> None:
    await correct(api, LACQ, {RHONE_LEZ: [{"entered_on": "2020-09-24"}]})
    await api.patch(LACQ, {"lead_region": "93", "reason": WHY}, by=NATIONAL)

    regions = {day: (await api.get(f"{LACQ}?as_of={day}"))["regions"] for day in ("2020-09-23", "2020-09-24")}

    assert regions == {"2020-09-23": ["75", "76"], "2020-09-24": ["93", "75", "76"]}
    for day, leads in (("2020-09-23", "75"), ("2020-09-24", "93")):
        listed = await api.collect(f"/v1/territories?phase=2018&region=93&as_of={day}")
        assert (LACQ_PAU_TARBES in [each["key"] for each in listed]) is (leads == "93")
        counts = {}
        for filters in (f"phase=2018&as_of={day}", f"phase=2018&as_of={day}&member=200067254"):
            found = await api.get(f"/v1/territories/counts?{filters}")
            counts[filters] = {each["region"]: each["at_most"] for each in found["by_region"]}
        assert counts[f"phase=2018&as_of={day}&member=200067254"] == {leads: 1}


async def test_the_last_member_in_the_lead_region_does_not_leave_before_another_leads(api: Api) -> None:
    left = {AUMALE: [{"left_on": "2024-06-01"}], VILLES_SOEURS: [{"left_on": "2024-06-01"}]}

    refused = await correct(api, BRESLE, left, status=422)

    assert refused["code"] == "lead-region-elsewhere"
    assert f"PATCH /v1/territories/{BRESLE_VIMEU}" in refused["detail"]
    assert "32" in refused["detail"]
    assert (await api.get(BRESLE))["regions"] == ["28", "32"]
    await api.patch(BRESLE, {"lead_region": "32", "reason": WHY}, by=NATIONAL)
    assert (await correct(api, BRESLE, left))["regions"] == ["32"]
    assert (await api.get(f"{BRESLE}?as_of=2024-05-31"))["regions"] == ["32", "28"]


async def test_a_change_by_decision_does_not_empty_the_lead_region_either(api: Api) -> None:
    await correct(api, LACQ, {RHONE_LEZ: [{"entered_on": "2019-03-01"}]})
    await api.patch(LACQ, {"lead_region": "93", "reason": WHY}, by=NATIONAL)
    request = await api.request_perimeter(leaves=[RHONE_LEZ])
    change = {"decision_id": (await api.accept(request))["id"], "on": "2019-09-24"}

    refused = await api.post(f"{LACQ}/perimeter", change, by=NATIONAL, status=422)

    assert (refused["code"], "75, 76" in refused["detail"]) == ("lead-region-elsewhere", True)
    await api.patch(LACQ, {"lead_region": "76", "reason": WHY}, by=NATIONAL)
    changed = await api.post(f"{LACQ}/perimeter", change, by=NATIONAL, status=200)
    assert changed["regions"] == ["76", "75"]


async def test_the_most_populated_region_leads_if_no_other_could_be_named_before(api: Api) -> None:
    every = (await api.get(f"{LACQ}/members"))["items"]

    moved = await correct(api, LACQ, {RHONE_LEZ: [{}], **{each["siren"]: [] for each in every}})

    assert moved["regions"] == ["93"]
