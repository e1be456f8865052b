"""The cells of ceremonies, and of contracts signed on paper."""

from typing import Any, Final

from shared.security.roles import Role
from tests.app.permissions.callers import NATIONAL, REGION
from tests.app.permissions.cases import WHY, Case, always, contract
from tests.app.permissions.world import World

CEREMONY: Final[dict[str, Any]] = {
    "title": "Signatures de la semaine de l'industrie (synthétique)",
    "place": "Lyon",
    "starts_on": "2019-03-18",
    "ends_on": "2019-03-24",
    "phase": "2018",
    "regions": ["75"],
}


async def _held_by_the_region(world: World) -> str:
    return str((await world.post(REGION, "/v1/ceremonies", CEREMONY))["id"])


async def _national(world: World) -> str:
    return str((await world.post(NATIONAL, "/v1/ceremonies", {**CEREMONY, "regions": []}))["id"])


CASES: Final[dict[str, Case]] = {
    "list_ceremonies": always(),
    "list_ceremony_changes": always(),
    "read_ceremony": Case(make=_national),
    "read_ceremony_history": Case(make=_national),
    "read_ceremony_report": Case(make=_national),
    "announce_ceremony": Case(body=CEREMONY),
    "change_ceremony": Case(make=_held_by_the_region, only=Role.REGION, body={"place": "Paris"}),
    "cancel_ceremony": Case(make=_held_by_the_region, only=Role.REGION, body=WHY),
    "enter_signed_contract": contract(body={"signed_on": "2019-07-15", "source": "Exemple synthétique"}),
    "name_ceremony": contract(body={"ceremony_id": None}),
}
