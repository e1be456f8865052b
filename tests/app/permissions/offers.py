"""One call of each operation of the catalogue."""

from typing import Any, Final

from tests.app.permissions.callers import BANK, BPIFRANCE, CAISSE, LACQ, TEAM, Who
from tests.app.permissions.cases import About, Case, always
from tests.app.permissions.world import World, number, somebody

OFFER: Final = "BDT-05"
"""A service without an end, of the operator to whom the objects belong."""
PUBLISHED: Final = {
    "name": "Diagnostic (synthétique)", "axis": "attirer", "kind": "engineering", "beneficiaries": "Entreprises",
    "description": "Texte synthétique.", "starts_on": "2020-01-01",
}  # fmt: skip
REQUEST: Final = {"service": OFFER, "territory": LACQ}


async def _service(world: World) -> str:
    return str((await world.post(BANK, "/v1/services", PUBLISHED))["code"])


async def _referent_body(_world: World, _who: Who) -> Any:
    return {"territory": LACQ, "name": "Camille Exemple (personne synthétique)", "person_id": somebody()}


async def _referent(world: World) -> str:
    return str((await world.post(BANK, "/v1/referents", await _referent_body(world, BANK)))["id"])


async def _matching(world: World) -> str:
    sheet = await world.submitted_sheet()
    await world.settled()
    return sheet


async def _sent(world: World) -> str:
    return str((await world.post(TEAM, "/v1/requests", REQUEST))["id"])


async def _acknowledged(world: World) -> str:
    request = await _sent(world)
    await world.post(BANK, f"/v1/requests/{request}/acknowledge")
    return request


async def _accepted(world: World) -> str:
    request = await _acknowledged(world)
    await world.post(BANK, f"/v1/requests/{request}/accept", {})
    return request


async def _renamed(_world: World, _who: Who) -> Any:
    return {"name": f"Diagnostic {number()} (synthétique)"}


def of_bank(**more: Any) -> Case:
    """Return a case of an object that everybody reads and one operator changes."""
    return Case(also=frozenset({str(BANK)}), **more)


def between(make: Any, **more: Any) -> Case:
    """Between an operator and a territory."""
    return Case(About.REQUEST, make, **more)


def matched() -> Case:
    """A sheet beside the services."""
    return Case(About.MATCHING, _matching)


CASES: Final[dict[str, Case]] = {
    "list_services": always(),
    "count_services": always(),
    "list_service_changes": always(),
    "publish_service": Case(body=PUBLISHED, also=frozenset({str(BANK), "operator/other"})),
    "read_service": always(code=OFFER),
    "change_service": of_bank(make=_service, body=_renamed),
    "withdraw_service": of_bank(make=_service, body={}),
    "list_service_versions": always(code=OFFER),
    "read_service_version": always(code=OFFER, number="1"),
    "read_service_history": always(code=OFFER),
    "list_operators": always(),
    "list_operator_changes": always(),
    "read_operator": always(siren=CAISSE),
    "promise_delays": of_bank(params={"siren": CAISSE}, body={"delays": None}),
    "read_performance": always(siren=CAISSE),
    "read_operator_history": always(siren=CAISSE),
    "list_referents": between(_referent),
    "list_referent_changes": between(_referent),
    "name_referent": Case(body=_referent_body, also=frozenset({str(BANK), "operator/other"})),
    "read_referent": between(_referent),
    "change_contact": between(_referent, body={"phone": "+33 1 99 00 00 00"}),
    "erase_contact": between(_referent),
    "read_referent_history": between(_referent),
    "list_matchings": matched(),
    "list_matching_changes": matched(),
    "read_matching": matched(),
    "read_matching_history": matched(),
    "list_requests": between(_sent),
    "list_request_changes": between(_sent),
    "request_service": Case(body=REQUEST),
    "read_request": between(_sent),
    "acknowledge_request": between(_sent),
    "accept_request": between(_acknowledged, body={}),
    "decline_request": between(_acknowledged, body={"reason": "Motif synthétique."}),
    "redirect_request": between(_acknowledged, body={"operator": BPIFRANCE, "service": "BPI-01"}),
    "conclude_request": between(_accepted, body={}),
    "read_request_history": between(_sent),
}
