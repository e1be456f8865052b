"""Operators' answers are shown on their action, and added up in progress by operator, as of any day."""

import json
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import event as sql
from sqlalchemy import text as sql_text

from services.contract import commands
from shared.events.catalog import RequestStatus, ServiceRequestAnswered, ServiceRequested
from shared.events.territory import OrganisationRegistered
from shared.ids import uuid7
from tests.services.contract.conftest import (
    BANK,
    COMPANY,
    ELSEWHERE,
    INVEST,
    OTHER_REGION,
    PILOT,
    REGION,
    STATE,
    House,
    member,
    perimeter,
)
from tests.services.contract.places import (
    ATELIERS,
    AURILLAC,
    BPIFRANCE,
    CAISSE_DES_DEPOTS,
    COEUR,
    LACQ,
    LACQ_ORTHEZ,
    PAU,
)
from tests.services.contract.stories import SHEET, submitted_action
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM

EMPLOYMENT: Final = "operator:130005481"
"""France Travail: it was not asked for help."""
HELPER: Final = OrganisationRegistered(
    siren="130005481", name="France Travail", kind="operator", aliases=[], region=None, successor=None,
    synthetic=False, organisations=["130005481"],
)  # fmt: skip
ALPES: Final = OrganisationRegistered(
    siren="200053767", name="Région Auvergne-Rhône-Alpes", kind="region", aliases=[], region="84", successor=None,
    synthetic=False, organisations=["200053767"],
)  # fmt: skip
SENT = datetime(2019, 5, 2, 8, 30, tzinfo=UTC)
ANSWERED = datetime(2019, 5, 20, 14, tzinfo=UTC)


def _asked(action: str | None, **more: Any) -> dict[str, Any]:
    return {
        "request_id": uuid7(),
        "reference": "BDT-2019-00012",
        "service": "BDT-01",
        "operator": CAISSE_DES_DEPOTS,
        "territory": LACQ,
        "action_id": UUID(action) if action else None,
        "requester": PAU,
        "status": "sent",
        "sent_at": SENT,
        "due": {"answer": date(2019, 5, 23)},
        "territories": [LACQ],
        "regions": ["75", "76"],
        "organisations": [CAISSE_DES_DEPOTS, PAU],
        **more,
    }


def requested(action: str | None, **more: Any) -> ServiceRequested:
    """A territory calls on a service."""
    return ServiceRequested(**_asked(action, **more))


def answered(
    asked: ServiceRequested, status: RequestStatus, cents: int | None = None, at: datetime = ANSWERED
) -> ServiceRequestAnswered:
    """The operator takes a step."""
    return ServiceRequestAnswered(
        **{**asked.model_dump(), "status": status, "answered_at": at, "amount_cents": cents, "redirected_to": None}
    )


async def test_an_action_shows_what_was_asked_for_it_and_the_last_answer(house: House) -> None:
    sheet = await submitted_action(house)
    asked = requested(sheet["id"])

    await house.publish(asked)
    before = await house.get(f"/v1/actions/{sheet['id']}")
    await house.publish(answered(asked, "accepted", 2_500_000))
    await house.get(f"/v1/actions/{sheet['id']}", by=BANK)
    after = await house.get(f"/v1/actions/{sheet['id']}", by=REGION)

    (open_request,) = before["service_requests"]
    assert (open_request["status"], open_request["amount_cents"], open_request["answered_at"]) == ("sent", None, None)
    assert after["service_requests"] == [
        {
            "request_id": str(asked.request_id),
            "reference": "BDT-2019-00012",
            "service": "BDT-01",
            "operator": CAISSE_DES_DEPOTS,
            "status": "accepted",
            "amount_cents": 2_500_000,
            "sent_at": "2019-05-02T08:30:00Z",
            "answered_at": "2019-05-20T14:00:00Z",
        }
    ]


