"""Targets of the programme: set by the délégation, with the way to them and the territories that are late."""

from datetime import date
from typing import Any, Final

import pytest

from services.contract.commands import load_reference
from shared.events import Event
from shared.events.sources import SourceRegistered
from shared.ids import uuid7
from tests.services.contract.conftest import REGION, House, designated, mandate, mandated, member, perimeter
from tests.services.contract.places import COEUR, LACQ, PAU
from tests.services.contract.stories import signed_contract, submitted_action
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM

TARGET: Final[dict[str, Any]] = {
    "title": "Tous les contrats signés (synthétique)",
    "measure": "territories_signed",
    "phase": "2018",
    "due_on": "2019-07-31",
    "source": "Source synthétique",
}


async def set_target(house: House, expect: int = 201, **changes: Any) -> dict[str, Any]:
    """Set the target of the tests, with changes."""
    return await house.post("/v1/targets", {**TARGET, **changes}, by=NATIONAL, expect=expect)


def named(territory: str, events: list[Event]) -> list[Event]:
    """Return the events of one territory."""
    return [event for event in events if event.territories == [territory]]


async def progress(house: House, target: dict[str, Any], as_of: str, **more: Any) -> dict[str, Any]:
    """Read a target on a day, once everything is counted."""
    await house.settled()
    return await house.get(f"/v1/targets/{target['id']}/progress", by=None, as_of=as_of, **more)


async def late(house: House, target: dict[str, Any], as_of: str, **more: Any) -> list[dict[str, Any]]:
    """Return the territories that have not reached a target by a day."""
    await house.settled()
    page = await house.get(f"/v1/targets/{target['id']}/late", by=None, as_of=as_of, **more)
    return list(page["items"])


async def test_the_target_of_the_first_half_of_2019_is_shipped(house: House) -> None:
    said: list[str] = []
    await load_reference(house.database, said.append)
    await load_reference(house.database, said.append)
    await house.settled()

    [target] = (await house.get("/v1/targets", by=None))["items"]

    assert [line for line in said if "targets" in line] == [
        "contract: targets: 1 rows written, 1 events",
        "contract: targets: 0 rows written, 0 events",
    ]
    assert (target["measure"], target["goal"], target["phase"]) == ("territories_signed", None, "2018")
    assert (target["due_on"], target["source"]) == ("2019-06-30", "support de présentation, mars 2019")
    names = await late(house, target, "2019-07-01")
    assert [(one["territory"], one["status"]) for one in names] == [(LACQ, "late"), (COEUR, "unknown")]
    assert (await progress(house, target, "2023-01-01"))["status"] == "missed"


async def test_a_target_is_read_with_its_burn_up(house: House) -> None:
    await signed_contract(house)
    target = await set_target(house)

    found = await progress(house, target, "2019-09-15")

    assert (found["value"], found["goal"], found["goal_at_least"], found["goal_at_most"]) == (1, None, 1, 2)
    assert (found["share_pct"], found["status"]) == (None, "unknown")
    assert [(point["day"], point["value"]) for point in found["burn_up"]][-5:] == [
        ("2019-05-31", 0),
        ("2019-06-30", 0),
        ("2019-07-31", 1),
        ("2019-08-31", 1),
        ("2019-09-15", 1),
    ]
    asked = await progress(house, target, "2019-09-15", day=["2019-07-14", "2019-07-15"])
    assert asked["burn_up"] == [
        {"day": "2019-07-14", "value": 0},
        {"day": "2019-07-15", "value": 1},
        {"day": "2019-09-15", "value": 1},
    ]


async def test_a_target_is_open_until_its_day_then_reached_or_missed(house: House) -> None:
    await signed_contract(house)
    one, two = await set_target(house, goal=1), await set_target(house, goal=2)

    states = {
        day: [(await progress(house, target, day))["status"] for target in (one, two)]
        for day in ("2019-07-14", "2019-07-15", "2019-07-31", "2019-08-01")
    }

    assert states == {
        "2019-07-14": ["open", "open"],
        "2019-07-15": ["reached", "open"],
        "2019-07-31": ["reached", "open"],
        "2019-08-01": ["reached", "missed"],
    }
    assert (await progress(house, two, "2019-08-01"))["share_pct"] == 50.0


