"""A stream of writes that goes on through crashes: each act is sent again, under its key, until it is answered."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from app.demo.journey import INTERCOMMUNALITY, TERRITORY
from tests.support.processes import Client, Form

AWAY = (502, 503, 504)


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
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def commits(self) -> int:
        """Commits of all acts that were done: a figure is one, a submitted sheet is four."""
        return len(self.figures) + 4 * len(self.submitted)


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