SHARED: Final = {**SHEET, "territories": [LACQ, COEUR], "carriers": [PAU, ATELIERS]}
"""A sheet of two territories, which share the Region 76."""
READERS: Final = {
    TEAM: ["lacq"],
    f"territory:{LACQ_ORTHEZ}": ["lacq"],
    PILOT: ["lacq"],
    ELSEWHERE: ["coeur"],
    REGION: ["lacq"],
    OTHER_REGION: ["lacq", "coeur"],
    "region:200053767": ["coeur"],
    STATE: ["lacq"],
    NATIONAL: ["lacq", "coeur"],
    BANK: ["lacq"],
    INVEST: ["coeur"],
    COMPANY: [],
    EMPLOYMENT: [],
}
"""Reader of the sheet → the requests for it that it reads at /v1/requests."""


async def shown(house: House, by: str, sheet: str) -> list[list[str]]:
    """Return the references of the requests that a sheet shows: when it is read, in the list, in the changes."""
    await house.settled()
    read = await house.get(f"/v1/actions/{sheet}", by=by)
    [listed] = (await house.get("/v1/actions", by=by))["items"]
    changed = [each["object"] for each in (await house.get("/v1/actions/changes", by=by))["items"]]
    return [[each["reference"] for each in answer["service_requests"]] for answer in (read, listed, changed[-1])]


@pytest.mark.parametrize("by", READERS)
async def test_a_reader_sees_in_a_sheet_the_requests_that_it_may_read_and_no_others(house: House, by: str) -> None:
    await house.publish(ALPES, HELPER)
    sheet = (await house.post("/v1/actions", SHARED, expect=201))["id"]
    await house.post(f"/v1/actions/{sheet}/submit")
    here = requested(sheet, reference="BDT-2019-00001")
    there = {"territory": COEUR, "requester": AURILLAC, "territories": [COEUR], "regions": ["76", "84"]}
    other = requested(sheet, reference="BPI-2019-00001", operator=BPIFRANCE, sent_at=ANSWERED, **there)
    await house.publish(here, answered(here, "accepted", 4242), other)
    references = {"lacq": here.reference, "coeur": other.reference}

    found = await shown(house, by, sheet)

    assert found == [[references[name] for name in READERS[by]]] * 3
    past = json.dumps((await house.get(f"/v1/actions/{sheet}/history", by=by))["items"])
    assert by != EMPLOYMENT or CAISSE_DES_DEPOTS not in past


async def test_a_token_that_is_narrowed_sees_the_requests_of_its_territory(house: House) -> None:
    sheet = (await house.post("/v1/actions", SHARED, expect=201))["id"]
    await house.publish(requested(sheet))

    for key, count in ((LACQ, 1), (COEUR, 0)):
        answer = await house.get(f"/v1/actions/{sheet}", by=f"{NATIONAL};territories={key}")
        assert len(answer["service_requests"]) == count


async def test_a_transition_shows_the_requests_of_its_caller(house: House) -> None:
    sheet = await submitted_action(house)
    asked = requested(sheet["id"])
    await house.publish(asked, answered(asked, "accepted", 4242))

    returned = await house.post(f"/v1/actions/{sheet['id']}/return", {"reason": "Chiffrer."}, by=REGION)
    by_carrier = await house.patch(f"/v1/actions/{sheet['id']}", {"title": "Autre titre"}, by=COMPANY)
    by_team = await house.patch(f"/v1/actions/{sheet['id']}", {"title": "Titre"}, by=TEAM)

    counts = [len(each["service_requests"]) for each in (returned, by_carrier, by_team)]
    assert counts == [1, 0, 1]


@ON_SQLITE
async def test_the_regions_of_a_request_are_those_of_its_territory_today(house: House) -> None:
    sheet = (await submitted_action(house))["id"]
    await house.publish(requested(sheet))
    assert await shown(house, OTHER_REGION, sheet) == [["BDT-2019-00012"]] * 3

    await house.publish(perimeter([member(PAU)], ["75"]))

    await house.get(f"/v1/actions/{sheet}", by=OTHER_REGION, expect=404)
    assert await shown(house, REGION, sheet) == [["BDT-2019-00012"]] * 3


