"""Chapter of the amendment (avenant): it prolongs the contract, and the text of each day stays readable."""

from datetime import date, timedelta
from typing import Any

from app.demo.checks import expect
from app.demo.journey import SIGNATORIES, Journey
from app.demo.partners import equal
from shared.clock import today


async def prolong(journey: Journey) -> None:
    """An amendment changes the last day of the contract, and goes the same way as it."""
    contract = await journey.get(None, f"/v1/contracts/{journey.contract}")
    prolonged = (date.fromisoformat(contract["ends_on"]) + timedelta(days=365)).isoformat()
    amendment = await _draft(journey, contract, prolonged)
    await _sign(journey, contract, amendment)
    amended = await journey.get(None, f"/v1/contracts/{journey.contract}")
    equal(amended, in_force_until=prolonged, amendments=[journey.amendment], content_sha256=contract["content_sha256"])
    journey.line(f"{contract['number']} is in force until {prolonged}; its own signed content is unchanged")
    await _show_texts(journey, {journey.day: contract["ends_on"], today().isoformat(): prolonged})


async def _draft(journey: Journey, contract: Any, prolonged: str) -> Any:
    """Open the amendment, change its subject and nothing else, and submit it."""
    amendment = await journey.post("territory", f"/v1/contracts/{journey.contract}/amendments", {
        "subjects": ["period"], "reason": "Prolonger le contrat d'un an (texte synthétique).",
    })  # fmt: skip
    journey.amendment = amendment["id"]
    path = f"/v1/contracts/{journey.amendment}"
    equal(amendment, amends=journey.contract, amendment_number=1, ends_on=contract["ends_on"])
    journey.line(f"territory opens the amendment {amendment['number']}, of the period alone")
    await journey.refused("territory", "outside-subjects", path, {"title": "Autre titre"}, method="PATCH")
    await journey.patch("territory", path, {"ends_on": prolonged})
    [difference] = (await journey.get("territory", f"{path}/differences"))["differences"]
    equal(difference, pointer="/ends_on", before=contract["ends_on"], after=prolonged)
    journey.line(f"difference: {difference['pointer']}, {difference['before']} → {difference['after']}")
    organisations = [party["organisation"] for party in amendment["parties"]]
    quorum = len(organisations) - 1
    circuit = await journey.put(
        "territory", f"{path}/circuit", {"groups": [{"quorum": quorum, "parties": organisations}]}
    )
    expect(len(circuit["groups"]) == 1, f"the amendment has the circuit of its contract: {circuit}")
    journey.line(f"its own circuit: {quorum} of {len(organisations)} parties, in any order")
    await journey.post("territory", f"{path}/submit")
    return amendment


async def _sign(journey: Journey, contract: Any, amendment: Any) -> None:
    """Approve and sign the amendment."""
    path = f"/v1/contracts/{journey.amendment}"
    await journey.approve_document(journey.amendment, "DEMO-A1")
    await journey.post("territory", f"{path}/request-signatures")
    signed_on = today().isoformat()
    for client in (*SIGNATORIES[:-2], "company"):
        await journey.sign_for(client, journey.amendment, signed_on=signed_on)
    equal(await journey.get(None, path), status="signed", signed_on=signed_on)
    journey.line(f"the parties sign {amendment['number']} on {signed_on}")
    await journey.arrives("partner", "ContractAmended", f"contract/{journey.amendment}")


async def _show_texts(journey: Journey, last_days: dict[str, str]) -> None:
    """Print the consolidated text of two days."""
    for day, ends_on in last_days.items():
        text = await journey.get(None, f"/v1/contracts/{journey.contract}/text?as_of={day}")
        equal(text["text"], ends_on=ends_on)
        numbers = [document["number"] for document in text["documents"]]
        expect(len(numbers) == 1 + (day != journey.day), f"the text of {day} has other documents: {numbers}")
        journey.line(f"consolidated text on {day}: {' + '.join(numbers)}, until {ends_on}")
