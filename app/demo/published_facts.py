"""First chapter: facts that sources published, beside the platform's own counts, and a contract signed on paper."""

from typing import Any, Final

from app.demo.checks import expect, until
from app.demo.journey import INTERCOMMUNALITY, TERRITORY, Journey, parties
from app.demo.partners import equal

DAYS: Final = ("2019-03-31", "2019-09-24")
DECLARED: Final = {"2019-03-31": "protocols_signed", "2019-09-24": "protocols_or_contracts_signed"}
"""Day → the figure that a body declared of the signatures until then."""
PAPER_DAY: Final = "2019-07-12"
PAPER_END: Final = "2022-12-31"
SOURCE: Final = "Recueil des actes, 2019 (exemple synthétique)"


async def show_records(journey: Journey) -> None:
    """Print the dated facts of the territory, and the counts of two days of 2019."""
    path = f"/v1/contract-records?territory={TERRITORY}&limit=200"
    records = [one for one in (await journey.get(None, path))["items"] if one["day"]]
    expect(
        {("protocol", "2019-03-25"), ("contract", "2019-07-15")} <= {(one["kind"], one["day"]) for one in records},
        f"the published facts of {TERRITORY} are not there: {records}",
    )
    for fact in sorted({one["fact"] for one in records}):
        kinds = sorted({one["kind"] for one in records if one["fact"] == fact})
        sources = {source for one in records if one["fact"] == fact for source in one["sources"]}
        journey.line(f"recorded: {fact} ({', '.join(kinds)}); sources: {len(sources)}")
    for day in DAYS:
        progress = await journey.get(None, f"/v1/progress?phase=2018&as_of={day}")
        _show_counts(journey, day, progress)


def _show_counts(journey: Journey, day: str, progress: Any) -> None:
    [declared] = [one for one in progress["declared"] if one["metric"] == DECLARED[day]]
    recorded, total = progress["recorded"], progress["total"]
    expect(
        recorded["contracts"]["certain"] <= recorded["contracts"]["possible"], f"the bounds are reversed: {recorded}"
    )
    expect(declared["computed"] is not None, f"no count stands beside the declared one: {declared}")
    at_least = "at least " if declared["qualifier"] == "at_least" else ""
    bounds = (
        f"{recorded[kind]['certain']} to {recorded[kind]['possible']} {kind}" for kind in ("protocols", "contracts")
    )
    journey.line(
        f"{day}: declared {at_least}{declared['value']} ({declared['metric']}, {declared['source']}); "
        f"recorded with a date {' and '.join(bounds)}; computed here {declared['computed']}"
    )
    expect(
        declared["computed"] <= total["protocols"]["signed"] + total["contracts"]["signed"],
        f"the count beside the declared one is another than that of the report: {declared}, {total}",
    )


async def enter_paper(journey: Journey) -> None:
    """Enter a synthetic contract of 2019 that was signed on paper: it counts from its real day."""
    before = await _signed(journey, PAPER_DAY)
    draft = await journey.accepted("territory", "/v1/contracts", {
        "territory": TERRITORY, "title": "Contrat Lacq-Pau-Tarbes 2019-2022 (exemple synthétique)",
        "starts_on": PAPER_DAY, "ends_on": PAPER_END, "parties": parties(),
    })  # fmt: skip
    act = {"reference": "DEMO-2019 (synthétique)", "date": "2019-06-27"}
    body = {
        "signed_on": PAPER_DAY, "source": SOURCE,
        "signatures": [{"organisation": INTERCOMMUNALITY, "deliberation": act}],
    }  # fmt: skip
    path = f"/v1/contracts/{draft['id']}/enter-signed"
    await journey.refused("region", "signed-in-the-future", path, {**body, "signed_on": "2999-01-01"})
    contract = await journey.post("region", path, body)
    equal(contract, status="signed", origin="paper", signed_on=PAPER_DAY, entered_source=SOURCE)
    equal(contract, in_force_until=PAPER_END, approvals={})
    journey.line(f"region enters {contract['number']}, signed on paper on {PAPER_DAY}: source « {SOURCE} »")
    journey.line(f"it was in force until {contract['in_force_until']}; each hour, the platform ends what has expired")
    journey.paper = contract["id"]
    await journey.arrives("partner", "ContractSigned", f"contract/{journey.paper}")

    async def counted() -> bool:
        return await _signed(journey, PAPER_DAY) == before + 1

    await until(counted)
    day_before = await _signed(journey, "2019-07-11")
    expect(day_before == before, f"it counts before its day: {day_before}")
    journey.line(f"contracts signed by 2019-07-11: {day_before}; by {PAPER_DAY}: {before + 1}")


async def _signed(journey: Journey, day: str) -> int:
    progress = await journey.get(None, f"/v1/progress?phase=2018&as_of={day}")
    return int(progress["total"]["contracts"]["signed"])
