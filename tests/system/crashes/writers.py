"""A stream of writes that goes on through crashes: each act is sent again, under its key, until it is answered."""

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import httpx

from app.demo.journey import BANK, COMPANY, INTERCOMMUNALITY, TERRITORY, Journey
from app.demo.partners import REGIONS
from shared.clock import today
from tests.support.processes import Client, Form

AWAY = (502, 503, 504)
SIGNATORIES: Final = {
    "territory": (INTERCOMMUNALITY, "territory", "intercommunality"),
    **{client: (siren, "public", "region") for client, siren, _, _ in REGIONS.values()},
    **{client: (siren, "public", "state") for _, _, client, siren in REGIONS.values()},
    "banque-des-territoires": (BANK, "public", "operator"),
    "company": (COMPANY, "economic", "company"),
}
"""Client → its organisation, with the block and the kind of its party."""
PROTOCOL: Final[dict[str, Any]] = {
    # One territory may have any number of protocols over the same days.
    "kind": "protocol",
    "title": "Essai de coupure (synthétique)",
    "territory": TERRITORY,
    # The clock would end one that is over.
    "starts_on": f"{today().year - 1}-01-01",
    "ends_on": f"{today().year + 1}-12-31",
    "parties": [
        # Signed without the bank, which may sign after it.
        {
            "organisation": siren,
            "block": block,
            "kind": kind,
            "capacity": "Présidence",
            "role": "carrier" if client in ("territory", "company") else "partner",
            "required": siren != BANK,
        }
        for client, (siren, block, kind) in SIGNATORIES.items()
    ],
}
SIGNATURE: Final[dict[str, Any]] = {
    "capacity": "Présidence",
    "signed_on": "2019-07-15",
    "deliberation": {"reference": "Essai-1", "date": "2019-06-27"},
}


