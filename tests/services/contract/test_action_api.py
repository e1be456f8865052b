"""Action sheets through the real application: the round trip with the Region, who sees what, what is refused."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from shared.events.territory import MemberState, PilotReplaced
from shared.ids import uuid7
from shared.storage.tables import outbox
from tests.services.contract.conftest import (
    BANK,
    COMPANY,
    ELSEWHERE,
    OTHER_REGION,
    REGION,
    STATE,
    House,
    member,
    perimeter,
)
from tests.services.contract.places import (
    ATELIERS,
    BRETAGNE,
    BRIVE,
    CAISSE_DES_DEPOTS,
    COEUR,
    LACQ,
    LACQ_ORTHEZ,
    PAU,
    TARBES,
)
from tests.services.contract.stories import SHEET, submitted_action, validated_action
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM


async def test_a_sheet_goes_to_the_region_and_back_and_is_retained(house: House) -> None:
    sheet = await submitted_action(house)
    path = f"/v1/actions/{sheet['id']}"

    returned = await house.post(f"{path}/return", {"reason": "Chiffrer la part de l'agglomération."}, by=REGION)
    await house.patch(path, {"cost_cents": 130_000_000}, by=COMPANY)
    opinion = {"verdict": "favourable", "text": "Répond au diagnostic de l'emploi."}
    await house.post(f"{path}/submit")
    await house.post(f"{path}/opinion", opinion, by=STATE)
    await house.post(f"{path}/validate", by=REGION)
    retained = await house.post(f"{path}/validate", by=OTHER_REGION)

    assert (returned["status"], returned["allowed_transitions"]) == ("returned", ["submit"])
    assert (retained["status"], retained["allowed_transitions"]) == ("validated", [])
    assert retained["cost_cents"] == 130_000_000
    assert [each["organisation"] for each in retained["opinions"]] == ["000000018"]
    assert retained["carriers"][1]["name"] == "Ateliers du Gave (entreprise synthétique)"


async def test_a_changed_sheet_is_published_if_others_know_it_and_its_events_say_it(house: House) -> None:
    sheet = await house.post("/v1/actions", SHEET, expect=201)
    path = f"/v1/actions/{sheet['id']}"
    await house.patch(path, {"title": "Ébauche"})
    await house.post(f"{path}/submit")
    await house.post(f"{path}/return", {"reason": "Chiffrer la part de l'agglomération."}, by=REGION)

    await house.patch(path, {"context": "Autre diagnostic.", "carriers": [PAU, ATELIERS]})
    await house.patch(path, {"carriers": [PAU], "main_axis": None})

    async with house.database.reading() as session:
        bodies = await session.scalars(select(outbox.c.body).order_by(outbox.c.id))
    events = [json.loads(body) for body in bodies]
    assert [event["type"].split(".")[-2] for event in events] == ["ActionSubmitted", "ActionReturned", "ActionChanged"]
    assert [event["data"]["organisations"] for event in events] == [[PAU, ATELIERS], [PAU, ATELIERS], [PAU]]


async def test_each_plan_numbers_its_sheets_and_never_gives_a_number_twice(house: House) -> None:
    first = await house.post("/v1/actions", SHEET, expect=201)
    second = await house.post("/v1/actions", SHEET, expect=201)
    await house.send("DELETE", f"/v1/actions/{second['id']}", headers={"If-Match": '"1"'})
    third = await house.post("/v1/actions", SHEET, expect=201)

    assert [each["number"] for each in (first, second, third)] == ["A-0001", "A-0002", "A-0003"]


@ON_SQLITE
async def test_a_deleted_draft_leaves_a_tombstone(house: House) -> None:
    sheet = await house.post("/v1/actions", SHEET, expect=201)

    deleted = await house.send("DELETE", f"/v1/actions/{sheet['id']}", headers={"If-Match": '"1"'})
    await house.get(f"/v1/actions/{sheet['id']}", expect=404)
    lines: list[dict[str, Any]] = []
    while len(lines) < 2:
        lines = (await house.get("/v1/actions/changes"))["items"]

    assert deleted.status_code == 204
    assert [(line["operation"], line["object"]) for line in lines] == [("created", None), ("deleted", None)]
    assert (await house.get("/v1/actions/changes", by=ELSEWHERE))["items"] == []


@ON_SQLITE
async def test_the_history_of_a_deleted_draft_stays_for_those_whom_it_concerned(house: House) -> None:
    sheet = await house.post("/v1/actions", SHEET, expect=201)
    path = f"/v1/actions/{sheet['id']}"
    await house.send("DELETE", path, headers={"If-Match": '"1"'})

    for by in (TEAM, REGION, COMPANY, NATIONAL):
        lines = (await house.get(f"{path}/history", by=by))["items"]
        assert [line["operation"] for line in lines] == ["created", "deleted"]
        assert lines[-1]["changed"]["title"] == {"before": sheet["title"], "after": None}
        await house.get(path, by=by, expect=404)
    for stranger in (ELSEWHERE, BANK, f"region:{BRETAGNE}"):
        await house.get(f"{path}/history", by=stranger, expect=404)


@ON_SQLITE
@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"carriers": [PAU, PAU]}, "/carriers/1"),
        ({"carriers": [PAU, f"{PAU[:3]} {PAU[3:6]} {PAU[6:]}"]}, "/carriers/1"),
        ({"partners": [{"siren": PAU, "role": role} for role in ("Aide", "Finance")]}, "/partners/1"),
        ({"milestones": [{"title": title, "due_on": "2020-09-01"} for title in ("Jalon", "Jalon ")]}, "/milestones/1"),
        ({"issues": [{"title": "Enjeu"}, {"title": "Étude"}, {"title": "E\u0301tude"}]}, "/issues/2"),
        ({"axes": ["recruter", "recruter"]}, "/axes/1"),
        ({"confidential": ["context", "context"]}, "/confidential/1"),
        ({"territories": [LACQ, LACQ]}, "/territories/1"),
    ],
)
async def test_a_list_of_a_sheet_takes_each_item_once(house: House, changes: dict[str, Any], place: str) -> None:
    refused = await house.post("/v1/actions", {**SHEET, **changes}, expect=422)

    [error] = refused["errors"]
    assert error["pointer"] == place
    assert error["detail"].startswith("named twice")


@ON_SQLITE
async def test_the_axis_of_an_issue_is_one_of_the_phase(house: House) -> None:
    issues = [{"title": "Enjeu"}, {"title": "Autre enjeu", "axis": "nimporte"}]

    refused = await house.post("/v1/actions", {**SHEET, "issues": issues}, expect=422)

    assert (refused["code"], refused["errors"][0]["pointer"]) == ("axis-not-of-phase", "/issues/1/axis")


@ON_SQLITE
async def test_texts_of_a_sheet_show_something_and_are_stored_without_blanks_around(house: House) -> None:
    hidden = {"title": "\u3164", "context": "a\u202eb", "partners": [{"siren": PAU, "role": "\u200b"}]}

    refused = await house.post("/v1/actions", {**SHEET, **hidden}, expect=422)
    stored = await house.post(
        "/v1/actions", {**SHEET, "title": " L’e\u0301cole\u00a0! ", "context": "Un\n\tdiagnostic.\n"}, expect=201
    )

    assert {error["pointer"] for error in refused["errors"]} == {"/title", "/context", "/partners/0/role"}
    assert (stored["title"], stored["context"]) == ("L’\u00e9cole\u00a0!", "Un\n\tdiagnostic.")


@ON_SQLITE
async def test_an_incomplete_sheet_gets_the_fields_it_lacks(house: House) -> None:
    sheet = await house.post("/v1/actions", {"title": "Ébauche", "territories": [LACQ]}, expect=201)

    refused = await house.post(f"/v1/actions/{sheet['id']}/submit", expect=409)

    assert refused["code"] == "action-incomplete"
    assert {"main_axis", "carriers", "cost_cents"} <= set(refused["missing"])
    assert {"/carriers"} <= {error["pointer"] for error in refused["errors"]}


@ON_SQLITE
async def test_a_transition_that_is_not_allowed_names_those_that_are(house: House) -> None:
    sheet = await validated_action(house)

    refused = await house.post(f"/v1/actions/{sheet['id']}/reject", {"reason": "Non."}, by=REGION, expect=409)

    assert (refused["code"], refused["state"], refused["allowed_transitions"]) == (
        "transition-refused",
        "validated",
        [],
    )


@ON_SQLITE
async def test_those_concerned_see_a_sheet_and_nobody_else(house: House) -> None:
    partners = [{"siren": CAISSE_DES_DEPOTS, "role": "Cofinance l'étude"}]
    sheet = await house.post("/v1/actions", {**SHEET, "partners": partners}, expect=201)
    path = f"/v1/actions/{sheet['id']}"

    for by in (TEAM, REGION, OTHER_REGION, STATE, COMPANY, BANK, NATIONAL):
        await house.get(path, by=by)
        assert len((await house.get("/v1/actions", by=by))["items"]) == 1
    for stranger in (ELSEWHERE, "partner", f"region:{BRETAGNE}", "operator:320252489"):
        await house.get(path, by=stranger, expect=404)
        assert (await house.get("/v1/actions", by=stranger))["items"] == []
    await house.get(path, by=None, expect=401)
    await house.get(path, by="platform", expect=403)


@ON_SQLITE
@pytest.mark.parametrize(
    ("by", "method", "path", "body", "status"),
    [
        (ELSEWHERE, "POST", "/submit", None, 404),
        (REGION, "POST", "/submit", None, 403),
        (STATE, "POST", "/validate", None, 403),
        (TEAM, "POST", "/validate", None, 403),
        (REGION, "POST", "/opinion", {"verdict": "favourable", "text": "Oui."}, 403),
        (f"region:{BRETAGNE}", "POST", "/validate", None, 404),
        (REGION, "PATCH", "", {"title": "Autre"}, 403),
        (BANK, "PATCH", "", {"title": "Autre"}, 403),
        (COMPANY, "DELETE", "", None, 403),
    ],
)
async def test_who_may_not_is_refused(house: House, by: str, method: str, path: str, body: Any, status: int) -> None:
    sheet = await house.post("/v1/actions", SHEET, expect=201)

    answer = await house.send(method, f"/v1/actions/{sheet['id']}{path}", by, json=body, headers={"If-Match": '"1"'})

    assert answer.status_code == status
    assert (await house.get(f"/v1/actions/{sheet['id']}"))["version"] == 1


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"territories": []}, 422, "unprocessable"),
        ({"territories": ["ti-7505"]}, 422, "unprocessable"),
        ({"territories": ["2018-ti-9999"]}, 422, "territory-not-known"),
        ({"territories": [COEUR]}, 403, "forbidden"),
        ({"territories": [LACQ, BRIVE]}, 422, "territories-not-fitting"),
        ({"axes": ["foncier"], "main_axis": "foncier"}, 422, "axis-not-of-phase"),
        ({"carriers": ["123456789"]}, 422, "unprocessable"),
        ({"carriers": ["12345678"]}, 422, "unprocessable"),
        ({"carriers": ["000000133"]}, 422, "organisation-not-known"),
        ({"issues": [{"title": "Enjeu", "axis": "nimporte"}]}, 422, "axis-not-of-phase"),
        ({"confidential": ["title"]}, 422, "unprocessable"),
        ({"confidential": ["carriers"]}, 422, "unprocessable"),
        ({"cost_cents": "12"}, 422, "unprocessable"),
        ({"cost_cents": 1.5}, 422, "unprocessable"),
        ({"cost_cents": -1}, 422, "unprocessable"),
        ({"planned_end": "2019-01-01"}, 422, "calendar-reversed"),
        ({"commitment": "perhaps"}, 422, "unprocessable"),
        ({"title": "x" * 301}, 422, "unprocessable"),
        ({"title": None}, 422, "unprocessable"),
        ({"number": "A-9999"}, 422, "unprocessable"),
    ],
)
async def test_bad_input_is_refused_with_nothing_written(
    house: House, change: dict[str, Any], status: int, code: str
) -> None:
    refused = await house.post("/v1/actions", {**SHEET, **change}, expect=status)

    assert refused["code"] == code
    assert (await house.get("/v1/actions", by=NATIONAL))["items"] == []


@ON_SQLITE
async def test_malformed_json_is_a_problem_document(house: House) -> None:
    answer = await house.send("POST", "/v1/actions", content='{"title":', headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@ON_SQLITE
async def test_a_field_that_may_be_left_out_may_not_be_null(house: House) -> None:
    sheet = await house.post("/v1/actions", SHEET, expect=201)

    await house.patch(f"/v1/actions/{sheet['id']}", {"title": None}, expect=422)
    await house.patch(f"/v1/actions/{sheet['id']}", {"carriers": None}, expect=422)


@ON_SQLITE
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"territory": LACQ}, 1),
        ({"territory": COEUR}, 0),
        ({"region": "76"}, 1),
        ({"axis": "attirer"}, 1),
        ({"axis": "innover"}, 0),
        ({"carrier": ATELIERS}, 1),
        ({"carrier": CAISSE_DES_DEPOTS}, 0),
        ({"status": "draft"}, 1),
        ({"phase": "2023"}, 0),
        ({"q": "ecole chaudronnerie"}, 1),
        ({"q": "a-0001"}, 1),
    ],
)
async def test_lists_are_filtered(house: House, filters: dict[str, Any], found: int) -> None:
    await house.post("/v1/actions", SHEET, expect=201)

    assert len((await house.get("/v1/actions", **filters))["items"]) == found


@ON_SQLITE
@pytest.mark.parametrize(
    ("address", "filters", "code"),
    [
        ("actions", {"territory": "2018-ti-9999"}, "territory-not-known"),
        ("actions", {"phase": "2023", "territory": LACQ}, "territory-not-known"),
        ("actions", {"axis": "nimporte"}, "axis-not-of-phase"),
        ("actions", {"axis": "foncier", "phase": "2018"}, "axis-not-of-phase"),
        ("actions", {"carrier": "000000133"}, "organisation-not-known"),
        ("contracts", {"territory": "2018-ti-9999"}, "territory-not-known"),
        ("contracts", {"phase": "2023", "territory": LACQ}, "territory-not-known"),
        ("contracts", {"party": "000000133"}, "organisation-not-known"),
    ],
)
async def test_a_filter_that_names_nothing_is_refused_and_named(
    house: House, address: str, filters: dict[str, str], code: str
) -> None:
    refused = await house.get(f"/v1/{address}", expect=422, **filters)

    assert refused["code"] == code
    assert [error["parameter"] for error in refused["errors"]] == [next(iter(filters))]


@ON_SQLITE
async def test_a_territory_that_leaves_the_awaited_region_has_its_sheet_validated(house: House) -> None:
    sheet = await submitted_action(house)
    first = await house.post(f"/v1/actions/{sheet['id']}/validate", by=REGION)
    again = await house.post(f"/v1/actions/{sheet['id']}/validate", by=REGION, expect=409)

    await house.publish(perimeter([member(PAU)], regions=["75"]))

    seen = await house.get(f"/v1/actions/{sheet['id']}", by=REGION)
    assert (first["status"], first["awaited_regions"], list(first["decisions"])) == ("submitted", ["76"], ["75"])
    assert (again["code"], again["awaited"]) == ("already-decided", ["76"])
    assert (seen["status"], seen["awaited_regions"]) == ("validated", [])


async def test_a_list_is_read_page_by_page(house: House) -> None:
    for _ in range(5):
        await house.post("/v1/actions", SHEET, expect=201)

    first = await house.get("/v1/actions", limit=3)
    second = await house.get("/v1/actions", limit=3, cursor=first["next"])

    assert [each["number"] for each in (*first["items"], *second["items"])] == [f"A-000{n}" for n in range(1, 6)]
    assert second["next"] is None


@ON_SQLITE
async def test_an_organisation_that_is_no_member_any_more_is_no_editor_at_once(house: House) -> None:
    sheet = await house.post("/v1/actions", {**SHEET, "carriers": [LACQ_ORTHEZ]}, expect=201)
    path = f"/v1/actions/{sheet['id']}"

    left = MemberState(siren=PAU, kind="epci", name="CA Pau Béarn Pyrénées", entered_on=None, left_on="2020-01-01")
    await house.publish(
        perimeter([left, member(TARBES)], regions=["75", "76"]),
        PilotReplaced(
            territory=LACQ,
            pilot_id=uuid7(),
            capacity="elu",
            in_office=[],
            replaced_on="2020-01-01",
            successor_id=None,
            territories=[LACQ],
        ),
    )

    await house.get(path, by=TEAM, expect=404)
    await house.get(path, by=f"territory:{TARBES}")


@ON_SQLITE
async def test_a_territory_that_enters_a_region_is_read_there(house: House) -> None:
    sheet = await house.post("/v1/actions", SHEET, expect=201)
    await house.get(f"/v1/actions/{sheet['id']}", by=f"region:{BRETAGNE}", expect=404)

    await house.publish(perimeter([member(PAU)], regions=["75", "53"]))

    seen = await house.get(f"/v1/actions/{sheet['id']}", by=f"region:{BRETAGNE}")
    assert seen["regions"] == ["75", "53"]
    await house.get(f"/v1/actions/{sheet['id']}", by=OTHER_REGION, expect=404)
