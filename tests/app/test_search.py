"""Every list of the platform with a `q` understands it in the same way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from app.embedded import SERVICES
from shared.http.schemas import SEARCH, SEARCH_OF_PLACES
from tests.app.permissions.callers import LACQ, TEAM
from tests.app.permissions.world import CONTRACT, SHEET, World, at_work

SIGNS: Final = ("🎉", "---", "%", "_", "''", "\\", "':*", "=", "^")
SHOULD_FIND: Final = {
    "/v1/actions": ["ECOLES de production", "Écoles", "synthetiques ecole", "prod"],
    "/v1/contracts": ["contrats LACQ", "lacq tarbes pau"],
    "/v1/services": [
        "france travail",
        "pôle emploi",
        "POLE EMPLOI",
        "formations",
        "130005481",
        "banque des territoires",
    ],
}
"""Other lists are tested with the reference data of their service."""


def lists() -> list[str]:
    """Paths of all reads that have a parameter `q`."""
    return [
        route.path.replace("{scheme}", "acv")
        for service in SERVICES
        for route in service.router.operations()
        for dependant in [route.dependant, *route.dependant.dependencies]
        for field in dependant.query_params
        if field.alias == "q"
    ]


def count(found: dict[str, Any]) -> int:
    """Return how many objects an answer holds or counts."""
    counted: int | None = found.get("total", found.get("at_most"))
    return len(found["items"]) if counted is None else counted


async def test_signs_alone_find_nothing_and_other_spellings_find_the_same(
    loaded: Callable[[Path], None], tmp_path: Path
) -> None:
    loaded(tmp_path)
    async with at_work(tmp_path) as world:
        await world.begin()
        sheet = await world.post(TEAM, "/v1/actions", {**SHEET, "territories": [LACQ]})
        contract = await world.post(TEAM, "/v1/contracts", CONTRACT)
        await world.settled()

        assert len(lists()) >= 12
        for path in lists():
            everything = count(await world.get(path))
            assert everything > 0
            for q in SIGNS:
                found = count(await world.get(f"{path}?q={quote(q)}"))
                assert found == 0, (path, q)
            assert count(await world.get(f"{path}?q=%20")) == everything
            assert count(await world.get(f"{path}?q=de%20la")) <= everything
        for path, queries in SHOULD_FIND.items():
            for q in queries:
                assert count(await world.get(f"{path}?q={quote(q)}")) > 0, (path, q)
        for path, made in (("/v1/actions", sheet), ("/v1/contracts", contract)):
            found = await world.get(f"{path}?q={quote(made['number'])}")
            assert made["id"] in [each["id"] for each in found["items"]]
        await _services_of_france_travail(world)
        one, many = [await world.get(f"/v1/services?q={q}&limit=200") for q in ("formation", "formations")]
        assert one["items"] == many["items"]


async def _services_of_france_travail(world: World) -> None:
    of_operator = await world.get("/v1/services?operator=130005481")
    for q in ("france travail", "Pôle emploi", "PE"):
        found = await world.get(f"/v1/services?q={quote(q)}&limit=200")
        codes = [service["code"] for service in found["items"]]
        assert [service["code"] for service in of_operator["items"]] == codes[: len(of_operator["items"])], q


def test_each_list_says_what_is_understood() -> None:
    described = [
        field.field_info.description
        for service in SERVICES
        for route in service.router.operations()
        for dependant in [route.dependant, *route.dependant.dependencies]
        for field in dependant.query_params
        if field.alias == "q"
    ]

    assert set(described) == {SEARCH, SEARCH_OF_PLACES}
