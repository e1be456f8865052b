"""The programme's journey in ten steps, played with a Python client that is generated from the OpenAPI document.

    openapi-python-client generate --url https://…/openapi.json --config generator.yml --meta none
    python -m tests.system.clients.story https://… clients.env

The second argument holds the partners' ids and secrets. Companies, State services, people, the sheet and the contract
are synthetic and say so; the territory, its Regions and the operators are real.
"""

import asyncio
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from territoires_industrie.api.action_sheets import (
    draft_action,
    give_opinion,
    read_action,
    submit_action,
    validate_action,
)
from territoires_industrie.api.committees_and_decisions import establish_committee, record_decision
from territoires_industrie.api.contracts import (
    approve_contract,
    open_contract,
    read_readiness,
    submit_contract,
)
from territoires_industrie.api.deliveries import replay_events
from territoires_industrie.api.matchings import read_matching
from territoires_industrie.api.organisations import register_organisation
from territoires_industrie.api.progress import read_progress
from territoires_industrie.api.referents import name_referent
from territoires_industrie.api.requests import accept_request, acknowledge_request, request_service
from territoires_industrie.api.signatures import request_signatures, sign_contract
from territoires_industrie.api.subscriptions import create_subscription, read_subscription
from territoires_industrie.api.territories import appoint_pilot
from territoires_industrie.models import (
    Acceptance,
    ActionDraft,
    ActionOut,
    AnimationIn,
    ApprovalIn,
    AttractivenessIn,
    CommitmentIn,
    CommitteeIn,
    ContractDraft,
    DecisionIn,
    DeliberationIn,
    FacilitatorIn,
    IssueIn,
    MatchingOut,
    MilestoneIn,
    OrganisationIn,
    PartyIn,
    PilotIn,
    PlanEntryIn,
    PriorityIn,
    ProgressOut,
    ProjectIn,
    ProjectIssueIn,
    ReferentIn,
    ReplayRequest,
    RequestIn,
    SignatureIn,
    StateOpinion,
    SubscriptionDraft,
    ThemesIn,
)

from app.demo.receiver import WebhookReceiver
from tests.system.clients.partners import WAIT, Partners, ok, sign_in, soon, until

TERRITORY: Final = "2018-ti-7505"
INTERCOMMUNALITY: Final = "200067254"
COMPANY: Final = "000000117"
BANK: Final = "180020026"
AMOUNT: Final = 2_500_000
"""Amount that the operator brings, in euro cents."""
YESTERDAY: Final = datetime.now(UTC).date() - timedelta(days=1)
TEXT: Final = "Texte synthétique."


@dataclass(frozen=True)
class Region:
    """A Region and the State's service in it: the name of the client and the SIREN of each."""

    code: str
    council: str
    council_siren: str
    prefect: str
    prefect_siren: str


REGIONS: Final = (
    Region("75", "region", "200053759", "prefet", "000000018"),
    Region("76", "region-occitanie", "200053791", "prefet-occitanie", "000000026"),
)
OPERATORS: Final = ("banque-des-territoires", "bpifrance")
SUBSCRIBERS: Final = (*OPERATORS, "region", "partner")
OTHERS: Final = (
    "delegation",
    "territory",
    "company",
    *(one.council for one in REGIONS),
    *(one.prefect for one in REGIONS),
)


