"""Chapter of the review: a comment, an opinion, a return, an answer, and the approvals."""

from typing import Final

from app.demo.checks import expect
from app.demo.journey import Journey
from app.demo.partners import equal

SKILLS: Final = "/themes/skills"
COMMENT: Final = "Préciser le calendrier (texte synthétique)."
PRECISE: Final = "L'école ouvre en septembre (texte synthétique)."


async def review(journey: Journey) -> None:
    """A Region comments on one field and returns the contract: this field alone may change."""
    path = f"/v1/contracts/{journey.contract}"
    await journey.refused(
        "region", "pointer-not-in-text", f"{path}/comments", {"pointer": "/themes/x", "text": COMMENT}
    )
    comment = await journey.post("region", f"{path}/comments", {"pointer": SKILLS, "text": COMMENT})
    journey.line(f"region comments on {SKILLS}: « {COMMENT} »")
    await _give_opinion(journey, "reserved", text_version=1)
    returned = await journey.post("region", f"{path}/return", {"reason": "Calendrier à préciser (texte synthétique)."})
    equal(returned, status="draft", unlocked=[SKILLS])
    journey.line(f"region returns the contract: {', '.join(returned['unlocked'])} is unlocked, nothing else")
    await journey.refused("territory", "field-locked", path, {"title": "Autre titre"}, method="PATCH")
    changed = await journey.patch("territory", path, {"themes": {"skills": PRECISE}})
    equal(changed, text_version=2)
    await journey.refused("territory", "contract-not-ready", f"{path}/submit")
    answered = await journey.post(
        "territory", f"/v1/comments/{comment['id']}/answer", {"text": "Précisé (synthétique)."}
    )
    equal(answered, state="answered")
    await journey.post("territory", f"{path}/submit")
    journey.line("territory changes the field, answers the comment, and submits the text 2")
    await journey.arrives("region", "ContractSubmitted", f"contract/{journey.contract}", times=2)
    found = await journey.get("region", f"{path}/texts/2/differences?since=1")
    [difference] = found["differences"]
    equal(difference, change="changed", pointer=SKILLS, after=PRECISE)
    journey.line(f"text 2 against text 1: {SKILLS}, « {difference['before']} » → « {difference['after']} »")
    resolved = await journey.post("region", f"/v1/comments/{comment['id']}/resolve")
    equal(resolved, state="resolved", changed_in=2)
    journey.line("region resolves its comment")
    await _give_opinion(journey, "favourable", text_version=2)


async def _give_opinion(journey: Journey, verdict: str, *, text_version: int) -> None:
    body = {"verdict": verdict, "text": "Avis synthétique."}
    contract = await journey.post("prefet", f"/v1/contracts/{journey.contract}/opinion", body)
    [opinion] = [one for one in contract["opinions"] if one["text_version"] == text_version]
    equal(opinion, verdict=verdict, is_current=True)
    expect(contract["status"] == "under_review", "an opinion decided something")
    journey.line(f"prefet gives the State's opinion of the text {text_version}: {verdict}; it decides nothing")


async def approve(journey: Journey) -> None:
    """A decision on another document approves nothing; with its own, each Region approves the text."""
    await journey.establish_committees()
    decision = await journey.decide("75", "DEMO-75-P", journey.protocol)
    path = f"/v1/contracts/{journey.contract}/approve"
    await journey.refused("region", "decision-not-fitting", path, {"decision_id": decision["id"]})
    await journey.approve_document(journey.contract, "DEMO")
    contract = await journey.get("territory", f"/v1/contracts/{journey.contract}")
    equal(contract, status="approved", approved_on=journey.day)
    versions = {region: approval["text_version"] for region, approval in contract["approvals"].items()}
    expect(versions == {"75": 2, "76": 2}, f"the approvals are of other texts: {versions}")
    journey.line("both approvals name the text 2")
    await journey.arrives("banque-des-territoires", "ContractApproved", f"contract/{journey.contract}")