async def surely(client: Client, path: str, body: Any = None, *, attempts: int = 600) -> httpx.Response:
    """Send an act until it is answered: the key makes twice the same as once."""
    key, last = str(uuid4()), ""
    for _ in range(attempts):
        try:
            answer = await client.post(path, json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError as error:
            last = repr(error)
            await asyncio.sleep(0.1)
            continue
        in_flight = answer.status_code == 409 and answer.json()["code"] == "idempotency-key-in-flight"
        if answer.status_code not in AWAY and not in_flight:
            return answer
        last = f"{answer.status_code} {answer.text}"
        await asyncio.sleep(0.1)
    raise AssertionError(f"{path} was never answered; the last word was {last}")


@dataclass
class Ledger:
    """The answers to the writers: acts that were done, and refusals."""

    figures: list[str] = field(default_factory=list)
    submitted: list[str] = field(default_factory=list)
    signed: list[str] = field(default_factory=list)
    """Protocols that each of their parties has signed."""
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def commits(self) -> int:
        """Commits of all acts that were done: a figure is one, a submitted sheet is four, a protocol is nine."""
        return len(self.figures) + 4 * len(self.submitted) + (2 + len(SIGNATORIES)) * len(self.signed)


async def declare_figures(form: Form, ledger: Ledger, stop: asyncio.Event, *, pause: float = 0) -> None:
    """Figures, one after another: an event each, on a subject of its own."""
    async with form.client("delegation") as client:
        while not stop.is_set():
            name = f"kill_test_{uuid4().hex}"
            body = {"metric": name, "value": 1, "day": "2020-01-01", "source": "essai"}
            answer = await surely(client, "/v1/figures", body)
            assert answer.status_code == 201, answer.text
            ledger.figures.append(name)
            refused = await surely(client, "/v1/figures", {**body, "metric": name + "_x", "day": "2999-01-01"})
            assert refused.status_code == 422, refused.text
            ledger.refused["figure"] += 1
            await asyncio.sleep(pause)


async def submit_actions(form: Form, ledger: Ledger, stop: asyncio.Event, *, pause: float = 0.05) -> None:
    """Action sheets: drafted, refused while incomplete, completed, submitted, returned, submitted again."""
    sheet = {
        "title": "Essai de coupure (synthétique)", "territories": [TERRITORY], "axes": ["recruter"],
        "main_axis": "recruter", "context": "x", "objective": "x", "description": "x",
        "issues": [{"title": "x"}], "commitment": "firm", "cost_cents": 100,
        "planned_start": "2019-09-01", "planned_end": "2022-12-31",
        "milestones": [{"title": "x", "due_on": "2022-09-01"}],
    }  # fmt: skip
    async with form.client("territory") as territory, form.client("region") as region:
        while not stop.is_set():
            draft = await surely(territory, "/v1/actions", {**sheet, "carriers": [INTERCOMMUNALITY]})
            assert draft.status_code == 201, draft.text
            path = f"/v1/actions/{draft.json()['id']}"
            for client, act, body in (
                (territory, "submit", None),
                (region, "return", {"reason": "Essai."}),
                (territory, "submit", None),
            ):
                answer = await surely(client, f"{path}/{act}", body)
                assert answer.status_code == 200, answer.text
            refused = await surely(territory, f"{path}/submit")
            assert refused.status_code == 409, refused.text
            ledger.refused["action"] += 1
            ledger.submitted.append(draft.json()["id"])
            await asyncio.sleep(random.uniform(0, pause))


async def appoint_pair(form: Form) -> None:
    """Register the parties, and let the pair of the territory be appointed: no protocol is signed without it."""
    async with Journey(form.client) as story, form.client("territory") as client:
        await story.register()
        await story.install_governance()
        body = {**PROTOCOL, "title": "Première (synthétique)"}
        protocol = await story.accepted("territory", "/v1/contracts", body)
        while (await client.get(f"/v1/contracts/{protocol['id']}/readiness")).json()["blocking"]:  # noqa: ASYNC110 - other processes tell nobody
            await asyncio.sleep(0.1)


async def protocol_to_conclude(form: Form, *, last: str) -> str:
    """Return the id of a protocol that waits for the signature of one client alone."""
    async with AsyncExitStack() as stack:
        clients = {name: await stack.enter_async_context(form.client(name)) for name in SIGNATORIES}
        opened = await surely(clients["territory"], "/v1/contracts", PROTOCOL)
        path = f"/v1/contracts/{opened.json()['id']}"
        await surely(clients["territory"], f"{path}/request-signatures")
        for name, client in clients.items():
            if name != last:
                answer = await surely(client, f"{path}/sign", SIGNATURE)
                assert answer.status_code == 200, answer.text
    return str(opened.json()["id"])


async def sign_protocols(form: Form, ledger: Ledger, stop: asyncio.Event, *, pause: float = 0.05) -> None:
    """Protocols: opened, refused while they are drafts, then signed by all their parties at once."""
    async with AsyncExitStack() as stack:
        clients = {name: await stack.enter_async_context(form.client(name)) for name in SIGNATORIES}
        while not stop.is_set():
            opened = await surely(clients["territory"], "/v1/contracts", PROTOCOL)
            assert opened.status_code == 201, opened.text
            path = f"/v1/contracts/{opened.json()['id']}"
            early = await surely(clients["company"], f"{path}/sign", SIGNATURE)
            assert early.status_code == 409, early.text
            requested = await surely(clients["territory"], f"{path}/request-signatures")
            assert requested.status_code == 200, requested.text
            answers = await asyncio.gather(*(surely(each, f"{path}/sign", SIGNATURE) for each in clients.values()))
            assert [answer.status_code for answer in answers] == [200] * len(answers), [each.text for each in answers]
            again = await surely(clients["company"], f"{path}/sign", SIGNATURE)
            assert (again.status_code, again.json()["code"]) == (409, "already-signed"), again.text
            concluded = {answer.json()["content_sha256"] for answer in answers if answer.json()["status"] == "signed"}
            assert len(concluded) == 1, concluded
            ledger.refused["protocol"] += 2
            ledger.signed.append(opened.json()["id"])
            await asyncio.sleep(random.uniform(0, pause))