async def test_a_later_answer_replaces_the_earlier_one_amount_and_all(house: House) -> None:
    sheet = await submitted_action(house)
    asked = requested(sheet["id"])

    await house.publish(asked, answered(asked, "accepted", 2_500_000), answered(asked, "declined"))
    answer = await house.get(f"/v1/actions/{sheet['id']}")

    (shown,) = answer["service_requests"]
    assert (shown["status"], shown["amount_cents"]) == ("declined", None)


async def test_requests_stand_in_the_order_in_which_they_were_made(house: House) -> None:
    sheet = await submitted_action(house)
    later = requested(sheet["id"], sent_at=ANSWERED)
    first = requested(sheet["id"])

    await house.publish(later, first)
    answer = await house.get(f"/v1/actions/{sheet['id']}")

    assert [each["request_id"] for each in answer["service_requests"]] == [str(first.request_id), str(later.request_id)]


@ON_SQLITE
async def test_an_answer_changes_neither_version_nor_etag_and_makes_no_change_stale(house: House) -> None:
    sheet = await house.post("/v1/actions", SHEET, expect=201)
    path = f"/v1/actions/{sheet['id']}"
    asked = requested(sheet["id"])
    await house.publish(asked)
    read = await house.send("GET", path)

    await house.publish(answered(asked, "accepted", 1), requested(sheet["id"]))
    again = await house.send("GET", path)
    written = await house.send("PATCH", path, json={"cost_cents": 7}, headers={"If-Match": read.headers["ETag"]})

    assert again.headers["ETag"] == read.headers["ETag"]
    assert again.json()["version"] == read.json()["version"]
    assert written.status_code == 200, written.text
    assert written.json()["service_requests"] == again.json()["service_requests"]
    lines = (await house.get(f"{path}/history"))["items"]
    assert [line["version"] for line in lines] == [1, 2, 3]
    assert lines[1]["reason"] == "an operator was asked for help"


@ON_SQLITE
async def test_a_reader_with_an_etag_gets_304_only_while_nothing_was_asked(house: House) -> None:
    sheet = await house.post("/v1/actions", SHEET, expect=201)
    path = f"/v1/actions/{sheet['id']}"
    known = {"If-None-Match": f'"{sheet["version"]}"'}

    unasked = await house.send("GET", path, headers=known)
    await house.publish(requested(sheet["id"]))
    asked = await house.send("GET", path, headers=known)

    assert unasked.status_code == 304
    assert asked.status_code == 200
    assert len(asked.json()["service_requests"]) == 1


async def test_an_answer_for_an_unknown_action_or_for_none_is_kept(house: House) -> None:
    unknown, none = requested(str(uuid7())), requested(None)

    await house.publish(unknown, answered(unknown, "accepted", 5), none, answered(none, "accepted", 7))
    progress = await house.get("/v1/progress", by=None, phase="2018")

    async with house.database.reading() as session:
        found = await session.execute(sql_text("SELECT amount_cents FROM known_requests ORDER BY amount_cents"))
        assert [row.amount_cents for row in found] == [5, 7]
    assert [(each["operator"], each["amount_cents"]) for each in progress["total"]["operators"]] == [
        (CAISSE_DES_DEPOTS, 12)
    ]
    assert progress["total"]["operators"][0]["by_axis"] == [{"axis": None, "requests": 2, "amount_cents": 12}]


@ON_SQLITE
async def test_who_does_not_see_the_action_sees_no_request(house: House) -> None:
    sheet = await submitted_action(house)

    await house.publish(requested(sheet["id"]))

    await house.get(f"/v1/actions/{sheet['id']}", by=ELSEWHERE, expect=404)
    assert (await house.get("/v1/actions", by=ELSEWHERE))["items"] == []


