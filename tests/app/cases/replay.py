"""Replay of a contract through the API: each act by the body that does it, on its day."""

from collections.abc import Iterator
from typing import Any, Final

from app.demo.texts import texts
from services.contract.jobs.ends import end_batch
from shared.security.roles import Role
from tests.app.cases.facts import Approval, Case, StateParty
from tests.app.permissions.callers import ANONYMOUS, Who
from tests.app.permissions.world import World, number, somebody

TEXT: Final = "Texte synthétique."
AXES: Final = ("recruter", "innover", "attirer", "simplifier")
"""Axes of the press on Lacq-Pau-Tarbes; which sheet has which is synthetic."""


class Replay:
    """One case on a platform, and what it has made there."""

    def __init__(self, world: World, case: Case) -> None:
        self.world, self.case = world, case
        self.team = Who("team", Role.TERRITORY, case.intercommunalities[0])
        self.regions = [Who("region", Role.REGION, each.organisation) for each in case.approvals]
        self.prefets = [Who("prefet", Role.STATE, state.region.siren) for state in case.state]
        self.sheets: list[str] = []
        self.protocol: str | None = None
        self.contract = ""

    async def install(self) -> None:
        """Register the synthetic bodies; install the pair, and the committee of each Region."""
        case, world = self.case, self.world
        for body in case.bodies:
            await world.register(body.siren, body.kind, body.region, name=body.name)
        for capacity, siren in (("elu", case.intercommunalities[0]), ("industriel", case.companies[0].siren)):
            pilot = {"capacity": capacity, "person_id": somebody(), "organisation": siren, "since": case.pair_since}
            await world.post(self.team, f"/v1/territories/{case.territory}/pilots", pilot)
        self.committees = {
            approval.region: (
                await world.post(who, "/v1/committees", {
                    "level": "regional", "name": "Comité régional (synthétique)", "region": approval.region,
                    "chair": approval.organisation, "established_on": "2019-01-31",
                })
            )["id"]
            for who, approval in zip(self.regions, case.approvals, strict=True)
        }  # fmt: skip
        await world.settled()

    async def sign_protocol(self) -> None:
        """Draft the protocol and sign it; nobody approves it."""
        case = self.case
        assert case.protocol_signed_on is not None
        body = {
            "kind": "protocol", "territory": case.territory,
            "title": f"Protocole d'accord de {case.title.removeprefix('Contrat de ')}",
            "starts_on": case.protocol_signed_on, "ends_on": "2019-12-31", "parties": list(self._parties()),
        }  # fmt: skip
        self.protocol = str((await self.world.post(self.team, "/v1/contracts", body))["id"])
        await self._sign(self.protocol, case.protocol_signed_on, dict.fromkeys(case.regions, "2019-03-15"))

    async def write_sheets(self) -> None:
        """Write and submit the sheets; the State gives its opinion, and each Region retains them."""
        case, world = self.case, self.world
        for index in range(case.sheets):
            axis = AXES[index % len(AXES)]
            carrier = (*case.intercommunalities, *(company.siren for company in case.companies))
            sheet = await world.post(self.team, "/v1/actions", {
                "title": f"Fiche action {index + 1} (synthétique)", "territories": [case.territory],
                "axes": [axis], "main_axis": axis, "context": TEXT, "objective": TEXT, "description": TEXT,
                "carriers": [carrier[index % len(carrier)]], "commitment": "conditional", "cost_cents": 0,
                "planned_start": case.starts_on, "planned_end": case.ends_on,
            })  # fmt: skip
            path = f"/v1/actions/{sheet['id']}"
            await world.post(self.team, f"{path}/submit")
            await world.post(self.prefets[0], f"{path}/opinion", {"verdict": "favourable", "text": TEXT})
            for region in self.regions:
                await world.post(region, f"{path}/validate")
            self.sheets.append(sheet["id"])
        await world.settled()

    async def draft_contract(self) -> None:
        """Draft the contract with all its parts."""
        case = self.case
        parties = list(self._parties())
        priorities = [
            {"title": f"{axis.capitalize()} (synthétique)", "carriers": [case.intercommunalities[0]],
             "actions": self.sheets[place :: len(AXES)]}
            for place, axis in enumerate(AXES)
        ]  # fmt: skip
        body = {
            "territory": case.territory, "title": case.title, "starts_on": case.starts_on, "ends_on": case.ends_on,
            "parties": parties, **texts(party["organisation"] for party in parties), "priorities": priorities,
            "plan": [{"action_id": sheet} for sheet in self.sheets], "links": [], "protocol_id": self.protocol,
        }  # fmt: skip
        self.contract = str((await self.world.post(self.team, "/v1/contracts", body))["id"])

    async def conclude_contract(self) -> None:
        """Submit the contract, review it, approve it by the decision of each Region, and sign it."""
        world, path = self.world, f"/v1/contracts/{self.contract}"
        await world.post(self.team, f"{path}/submit")
        for prefet in self.prefets:
            await world.post(prefet, f"{path}/opinion", {"verdict": "favourable", "text": TEXT})
        for region, approval in zip(self.regions, self.case.approvals, strict=True):
            decision = await self._decide(region, approval)
            await world.settled()
            await world.post(region, f"{path}/approve", {"decision_id": decision})
        decided = {approval.region: approval.decided_on for approval in self.case.approvals}
        await self._sign(self.contract, self.case.contract_signed_on, decided)

    async def enter_signed(self) -> dict[str, Any]:
        """Enter the drafted contract as signed on paper, with the deliberation that is known."""
        approval = self.case.approvals[0]
        act = {"reference": approval.reference, "date": approval.decided_on}
        body = {
            "signed_on": self.case.contract_signed_on, "source": self.case.sources["title"],
            "signatures": [{"organisation": approval.organisation, "deliberation": act}],
        }  # fmt: skip
        entered: dict[str, Any] = await self.world.post(
            self.regions[0], f"/v1/contracts/{self.contract}/enter-signed", body
        )
        await self.world.settled()
        return entered

    async def end_what_is_over(self) -> None:
        """Let the clock of the contract service run once, and everybody hear of it."""
        [database] = [each.database for each in self.world.platform.running if each.service.name == "contract"]
        while await end_batch(database):
            pass
        await self.world.settled()

    async def events(self, who: Who, *types: str) -> list[dict[str, Any]]:
        """Return the events on the territory that a caller may read, in the order of the journal."""
        named = "".join(f"&type=contract.{each}.v1" for each in dict.fromkeys(types))
        path = f"/v1/events?territory={self.case.territory}&limit=200{named}"
        page = await self.world.get(path, who)
        items = page["items"]
        while page["has_more"]:
            page = await self.world.get(f"{path}&after={page['next']}", who)
            items += page["items"]
        return [item["event"] for item in items]

    async def text_on(self, day: str) -> Any:
        """Return the consolidated text of a day, as everybody reads it."""
        return (await self.world.send(ANONYMOUS, "GET", f"/v1/contracts/{self.contract}/text?as_of={day}")).json()

    async def counts(self, day: str, state: str = "signed") -> tuple[int, int]:
        """Return the protocols and the contracts in a state by a day: the same in the nation and in each Region."""
        progress = await self.world.get(f"/v1/progress?phase=2018&as_of={day}")
        places = [each for each in progress["regions"] if each["region"] in self.case.regions]
        assert len(places) == len(self.case.regions)
        [found] = {(place["protocols"][state], place["contracts"][state]) for place in (progress["total"], *places)}
        return found

    def _parties(self) -> Iterator[dict[str, Any]]:
        """Yield the parties in the three blocks of the contract."""
        case = self.case
        blocks = (
            ("territory", "intercommunality", "Présidence", "carrier", case.intercommunalities),
            ("public", "region", "Présidence", "partner", [each.organisation for each in case.approvals]),
            ("public", "state", "Préfet", "partner", [each.region.siren for each in case.state]),
            ("public", "operator", "Direction régionale", "partner", case.operators),
            ("economic", "company", "Direction (synthétique)", "carrier", [each.siren for each in case.companies]),
        )
        for block, kind, capacity, role, sirens in blocks:
            for siren in sirens:
                yield {"organisation": siren, "block": block, "kind": kind, "capacity": capacity, "role": role}

    async def _decide(self, region: Who, approval: Approval) -> str:
        """Record the decision of a Region on the contract."""
        body = {
            "committee_id": self.committees[approval.region], "kind": "contract_approval", "outcome": "favourable",
            "title": "Approbation du contrat", "reference": approval.reference, "decided_on": approval.decided_on,
            "territories": [self.case.territory], "decides": f"contract/{self.contract}",
        }  # fmt: skip
        return str((await self.world.post(region, "/v1/decisions", body))["id"])

    async def _sign(self, document: str, day: str, decided: dict[str, str]) -> None:
        """Write the circuit, ask for the signatures, and sign group by group on a day."""
        case, world, path = self.case, self.world, f"/v1/contracts/{document}"
        regions = [each.organisation for each in case.approvals]
        groups = (
            ("Intercommunalités", case.intercommunalities),
            ("Régions", regions),
            ("État et opérateurs", [*(each.region.siren for each in case.state), *case.operators]),
            ("Entreprises", [each.siren for each in case.companies]),
        )
        version = (await world.get(path, self.team))["version"]
        circuit = {"groups": [{"label": label, "parties": list(parties)} for label, parties in groups]}
        answer = await world.send(self.team, "PUT", f"{path}/circuit", circuit, **{"If-Match": f'"{version}"'})
        assert answer.is_success, answer.text
        await world.post(self.team, f"{path}/request-signatures")
        operator = self._operator(case.operators[0])
        early = await world.send(operator, "POST", f"{path}/sign", _signature("Direction régionale", day))
        assert (early.status_code, early.json()["code"]) == (409, "not-your-turn")
        is_contract = document == self.contract
        for siren in case.intercommunalities:
            act = _act(case.deliberated_on if is_contract else "2019-03-14")
            await world.post(Who("member", Role.TERRITORY, siren), f"{path}/sign", _signature("Présidence", day, act))
        for who, approval in zip(self.regions, case.approvals, strict=True):
            act = {**_act(decided[approval.region]), **({"reference": approval.reference} if is_contract else {})}
            await world.post(who, f"{path}/sign", _signature("Présidence", day, act))
        for state in case.state:
            await self._sign_by_delegation(path, state, day)
        for siren in case.operators:
            await world.post(self._operator(siren), f"{path}/sign", _signature("Direction régionale", day))
        for company in case.companies:
            signatory = Who("company", Role.PARTY, company.siren)
            await world.post(signatory, f"{path}/sign", _signature("Direction (synthétique)", day))
        await world.settled()

    async def _sign_by_delegation(self, path: str, state: StateParty, day: str) -> None:
        """Let the préfet de département sign for the préfet de région."""
        act = {
            "organisation": state.departement.siren, "office": "Préfet de département",
            "reference": f"Délégation {number()} (synthétique)", "date": "2019-03-11",
        }  # fmt: skip
        await self.world.post(Who("prefet", Role.STATE, state.region.siren), f"{path}/delegate", act)
        signatory = Who("prefet", Role.STATE, state.departement.siren)
        await self.world.post(signatory, f"{path}/sign", _signature("Préfet de département", day))

    @staticmethod
    def _operator(siren: str) -> Who:
        return Who("operator", Role.OPERATOR, siren)


def _act(day: str) -> dict[str, str]:
    return {"reference": f"Délibération {number()} (synthétique)", "date": day}


def _signature(capacity: str, day: str, act: dict[str, str] | None = None) -> dict[str, Any]:
    return {"capacity": capacity, "signed_on": day, "deliberation": act}
