"""The stages of the phases and the calendar of the programme."""

from typing import Any

import pytest

from shared.clock import today
from tests.services.territory.api import NATIONAL, REGION, Api
from tests.services.territory.conftest import PublishedFacts
from tests.support.waiting import until

CEREMONY: dict[str, Any] = {
    "kind": "ceremony",
    "title": "Signature de contrats (synthétique)",
    "phase": "2018",
    "starts_on": "2019-03-21",
    "status": "held",
    "place": "Pau",
    "attendance": [{"role": "elected", "count": 12}, {"role": "industrialist", "count": 20}],
    "source": "compte rendu synthétique",
}
WHY = {"reason": "Compte rendu synthétique"}


async def test_the_stages_of_phase_1_have_their_nominal_month_and_real_start(api_on_both: Api) -> None:
    phase = await api_on_both.get("/v1/phases/2018")

    assert [(one["code"], one["nominal_month"], one["started_on"]) for one in phase["stages"]] == [
        ("lancement", "2019-01", None),
        ("pilote", "2019-02", "2019-01-30"),
        ("deploiement", "2019-03", "2019-03-05"),
    ]
    assert all(one["source"] for one in phase["stages"])


async def test_no_stage_is_invented_for_phase_2(api: Api) -> None:
    assert (await api.get("/v1/phases/2023"))["stages"] == []
    assert (await api.get("/v1/phases/2030", status=404))["code"] == "phase-not-found"


async def test_the_shipped_calendar_is_in_order_and_keeps_unknown_days_null(api_on_both: Api) -> None:
    events = await api_on_both.collect("/v1/calendar")

    assert len(events) == 27
    days = [one["starts_on"] or f"{one['year']}-01-01" for one in events]
    assert days == sorted(days)
    [week] = [one for one in events if one["precision"] == "year"]
    assert (week["year"], week["starts_on"], week["ends_on"]) == (2021, None, None)
    [meeting] = [one for one in events if one["precision"] == "published"]
    assert (meeting["starts_on"], meeting["ends_on"]) == ("2020-09-14", None)


async def test_an_event_has_the_kind_that_its_name_says(api: Api) -> None:
    by_kind: dict[str, list[str]] = {}
    for one in await api.collect("/v1/calendar"):
        by_kind.setdefault(one["kind"], []).append(one["starts_on"])

    assert {kind: len(days) for kind, days in by_kind.items()} == {
        "cni": 6, "industry_week": 8, "national_committee": 3, "assembly": 3, "announcement": 1, "report": 2,
        "other": 4,
    }  # fmt: skip
    assert by_kind["national_committee"] == ["2019-01-07", "2019-04-30", "2019-09-24"]
    assert by_kind["assembly"] == ["2019-03-05", "2023-11-09", "2025-05-27"]
    assert {one["starts_on"] for one in await api.collect("/v1/calendar?phase=2023")} == {"2023-05-24", "2023-06-27"}


async def test_the_calendar_is_filtered(api_on_both: Api) -> None:
    async def starts(query: str) -> list[str | None]:
        return [one["starts_on"] for one in await api_on_both.collect(f"/v1/calendar?{query}")]

    assert await starts("from=2019-03-06&until=2019-03-31") == ["2019-03-05", "2019-03-18"]
    assert await starts("kind=assembly&until=2019-12-31") == ["2019-03-05"]
    assert await starts("status=to_confirm") == ["2019-05-23"]
    assert await starts("from=2021-11-01&until=2021-11-30") == [None]
    assert (await api_on_both.get("/v1/calendar?kind=fete", status=422))["errors"][0]["parameter"] == "kind"
    reversed_ = await api_on_both.get("/v1/calendar?from=2020-01-01&until=2019-01-01", status=422)
    assert reversed_["code"] == "event-days-not-fitting"