async def test_a_list_reads_all_requests_at_once(house: House) -> None:
    async def statements(count: int) -> int:
        for _ in range(count):
            sheet = await house.post("/v1/actions", SHEET, expect=201)
            await house.publish(requested(sheet["id"]))
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            seen.append(statement)

        engine = house.database.engine.sync_engine
        sql.listen(engine, "before_cursor_execute", note)
        answer = await house.get("/v1/actions", by=NATIONAL)
        sql.remove(engine, "before_cursor_execute", note)
        assert all(len(item["service_requests"]) == 1 for item in answer["items"])
        return sum("known_requests" in statement for statement in seen)

    assert [await statements(1), await statements(4)] == [1, 1]


async def test_what_was_brought_is_added_up_by_operator_and_axis_as_of_a_day(house: House) -> None:
    sheet = await submitted_action(house, axes=["innover"], main_axis="innover")
    bank, invest = requested(sheet["id"]), requested(sheet["id"], operator=BPIFRANCE, reference="BPI-2019-00001")

    day = datetime.now(UTC)
    await house.publish(
        bank,
        answered(bank, "accepted", 2_500_000),
        answered(bank, "done", 3_000_000, at=day),
        invest,
        answered(invest, "acknowledged", at=ANSWERED),
        answered(invest, "accepted", None, at=day),
    )
    await house.settled()
    before = await house.get("/v1/progress", by=None, phase="2018", as_of="2019-05-19")
    then = await house.get("/v1/progress", by=None, phase="2018", as_of="2019-05-20")
    today = await house.get("/v1/progress", by=None, phase="2018")
    elsewhere = await house.get("/v1/progress", by=None, phase="2018", region="84")

    assert before["total"]["operators"] == []
    (one,) = then["total"]["operators"]
    assert (one["operator"], one["requests"], one["amount_cents"]) == (CAISSE_DES_DEPOTS, 1, 2_500_000)
    assert today["total"]["operators"] == [
        {
            "operator": CAISSE_DES_DEPOTS,
            "requests": 1,
            "amount_cents": 3_000_000,
            "by_axis": [{"axis": "innover", "requests": 1, "amount_cents": 3_000_000}],
        },
        {
            "operator": BPIFRANCE,
            "requests": 1,
            "amount_cents": 0,
            "by_axis": [{"axis": "innover", "requests": 1, "amount_cents": 0}],
        },
    ]
    assert {each["region"]: each["operators"] == today["total"]["operators"] for each in today["regions"]} == {
        "75": True,
        "76": True,
        "84": False,
    }
    assert elsewhere["total"]["operators"] == []


async def test_money_goes_where_its_action_goes(house: House) -> None:
    sheet = await submitted_action(house)
    asked = requested(sheet["id"])
    await house.publish(asked, answered(asked, "accepted", 10**13, at=datetime.now(UTC)))

    await house.post(f"/v1/actions/{sheet['id']}/return", {"reason": "Autre axe."}, by=REGION)
    await house.patch(f"/v1/actions/{sheet['id']}", {"axes": ["innover"], "main_axis": "innover"}, by=TEAM)
    await house.post(f"/v1/actions/{sheet['id']}/submit")
    await house.settled()
    progress = await house.get("/v1/progress", by=None, phase="2018")

    (operator,) = progress["total"]["operators"]
    assert operator["by_axis"] == [{"axis": "innover", "requests": 1, "amount_cents": 10**13}]
    assert [each["axis"] for each in progress["total"]["actions"]["by_axis"]] == ["innover"]


SUBMITTED, VALIDATED, OTHER = ("A", 1, "submitted"), ("A", 9, "validated"), ("B", 9, "submitted")


