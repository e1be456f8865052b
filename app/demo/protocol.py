"""Chapter of the protocol: signed at a ceremony, before the contract."""

from datetime import date, timedelta

from app.demo.checks import expect
from app.demo.journey import SIGNATORIES, TERRITORY, Journey, parties
from app.demo.partners import equal


async def sign_at_a_ceremony(journey: Journey) -> None:
    """The délégation announces a ceremony; the parties sign a protocol there; its report counts it."""
    ceremony = await journey.post("delegation", "/v1/ceremonies", {
        "title": "Journée de l'industrie (exemple synthétique)", "place": "Pau", "phase": "2018",
        "starts_on": journey.day, "ends_on": journey.day,
    })  # fmt: skip
    journey.line(f"delegation announces « {ceremony['title']} » on {journey.day}")
    start = date.fromisoformat(journey.day)
    protocol = await journey.post("territory", "/v1/contracts", {
        "kind": "protocol", "territory": TERRITORY, "title": "Protocole Lacq-Pau-Tarbes (démonstration)",
        "starts_on": journey.day, "ends_on": (start + timedelta(days=365)).isoformat(), "parties": parties(),
    })  # fmt: skip
    journey.protocol = protocol["id"]
    path = f"/v1/contracts/{journey.protocol}"
    await journey.put("territory", f"{path}/ceremony", {"ceremony_id": ceremony["id"]})
    await journey.post("territory", f"{path}/request-signatures")
    for client in SIGNATORIES:
        await journey.sign_for(client, journey.protocol)
    protocol = await journey.get(None, path)
    equal(protocol, status="signed", signed_on=journey.day, ceremony_id=ceremony["id"], approvals={})
    journey.line(f"{len(SIGNATORIES)} parties sign {protocol['number']} there: nobody approves a protocol")
    for name in ("banque-des-territoires", "partner"):
        await journey.arrives(name, "ProtocolSigned", f"contract/{journey.protocol}")
    report = await journey.get(None, f"/v1/ceremonies/{ceremony['id']}/report")
    equal(report["protocols"], signed_on_its_days=1, awaited=0)
    regions = [one["region"] for one in report["regions"] if one["protocol"] == 1]
    expect(regions == ["75", "76"], f"the report of the ceremony counts other Regions: {report}")
    journey.line(f"report of the ceremony: 1 protocol, of {TERRITORY}, in the Regions {' and '.join(regions)}")
