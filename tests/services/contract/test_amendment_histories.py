"""Random histories of amendments and ends on the database, beside a model: the past never changes."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.contract import commands
from services.contract.jobs.clock import CLOCK
from shared.clock import today
from tests.services.contract.conftest import House, at_work
from tests.services.contract.stories import signed_contract, signed_draft
from tests.services.contract.test_ends_api import LATER, WHY, kept
from tests.support.harness import Prepared

BEGUN: Final = date(2019, 7, 15)
SIGNATURES: Final = (date(2020, 2, 1), date(2021, 6, 30), today())
DAYS: Final = (BEGUN, *(day + timedelta(offset) for day in SIGNATURES[:2] for offset in (-1, 0)), today())
ENDS: Final = tuple(f"{today().year + years}-12-31" for years in (2, 3, 5))
SUBJECTS: Final = ("title", "period")
FIELDS: Final = {"title": "title", "period": "ends_on"}


@dataclass
class Model:
    """The facts of one contract."""

    texts: list[tuple[date, dict[str, str]]] = field(default_factory=list)
    """Day from which each signed text is in force, in the order of their numbers."""
    draft: dict[str, str] | None = None
    subjects: set[str] = field(default_factory=set)
    ends_on: date | None = None
    has_ended: bool = False

    def text_on(self, day: date) -> dict[str, str]:
        """Return the text of a day."""
        return [text for since, text in self.texts if since <= day][-1]

    @property
    def in_force_until(self) -> str:
        """Return the last day of the contract."""
        last = self.texts[-1][1]["ends_on"]
        return min(last, (self.ends_on - timedelta(1)).isoformat()) if self.ends_on else last


class Histories(RuleBasedStateMachine):
    """One contract on a database of its own."""

    prepared: Prepared

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.model = Model()
        self.frozen: dict[str, bytes] = {}
        self.past: dict[date, bytes] = {}
        self.house: House
        self.path = self.draft_path = ""

    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()

    @initialize()
    def sign_the_contract(self) -> None:
        async def begin() -> dict[str, Any]:
            folder = Path(mkdtemp())
            self.house = await self.stack.enter_async_context(at_work(self.prepared.on_sqlite(folder)))
            return await signed_contract(self.house, **LATER)

        contract = self.runner.run(begin())
        self.path = f"/v1/contracts/{contract['id']}"
        self.model.texts.append((BEGUN, {"title": contract["title"], "ends_on": contract["ends_on"]}))

    @rule(subjects=st.sets(st.sampled_from(SUBJECTS), min_size=1))
    def begin(self, subjects: set[str]) -> None:
        refused = self.model.draft is not None or self.model.has_ended
        body = {"subjects": sorted(subjects), **WHY}
        answer = self.post(f"{self.path}/amendments", body, 409 if refused else 201)
        if not refused:
            self.draft_path = f"/v1/contracts/{answer['id']}"
            self.model.draft = dict(self.model.texts[-1][1])
            self.model.subjects = subjects

    @precondition(lambda self: self.model.draft is not None)
    @rule(subject=st.sampled_from(SUBJECTS), value=st.integers(0, 2))
    def write(self, subject: str, value: int) -> None:
        text = {"title": f"Titre {value}", "period": ENDS[value]}[subject]
        status = 409 if self.model.has_ended else 200 if subject in self.model.subjects else 422
        self.patch({FIELDS[subject]: text}, status)
        if status == 200 and self.model.draft is not None:
            self.model.draft[FIELDS[subject]] = text

    @precondition(lambda self: self.model.draft is not None and not self.model.has_ended)
    @rule(subjects=st.sets(st.sampled_from(SUBJECTS), min_size=1))
    def change_subjects(self, subjects: set[str]) -> None:
        self.patch({"subjects": sorted(subjects)}, 200)
        assert self.model.draft is not None
        for gone in self.model.subjects - subjects:
            self.model.draft[FIELDS[gone]] = self.model.texts[-1][1][FIELDS[gone]]
        self.model.subjects = subjects

    @precondition(lambda self: self.model.draft is not None)
    @rule(day=st.sampled_from(SIGNATURES))
    def sign(self, day: date) -> None:
        model, draft = self.model, self.model.draft
        assert draft is not None
        if draft == model.texts[-1][1] or model.has_ended:
            self.post(f"{self.draft_path}/submit", None, 409)
            return
        draft_id = self.draft_path.rpartition("/")[2]
        self.runner.run(signed_draft(self.house, draft_id, signed_on=day.isoformat()))
        since = max(day, model.texts[-1][0])
        model.texts.append((since, draft))
        model.draft = None
        # The signature changes its own day and later ones, and no day before.
        self.past = {known: body for known, body in self.past.items() if known < since}

    @precondition(lambda self: self.model.draft is not None)
    @rule()
    def cancel(self) -> None:
        self.post(f"{self.draft_path}/cancel", WHY, 200)
        self.model.draft = None

    @precondition(lambda self: not self.model.has_ended and self.model.ends_on is None)
    @rule(days=st.sampled_from([0, 30, 300]))
    def terminate(self, days: int) -> None:
        day = today() + timedelta(days)
        self.post(f"{self.path}/terminate", kept(day), 200)
        self.model.ends_on = day
        self.model.has_ended = days == 0

    @precondition(lambda self: self.model.ends_on is not None)
    @rule()
    def revoke(self) -> None:
        self.post(f"{self.path}/revoke-end", WHY, 409 if self.model.has_ended else 200)
        if not self.model.has_ended:
            self.model.ends_on = None

    @precondition(lambda self: not self.model.has_ended)
    @rule(offset=st.sampled_from([0, 1]))
    def clock(self, offset: int) -> None:
        async def tick() -> int:
            async with self.house.database.writing(by=CLOCK) as session:
                return await commands.end_due_contracts(session, last + timedelta(offset))

        last = date.fromisoformat(self.model.in_force_until)
        assert self.runner.run(tick()) == offset
        if offset:
            self.model.ends_on, self.model.has_ended = last + timedelta(1), True

    @invariant()
    def the_contract_is_as_the_model_says(self) -> None:
        found = self.get(self.path).json()
        assert found["status"] == ("ended" if self.model.has_ended else "signed")
        assert found["in_force_until"] == self.model.in_force_until
        assert len(found["amendments"]) == len(self.model.texts) - 1
        ids = [found["id"], *found["amendments"]]
        bodies = {each: self.get(f"/v1/contracts/{each}/content").content for each in ids}
        assert bodies == {**bodies, **self.frozen}
        self.frozen = bodies

    @invariant()
    def the_text_of_a_day_is_as_the_model_says_and_never_changes(self) -> None:
        for day in DAYS:
            answer = self.get(f"{self.path}/text?as_of={day.isoformat()}")
            text = answer.json()["text"]
            assert {name: text[name] for name in ("title", "ends_on")} == self.model.text_on(day), day
            assert self.past.setdefault(day, answer.content) == answer.content, day

    def get(self, path: str) -> Any:
        """A read of the public."""
        return self.runner.run(self.house.send("GET", path, by=None))

    def post(self, path: str, body: Any, status: int) -> dict[str, Any]:
        """An act of the territory."""
        return self.runner.run(self.house.post(path, body, expect=status))

    def patch(self, body: Any, status: int) -> None:
        """A change of the draft."""
        self.runner.run(self.house.patch(self.draft_path, body, expect=status))


@pytest.mark.timeout(600)
def test_any_history_of_amendments_and_ends_keeps_the_past(prepared: Prepared) -> None:
    machine = type("Prepared", (Histories,), {"prepared": prepared})
    chosen = settings(max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=chosen)