async def test_what_comes_after_the_day_of_a_target_is_too_late(house: House) -> None:
    await signed_contract(house)
    target = await set_target(house, goal=1, due_on="2019-06-30")

    found = await progress(house, target, "2019-09-15")

    assert (found["value"], found["status"]) == (1, "missed")


async def test_the_late_territories_are_named_with_their_stage(house: House) -> None:
    await signed_contract(house)
    target = await set_target(house)

    before = await late(house, target, "2019-07-14")
    after = await late(house, target, "2019-08-01")

    assert [(one["territory"], one["stage"], one["status"]) for one in before] == [
        (LACQ, "governance_installed", "open"),
        (COEUR, "designated", "open"),
    ]
    assert after == [
        {
            "territory": COEUR,
            "name": "Aurillac - Figeac - Rodez",
            "stage": "designated",
            "designation": "unknown",
            "status": "unknown",
        }
    ]
    assert (await progress(house, target, "2019-08-01"))["status"] == "unknown"
    assert await late(house, target, "2023-01-01") == after, "the day of the target decides"


async def test_a_territory_designated_after_the_day_of_a_target_is_not_late(house: House) -> None:
    await signed_contract(house)
    target = await set_target(house, due_on="2019-06-30")
    await house.publish(
        *(event.model_copy(update={"designated_on": date(2022, 9, 1)}) for event in named(COEUR, designated()))
    )

    assert await late(house, target, "2023-01-01") == []
    found = await progress(house, target, "2023-01-01")
    assert (found["status"], found["goal_at_most"]) == ("missed", 2)
    later = await set_target(house, due_on="2022-12-31")
    rows = await late(house, later, "2023-01-01")
    assert [(one["territory"], one["designation"], one["status"]) for one in rows] == [(COEUR, "known", "late")]
    assert (await progress(house, later, "2023-01-01"))["status"] == "missed"


async def test_a_target_is_late_in_the_regions_of_its_day(house: House) -> None:
    target = await set_target(house, region="76", due_on="2019-06-30")
    await house.publish(perimeter([member(PAU)], ["75"]))

    assert LACQ in [one["territory"] for one in await late(house, target, "2023-01-01")]
    moved = await set_target(house, region="76", due_on="2020-06-30")
    assert LACQ not in [one["territory"] for one in await late(house, moved, "2023-01-01")]


async def test_late_territories_come_in_pages(house: House) -> None:
    target = await set_target(house)
    await house.settled()
    path = f"/v1/targets/{target['id']}/late"

    first = await house.get(path, by=None, limit=1)
    second = await house.get(path, by=None, limit=1, cursor=first["next"])

    assert [page["items"][0]["territory"] for page in (first, second)] == [LACQ, COEUR]


async def test_a_target_of_a_region_counts_its_territories(house: House) -> None:
    target = await set_target(house, measure="governance_installed", region="84", due_on="2022-12-31")

    assert [one["territory"] for one in await late(house, target, "2023-01-01")] == [COEUR]
    found = await progress(house, target, "2023-01-01")
    assert (found["value"], found["goal_at_least"], found["share_pct"], found["status"]) == (0, 1, 0.0, "missed")


async def test_a_pair_that_has_left_is_late_again(house: House) -> None:
    target = await set_target(house, measure="governance_installed", due_on="2019-12-31")
    elu = mandate("elu", date(2019, 3, 25), until=date(2019, 10, 1))
    await house.publish(mandated(elu, mandate("industriel", date(2019, 3, 26))))

    assert [one["territory"] for one in await late(house, target, "2019-09-30")] == [COEUR]
    assert [one["territory"] for one in await late(house, target, "2019-10-01")] == [LACQ, COEUR]


async def test_a_closed_territory_is_not_late(house: House) -> None:
    target = await set_target(house)
    await house.publish(*designated(closed_on=date(2020, 1, 1)))

    assert len(await late(house, target, "2019-12-31")) == 2
    assert await late(house, target, "2020-01-01") == []


@ON_SQLITE
async def test_sheets_have_a_target_but_no_late_territories(house: House) -> None:
    await submitted_action(house)
    target = await set_target(house, measure="actions_submitted", goal=300)
    await house.settled()

    found = await house.get(f"/v1/targets/{target['id']}/progress", by=None)

    assert (found["value"], found["share_pct"]) == (1, 0.3)
    refusal = await house.get(f"/v1/targets/{target['id']}/late", by=None, expect=409)
    assert refusal["code"] == "target-not-by-territory"