async def subscribe(partners: Partners) -> UUID:
    """The délégation makes the others known; two operators, a Region and an open-data portal subscribe."""
    for region in REGIONS:
        state = OrganisationIn(
            siren=region.prefect_siren,
            name=f"Préfecture de la région {region.code} (synthétique)",
            kind="state",
            region=region.code,
            synthetic=True,
        )
        ok(await register_organisation.asyncio(client=partners["delegation"], body=state))
    company = OrganisationIn(
        siren=COMPANY, name="Ateliers du Gave (entreprise synthétique)", kind="company", synthetic=True
    )
    ok(await register_organisation.asyncio(client=partners["delegation"], body=company))
    for name in SUBSCRIBERS:
        wish = SubscriptionDraft(url=partners.receiver.url(name), description="démonstration")
        subscription = ok(await create_subscription.asyncio(client=partners[name], body=wish))
        partners.receiver.mailboxes[name].secret = subscription.secret
        await until(
            lambda now: now.status == "active", read_subscription.asyncio, subscription.id, client=partners[name]
        )
    for operator in OPERATORS:
        person = ReferentIn(territory=TERRITORY, name="Camille Exemple (personne synthétique)", since=YESTERDAY)
        referent = await soon(name_referent.asyncio, client=partners[operator], body=person)
        await partners.hears(operator, "ReferentNamed", f"referent/{referent.id}")
    return subscription.id


async def install_governance(partners: Partners) -> None:
    """An élu and an industriel take office."""
    for pilot in (
        PilotIn(capacity="elu", person_id=uuid4(), organisation=INTERCOMMUNALITY, since=YESTERDAY),
        PilotIn(capacity="industriel", person_id=uuid4(), organisation=COMPANY, since=YESTERDAY),
    ):
        await soon(appoint_pilot.asyncio, TERRITORY, client=partners["territory"], body=pilot)
    await partners.hears("partner", "PilotAppointed", f"territory/{TERRITORY}", times=2)


async def send_up_a_sheet(partners: Partners) -> ActionOut:
    """The Region is told of the sheet, the public is not."""
    draft = ActionDraft(
        title="École de production (démonstration)",
        territories=[TERRITORY],
        axes=["recruter", "attirer"],
        main_axis="recruter",
        context="Situation synthétique.",
        objective="Objectif synthétique.",
        description="Description synthétique.",
        issues=[IssueIn(title="Des métiers en tension")],
        carriers=[INTERCOMMUNALITY],
        commitment="firm",
        cost_cents=125_000_000,
        planned_start=YESTERDAY,
        planned_end=YESTERDAY + timedelta(days=730),
        milestones=[MilestoneIn(title="Ouverture", due_on=YESTERDAY + timedelta(days=365))],
    )
    sheet = await soon(draft_action.asyncio, client=partners["territory"], body=draft)
    ok(await submit_action.asyncio(sheet.id, client=partners["territory"]))
    await partners.hears("region", "ActionSubmitted", f"action/{sheet.id}")
    partners.hears_nothing("partner", "ActionSubmitted")
    return sheet


async def match(partners: Partners, sheet: ActionOut) -> MatchingOut:
    """The catalogue has matched the sheet, and explains itself."""
    # A 304 would have no body; without an ETag there is none.
    matching: MatchingOut = await soon(read_matching.asyncio, sheet.id, client=partners["territory"])
    for criterion in matching.matches[0].criteria:
        print(f"    {criterion.verdict}: {criterion.because}")
    await partners.hears("banque-des-territoires", "ServicesMatched", f"matching/{sheet.id}")
    return matching


async def call_on_a_service(partners: Partners, sheet: ActionOut, matching: MatchingOut) -> UUID:
    """Sent again under the same key, it is the same request, not another one."""
    service = next(one.service for one in matching.matches if one.operator == BANK)
    wish = RequestIn(service=service, territory=TERRITORY, action_id=sheet.id, message="Demande synthétique.")
    key = str(uuid4())
    request, again = [
        ok(await request_service.asyncio(client=partners["territory"], body=wish, idempotency_key=key))
        for _ in range(2)
    ]
    assert request == again, "it was requested twice"
    await partners.hears("banque-des-territoires", "ServiceRequested", f"request/{request.id}")
    partners.hears_nothing("bpifrance", "ServiceRequested")
    return request.id


