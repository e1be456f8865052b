"""Random histories of amendments and ends on the database, beside a model: the past never changes."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from services.contract import commands, permissions, queries
from shared.clock import today
from shared.events.contract import AmendmentSubject
from shared.problem import Refusal
from shared.security.access import ANONYMOUS, Caller
from shared.settings import Settings
from shared.storage.unit_of_work import WriteSession
from tests.services.contract.conftest import HistoryLength
from tests.services.contract.machines import Machine, drive
from tests.services.contract.test_ends_api import LATER, WHY, kept
from tests.support.harness import TEAM

BEGUN: Final = date(2019, 7, 15)
SIGNATURES: Final = (date(2020, 2, 1), date(2021, 6, 30), today())
DAYS: Final = (BEGUN, *(day + timedelta(offset) for day in SIGNATURES[:2] for offset in (-1, 0)), today())
ENDS: Final = tuple(f"{today().year + years}-12-31" for years in (2, 3, 5))
SUBJECTS: Final[tuple[AmendmentSubject, ...]] = ("title", "period")
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


class Amendments(Machine):
    """One contract of a territory of its own."""

    @initialize()
    def sign_the_contract(self) -> None:
        self.settle()
        self.model = Model()
        self.frozen: dict[UUID, bytes] = {}
        self.past: dict[date, bytes] = {}
        self.amendments: list[UUID] = []
        sheet = self.driver.sheet(self.place.key)
        self.id = self.driver.draft(territory=self.place.key, plan=[{"action_id": sheet}], **LATER)
        self.driver.sign(self.place, self.id, signed_on=BEGUN)
        row = self.driver.look(self.id).row
        self.model.texts.append((BEGUN, {"title": row.title, "ends_on": f"{row.ends_on}"}))

    @rule(subjects=st.sets(st.sampled_from(SUBJECTS), min_size=1))
    def begin(self, subjects: set[AmendmentSubject]) -> None:
        refused = self.model.draft is not None or self.model.has_ended

        async def command(session: WriteSession, by: Caller) -> None:
            made = await commands.open_amendment(session, self.id, subjects=sorted(subjects), **WHY, by=by)
            self.draft_id = made.id

        refusal = self.driver.attempt(TEAM, permissions.DRAFT_CONTRACTS, command)
        assert status_of(refusal) == (409 if refused else None)
        if not refused:
            self.model.draft = dict(self.model.texts[-1][1])
            self.model.subjects = {*subjects}

    @precondition(lambda self: self.model.draft is not None)
    @rule(subject=st.sampled_from(SUBJECTS), value=st.integers(0, 2))
    def write(self, subject: str, value: int) -> None:
        text = {"title": f"Titre {value}", "period": ENDS[value]}[subject]
        status = 409 if self.model.has_ended else None if subject in self.model.subjects else 422
        content = text if subject == "title" else date.fromisoformat(text)
        assert status_of(self.driver.change(self.draft_id, {FIELDS[subject]: content})) == status
        if status is None and self.model.draft is not None:
            self.model.draft[FIELDS[subject]] = text

    @precondition(lambda self: self.model.draft is not None and not self.model.has_ended)
    @rule(subjects=st.sets(st.sampled_from(SUBJECTS), min_size=1))
    def change_subjects(self, subjects: set[str]) -> None:
        assert self.driver.change(self.draft_id, {"subjects": sorted(subjects)}) is None
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
            assert status_of(self.driver.act("submit", TEAM, self.draft_id)) == 409
            return
        self.driver.sign(self.place, self.draft_id, signed_on=day)
        self.amendments.append(self.draft_id)
        since = max(day, model.texts[-1][0])
        model.texts.append((since, draft))
        model.draft = None
        # The signature changes its own day and later ones, and no day before.
        self.past = {known: body for known, body in self.past.items() if known < since}

    @precondition(lambda self: self.model.draft is not None)
    @rule()
    def cancel(self) -> None:
        assert self.driver.act("cancel", TEAM, self.draft_id, WHY) is None
        self.model.draft = None

    @precondition(lambda self: not self.model.has_ended and self.model.ends_on is None)
    @rule(days=st.sampled_from([0, 30, 300]))
    def terminate(self, days: int) -> None:
        day = today() + timedelta(days)
        assert self.driver.act("terminate", TEAM, self.id, kept(day)) is None
        self.model.ends_on = day
        self.model.has_ended = days == 0

    @precondition(lambda self: self.model.ends_on is not None)
    @rule()
    def revoke(self) -> None:
        refusal = self.driver.act("revoke-end", TEAM, self.id, WHY)
        assert status_of(refusal) == (409 if self.model.has_ended else None)
        if not self.model.has_ended:
            self.model.ends_on = None

    @precondition(lambda self: not self.model.has_ended)
    @rule(offset=st.sampled_from([0, 1]))
    def clock(self, offset: int) -> None:
        last = date.fromisoformat(self.model.in_force_until)
        self.driver.clock(commands.end_due_contracts, last + timedelta(offset))
        if offset:
            self.model.ends_on, self.model.has_ended = last + timedelta(1), True

    @invariant()
    def the_contract_is_as_the_model_says(self) -> None:
        found = self.driver.look(self.id).row
        assert found.status == ("ended" if self.model.has_ended else "signed")
        assert f"{found.in_force_until}" == self.model.in_force_until
        assert len(self.amendments) == len(self.model.texts) - 1

    @invariant()
    def the_text_of_a_day_is_as_the_model_says_and_never_changes(self) -> None:
        texts, bodies = self.driver.read(self.read_texts)
        assert bodies == {**bodies, **self.frozen}
        self.frozen = bodies
        for day, found in zip(DAYS, texts, strict=True):
            text = json.loads(found.body)["text"]
            assert {name: text[name] for name in ("title", "ends_on")} == self.model.text_on(day), day
            assert self.past.setdefault(day, found.body) == found.body, day

    async def read_texts(self, session: Any) -> tuple[Sequence[Any], dict[UUID, bytes]]:
        """Return the text of each day, and what was frozen, as everybody reads them."""
        texts = [await queries.consolidated_text(session, self.id, as_of=day, by=ANONYMOUS) for day in DAYS]
        signed = [self.id, *self.amendments]
        return texts, {each: (await queries.frozen_content(session, each, by=ANONYMOUS)).body for each in signed}


def status_of(refusal: Refusal | None) -> int | None:
    """Return the HTTP status of a refusal, if there is one."""
    return refusal.status if refusal else None


def test_any_history_of_amendments_and_ends_keeps_the_past(
    settings: Settings, history_length: HistoryLength, record_property: Callable[[str, Any], None]
) -> None:
    record_property("driven", drive(Amendments, settings, history_length, histories=2, acts=10).line)
