"""The end: a denunciation that is taken back, then the termination of the contract."""

from datetime import date, timedelta

from app.demo.checks import expect
from app.demo.journey import COMPANY, INTERCOMMUNALITY, Journey
from app.demo.partners import equal
from shared.clock import today


async def end_early(journey: Journey) -> None:
    """A party denounces for a day to come and takes it back; the territory terminates today."""
    path = f"/v1/contracts/{journey.contract}"
    last = (await journey.get(None, path))["in_force_until"]
    to_come = today() + timedelta(days=90)
    why = "Changement d'activité (texte synthétique)."
    denounced = await journey.post("company", f"{path}/denounce", {"reason": why, "effective_on": to_come.isoformat()})
    equal(denounced, status="signed", end_outcome="denounced", ended_by=COMPANY)
    equal(denounced, in_force_until=_day_before(to_come))
    journey.line(f"company denounces the contract from {to_come} on: « {why} »")
    await journey.refused("prefet", "not-the-ender", f"{path}/revoke-end", {"reason": why})
    revoked = await journey.post("company", f"{path}/revoke-end", {"reason": "L'activité reste (texte synthétique)."})
    equal(revoked, end_outcome=None, in_force_until=last)
    journey.line(f"company takes it back: the contract is in force until {last} again")
    ended = await journey.post("territory", f"{path}/terminate", {
        "reason": "Un autre cadre prend la suite (texte synthétique).", "effective_on": today().isoformat(),
        "actions": "kept",
    })  # fmt: skip
    equal(ended, status="ended", end_outcome="terminated", ended_by=INTERCOMMUNALITY, allowed_transitions=[])
    equal(ended, ended_on=today().isoformat(), in_force_until=_day_before(today()))
    journey.line(f"territory terminates it from {ended['ended_on']} on, and keeps its sheets")
    await journey.arrives("partner", "ContractEnded", f"contract/{journey.contract}")
    sheet = await journey.get("territory", f"/v1/actions/{journey.action}")
    expect(sheet["status"] == "validated", f"the sheet was not kept: {sheet['status']}")
    text = await journey.get(None, f"{path}/text")
    journey.line(f"it stays readable: {' + '.join(document['number'] for document in text['documents'])}")


def _day_before(day: date) -> str:
    return (day - timedelta(days=1)).isoformat()