async def test_the_next_event_after_a_day_is_shown(api_on_both: Api) -> None:
    async def following(query: str) -> list[str]:
        return [one["starts_on"] for one in (await api_on_both.get(f"/v1/calendar?next=true&{query}"))["items"]]

    assert await following("as_of=2019-03-05") == ["2019-03-18"]
    assert await following("as_of=2019-03-05&kind=cni") == ["2019-05-23"]
    assert await following("as_of=2020-09-01") == ["2020-11-16"], "2020-09-14 is the day of a publication"
    assert await following("as_of=2025-12-31") == []
    assert (await api_on_both.get("/v1/calendar?as_of=2019-03-05", status=422))["errors"][0]["parameter"] == "as_of"


async def test_pages_of_the_calendar_follow_each_other(api_on_both: Api) -> None:
    first = await api_on_both.get("/v1/calendar?limit=20")
    rest = await api_on_both.get(f"/v1/calendar?limit=20&cursor={first['next']}")

    assert len({one["id"] for one in [*first["items"], *rest["items"]]}) == 27
    assert rest["next"] is None


async def test_the_delegation_records_a_ceremony_and_corrects_it(api: Api, published: PublishedFacts) -> None:
    recorded = await api.post("/v1/calendar", CEREMONY, by=NATIONAL)
    path = f"/v1/calendar/{recorded['id']}"
    corrected = await api.patch(path, {"starts_on": "2020-03-22", **WHY}, by=NATIONAL)

    assert (recorded["precision"], recorded["year"]) == ("day", 2019)
    assert recorded["attendance"] == CEREMONY["attendance"]
    assert (corrected["starts_on"], corrected["year"], corrected["version"]) == ("2020-03-22", 2020, 2)
    facts = await published()
    assert [fact["fact"] for fact in facts] == ["CalendarEventAnnounced.v1"] * 2
    assert [fact["starts_on"] for fact in facts] == ["2019-03-21", "2020-03-22"]
    assert await api.get(path) == corrected
    [_, line] = (await api.get(f"{path}/history"))["items"]
    assert (line["reason"], line["changed"]["starts_on"]["after"]) == (WHY["reason"], "2020-03-22")


async def test_a_correction_without_a_difference_changes_and_publishes_nothing(
    api: Api, published: PublishedFacts
) -> None:
    recorded = await api.post("/v1/calendar", CEREMONY, by=NATIONAL)

    assert await api.patch(f"/v1/calendar/{recorded['id']}", {"place": "Pau", **WHY}, by=NATIONAL) == recorded
    assert len(await published()) == 1


async def test_a_correction_needs_the_version_that_was_read(api_on_both: Api) -> None:
    recorded = await api_on_both.post("/v1/calendar", CEREMONY, by=NATIONAL)
    path, body = f"/v1/calendar/{recorded['id']}", {"place": "Tarbes", **WHY}

    await api_on_both.call("PATCH", path, by=NATIONAL, json=body, status=428)
    await api_on_both.call("PATCH", path, by=NATIONAL, json=body, status=412, headers={"If-Match": '"9"'})
    await api_on_both.patch(path, body, by=NATIONAL)
    [created, updated] = (await api_on_both.get(f"{path}/history"))["items"]
    assert (created["operation"], updated["operation"]) == ("created", "updated")

    async def read_changes() -> Any:
        return (await api_on_both.get("/v1/calendar/changes?limit=200"))["items"]

    # Changes get their position in the background.
    changes = await until(read_changes, lambda found: len(found) == 29)
    assert [change["operation"] for change in changes] == ["created"] * 28 + ["updated"]
    assert changes[-1]["object"]["place"] == "Tarbes"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"starts_on": None}, "/starts_on"),
        ({"ends_on": "2019-03-20"}, "/ends_on"),
        ({"ends_on": "2101-01-01"}, "/ends_on"),
        ({"ends_on": "9999-12-31"}, "/ends_on"),
        ({"precision": "published", "ends_on": "2019-03-22"}, "/ends_on"),
        ({"precision": "year"}, "/precision"),
        ({"precision": "year", "starts_on": None}, "/year"),
        ({"year": 2018}, "/year"),
        ({"phase": "2023"}, "/starts_on"),
        ({"starts_on": "2018-11-21"}, "/starts_on"),
        ({"phase": "2023", "precision": "year", "starts_on": None, "year": 2022}, "/year"),
        ({"starts_on": "2101-01-01", "status": "announced"}, "/year"),
        ({"starts_on": str(today().replace(year=today().year + 1, day=1))}, "/status"),
    ],
)
async def test_days_that_contradict_the_precision_or_the_status_are_refused(
    api: Api, change: dict[str, Any], pointer: str
) -> None:
    problem = await api.post("/v1/calendar", {**CEREMONY, **change}, by=NATIONAL, status=422)

    assert (problem["code"], problem["errors"][0]["pointer"]) == ("event-days-not-fitting", pointer)


