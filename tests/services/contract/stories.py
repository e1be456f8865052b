"""Acts of people on sheets and contracts through the API, one function each."""

from typing import Any, Final

from tests.services.contract.conftest import (
    EVERYONE,
    OTHER_REGION,
    REGION,
    House,
    decided,
)
from tests.services.contract.places import ATELIERS, COMMITMENTS, LACQ, PARTIES, PAU, PRIORITIES, PROJECT, THEMES
from tests.support.harness import TEAM

SHEET: Final[dict[str, Any]] = {
    "title": "École de production en chaudronnerie de Lacq",
    "territories": [LACQ],
    "axes": ["recruter", "attirer"],
    "main_axis": "recruter",
    "context": "Le bassin compte 12 000 emplois industriels.",
    "objective": "Former 60 soudeurs par an.",
    "description": "Une école de production portée avec les entreprises.",
    "carriers": [PAU, ATELIERS],
    "commitment": "firm",
    "cost_cents": 125_000_000,
    "planned_start": "2019-09-01",
    "planned_end": "2022-12-31",
    "milestones": [{"title": "Première session", "due_on": "2020-09-01"}],
}
CONTRACT: Final[dict[str, Any]] = {
    "territory": LACQ,
    "title": "Contrat de Territoire d'industrie Lacq-Pau-Tarbes 2019-2022",
    "starts_on": "2019-07-15",
    "ends_on": "2022-12-31",
    "parties": [{"role": "carrier", **party} for party in PARTIES],
    "project": PROJECT,
    "themes": THEMES,
    "priorities": PRIORITIES,
    "commitments": COMMITMENTS,
    "links": [],
}
SIGNATURE: Final[dict[str, Any]] = {
    "capacity": "Président",
    "signed_on": "2019-07-15",
    "deliberation": {"reference": "2019-06-27/14", "date": "2019-06-27"},
}


async def submitted_action(house: House, **content: Any) -> dict[str, Any]:
    """A complete sheet, sent to the Region."""
    sheet = await house.post("/v1/actions", {**SHEET, **content}, expect=201)
    return await house.post(f"/v1/actions/{sheet['id']}/submit")


async def validated_action(house: House, **content: Any) -> dict[str, Any]:
    """A sheet that both Regions retain."""
    sheet = await submitted_action(house, **content)
    await house.post(f"/v1/actions/{sheet['id']}/validate", by=REGION)
    return await house.post(f"/v1/actions/{sheet['id']}/validate", by=OTHER_REGION)


async def drafted_contract(house: House, **content: Any) -> dict[str, Any]:
    """A contract that lacks nothing."""
    sheet = await validated_action(house)
    return await house.post("/v1/contracts", {**CONTRACT, "plan": [{"action_id": sheet["id"]}], **content}, expect=201)


async def submitted_contract(house: House, **content: Any) -> dict[str, Any]:
    """A contract under review."""
    contract = await drafted_contract(house, **content)
    return await house.post(f"/v1/contracts/{contract['id']}/submit")


async def approved_contract(house: House, **content: Any) -> dict[str, Any]:
    """A contract that both Regions have approved."""
    return await approved(house, await submitted_contract(house, **content))


async def approved(house: House, contract: dict[str, Any]) -> dict[str, Any]:
    """A contract after both Regions have approved it."""
    for by, region in ((REGION, "75"), (OTHER_REGION, "76")):
        decision = decided(region, on=contract["id"])
        await house.publish(decision)
        contract = await house.post(
            f"/v1/contracts/{contract['id']}/approve", {"decision_id": str(decision.decision_id)}, by=by
        )
    return contract


async def contract_to_sign(house: House, **content: Any) -> dict[str, Any]:
    """A contract whose signatures are requested."""
    contract = await approved_contract(house, **content)
    return await house.post(f"/v1/contracts/{contract['id']}/request-signatures", by=TEAM)


async def signed_contract(house: House, **content: Any) -> dict[str, Any]:
    """A contract that everybody has signed."""
    return await signed_by_everyone(house, await contract_to_sign(house, **content))


async def signed_draft(house: House, contract_id: str, **signature: Any) -> dict[str, Any]:
    """A draft that goes all the way to its signature."""
    path = f"/v1/contracts/{contract_id}"
    await approved(house, await house.post(f"{path}/submit"))
    return await signed_by_everyone(house, await house.post(f"{path}/request-signatures"), **signature)


async def signed_protocol(house: House) -> dict[str, Any]:
    """A protocol for 2019 that everybody has signed."""
    protocol = await drafted_contract(house, kind="protocol", starts_on="2019-03-01", ends_on="2019-12-31")
    return await signed_by_everyone(house, await house.post(f"/v1/contracts/{protocol['id']}/request-signatures"))


async def signed_by_everyone(house: House, contract: dict[str, Any], **signature: Any) -> dict[str, Any]:
    """A contract in signing that everybody signs."""
    for by in EVERYONE:
        contract = await house.post(f"/v1/contracts/{contract['id']}/sign", {**SIGNATURE, **signature}, by=by)
    return contract


def group(*parties: str, quorum: int | None = None, label: str | None = None) -> dict[str, Any]:
    """A group of a circuit."""
    return {"label": label, "quorum": quorum, "parties": list(parties)}


async def put_circuit(
    house: House, contract: dict[str, Any], *groups: dict[str, Any], by: str = TEAM, expect: int = 200
) -> dict[str, Any]:
    """Write the circuit of a contract."""
    path = f"/v1/contracts/{contract['id']}"
    version = (await house.get(path))["version"]
    answer = await house.send(
        "PUT", f"{path}/circuit", by, json={"groups": groups}, headers={"If-Match": f'"{version}"'}
    )
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def contract_in_circuit(house: House, *groups: dict[str, Any], **content: Any) -> dict[str, Any]:
    """A contract whose signatures are requested, in this circuit."""
    contract = await drafted_contract(house, **content)
    await put_circuit(house, contract, *groups)
    await approved(house, await house.post(f"/v1/contracts/{contract['id']}/submit"))
    return await house.post(f"/v1/contracts/{contract['id']}/request-signatures")


def party_of(contract: dict[str, Any], siren: str) -> dict[str, Any]:
    """The party of an organisation."""
    found: dict[str, Any] = next(party for party in contract["parties"] if party["organisation"] == siren)
    return found
