"""Chapter of the draft: from a protocol to a text that lacks nothing."""

from typing import Any, Final

from app.demo.checks import expect
from app.demo.journey import BANK, INTERCOMMUNALITY, TERRITORY, Journey, parties
from app.demo.partners import REGIONS, equal

REFUSAL: Final = "Hors des priorités du contrat (texte synthétique)."
OPTIONAL: Final = (BANK, *(regional[3] for regional in REGIONS.values()))
"""Parties of the group with a quorum: not each of them must sign."""


async def draft(journey: Journey) -> None:
    """The territory drafts the contract that its protocol announced, and reads what it lacks."""
    other = await journey.post("territory", "/v1/actions", {
        "title": "Vélodrome d'essai (démonstration)", "territories": [TERRITORY], "axes": ["innover"],
    })  # fmt: skip
    plan = [{"action_id": journey.action}, {"action_id": other["id"], "state": "refused"}]
    content = {**journey.draft(), "parties": _parties(), "protocol_id": journey.protocol, "plan": plan}
    await journey.refused("territory", "refusal-reason-missing", "/v1/contracts", content)
    plan[1]["reason"] = REFUSAL
    skills = content["themes"].pop("skills")
    contract = await journey.post("territory", "/v1/contracts", content)
    journey.contract = contract["id"]
    equal(contract, status="draft", protocol_id=journey.protocol, text_version=1, unlocked=None)
    protocol = await journey.get(None, f"/v1/contracts/{journey.protocol}")
    journey.line(f"territory drafts {contract['number']}, announced by {protocol['number']}")
    journey.line(
        f"  project with {len(contract['project']['issues'])} issue, 4 themes of 5, "
        f"{len(contract['priorities'])} priority, {len(contract['commitments'])} commitments"
    )
    states = [(one["state"], one["reason"]) for one in contract["plan"]]
    expect(states == [("retained", None), ("refused", REFUSAL)], f"the plan is another one: {states}")
    journey.line(f"  plan: 1 sheet retained; {other['number']} refused, « {REFUSAL} »")
    await _complete(journey, skills)


async def _complete(journey: Journey, skills: str) -> None:
    """Write the circuit, answer what is missing, and submit."""
    path = f"/v1/contracts/{journey.contract}"
    readiness = await journey.get("territory", f"{path}/readiness")
    codes = {blocker["code"]: blocker["sentence"] for blocker in readiness["blocking"]}
    expect(codes.keys() == {"state-missing", "theme-unanswered"}, f"it lacks other things: {readiness}")
    for sentence in codes.values():
        journey.line(f"  it lacks: {sentence}")
    await journey.refused("territory", "contract-not-ready", f"{path}/submit")
    circuit = await journey.put("territory", f"{path}/circuit", {"groups": groups()})
    labels = [f"{one['label']} ({one['needed']} of {len(one['parties'])})" for one in circuit["groups"]]
    journey.line(f"territory writes the signing circuit, with a quorum: {', then '.join(labels)}")
    await journey.patch("territory", path, {"themes": {"skills": skills}})
    contract = await journey.post("territory", f"{path}/submit")
    equal(contract, status="under_review", text_version=1)
    journey.line("territory answers the last theme, and submits the text 1")
    await journey.arrives("region", "ContractSubmitted", f"contract/{journey.contract}")


def _parties() -> list[dict[str, Any]]:
    """Return the parties; the services of the State and the operator have a quorum among them."""
    return [{**party, "required": party["organisation"] not in OPTIONAL} for party in parties()]


def groups() -> list[dict[str, Any]]:
    """Return the signing circuit: the assemblies, then two of the State and the operator, then the company."""
    named = [party["organisation"] for party in parties()]
    assemblies = [INTERCOMMUNALITY, *(regional[1] for regional in REGIONS.values())]
    state = [siren for siren in named if siren in OPTIONAL]
    others = [siren for siren in named if siren not in (*assemblies, *OPTIONAL)]
    return [
        {"label": "Collectivités", "parties": assemblies},
        {"label": "État et opérateurs", "quorum": 2, "parties": state},
        {"label": "Entreprises", "parties": others},
    ]