@ON_SQLITE
async def test_a_target_is_put_off_and_withdrawn_and_stays_in_its_history(house: House) -> None:
    target = await set_target(house)
    path = f"/v1/targets/{target['id']}"

    later = await house.patch(path, {"due_on": "2019-12-31", "reason": "Report annoncé."}, by=NATIONAL)
    withdrawn = await house.post(f"{path}/withdraw", {"reason": "Remplacée."}, by=NATIONAL)

    assert (later["due_on"], later["version"]) == ("2019-12-31", 2)
    assert withdrawn["withdrawn_at"]
    lines = (await house.get(f"{path}/history", by=None))["items"]
    assert [line["reason"] for line in lines] == [None, "Report annoncé.", "Remplacée."]
    assert lines[1]["changed"] == {"due_on": {"before": "2019-07-31", "after": "2019-12-31"}}
    assert (await house.patch(path, {"goal": 3}, by=NATIONAL, expect=409))["code"] == "target-withdrawn"
    await house.post(f"{path}/withdraw", {"reason": "Encore."}, by=NATIONAL, expect=409)
    changes = (await house.get("/v1/targets/changes", by=None))["items"]
    assert {line["id"] for line in changes} == {target["id"]}


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"measure": "actions_submitted"}, "/goal"),
        ({"measure": "jobs"}, "/measure"),
        ({"goal": 0}, "/goal"),
        ({"due_on": "2018-11-21"}, "/due_on"),
        ({"due_on": "2101-01-01"}, "/due_on"),
        ({"phase": "2023"}, "/due_on"),
        ({"region": "73"}, "/region"),
        ({"title": " "}, "/title"),
        ({"until": "2019-12-31"}, "/until"),
    ],
    ids=str,
)
async def test_a_target_that_cannot_be_is_refused(house: House, change: dict[str, Any], pointer: str) -> None:
    problem = await set_target(house, expect=422, **change)

    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert (await house.get("/v1/targets", by=None))["items"] == []


@ON_SQLITE
async def test_a_target_cites_registered_sources_alone(house: House) -> None:
    source, unknown = uuid7(), uuid7()
    await house.publish(
        SourceRegistered(source_id=source, title="Discours", published="2018-11-22"),
        SourceRegistered(source_id=source, title="Discours (synthétique)", published=None),
    )

    target = await set_target(house, source_id=str(source))
    path = f"/v1/targets/{target['id']}"
    refused = await set_target(house, expect=422, source_id=str(unknown))
    change = await house.patch(path, {"source_id": str(unknown)}, by=NATIONAL, expect=422)

    for problem in (refused, change):
        assert (problem["code"], problem["errors"][0]["pointer"]) == ("source-not-registered", "/source_id")
        assert "POST /v1/sources" in problem["detail"]
    assert target["source_id"] == str(source)
    assert (await house.patch(path, {"source_id": None}, by=NATIONAL))["source_id"] is None


@ON_SQLITE
async def test_days_without_the_programme_and_unknown_filters_are_refused(house: House) -> None:
    target = await set_target(house)
    path = f"/v1/targets/{target['id']}"

    for params in ({"as_of": "1789-07-14"}, {"as_of": "2999-01-01"}):
        for what in ("progress", "late"):
            assert (await house.get(f"{path}/{what}", expect=422, **params))["code"] == "day-not-plausible"
    refusal = await house.get(f"{path}/progress", expect=422, as_of="2019-03-05", day="2019-03-06")
    assert refusal["errors"][0]["parameter"] == "day"
    for params in ({"phase": "2019"}, {"measure": "jobs"}, {"region": "73"}):
        await house.get("/v1/targets", expect=422, **params)
    await house.get(f"/v1/targets/{LACQ}", expect=422)
    assert (await house.get("/v1/targets", phase="2018", measure="territories_signed"))["items"] == [target]
    assert (await house.get("/v1/targets", phase="2023"))["items"] == []


@ON_SQLITE
async def test_only_the_delegation_sets_targets(house: House) -> None:
    target = await set_target(house)

    for by in (REGION, TEAM):
        await house.post("/v1/targets", TARGET, by=by, expect=403)
        await house.post(f"/v1/targets/{target['id']}/withdraw", {"reason": "Non."}, by=by, expect=403)