async def test_attendance_counts_a_role_once(api: Api) -> None:
    counts = [{"role": "elected", "count": number} for number in (1, 2)]

    problem = await api.post("/v1/calendar", {**CEREMONY, "attendance": counts}, by=NATIONAL, status=422)

    assert problem["errors"][0]["pointer"] == "/attendance/1"


async def test_an_event_of_a_phase_is_of_its_first_year_or_later(api: Api) -> None:
    call = await api.post("/v1/calendar", {**CEREMONY, "phase": "2023", "starts_on": "2023-05-24"}, by=NATIONAL)
    path = f"/v1/calendar/{call['id']}"
    problem = await api.patch(path, {"starts_on": "2019-11-01", **WHY}, by=NATIONAL, status=422)
    older = await api.post("/v1/calendar", {**CEREMONY, "phase": None, "starts_on": "2017-11-20"}, by=NATIONAL)
    known = await api.patch(f"/v1/calendar/{older['id']}", {"phase": "2018", **WHY}, by=NATIONAL, status=422)

    assert problem["errors"][0]["pointer"] == "/starts_on"
    assert "2023-01-01" in problem["detail"]
    assert "2018-11-22" in known["detail"]
    [shipped] = (await api.get("/v1/calendar?from=2023-06-27&until=2023-06-27"))["items"]
    await api.patch(f"/v1/calendar/{shipped['id']}", {"place": "Paris", **WHY}, by=NATIONAL)


async def test_an_end_beyond_the_calendar_is_no_correction_and_leaves_icalendar_whole(api: Api) -> None:
    recorded = await api.post("/v1/calendar", {**CEREMONY, "ends_on": "2100-12-31"}, by=NATIONAL)
    path = f"/v1/calendar/{recorded['id']}"
    await api.patch(path, {"ends_on": "9999-12-31", **WHY}, by=NATIONAL, status=422)
    feed = (await api.call("GET", "/v1/calendar", headers={"accept": "text/calendar"})).text

    assert "DTEND;VALUE=DATE:21010101" in feed
    assert feed.endswith("END:VCALENDAR\r\n")


async def test_an_event_of_which_the_year_alone_is_known_is_recorded(api: Api) -> None:
    body = {**CEREMONY, "precision": "year", "starts_on": None, "year": 2021}

    assert (await api.post("/v1/calendar", body, by=NATIONAL))["starts_on"] is None


async def test_a_person_is_no_attendance(api: Api) -> None:
    body = {**CEREMONY, "attendance": [{"role": "elected", "count": 1, "name": "Camille Exemple"}]}

    assert (await api.post("/v1/calendar", body, by=NATIONAL, status=422))["errors"][0][
        "pointer"
    ] == "/attendance/0/name"


async def test_others_record_no_event(api: Api) -> None:
    await api.post("/v1/calendar", CEREMONY, by=REGION, status=403)
    await api.post("/v1/calendar", CEREMONY, status=401)
    problem = await api.get("/v1/calendar/0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e99", status=404)
    assert problem["code"] == "calendar-event-not-found"