async def answer(partners: Partners, sheet: ActionOut, request: UUID) -> None:
    """The operator takes note, and accepts; the sheet shows what it brings."""
    bank = partners["banque-des-territoires"]
    ok(await acknowledge_request.asyncio(request, client=bank))
    ok(await accept_request.asyncio(request, client=bank, body=Acceptance(amount_cents=AMOUNT)))

    def answered(shown: ActionOut) -> bool:
        return [(one.status, one.amount_cents) for one in shown.service_requests] == [("accepted", AMOUNT)]

    await until(answered, read_action.asyncio, sheet.id, client=partners["territory"])
    await partners.hears("region", "ServiceRequestAnswered", f"request/{request}", times=2)


async def prepare_contract(partners: Partners, sheet: ActionOut) -> UUID:
    """The préfet gives the State's opinion, both Regions decide; the contract is submitted once it lacks nothing."""
    opinion = StateOpinion(verdict="favourable", text="Avis synthétique.")
    ok(await give_opinion.asyncio(sheet.id, client=partners["prefet"], body=opinion))
    for region in REGIONS:
        ok(await validate_action.asyncio(sheet.id, client=partners[region.council]))
    parties = [
        PartyIn(INTERCOMMUNALITY, "territory", "intercommunality", "Présidence", "carrier"),
        *(PartyIn(one.council_siren, "public", "region", "Présidence", "partner") for one in REGIONS),
        *(PartyIn(one.prefect_siren, "public", "state", "Préfet", "partner") for one in REGIONS),
        PartyIn(BANK, "public", "operator", "Direction régionale", "partner"),
        PartyIn(COMPANY, "economic", "company", "Présidence", "carrier"),
    ]
    draft = ContractDraft(
        territory=TERRITORY,
        title="Contrat Lacq-Pau-Tarbes (démonstration)",
        starts_on=YESTERDAY,
        ends_on=YESTERDAY + timedelta(days=1095),
        parties=parties,
        project=ProjectIn(diagnosis=TEXT, ambitions=TEXT, issues=[ProjectIssueIn("Des métiers en tension", TEXT)]),
        themes=ThemesIn(
            ambitions=TEXT,
            attractiveness=AttractivenessIn(people=TEXT, businesses=TEXT),
            skills=TEXT,
            animation=AnimationIn(text=TEXT, facilitator=FacilitatorIn("Direction du développement économique")),
            simplification=TEXT,
        ),
        priorities=[PriorityIn("Attirer des talents", carriers=[INTERCOMMUNALITY], actions=[sheet.id])],
        links=[],
        plan=[PlanEntryIn(sheet.id)],
        commitments=[CommitmentIn(party.organisation, "human", TEXT) for party in parties],
    )
    contract = ok(await open_contract.asyncio(client=partners["territory"], body=draft))
    await until(lambda now: now.ready, read_readiness.asyncio, contract.id, client=partners["territory"])
    ok(await submit_contract.asyncio(contract.id, client=partners["territory"]))
    await partners.hears("region", "ContractSubmitted", f"contract/{contract.id}")
    return contract.id


async def approve(partners: Partners, contract: UUID) -> None:
    """The committee of each Region decides; each Region approves."""
    for region in REGIONS:
        council = partners[region.council]
        founding = CommitteeIn(
            level="regional",
            name=f"Comité de pilotage régional {region.code} (démonstration)",
            region=region.code,
            chair=region.council_siren,
            established_on=YESTERDAY,
        )
        committee = ok(await establish_committee.asyncio(client=council, body=founding))
        vote = DecisionIn(
            committee_id=committee.id,
            kind="contract_approval",
            outcome="favourable",
            title="Approbation (démonstration)",
            reference=f"DEMO-{region.code}",
            decided_on=YESTERDAY,
            territories=[TERRITORY],
            decides=f"contract/{contract}",
        )
        decision = ok(await record_decision.asyncio(client=council, body=vote))
        await soon(approve_contract.asyncio, contract, client=council, body=ApprovalIn(decision.id))
    await partners.hears("banque-des-territoires", "ContractApproved", f"contract/{contract}")


