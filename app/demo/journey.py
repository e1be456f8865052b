"""The journey of every release test, through the public API alone.

A real territory gets its pilots; its action sheet is submitted; the catalogue says which services fit and why; an
operator answers a request with an amount; the Regions approve, naming their committees' decisions; the parties sign;
every subscriber is notified once; the progress report counts it. Lacq-Pau-Tarbes crosses two régions, so two Regions
approve. Territories, intercommunalities, Regions, operators and services are real. Companies, State services, people,
the sheet and the contract are synthetic and say so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from app.demo import governance
from app.demo.checks import expect, ok, until
from app.demo.partners import OPERATORS, REGIONS, Partners, Step
from app.demo.texts import texts
from shared.clock import today

TERRITORY: Final = "2018-ti-7505"
INTERCOMMUNALITY: Final = "200067254"
COMPANY: Final = "000000117"
BANK: Final = "180020026"
SUBSCRIBERS: Final = (*OPERATORS, "region", "partner")
ASSEMBLIES: Final = ("territory", *(regional[0] for regional in REGIONS.values()))
"""Clients of the parties whose assemblies deliberate before they sign."""
STATE: Final = tuple(regional[2] for regional in REGIONS.values())
SIGNATORIES: Final = (*ASSEMBLIES, *STATE, "banque-des-territoires", "company")
"""Clients of the parties, in the order of the contract."""
AMOUNT: Final = 2_500_000
"""Amount that the operator brings, in euro cents."""


def yesterday() -> str:
    """Return yesterday: past in every time zone that the platform uses."""
    return (today() - timedelta(days=1)).isoformat()


def euros(cents: int) -> str:
    """Format an amount of cents in euros."""
    return f"{cents // 100:,} €".replace(",", " ")


def parties() -> list[dict[str, Any]]:
    """Return the parties of a contract, in its order. All of them must sign."""

    def party(organisation: str, block: str, kind: str, role: str) -> dict[str, Any]:
        return {"organisation": organisation, "block": block, "kind": kind, "role": role, "capacity": "Présidence"}

    return [
        party(INTERCOMMUNALITY, "territory", "intercommunality", "carrier"),
        *(party(region, "public", "region", "partner") for _, region, _, _ in REGIONS.values()),
        *(party(siren, "public", "state", "partner") for _, _, _, siren in REGIONS.values()),
        party(BANK, "public", "operator", "partner"),
        party(COMPANY, "economic", "company", "carrier"),
    ]


@dataclass
class Journey(Partners):
    """One run of the journey; each step stores the ids that later steps need."""

    day: str = field(default_factory=yesterday)
    committees: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, str] = field(default_factory=dict)
    subscriptions: dict[str, str] = field(default_factory=dict)
    action: str = ""
    request: str = ""
    contract: str = ""
    paper: str = ""
    protocol: str = ""
    amendment: str = ""
    walked: int = 0

    @property
    def stages(self) -> Sequence[tuple[str, Step]]:
        """Titles and steps of the journey, in order."""
        return (
            ("Partners subscribe, and their receivers consent", self.subscribe),
            ("The territory gets its pilots", self.show_governance),
            ("An action sheet is submitted", self.submit_action),
            ("The catalogue says which services fit, and why", self.match),
            ("The territory calls on a service", self.call_on_a_service),
            ("The operator answers, with an amount", self.answer),
            ("The Region retains the sheet; the contract is drafted and submitted", self.prepare_contract),
            ("Each Region approves, naming its committee's decision", self.approve),
            ("The parties sign, and every subscriber is notified once", self.conclude),
            ("The progress report counts it", self.count),
        )

    async def walk(self, to: int) -> None:
        """Run the steps up to number `to`, from 1; skip those already run."""
        for title, step in self.stages[self.walked : to]:
            self.write_line(f"\n{self.walked + 1:2}. {title}")
            await step()
            self.walked += 1

    async def play(self) -> None:
        """Run from the pilots to the signature, without subscribers and services."""
        await self.register()
        await self.install_governance()
        await self.submit_action()
        await self.prepare_contract()
        await self.approve()
        await self.sign()

    async def register(self) -> None:
        """The délégation registers the synthetic State services and the synthetic company."""
        for code, (_, _, _, siren) in REGIONS.items():
            name = f"Préfecture de la région {code} (synthétique)"
            await self.post("delegation", "/v1/organisations", {
                "siren": siren, "name": name, "kind": "state", "region": code, "synthetic": True,
            })  # fmt: skip
        await self.post("delegation", "/v1/organisations", {
            "siren": COMPANY, "name": "Ateliers du Gave (entreprise synthétique)", "kind": "company", "synthetic": True,
        })  # fmt: skip

    async def subscribe(self) -> None:
        """Two operators, a Region and an open-data portal subscribe; the operators name their referents."""
        await self.register()
        for name in SUBSCRIBERS:
            await self._subscribe(name)
        for operator in OPERATORS:
            referent = {"territory": TERRITORY, "name": "Camille Exemple (personne synthétique)", "since": self.day}
            named = await self.accepted(operator, "/v1/referents", referent)
            self.line(f"{operator} names its referent for {TERRITORY}")
            await self.arrives(operator, "ReferentNamed", f"referent/{named['id']}")

    async def _subscribe(self, name: str) -> None:
        if self.receiver is None:
            return
        body = {"url": self.receiver.url(name), "description": "démonstration"}
        made = ok(await self.clients[name].post("/v1/subscriptions", json=body))
        self.receiver.mailboxes[name].secret = made["secret"]
        self.subscriptions[name] = f"/v1/subscriptions/{made['id']}"

        async def consented() -> bool:
            return bool(ok(await self.clients[name].get(self.subscriptions[name]))["status"] == "active")

        await until(consented)
        self.line(f"{name} subscribes at {body['url']}; its receiver consents (handshake)")

    async def install_governance(self) -> None:
        """The territory gets its pair: an élu and an industriel."""
        await governance.install(self, TERRITORY, INTERCOMMUNALITY, COMPANY)
        await self.arrives("partner", "PilotAppointed", f"territory/{TERRITORY}", times=2)

    async def show_governance(self) -> None:
        """The territory gets its pair, then its project committee; the checklist shows each of three days."""
        _, region, _, state = REGIONS["75"]
        await self.install_governance()
        await governance.seat(self, TERRITORY, chair=INTERCOMMUNALITY, region=region, state=state)
        await governance.show(self, TERRITORY)

    async def submit_action(self) -> None:
        """The territory writes an action sheet and sends it to its Region."""
        sheet = await self.accepted("territory", "/v1/actions", {
            "title": "École de production (démonstration)", "territories": [TERRITORY],
            "axes": ["recruter", "attirer"], "main_axis": "recruter",
            "context": "Situation synthétique.", "objective": "Objectif synthétique.",
            "description": "Description synthétique.",
            "issues": [{"title": "Des métiers en tension"}],
            "carriers": [INTERCOMMUNALITY], "commitment": "firm", "cost_cents": 125_000_000,
            "planned_start": self.day, "planned_end": "2027-12-31",
            "milestones": [{"title": "Ouverture", "due_on": "2027-09-01"}],
        })  # fmt: skip
        self.action = sheet["id"]
        await self.post("territory", f"/v1/actions/{self.action}/submit")
        self.line(f"territory submits {sheet['number']}, « {sheet['title']} »")
        for name in ("region", *OPERATORS):
            await self.arrives(name, "ActionSubmitted", f"action/{self.action}")
        await self.does_not_receive("partner", "ActionSubmitted")

    async def match(self) -> None:
        """The catalogue has matched the sheet; the operators whose services fit are told."""
        matching = await until(partial(self.found, "territory", f"/v1/matchings/{self.action}"))
        expect(matching["matches"], "no service fits")
        for match in matching["matches"][:3]:
            self.line(f"{match['service']} « {match['name']} » of {match['named']}: {match['score']} of 100")
            for criterion in match["criteria"]:
                self.line(f"  {criterion['verdict']:<7} {criterion['because']}")
        await self.arrives("banque-des-territoires", "ServicesMatched", f"matching/{self.action}")

    async def call_on_a_service(self) -> None:
        """The territory calls on the best of the Banque des Territoires' services; the reference comes back at once."""
        matching = ok(await self.clients["territory"].get(f"/v1/matchings/{self.action}"))
        service = next(match["service"] for match in matching["matches"] if match["operator"] == BANK)
        made = await self.post("territory", "/v1/requests", {
            "service": service, "territory": TERRITORY, "action_id": self.action, "message": "Demande synthétique.",
        })  # fmt: skip
        self.request = made["id"]
        self.line(f"territory calls on {service}: {made['reference']}, to be answered by {made['due']['answer']}")
        await self.arrives("banque-des-territoires", "ServiceRequested", f"request/{self.request}")
        await self.does_not_receive("bpifrance", "ServiceRequested")

    async def answer(self) -> None:
        """The operator acknowledges and accepts; its answer is shown on the sheet."""
        await self.post("banque-des-territoires", f"/v1/requests/{self.request}/acknowledge")
        await self.post("banque-des-territoires", f"/v1/requests/{self.request}/accept", {"amount_cents": AMOUNT})
        self.line(f"banque-des-territoires accepts, and brings {euros(AMOUNT)}")

        async def shown() -> Any:
            sheet = ok(await self.clients["territory"].get(f"/v1/actions/{self.action}"))
            return [one for one in sheet["service_requests"] if one["status"] == "accepted"]

        [request] = await until(shown)
        expect(request["amount_cents"] == AMOUNT, f"the sheet shows another amount: {request}")
        self.line(f"the sheet shows {request['reference']}: accepted, {euros(request['amount_cents'])}")
        await self.arrives("region", "ServiceRequestAnswered", f"request/{self.request}", times=2)

    async def prepare_contract(self) -> None:
        """The préfet gives the State's opinion, both Regions decide; the territory drafts a contract and submits it."""
        await self.retain_sheet()
        contract = await self.post("territory", "/v1/contracts", self.draft())
        self.contract = contract["id"]

        async def lacks_nothing() -> bool:
            readiness = ok(await self.clients["territory"].get(f"/v1/contracts/{self.contract}/readiness"))
            return bool(readiness["ready"])

        await until(lacks_nothing)
        await self.post("territory", f"/v1/contracts/{self.contract}/submit")
        self.line(f"territory drafts {contract['number']} with {len(contract['parties'])} parties, and submits it")
        await self.arrives("region", "ContractSubmitted", f"contract/{self.contract}")

    async def retain_sheet(self) -> None:
        """The préfet gives the State's opinion of the sheet, and both Regions decide."""
        opinion = {"verdict": "favourable", "text": "Avis synthétique."}
        await self.post("prefet", f"/v1/actions/{self.action}/opinion", opinion)
        for region in ("region", "region-occitanie"):
            await self.post(region, f"/v1/actions/{self.action}/validate")
        self.line("prefet is favourable; region and region-occitanie retain the sheet")
        for operator in OPERATORS:
            await self.arrives(operator, "ActionValidated", f"action/{self.action}")

    def draft(self) -> dict[str, Any]:
        """Return a contract that lacks nothing."""
        start = date.fromisoformat(self.day)
        return {
            "territory": TERRITORY, "title": "Contrat Lacq-Pau-Tarbes (démonstration)",
            "starts_on": start.isoformat(), "ends_on": (start + timedelta(days=1095)).isoformat(),
            "parties": parties(), **texts([party["organisation"] for party in parties()]), "links": [],
            "priorities": [
                {"title": "Attirer des talents", "carriers": [INTERCOMMUNALITY], "actions": [self.action]},
            ],
            "plan": [{"action_id": self.action}],
        }  # fmt: skip

    async def approve(self) -> None:
        """The committee of each Region decides; each Region approves, naming the decision."""
        await self.establish_committees()
        await self.approve_document(self.contract, "DEMO")
        await self.arrives("banque-des-territoires", "ContractApproved", f"contract/{self.contract}")

    async def establish_committees(self) -> None:
        """Each Region establishes its committee."""
        for code, (client, siren, _, _) in REGIONS.items():
            committee = await self.post(client, "/v1/committees", {
                "level": "regional", "name": f"Comité de pilotage régional {code} (démonstration)", "region": code,
                "chair": siren, "established_on": self.day,
            })  # fmt: skip
            self.committees[code] = committee["id"]

    async def approve_document(self, document: str, reference: str) -> None:
        """Each Region approves a contract or an amendment, by a decision of its committee on it."""
        for code, (client, *_) in REGIONS.items():
            decision = await self.decide(code, f"{reference}-{code}", document)
            self.decisions[code] = decision["id"]
            await self.accepted(client, f"/v1/contracts/{document}/approve", {"decision_id": decision["id"]})
            self.line(f"{client} approves, by the decision {decision['reference']} of its committee")

    async def decide(self, code: str, reference: str, document: str) -> Any:
        """The committee of a Region decides favourably on a contract or an amendment."""
        return await self.post(REGIONS[code][0], "/v1/decisions", {
            "committee_id": self.committees[code], "kind": "contract_approval", "outcome": "favourable",
            "title": "Approbation (démonstration)", "reference": reference, "decided_on": self.day,
            "territories": [TERRITORY], "decides": f"contract/{document}",
        })  # fmt: skip

    async def sign(self) -> None:
        """The circuit opens, and each party signs for itself."""
        await self.post("territory", f"/v1/contracts/{self.contract}/request-signatures")
        for client in SIGNATORIES:
            await self.sign_for(client, self.contract)
            self.line(f"{client} signs")

    async def sign_for(self, client: str, document: str, **more: Any) -> Any:
        """A party signs a contract, a protocol or an amendment. An assembly names its deliberation."""
        act = {"reference": "DEMO-1", "date": self.day} if client in ASSEMBLIES else None
        body = {"capacity": "Présidence", "signed_on": self.day, "deliberation": act, **more}
        return await self.post(client, f"/v1/contracts/{document}/sign", body)

    async def conclude(self) -> None:
        """Sign; every subscriber receives the event; a replay is applied once."""
        await self.sign()
        subject = f"contract/{self.contract}"
        for name in SUBSCRIBERS:
            await self.arrives(name, "ContractSigned", subject)
        if self.receiver is None:
            return
        mailbox = self.receiver.mailboxes["partner"]
        [fact] = mailbox.events("ContractSigned", subject)
        again = {"since": f"{self.day}T00:00:00Z", "types": [fact["type"]]}
        ok(await self.clients["partner"].post(f"{self.subscriptions['partner']}/replay", json=again))
        await mailbox.wait_for(lambda box: [one["id"] for one in box.deliveries].count(fact["id"]) == 2)
        expect(len(mailbox.events("ContractSigned", subject)) == 1, "the effect was applied twice")
        self.line("partner asks for it again: it arrives under the same id, and is applied once")

    async def count(self) -> None:
        """Compare the progress report of today with that of the day before the signature."""

        async def signed(as_of: str) -> int:
            report = await self.get(None, f"/v1/progress?phase=2018&as_of={as_of}")
            return int(report["total"]["contracts"]["signed"])

        before = (date.fromisoformat(self.day) - timedelta(days=1)).isoformat()

        async def counted() -> bool:
            return await signed(self.day) == await signed(before) + 1

        await until(counted)
        for day in (before, self.day):
            self.line(f"contracts signed in phase 1 by {day}: {await signed(day)}")
        report = await self.get(None, "/v1/progress?phase=2018")
        brought = {one["operator"]: one["amount_cents"] for one in report["total"]["operators"]}
        if self.request:
            expect(brought.get(BANK) == AMOUNT, f"the report counts other amounts: {brought}")
            self.line(f"brought by the Caisse des dépôts (Banque des Territoires): {euros(brought[BANK])}")
        sheets = report["total"]["actions"]
        self.line(f"action sheets: {sheets['sent_up']} submitted, {sheets['validated']} validated")

    async def read_contract(self) -> Any:
        """Return the public view of the contract, read without a token."""
        return await self.get(None, f"/v1/contracts/{self.contract}")
