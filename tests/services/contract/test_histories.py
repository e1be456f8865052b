"""Histories of sheets and contracts: what concerned a reader at each time, in pages of bounded size."""

import json
from typing import Any, Final

import pytest

from shared.http import changes, pagination
from tests.services.contract.conftest import COMPANY, OTHER_REGION, REGION, House
from tests.services.contract.places import ATELIERS, PAU
from tests.services.contract.stories import CONTRACT, SHEET
from tests.support.harness import ON_SQLITE, TEAM

SECRET: Final = "Ce qui n'était pas pour l'entreprise"


async def lines(house: House, path: str, by: str, **params: Any) -> list[dict[str, Any]]:
    """Every line of a history, page after page."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await house.get(f"{path}/history", by=by, **params, **cursor)
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


async def test_a_sheet_shows_a_carrier_what_stood_in_it_while_it_was_one(house: House) -> None:
    sheet = await house.post("/v1/actions", {**SHEET, "carriers": [PAU], "context": SECRET}, expect=201)
    path = f"/v1/actions/{sheet['id']}"
    await house.patch(path, {"context": "Autre", "reason": SECRET})
    await house.patch(path, {"carriers": [PAU, ATELIERS]})
    await house.patch(path, {"title": "Titre"})
    await house.patch(path, {"carriers": [PAU], "reason": SECRET})
    await house.patch(path, {"context": f"{SECRET} non plus"})
    await house.patch(path, {"carriers": [PAU, ATELIERS], "context": "Encore autre"})

    shown = await lines(house, path, COMPANY)

    assert [line["version"] for line in shown] == [3, 4, 7]
    assert shown[0]["changed"]["context"] == {"before": None, "after": "Autre"}
    assert shown[1]["changed"] == {"title": {"before": SHEET["title"], "after": "Titre"}}
    assert shown[2]["changed"]["context"] == {"before": None, "after": "Encore autre"}
    assert SECRET not in json.dumps(shown, ensure_ascii=False)
    assert [line["version"] for line in await lines(house, path, TEAM)] == [1, 2, 3, 4, 5, 6, 7]
    assert await lines(house, path, COMPANY, limit=1) == shown


async def test_a_contract_shows_a_party_what_stood_in_it_while_it_was_one(house: House) -> None:
    parties = [party for party in CONTRACT["parties"] if party["organisation"] != ATELIERS]
    themes = {"skills": SECRET}
    contract = await house.post("/v1/contracts", {**CONTRACT, "parties": parties, "themes": themes}, expect=201)
    path = f"/v1/contracts/{contract['id']}"
    await house.patch(path, {"themes": {"skills": "Autre"}})
    await house.patch(path, {"parties": CONTRACT["parties"]})

    shown = await lines(house, path, COMPANY)

    assert [line["version"] for line in shown] == [3]
    assert SECRET not in json.dumps(shown, ensure_ascii=False)
    assert len(await lines(house, path, REGION)) == len(await lines(house, path, OTHER_REGION)) == 3


@ON_SQLITE
async def test_pages_of_large_sheets_are_bounded_in_size(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "é" * 20_000
    sheets = []
    for number in range(12):
        sheets.append(await house.post("/v1/actions", {**SHEET, "context": text, "title": f"{number}"}, expect=201))
        await house.patch(f"/v1/actions/{sheets[0]['id']}", {"context": f"{text[:-3]}{number:03}"})
    for module in (pagination, changes):
        monkeypatch.setattr(module, "PAGE_SIZE", 100_000)
    monkeypatch.setattr(pagination, "STEP", 2)
    monkeypatch.setattr(changes, "STEP", 2)
    path = f"/v1/actions/{sheets[0]['id']}"

    for address in (f"{path}/history", "/v1/actions"):
        page = await house.send("GET", address, params={"limit": 200})
        assert len(page.text) < 200_000, address
        assert page.json()["next"], address
    assert [line["version"] for line in await lines(house, path, TEAM)] == list(range(1, 14))
    assert {sheet["id"] for sheet in await listed(house)} == {sheet["id"] for sheet in sheets}
    await changes_are_bounded(house, 24)


@ON_SQLITE
async def test_small_changes_of_a_large_sheet_are_read_in_parts(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = await house.post("/v1/actions", {**SHEET, "context": "é" * 20_000}, expect=201)
    path = f"/v1/actions/{sheet['id']}"
    for number in range(12):
        await house.patch(path, {"title": f"Titre {number}"})
    monkeypatch.setattr(changes, "READ_SIZE", 100_000)

    page = await house.get(f"{path}/history", limit=200)

    assert [line["version"] for line in page["items"]] == [1, 2, 3, 4, 5]
    assert [line["version"] for line in await lines(house, path, TEAM)] == list(range(1, 14))


async def listed(house: House) -> list[dict[str, Any]]:
    """Every sheet of the list, page after page."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await house.get("/v1/actions", limit=200, **cursor)
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


async def changes_are_bounded(house: House, count: int) -> None:
    """The changes come whole, in pages of bounded size."""
    versions: list[tuple[str, int]] = []
    after: dict[str, str] = {}
    while len(versions) < count:
        page = await house.send("GET", "/v1/actions/changes", params={"limit": 200, **after})
        assert len(page.text) < 200_000
        versions += [(line["id"], line["version"]) for line in page.json()["items"]]
        after = {"after": page.json()["next"]}

    assert len(set(versions)) == len(versions) == count
