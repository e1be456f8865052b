"""The whole platform in this process, and the objects of the tests, made through the API in the state that is asked."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import httpx
from fastapi import FastAPI

from app.demo.texts import texts
from app.embedded import SERVICES
from services.contract.jobs.seals import seal_next
from shared.clock import now, today
from shared.messaging.dispatcher import unapplied
from shared.runtime.app import serve
from shared.runtime.platform import PLATFORM, Platform
from shared.security.request_state import VERIFIER
from shared.security.roles import Role
from shared.settings import Settings
from shared.storage import outbox
from tests.app.permissions import callers
from tests.app.permissions.callers import ARVE, LACQ, NATIONAL, REGION, SECOND_REGION, TEAM, Callers, Who
from tests.support.waiting import until

DAY: Final = "2020-01-15"
SHEET: Final[dict[str, Any]] = {
    "title": "École de production (synthétique)",
    "territories": [LACQ, ARVE],
    "axes": ["recruter"],
    "main_axis": "recruter",
    "context": "Situation synthétique.",
    "objective": "Objectif synthétique.",
    "description": "Description synthétique.",
    "carriers": [callers.PAU, callers.ATELIERS],
    "partners": [{"siren": siren, "role": "Accompagne"} for siren in (callers.CAISSE, callers.FORGES)],
    "commitment": "firm",
    "cost_cents": 1000,
    "planned_start": DAY,
    "planned_end": "2022-12-31",
}
PARTIES: Final = (
    (callers.PAU, "territory", "intercommunality"),
    (callers.NOUVELLE_AQUITAINE, "public", "region"),
    (callers.OCCITANIE, "public", "region"),
    (callers.PREFECTURES["75"], "public", "state"),
    (callers.PREFECTURES["76"], "public", "state"),
    (callers.PREFECTURES["84"], "public", "other"),
    (callers.FAUCIGNY, "public", "other"),
    (callers.CAISSE, "public", "operator"),
    (callers.ATELIERS, "economic", "company"),
)
CONTRACT: Final[dict[str, Any]] = {
    "territory": LACQ,
    "title": "Contrat Lacq-Pau-Tarbes (synthétique)",
    "starts_on": DAY,
    "ends_on": "2022-12-31",
    "parties": [
        {
            "organisation": siren,
            "block": block,
            "kind": kind,
            "label": "Partenaire (synthétique)" if kind == "other" else None,
            "capacity": "Présidence",
            "role": "carrier",
            "required": siren not in (callers.PREFECTURES["84"], callers.FAUCIGNY),
        }
        for siren, block, kind in PARTIES
    ],
    **texts(siren for siren, _, _ in PARTIES),
    "priorities": [{"title": "Attirer des talents", "carriers": [callers.PAU]}],
    "links": [],
}
COMMENT: Final = {"pointer": "/title", "text": "Commentaire synthétique."}
SIGNATURE: Final[dict[str, Any]] = {
    "capacity": "Présidence",
    "signed_on": DAY,
    "deliberation": {"reference": "2019-12-01/1", "date": "2019-12-01"},
}
SIGNATORIES: Final = (
    TEAM, REGION, SECOND_REGION, callers.STATE, callers.SECOND_STATE, callers.BANK, callers.COMPANY,
)  # fmt: skip

OPTIONAL: Final = (Who("named", Role.STATE, callers.PREFECTURES["84"]), Who("named", Role.TERRITORY, callers.FAUCIGNY))
"""Parties that need not sign."""
DELEGATION: Final[dict[str, Any]] = {"office": "Direction (synthétique)", "reference": "A-1", "date": DAY}

_numbers = itertools.count(1)


def number() -> int:
    """One that no other object of the run has."""
    return next(_numbers)


def somebody() -> str:
    """An opaque person."""
    return f"0198f3a2-7b1c-7e44-9d55-{number():012d}"


class World:
    """The platform, and what people do in it."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient) -> None:
        self.app = app
        self.client = client
        self.decisions: dict[str, str] = {}
        self.committee = ""
        self.free_day = date(2019, 1, 1)
        """The last day on which a State referent began."""
        self.perimeter_day = date(2024, 1, 1)
        """The last day on which members of a territory entered or left."""
        self.contract_day = date(2020, 2, 1)
        """The first day of the last contract."""
        self.under_review = ""
        """The contract that was last submitted."""
        self.sheet = ""
        """A validated one, of the contract that was last drafted."""
        self.complements: str | None = None
        """A contract of the same days as the next ones."""
        self.more_parties: list[dict[str, Any]] = []
        """Companies of the next contract, besides the usual parties."""
        self.shared: dict[Any, str] = {}
        """Objects that several cells use."""

    @property
    def platform(self) -> Platform:
        """Return the platform behind the application."""
        return PLATFORM.of(self.app)

    async def send(self, who: Who, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A request of somebody."""
        return await self.client.request(method, path, json=body, headers={**who.headers(), **headers})

    async def post(self, who: Who, path: str, body: Any = None) -> Any:
        """An act that must succeed."""
        answer = await self.send(who, "POST", path, body)
        assert answer.is_success, f"{who} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def get(self, path: str, who: Who = NATIONAL) -> Any:
        """Return the body of the answer."""
        answer = await self.send(who, "GET", path)
        assert answer.is_success, f"{who} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def settled(self) -> None:
        """Everything that was told is published and applied, and every change has its place in the feeds."""

        async def nothing_waits() -> bool:
            for running in self.platform.running:
                async with running.database.reading() as session:
                    if await unapplied(session) or await outbox.unpublished(session):
                        return False
            return True

        await until(nothing_waits)
        for running in self.platform.running:
            while await running.sequencer.number():
                pass

    async def begin(self) -> None:
        """The bodies, the pair and the regional committees of Lacq-Pau-Tarbes, and a validated sheet."""
        for region, siren in callers.PREFECTURES.items():
            await self.register(siren, "state", region)
        for siren in (callers.ATELIERS, callers.FORGES, callers.FILATURES, callers.FONDERIES):
            await self.register(siren, "company")
        for capacity, siren in (("elu", callers.PAU), ("industriel", callers.FONDERIES)):
            await self.appoint(capacity, siren)
        for who, region in ((REGION, "75"), (SECOND_REGION, "76")):
            committee = await self.post(who, "/v1/committees", {
                "level": "regional", "name": "Comité régional (synthétique)", "region": region, "chair": who.org,
                "established_on": "2019-01-01",
            })  # fmt: skip
            self.committee = self.committee or committee["id"]
            self.decisions[region] = await self.decide(who, committee["id"])
        await self.settled()
        self.sheet = await self.validated_sheet()

    async def register(self, siren: str, kind: str, region: str | None = None, *, name: str | None = None) -> None:
        """A synthetic body."""
        name = name or f"{kind} {siren} (synthétique)"
        body = {"siren": siren, "name": name, "kind": kind, "synthetic": True}
        await self.post(NATIONAL, "/v1/organisations", {**body, **({"region": region} if region else {})})

    async def appoint(self, capacity: str = "project_manager", organisation: str = callers.PAU) -> str:
        """A mandate in Lacq-Pau-Tarbes."""
        body = {"capacity": capacity, "person_id": somebody(), "organisation": organisation, "since": "2019-03-25"}
        return str((await self.post(TEAM, f"/v1/territories/{LACQ}/pilots", body))["id"])

    async def referent_body(self) -> dict[str, str]:
        """A State referent of the next day on which Lacq-Pau-Tarbes has none."""
        path = f"/v1/territories/{LACQ}/state-referents"
        for referent in (await self.get(path))["items"]:
            if referent["until"] is None:
                on = date.fromisoformat(referent["since"]) + timedelta(days=1)
                await self.post(TEAM, f"{path}/{referent['id']}/end", {"on": on.isoformat()})
        self.free_day += timedelta(days=1)
        since = self.free_day.isoformat()
        return {"person_id": somebody(), "organisation": callers.PREFECTURES["75"], "since": since}

    async def referent(self) -> str:
        """A State referent in office."""
        body = await self.referent_body()
        return str((await self.post(TEAM, f"/v1/territories/{LACQ}/state-referents", body))["id"])

    async def vacant_from(self, keeper: Who, place: str) -> str:
        """Dissolve the committee of a place, and return the first day without it."""
        on = DAY
        for committee in (await self.get(f"/v1/committees?{place}&limit=200", keeper))["items"]:
            day = committee["dissolved_on"]
            if day is None:
                decided = await self.get(f"/v1/decisions?committee={committee['id']}&limit=200", keeper)
                last = max(
                    committee["established_on"],
                    *(seat["since"] for seat in committee["seats"]),
                    *(decision["decided_on"] for decision in decided["items"]),
                )
                after = date.fromisoformat(last) + timedelta(days=1)
                day = max(DAY, after.isoformat())
                await self.post(keeper, f"/v1/committees/{committee['id']}/dissolve", {"on": day})
            on = max(on, day)
        return on

    async def founded(self) -> str:
        """A project committee of Lacq-Pau-Tarbes; the one before is dissolved."""
        on = await self.vacant_from(TEAM, f"level=project&territory={LACQ}")
        body = {
            "level": "project", "name": "Comité de projet (synthétique)", "territory": LACQ, "chair": callers.PAU,
            "established_on": on,
        }  # fmt: skip
        return str((await self.post(TEAM, "/v1/committees", body))["id"])

    async def planned_meeting(self) -> str:
        """A project committee of Lacq-Pau-Tarbes and a meeting of its first day."""
        committee = await self.founded()
        day = (await self.get(f"/v1/committees/{committee}"))["established_on"]
        meeting = await self.post(TEAM, f"/v1/committees/{committee}/meetings", {"day": day})
        return f"{committee}/{meeting['id']}"

    async def seated(self) -> str:
        """A project committee of Lacq-Pau-Tarbes and the seat of an observer in it."""
        committee = await self.founded()
        since = (await self.get(f"/v1/committees/{committee}"))["established_on"]
        body = {"organisation": callers.CAISSE, "capacity": "observer", "since": since}
        seat = await self.post(TEAM, f"/v1/committees/{committee}/seats", body)
        return f"{committee}/{seat['id']}"

    async def decide(
        self,
        who: Who,
        committee: str,
        kind: str = "contract_approval",
        *,
        on: str = "2019-12-01",
        decides: str | None = None,
    ) -> str:
        """A favourable decision on Lacq-Pau-Tarbes; of an object that nobody has, unless one is named."""
        decides = decides or f"{'contract' if kind == 'contract_approval' else 'perimeter-request'}/{somebody()}"
        body = {
            "committee_id": committee, "kind": kind, "outcome": "favourable", "title": "Décision (synthétique)",
            "reference": f"SYNTH-{number()}", "decided_on": on, "territories": [LACQ], "decides": decides,
        }  # fmt: skip
        return str((await self.post(who, "/v1/decisions", body))["id"])

    async def perimeter_request(self, territory: str = LACQ, **bodies: list[str]) -> str:
        """A request that bodies enter a territory or leave it."""
        wished = {"territory": territory, "wished_on": "2024-01-01", "reason": "Motif synthétique."}
        return str((await self.post(NATIONAL, "/v1/perimeter-requests", {**wished, **bodies}))["id"])

    async def decided_request(self, request: str) -> str:
        """The last decision on a request that each Region concerned accepts."""
        asked = await self.get(f"/v1/perimeter-requests/{request}")
        for region in asked["regions"]:
            known = (await self.get(f"/v1/committees?level=regional&region={region}"))["items"]
            # Another test may have dissolved the first one.
            sitting = min(known, key=lambda committee: committee["dissolved_on"] is not None)
            decided_on = max("2023-12-01", sitting["established_on"])
            self.perimeter_day = max(self.perimeter_day, date.fromisoformat(decided_on))
            body = {
                "committee_id": sitting["id"], "kind": "perimeter_change", "outcome": "favourable",
                "title": "Périmètre", "reference": f"SYNTH-{number()}", "decided_on": decided_on,
                "territories": [asked["territory"]], "decides": f"perimeter-request/{request}",
            }  # fmt: skip
            decision = await self.post({"75": REGION, "76": SECOND_REGION}[region], "/v1/decisions", body)
        return str(decision["id"])

    async def perimeter_body(self, territory: str = LACQ, **bodies: list[str]) -> dict[str, str]:
        """The body by which a change of members that each Region has accepted is applied, each on another day."""
        decision = await self.decided_request(await self.perimeter_request(territory, **bodies))
        self.perimeter_day += timedelta(days=1)
        return {"decision_id": decision, "on": self.perimeter_day.isoformat()}

    async def change_perimeter(self, territory: str = LACQ, **bodies: list[str]) -> None:
        """Bodies enter a territory or leave it, and everybody knows."""
        body = await self.perimeter_body(territory, **bodies)
        await self.post(REGION, f"/v1/territories/{territory}/perimeter", body)
        await self.settled()

    async def drafted_sheet(self) -> str:
        """A complete draft."""
        return str((await self.post(TEAM, "/v1/actions", SHEET))["id"])

    async def submitted_sheet(self) -> str:
        """One that its Region has."""
        sheet = await self.drafted_sheet()
        await self.post(TEAM, f"/v1/actions/{sheet}/submit")
        return sheet

    async def validated_sheet(self) -> str:
        """One that both Regions retain."""
        sheet = await self.submitted_sheet()
        for who in (REGION, SECOND_REGION):
            await self.post(who, f"/v1/actions/{sheet}/validate")
        return sheet

    async def drafted_contract(self) -> str:
        """One that lacks nothing."""
        # A sheet stands in one contract.
        self.sheet = await self.validated_sheet()
        body = {**self.contract_body(), "plan": [{"action_id": self.sheet}]}
        return str((await self.post(TEAM, "/v1/contracts", body))["id"])

    def contract_body(self) -> dict[str, Any]:
        """A contract over two days that no other contract covers."""
        self.contract_day += timedelta(days=2)
        last = self.contract_day + timedelta(days=1)
        parties = [*CONTRACT["parties"], *({**CONTRACT["parties"][-1], **more} for more in self.more_parties)]
        days = {"starts_on": self.contract_day.isoformat(), "ends_on": last.isoformat()}
        return {**CONTRACT, **days, "parties": parties, "complements": self.complements}

    async def contract_under_review(self) -> str:
        """One that its Regions have."""
        contract = await self.drafted_contract()
        await self.post(TEAM, f"/v1/contracts/{contract}/submit")
        self.under_review = contract
        return contract

    async def comment(self) -> str:
        """A comment of the State on a contract under review."""
        contract = await self.contract_under_review()
        return str((await self.post(callers.STATE, f"/v1/contracts/{contract}/comments", COMMENT))["id"])

    async def approval(self, who: Who, region: str) -> dict[str, str]:
        """The decision of a Region's committee on the contract that was last submitted."""
        committees = await self.get(f"/v1/committees?level=regional&region={region}", who)
        committee = committees["items"][0]
        decision = await self.decide(
            who, committee["id"], on=committee["established_on"], decides=f"contract/{self.under_review}"
        )
        await self.settled()
        return {"decision_id": decision}

    async def approved_contract(self) -> str:
        """One that both Regions approve."""
        contract = await self.contract_under_review()
        for who, region in ((REGION, "75"), (SECOND_REGION, "76")):
            await self.post(who, f"/v1/contracts/{contract}/approve", await self.approval(who, region))
        return contract

    async def contract_to_sign(self) -> str:
        """One whose parties are asked to sign."""
        contract = await self.approved_contract()
        await self.post(TEAM, f"/v1/contracts/{contract}/request-signatures")
        return contract

    async def paper_copy(self, scan: bytes) -> str:
        """A scan of a contract to sign, deposited by its first Region."""
        path = f"/v1/contracts/{await self.contract_to_sign()}/paper-copies?declared_on={today()}"
        headers = {**REGION.headers(), "Content-Type": "application/octet-stream"}
        answer = await self.client.post(path, content=scan, headers=headers)
        assert answer.is_success, answer.text
        return str(answer.json()["id"])

    async def contract_signed_by_most(self) -> str:
        """One that only the second Region has not signed."""
        contract = await self.contract_to_sign()
        signature = await self.signature(contract)
        for who in (*SIGNATORIES, *OPTIONAL):
            if who != SECOND_REGION:
                await self.post(who, f"/v1/contracts/{contract}/sign", signature)
        return contract

    async def signature(self, contract: str) -> dict[str, Any]:
        """A signature, not older than the decisions on a contract."""
        approved_on = (await self.get(f"/v1/contracts/{contract}", TEAM))["approved_on"]
        return {**SIGNATURE, "signed_on": max(DAY, approved_on)}

    async def delegated_contract(self) -> str:
        """One whose parties have all delegated their signatures."""
        contract = await self.contract_to_sign()
        for who in (*SIGNATORIES, *OPTIONAL):
            await self.post(who, f"/v1/contracts/{contract}/delegate", DELEGATION)
        return contract

    async def declined_contract(self) -> str:
        """One that a company declines to sign, and the party that it is."""
        contract = await self.contract_to_sign()
        await self.post(callers.COMPANY, f"/v1/contracts/{contract}/decline", {"reason": "Motif synthétique."})
        return f"{contract}/{await self.party(contract, callers.ATELIERS)}"

    async def contract_with_bank(self) -> str:
        """One that could be signed without the Caisse des dépôts, and the party that it is."""
        contract = await self.contract_to_sign()
        return f"{contract}/{await self.party(contract, callers.CAISSE)}"

    async def party(self, contract: str, siren: str) -> str:
        """The id of a party."""
        parties = (await self.get(f"/v1/contracts/{contract}", TEAM))["parties"]
        return str(next(party["id"] for party in parties if party["organisation"] == siren))

    async def signed_contract(self) -> str:
        """One that everybody may read."""
        contract = await self.contract_to_sign()
        signature = await self.signature(contract)
        for who in SIGNATORIES:
            await self.post(who, f"/v1/contracts/{contract}/sign", signature)
        return contract

    async def seal_documents(self) -> None:
        """Make and seal the documents of all that was signed."""
        [contract] = [each.database for each in self.platform.running if each.service.name == "contract"]
        while await seal_next(contract, self.platform.settings, at=now()):
            pass

    async def begun_report(self) -> str:
        """A draft of the first report on a signed contract."""
        contract = await self.signed_contract()
        starts_on = (await self.get(f"/v1/contracts/{contract}"))["starts_on"]
        body = {"year": date.fromisoformat(starts_on).year}
        return str((await self.post(TEAM, f"/v1/contracts/{contract}/reports", body))["id"])

    async def written_report(self) -> str:
        """One that lacks nothing."""
        report = await self.begun_report()
        lines = [{"action_id": self.sheet, "progress": "in_progress"}]
        body = {"summary": "Bilan synthétique.", "actions": lines}
        answer = await self.send(TEAM, "PATCH", f"/v1/reports/{report}", body, **{"If-Match": '"1"'})
        assert answer.is_success, answer.text
        return report

    async def submitted_report(self) -> str:
        """One that its Regions have."""
        report = await self.written_report()
        await self.post(TEAM, f"/v1/reports/{report}/submit")
        return report


@asynccontextmanager
async def at_work(folder: Path) -> AsyncIterator[World]:
    """The platform on loaded databases."""
    settings = Settings(data_dir=folder, load_reference_data=False)
    app = serve(*SERVICES, settings=settings, complete=True)
    # Tests seal the documents that they ask about: each costs seconds.
    idle = patch("services.contract.jobs.seals.now", lambda: datetime(2018, 1, 1, tzinfo=UTC))
    with idle:
        async with _serving(app) as world:
            yield world


@asynccontextmanager
async def _serving(app: FastAPI) -> AsyncIterator[World]:
    async with app.router.lifespan_context(app):
        VERIFIER.set(app, Callers())
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://platform") as client:
            yield World(app, client)