@pytest.mark.parametrize(
    "order", [(SUBMITTED, VALIDATED, OTHER), (SUBMITTED, OTHER, VALIDATED), (OTHER, SUBMITTED, VALIDATED)]
)
async def test_whichever_way_the_counts_got_there_what_came_to_nothing_leaves_no_row(
    house: House, order: tuple[tuple[str, int, str], ...]
) -> None:
    async with house.database.writing() as session:
        for sheet, day, state in order:
            what = {"subject": f"action/{sheet}", "kind": "action", "state": state, "axis": "innover"}
            await commands.count(session, **what, day=date(2019, 3, day), territory=LACQ, phase="2018", regions=("75",))
    async with house.database.reading() as session:
        rows = (await session.execute(sql_text("SELECT grain, start, measure, count AS number FROM tallies"))).all()

    assert [row for row in rows if not row.number] == []
    assert {row.number for row in rows if row.grain == "year" and row.measure == "action:submitted"} == {1}


SHEET_A = {"subject": "action/A", "kind": "action", "axis": "innover", "regions": ("75",)}
REQUEST = {"subject": "request/A", "kind": "request", "about": "action/A", "operator": "180020026", "regions": ("75",)}
ENTRIES: dict[str, list[dict[str, Any]]] = {
    "designations": [
        {"subject": f"territory/{key}", "kind": "designation", "territory": key, "day": date(2018, 11, day), **more}
        for key, day, more in (
            (LACQ, 22, {"state": "undated", "regions": ("75",)}),
            ("2018-ti-0101", 22, {"state": "dated", "regions": ("84", "27")}),
            (LACQ, 20, {"state": "dated", "regions": ("75", "76")}),
        )
    ],
    "sheets": [
        SHEET_A | {"territory": LACQ, "day": date(2019, 3, 1), "state": "submitted"},
        SHEET_A | {"territory": LACQ, "day": date(2019, 3, 9), "state": "validated"},
        SHEET_A | {"territory": LACQ, "day": date(2019, 3, 9), "state": "submitted", "subject": "action/B"},
    ],
    "requests": [
        REQUEST | {"territory": LACQ, "day": date(2019, 4, 1), "state": "accepted", "amount_cents": 5},
        REQUEST | {"territory": LACQ, "day": date(2019, 4, 2), "state": "done", "amount_cents": 7},
        REQUEST | {"territory": LACQ, "day": date(2019, 4, 1), "state": "accepted", "subject": "request/B"},
    ],
}
"""Entries of one kind, of which some have the same subject."""


@pytest.mark.parametrize("entries", ENTRIES.values(), ids=ENTRIES)
async def test_entries_are_counted_together_as_they_are_one_by_one(house: House, entries: list[dict[str, Any]]) -> None:
    sheet = SHEET_A | {"territory": LACQ, "phase": "2018", "day": date(2019, 3, 1), "state": "submitted"}

    async def counted(batches: list[list[dict[str, Any]]]) -> list[Any]:
        async with house.database.writing() as session:
            for table in ("tallies", "story_lines"):
                await session.execute(sql_text(f"DELETE FROM {table}"))
            await commands.count(session, **sheet)
            for batch in batches:
                await commands.count_all(session, [each | {"phase": "2018"} for each in batch])
            found = [await session.execute(sql_text(f"SELECT * FROM {table}")) for table in ("tallies", "story_lines")]
            return [sorted(map(str, rows)) for rows in found]

    together = await counted([entries])
    alone = await counted([[each] for each in entries])

    assert together == alone
    assert len(together[1]) == len(entries) + 1


async def test_counts_that_came_to_nothing_leave_no_row(house: House) -> None:
    asked = requested(None)

    await house.publish(asked, answered(asked, "accepted", 5), answered(asked, "declined"))

    async with house.database.reading() as session:
        found = await session.execute(
            sql_text("SELECT count(*) FROM tallies WHERE count = 0 OR measure LIKE 'cents:%'")
        )
        assert found.scalar_one() == 0
