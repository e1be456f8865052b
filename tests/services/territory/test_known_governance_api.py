"""Organisations, governance and guides on a day, and as known at a moment."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from shared.clock import now, today
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.tables import history
from tests.services.territory.api import NATIONAL, REGION, SOMEBODY, TEAM, Api
from tests.services.territory.conftest import at_work, moment
from tests.services.territory.places import (
    BPIFRANCE,
    BRETAGNE,
    LACQ_PAU_TARBES,
    NOUVELLE_AQUITAINE,
    PREFECTURE,
)

TERRITORY = f"/v1/territories/{LACQ_PAU_TARBES}"
REFERENTS = f"{TERRITORY}/state-referents"
TITLE = "Guide méthodologique (synthétique)"
DAY = "as_of=2020-02-01"
BEFORE_ALL = "known_at=2020-01-01T00:00:00Z"


@pytest.fixture
async def on_both(settings: Settings) -> AsyncIterator[Api]:
    """The service at work, once on each kind of database."""
    async with at_work(settings) as api:
        yield api


async def governed(api: Api) -> dict[str, Any]:
    """Record some governance of Lacq-Pau-Tarbes; return what changes later."""
    body = {"siren": PREFECTURE, "name": "Préfecture (synthétique)", "kind": "state", "region": "75", "synthetic": True}
    await api.post("/v1/organisations", body, by=NATIONAL)
    await api.appoint()
    referent = {"person_id": SOMEBODY, "organisation": PREFECTURE, "since": "2019-03-25"}
    committee = await api.establish_regional()
    seat = {"organisation": BPIFRANCE, "capacity": "member", "since": "2019-02-01"}
    meeting = {"day": "2019-09-02", "agenda": []}
    guide = {
        "title": TITLE, "guide_version": "V1", "phase": "2018", "applicable_from": "2019-04-01", "source": "synthétique"
    }  # fmt: skip
    return {
        "referent": await api.post(REFERENTS, referent, by=TEAM),
        "committee": committee,
        "seat": await api.post(f"/v1/committees/{committee['id']}/seats", seat, by=REGION),
        "meeting": await api.post(f"/v1/committees/{committee['id']}/meetings", meeting, by=REGION),
        "request": (request := await api.request_perimeter()),
        "decision": await api.decide_request(request, "75"),
        "guide": await api.post("/v1/guides", guide, by=NATIONAL),
    }


async def change(api: Api, known: dict[str, Any]) -> None:
    """Record other facts about the same days."""
    committee = f"/v1/committees/{known['committee']['id']}"
    await api.post(f"{REFERENTS}/{known['referent']['id']}/end", {"on": "2020-01-15"}, by=TEAM, status=200)
    await api.post(f"{committee}/seats/{known['seat']['id']}/end", {"on": "2020-01-15"}, by=REGION, status=200)
    held = f"{committee}/meetings/{known['meeting']['id']}/hold"
    await api.post(held, {"present": [NOUVELLE_AQUITAINE]}, by=REGION, status=200)
    await api.decide(known["committee"], kind="other", decides=None, decided_on="2020-01-15")
    await api.post(
        f"/v1/perimeter-requests/{known['request']['id']}/withdraw", {"reason": "Essai"}, by=TEAM, status=200
    )
    guide = {"applicable_from": "2019-05-01", "reason": "Essai"}
    await api.patch(f"/v1/guides/{known['guide']['id']}", guide, by=NATIONAL)
    name = {"name": "Préfecture de région (synthétique)", "renamed_on": "2020-01-15", "reason": "Essai"}
    await api.patch(f"/v1/organisations/{PREFECTURE}", name, by=NATIONAL)


@pytest.mark.usefixtures("settled")
async def test_what_is_recorded_later_does_not_alter_a_known_answer(on_both: Api, settings: Settings) -> None:
    api = on_both
    known = await governed(api)
    committee = f"/v1/committees/{known['committee']['id']}"
    paths = [
        f"{TERRITORY}/governance?", f"{REFERENTS}?", f"{TERRITORY}/pilots?", "/v1/committees?", f"{committee}?",
        f"{committee}/meetings?", "/v1/decisions?", "/v1/organisations?q=prefecture&", "/v1/guides?",
        f"/v1/organisations/{PREFECTURE}?",
    ]  # fmt: skip
    table = "/v1/organisations?q=prefecture&"

    async def read(path: str, form: str = "application/json") -> bytes:
        return (await api.call("GET", path, by=REGION, headers={"accept": form})).content

    first = await moment(settings)
    reports = {path: await read(f"{path}{DAY}&known_at={first}") for path in paths}
    requests = await read(f"/v1/perimeter-requests?known_at={first}")
    rows = await read(f"{table}{DAY}&known_at={first}", "text/csv")
    for path, report in reports.items():
        assert without_moment(report) == without_moment(await read(path + DAY)), path
    assert requests == await read("/v1/perimeter-requests")
    assert rows == await read(table + DAY, "text/csv")
    await change(api, known)
    second = await moment(settings)

    for path, report in reports.items():
        assert await read(f"{path}{DAY}&known_at={first}") == report, path
        later = without_moment(await read(f"{path}{DAY}&known_at={second}"))
        assert (later == without_moment(report)) is ("/pilots" in path), path
        assert later == without_moment(await read(path + DAY)), path
    assert await read(f"/v1/perimeter-requests?known_at={first}") == requests
    assert await read(f"{table}{DAY}&known_at={first}", "text/csv") == rows
    for path in ("/v1/decisions", "/v1/perimeter-requests"):
        foreign = await api.get(f"{path}?known_at={first}", by=f"region:{BRETAGNE}")
        assert foreign["items"] == [], "a moment opens nothing that does not concern the caller"
    [asked] = json.loads(await read(f"/v1/perimeter-requests?known_at={second}"))["items"]
    assert asked["state"] == "withdrawn"


def without_moment(report: bytes) -> Any:
    """The answer without the moment and the cursor that it names."""
    return {name: value for name, value in json.loads(report).items() if name not in ("known_at", "next")}


async def test_before_it_was_recorded_nothing_was_known(api: Api) -> None:
    known = await governed(api)
    committee = f"/v1/committees/{known['committee']['id']}"

    for path in (f"{committee}/meetings", "/v1/committees", "/v1/decisions", "/v1/organisations", "/v1/guides",
                 "/v1/perimeter-requests"):  # fmt: skip
        assert (await api.get(f"{path}?{BEFORE_ALL}", by=REGION))["items"] == [], path
    for path in (committee, f"/v1/organisations/{PREFECTURE}", f"{TERRITORY}/governance", REFERENTS):
        assert "was not recorded yet" in (await api.get(f"{path}?{BEFORE_ALL}", status=404))["detail"]


@pytest.mark.parametrize(
    "path",
    [
        f"{TERRITORY}/governance", REFERENTS, f"{TERRITORY}/pilots", "/v1/committees", "/v1/decisions",
        "/v1/organisations", f"/v1/organisations/{BPIFRANCE}", "/v1/guides", "/v1/perimeter-requests",
    ],
)  # fmt: skip
async def test_a_moment_or_a_day_that_has_not_come_is_refused(library: Api, path: str) -> None:
    for query, code in (
        ("known_at=2100-01-01T00:00:00Z", "moment-not-settled"),
        ("known_at=9999-12-31T23:59:59Z", "moment-not-settled"),
        ("as_of=2100-01-01", "day-not-plausible"),
        ("as_of=2020-01-01&known_at=2100-01-01T00:00:00Z", "moment-not-settled"),
    ):
        assert (await library.get(f"{path}?{query}", by=REGION, status=422))["code"] == code, query


async def test_organisations_of_a_day_are_those_that_lived(api_on_both: Api) -> None:
    api = api_on_both
    closing = {"valid_to": "2020-06-30", "reason": "Dissolution (synthétique)"}
    name = {"name": "Bretagne (synthétique)", "renamed_on": "2020-01-15", "reason": "Essai"}
    former = (await api.get(f"/v1/organisations/{BRETAGNE}"))["name"]
    await api.patch(f"/v1/organisations/{BRETAGNE}", name, by=NATIONAL)
    await api.post(f"/v1/organisations/{BRETAGNE}/close", closing, by=NATIONAL, status=200)
    born = {each["siren"]: each["valid_from"] for each in await api.collect("/v1/organisations") if each["valid_from"]}

    names = [
        [each["name"] for each in (await api.get(f"/v1/organisations?kind=region&region=53&as_of={day}"))["items"]]
        for day in ("2020-01-14", "2020-01-15", "2020-06-30", "2020-07-01")
    ]
    shown = {each["siren"] for each in await api.collect("/v1/organisations?as_of=2019-12-31")}
    table = await api.call(
        "GET", "/v1/organisations?kind=region&region=53&as_of=2020-01-14", headers={"accept": "text/csv"}
    )

    assert names == [[former], [name["name"]], [name["name"]], []]
    assert former in table.text
    assert "organisations-2020-01-14.csv" in table.headers["content-disposition"]
    assert {siren for siren, first in born.items() if siren not in shown} == {
        siren for siren, first in born.items() if first > "2019-12-31"[: len(first)]
    }


async def test_meetings_and_decisions_of_a_day_are_those_up_to_it(api_on_both: Api) -> None:
    api = api_on_both
    committee = await api.establish_regional()
    meetings = f"/v1/committees/{committee['id']}/meetings"
    await api.post(meetings, {"day": "2019-09-02", "agenda": []}, by=REGION)
    await api.decide(committee, kind="other", decides=None, decided_on="2019-09-02")

    for path in (meetings, "/v1/decisions"):
        counts = [
            len((await api.get(f"{path}?as_of={day}", by=REGION))["items"]) for day in ("2019-09-01", "2019-09-02")
        ]
        assert counts == [0, 1], path


@pytest.mark.usefixtures("settled")
async def test_a_perimeter_request_of_a_day_is_in_its_state_of_that_day(on_both: Api, settings: Settings) -> None:
    api = on_both
    request = await api.request_perimeter()
    await moment(settings)
    await recorded_days_ago(settings, 3)
    await api.post(f"/v1/perimeter-requests/{request['id']}/withdraw", {"reason": "Essai"}, by=TEAM, status=200)
    await moment(settings)

    async def states(query: str) -> list[str]:
        return [each["state"] for each in (await api.get(f"/v1/perimeter-requests?{query}", by=TEAM))["items"]]

    days = [today() - timedelta(number) for number in (5, 1, 0)]
    assert [await states(f"as_of={day}") for day in days] == [[], ["open"], ["withdrawn"]]
    assert await states(f"as_of={days[1]}&state=withdrawn") == []
    assert await states(f"as_of={days[1]}&territory={LACQ_PAU_TARBES}&region=75&state=open") == ["open"]
    assert await states(f"as_of={days[1]}&known_at={BEFORE_ALL.partition('=')[2]}") == []


async def recorded_days_ago(settings: Settings, number: int) -> None:
    """Let the lines of the perimeter requests be some days old."""
    database = Database("territory", settings)
    try:
        async with database.writing() as session:
            mine = history.c.collection == "perimeter-requests"
            assert (await session.scalars(select(history.c.object_id).where(mine))).all()
            await session.execute(update(history).where(mine).values(known_from=now() - timedelta(days=number)))
    finally:
        await database.close()
