"""Chapter of the signatures: a circuit of groups, a quorum, a delegation, a refusal with a way on, a withdrawal."""

from typing import Any, Final

from app.demo.checks import expect
from app.demo.journey import ASSEMBLIES, COMPANY, Journey
from app.demo.paper import deposit_copies
from app.demo.partners import REGIONS, equal

OFFICE: Final = "Sous-préfecture (exemple synthétique)"


async def sign_in_order(journey: Journey) -> None:
    """The groups sign one after the other; the last needed signature makes the contract signed."""
    path = f"/v1/contracts/{journey.contract}"
    contract = await journey.post("territory", f"{path}/request-signatures")
    journey.line(f"territory requests the signatures: last day {contract['due_on']}")
    await journey.refused("company", "not-your-turn", f"{path}/sign", _signature(journey))
    await _sign_assemblies(journey)
    await deposit_copies(journey)
    await _sign_state(journey)
    await _decline_and_sign(journey)
    contract = await journey.get(None, path)
    equal(contract, status="signed", signed_on=journey.day, ceremony_id=None)
    journey.line(f"{contract['number']} is signed: SHA-256 {contract['content_sha256'][:12]}…")
    await journey.sign_for("banque-des-territoires", journey.contract)
    journey.line("banque-des-territoires signs too: its group was complete without it")


async def _sign_assemblies(journey: Journey) -> None:
    """One assembly signs by mistake, and takes its signature back."""
    path = f"/v1/contracts/{journey.contract}"
    await journey.refused("territory", "deliberation-missing", f"{path}/sign", _signature(journey))
    for client in ASSEMBLIES:
        contract = await journey.sign_for(client, journey.contract)
    journey.line(f"{', '.join(ASSEMBLIES)} sign, each by its deliberation")
    withdrawn = await journey.post(
        "region", f"{path}/withdraw-signature", {"reason": "Délibération erronée (texte synthétique)."}
    )
    equal(_party(withdrawn, REGIONS["75"][1]), signed_on=None)
    await _expect_turn(journey, group=1, turn={REGIONS["75"][1]})
    journey.line("region withdraws its signature, given by mistake: group 1 is awaited again")
    contract = await journey.sign_for("region", journey.contract)
    equal(contract, status="signing")
    await _expect_turn(journey, group=2)
    journey.line("region signs again: group 1 is complete, group 2 is asked")


async def _sign_state(journey: Journey) -> None:
    """A préfet delegates to a sous-préfecture; two signatures of three are enough."""
    path = f"/v1/contracts/{journey.contract}"
    act = {"office": OFFICE, "reference": "Arrêté (exemple synthétique)", "date": journey.day}
    await journey.post("prefet", f"{path}/delegate", act)
    contract = await journey.sign_for("prefet", journey.contract, capacity=OFFICE)
    equal(_party(contract, REGIONS["75"][3]), signed_as=OFFICE, signed_on=journey.day)
    journey.line(f"prefet delegates its signature by « {act['reference']} »; « {OFFICE} » signs")
    await journey.sign_for("prefet-occitanie", journey.contract)
    await _expect_turn(journey, group=3)
    journey.line("prefet-occitanie signs: the quorum of 2 is reached, group 3 is asked")


async def _decline_and_sign(journey: Journey) -> None:
    """The company declines; the territory asks it again; it signs."""
    path = f"/v1/contracts/{journey.contract}"
    reason = {"reason": "Le conseil ne s'est pas réuni (texte synthétique)."}
    declined = _party(await journey.post("company", f"{path}/decline", reason), COMPANY)
    equal(declined, decline_reason=reason["reason"], signed_on=None)
    journey.line(f"company declines: « {reason['reason']} »")
    possible = await journey.get("territory", f"{path}/transitions")
    ways = [one["name"] for one in possible["transitions"] if one["allowed"]]
    expect({"ask-again", "replace", "take-out", "cancel"} <= set(ways), f"the ways on are others: {possible}")
    journey.line(f"ways on for the territory: {', '.join(ways)}")
    again = await journey.post("territory", f"{path}/parties/{declined['id']}/ask-again")
    equal(_party(again, COMPANY), declined_at=None)
    await journey.sign_for("company", journey.contract)
    journey.line("territory asks it again, and company signs")


async def _expect_turn(journey: Journey, *, group: int, turn: set[str] | None = None) -> None:
    circuit = await journey.get("territory", f"/v1/contracts/{journey.contract}/circuit")
    equal(circuit, awaited_group=group)
    expect(turn is None or set(circuit["turn"]) == turn, f"it is the turn of others: {circuit['turn']}")


def _signature(journey: Journey) -> dict[str, Any]:
    return {"capacity": "Présidence", "signed_on": journey.day}


def _party(contract: Any, organisation: str) -> Any:
    [party] = [one for one in contract["parties"] if one["organisation"] == organisation]
    return party
