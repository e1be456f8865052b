"""Operators of the programme read submitted sheets without what is confidential; one that was asked reads all."""

import json
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from sqlalchemy import text

from services.contract.app import service
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.migrations import migrate
from tests.services.contract.conftest import BANK, INVEST, REGION, House
from tests.services.contract.places import BPIFRANCE, LACQ
from tests.services.contract.stories import SHEET, submitted_action
from tests.services.contract.test_service_requests import requested
from tests.support.harness import ON_SQLITE, TEAM, settings_in

CONFIDENTIAL: Final = ["context", "cost_cents", "milestones"]
FILTERS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"region": "75"},
    {"territory": LACQ},
    {"q": "chaudronnerie"},
    {"status": "returned"},
)
SECRETS: Final = ("12 000 emplois", "125000000", "Première session")


@ON_SQLITE
async def test_a_draft_is_for_no_operator_and_a_submitted_sheet_for_each(house: House) -> None:
    sheet = await house.post("/v1/actions", SHEET, expect=201)
    path = f"/v1/actions/{sheet['id']}"
    for by in (BANK, INVEST):
        await house.get(path, by=by, expect=404)
        assert (await house.get("/v1/actions", by=by))["items"] == []

    await house.post(f"{path}/submit")
    await house.post(f"{path}/return", {"reason": "Chiffrer."}, by=REGION)

    for by in (BANK, INVEST):
        assert (await house.get(path, by=by))["status"] == "returned"
        for filters in FILTERS:
            assert [row["id"] for row in (await house.get("/v1/actions", by=by, **filters))["items"]] == [sheet["id"]]
    # The register keeps the Caisse and Bpifrance as operators; a role alone makes none, nor an organisation alone.
    for stranger in ("operator:241500230", f"party:{BPIFRANCE}", "operator:"):
        await house.get(path, by=stranger, expect=404)


async def test_what_is_confidential_is_withheld_from_each_way_to_read_it(house: House) -> None:
    sheet = await submitted_action(house, confidential=CONFIDENTIAL)
    path = f"/v1/actions/{sheet['id']}"
    changes: list[Any] = []
    while len(changes) < 1:
        changes = (await house.get("/v1/actions/changes", by=INVEST))["items"]

    read = await house.get(path, by=INVEST)
    ways = [
        read, (await house.get("/v1/actions", by=INVEST))["items"], changes,
        (await house.get(f"{path}/history", by=INVEST))["items"],
    ]  # fmt: skip

    assert [(secret, way) for secret in SECRETS for way in ways if secret in json.dumps(way, ensure_ascii=False)] == []
    assert (read["withheld"], read["context"], read["cost_cents"], read["milestones"]) == (CONFIDENTIAL, None, None, [])
    assert read["objective"] == SHEET["objective"]
    whole = json.dumps(await house.get(path, by=TEAM), ensure_ascii=False)
    assert all(secret in whole for secret in SECRETS)


async def test_a_value_that_was_confidential_stays_so_in_the_history(house: House) -> None:
    sheet = await submitted_action(house)
    path = f"/v1/actions/{sheet['id']}"
    await house.post(f"{path}/return", {"reason": "Chiffrer."}, by=REGION)
    await house.patch(path, {"context": "Secret.", "confidential": ["context"]})
    await house.patch(path, {"context": "Ouvert.", "confidential": []})

    lines = (await house.get(f"{path}/history", by=INVEST))["items"]

    assert "Secret." not in json.dumps(lines)
    assert lines[-1]["changed"]["context"] == {"before": None, "after": "Ouvert."}
    assert "context" not in lines[-2]["changed"] or lines[-2]["changed"]["context"]["after"] is None


@ON_SQLITE
async def test_an_operator_that_was_asked_reads_the_whole_sheet_whatever_its_state(house: House) -> None:
    draft = await house.post("/v1/actions", {**SHEET, "confidential": CONFIDENTIAL}, expect=201)
    path = f"/v1/actions/{draft['id']}"

    await house.publish(requested(draft["id"], operator=BPIFRANCE, reference="BPI-2019-00001"))

    read = await house.get(path, by=INVEST)
    assert (read["withheld"], read["cost_cents"]) == ([], SHEET["cost_cents"])
    assert [row["id"] for row in (await house.get("/v1/actions", by=INVEST))["items"]] == [draft["id"]]
    await house.get(path, by=BANK, expect=404)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a database of its own, without tables: a shared one would lose the marks of what is put back."""
    if request.param == "sqlite":
        return settings_in(tmp_path)
    return settings_in(
        tmp_path, database_url=request.getfixturevalue("postgres").create_database(f"operators_{uuid4().hex[:8]}")
    )


@pytest.mark.parametrize("status", ["submitted", "draft"])
async def test_sheets_and_requests_of_before_are_for_operators_after_the_migration(
    empty: Settings, status: str
) -> None:
    database = Database(service.name, empty)
    action, at = "0198f3a27b1c7e449d552c1f0a9b8e01", "2019-05-02 08:30:00"
    is_postgresql = database.engine.dialect.name == "postgresql"
    submitted = f"'{at}'" if status == "submitted" else "NULL"
    rows = [
        f"""INSERT INTO actions (id, lead_territory, number, phase, territories, lead_regions, regions, status, title,
            search, axes, issues, carriers, partners, milestones, opinions, submitted_at, created_at, version,
            updated_at)
            VALUES ('{action}', '{LACQ}', 'A-9001', '2018', '["{LACQ}"]', '["75"]', '["75"]', '{status}', 'Fiche',
            'fiche', '[]', '[]', '[]', '[]', '[]', '[]', {submitted}, '{at}', 1, '{at}')""",
        f"""INSERT INTO known_requests (request_id, action_id, reference, service, operator, status, sent_at)
            VALUES ('{action}', '{action}', 'BPI-2019-00001', 'BPI-01', '{BPIFRANCE}', 'sent', '{at}')""",
        f"""INSERT INTO history (collection, object_id, version, operation, at, client_id, sub, state, territories,
            regions, organisations, public) VALUES ('actions', 'x', 1, 'created', '{at}', 'tests', 'tests',
            '{{"submitted_at": {f'"{at}"' if status == "submitted" else "null"}}}', '[]', '[]', '[]', false)""",
    ]

    await migrate(database, service.metadata, service.migrations, to="0006")
    async with database.engine.begin() as connection:
        for row in rows:
            await connection.execute(text(row.replace("false)", "false)" if is_postgresql else "0)")))
    await migrate(database, service.metadata, service.migrations)
    async with database.engine.begin() as connection:
        asked = (await connection.execute(text("SELECT asked_operators FROM actions"))).scalar_one()
        tags = (await connection.execute(text("SELECT kind, code, number FROM action_tags"))).all()
        territory = (await connection.execute(text("SELECT territory FROM known_requests"))).scalar_one()
        marks = (await connection.execute(text("SELECT operators FROM history WHERE object_id = 'x'"))).scalar_one()
    await database.close()

    assert (asked if is_postgresql else json.loads(asked)) == [BPIFRANCE]
    assert territory == LACQ
    assert [tuple(row) for row in tags] == [("organisation", BPIFRANCE, "A-9001")]
    assert bool(marks) is (status == "submitted")
