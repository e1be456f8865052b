"""Chapter of the follow-up: the report of a year is written, submitted, checked, and public."""

from app.demo.checks import expect
from app.demo.journey import Journey
from app.demo.partners import equal


async def report_the_year(journey: Journey) -> None:
    """The territory reports on the first year; a Region checks the report."""
    year = int(journey.day[:4])
    report = await journey.post("territory", f"/v1/contracts/{journey.contract}/reports", {"year": year})
    path = f"/v1/reports/{report['id']}"
    await journey.refused("territory", "report-incomplete", f"{path}/submit")
    contract = await journey.get(None, f"/v1/contracts/{journey.contract}")
    retained = [one["action_id"] for one in contract["plan"] if one["state"] == "retained"]
    await journey.patch("territory", path, {
        "summary": "Bilan synthétique.", "governance": "Deux réunions du comité de suivi (synthétique).",
        "actions": [{"action_id": action, "progress": "not_started"} for action in retained],
    })  # fmt: skip
    equal(await journey.post("territory", f"{path}/submit"), status="submitted")
    stranger = await journey.clients["partner"].get(path)
    expect(stranger.status_code == 404, f"a report that is not checked is public: {stranger.text}")
    await journey.post("region", f"{path}/check")
    equal(await journey.get(None, path), status="checked", year=year)
    journey.line(f"territory submits its report of {year}, on {len(retained)} sheet; region checks it: it is public")
    await journey.arrives("partner", "ReportChecked", f"report/{report['id']}")