async def sign(partners: Partners, contract: UUID, subscription: UUID) -> None:
    """Each party signs for itself; asked to tell it again, the platform does so under the same id."""
    # The generated function would send a body that is left out as an object that is no JSON.
    ok(await request_signatures.asyncio(contract, client=partners["territory"], body=None))
    act = DeliberationIn(reference="DEMO-1", date=YESTERDAY)
    assemblies = ["territory", *(region.council for region in REGIONS)]
    for name in (*assemblies, *(region.prefect for region in REGIONS), "banque-des-territoires", "company"):
        signature = SignatureIn("Présidence", YESTERDAY, deliberation=act if name in assemblies else None)
        ok(await sign_contract.asyncio(contract, client=partners[name], body=signature))
    for name in SUBSCRIBERS:
        kind = await partners.hears(name, "ContractSigned", f"contract/{contract}")
    since = datetime.combine(YESTERDAY, time(), UTC)
    ok(await replay_events.asyncio(subscription, client=partners["partner"], body=ReplayRequest(since, [kind])))
    mailbox = partners.receiver.mailboxes["partner"]
    await mailbox.wait_for(lambda box: [one["type"] for one in box.deliveries].count(kind) == 2, seconds=WAIT)
    assert len(mailbox.events("ContractSigned")) == 1, "the effect was applied twice"


async def count(partners: Partners) -> None:
    """Read the progress of the programme, as of that day and as of the day before."""
    portal = partners["partner"]
    day_before = YESTERDAY - timedelta(days=1)
    before = ok(await read_progress.asyncio(client=portal, phase="2018", as_of=day_before)).total.contracts["signed"]

    def counted(report: ProgressOut) -> bool:
        return report.total.contracts["signed"] == before + 1

    report = await until(counted, read_progress.asyncio, client=portal, phase="2018", as_of=YESTERDAY)
    print(f"    signed contracts: {before} by {day_before}, {report.total.contracts['signed']} by {YESTERDAY}")
    today = ok(await read_progress.asyncio(client=portal, phase="2018"))
    brought = {one.operator: one.amount_cents for one in today.total.operators}
    assert brought == {BANK: AMOUNT}, f"the report counts other amounts: {brought}"


async def play(partners: Partners) -> UUID:
    """The ten steps; the contract that they lead to."""
    print("Partners subscribe, and their receivers consent")
    subscription = await subscribe(partners)
    print("The territory gets its pilots")
    await install_governance(partners)
    print("An action sheet is submitted")
    sheet = await send_up_a_sheet(partners)
    print("The catalogue says which services fit, and why")
    matching = await match(partners, sheet)
    print("The territory calls on a service")
    request = await call_on_a_service(partners, sheet, matching)
    print("The operator answers, with an amount")
    await answer(partners, sheet, request)
    print("The Region retains the sheet; the contract is drafted and submitted")
    contract = await prepare_contract(partners, sheet)
    print("Each Region approves, naming its committee's decision")
    await approve(partners, contract)
    print("The parties sign, and every subscriber is notified once")
    await sign(partners, contract, subscription)
    print("The progress report counts it")
    await count(partners)
    return contract


async def main(address: str, secrets: Mapping[str, str]) -> None:
    """Sign in, open the address where the subscribers are told, and play."""
    async with AsyncExitStack() as stack:
        receiver = await stack.enter_async_context(WebhookReceiver(SUBSCRIBERS).listening())
        clients = {name: await sign_in(address, secrets, name) for name in {*SUBSCRIBERS, *OTHERS}}
        for client in clients.values():
            await stack.enter_async_context(client)
        print(await play(Partners(clients, receiver)))


if __name__ == "__main__":
    lines = Path(sys.argv[2]).read_text().splitlines()
    asyncio.run(main(sys.argv[1], dict(line.split("=", 1) for line in lines)))
