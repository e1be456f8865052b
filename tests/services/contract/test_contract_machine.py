"""The life of a contract, from its draft to its end, while events of other services arrive in any order."""

import hashlib
import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from sqlalchemy import select

from services.contract import commands, permissions, queries
from services.contract.models import Contract, TimelineEntry
from services.contract.rules import transitions
from services.contract.rules.signing import DUE_DAYS
from shared.bus import Message
from shared.clock import today
from shared.ids import uuid7
from shared.problem import Forbidden, NotFound, Refusal
from shared.security.access import Caller
from shared.settings import Settings
from shared.storage.unit_of_work import WriteSession
from tests.services.contract.conftest import (
    BANK,
    COMPANY,
    EVERYONE,
    INVEST,
    OTHER_REGION,
    PILOT,
    REGION,
    STATE,
    HistoryLength,
)
from tests.services.contract.driver import ACTS, REGIONS, new_place
from tests.services.contract.machines import Machine, drive
from tests.services.contract.places import (
    CAISSE_DES_DEPOTS,
)
from tests.services.contract.stories import CONTRACT, SIGNATURE, group
from tests.services.contract.test_circuits_api import CALLS, OF_PARTY
from tests.services.contract.test_ends_api import LATER
from tests.support.harness import TEAM

PAST: Final = (date(2019, 7, 1), today() - timedelta(days=30), today() - timedelta(days=1))
"""Days whose progress is read again and again."""
SIGNED_ON: Final = (today(), PAST[1])
CALLERS: Final = (*EVERYONE, PILOT, INVEST)
USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("submit", "request-signatures", "cancel", "ask-again", "replace", "take-out"), (TEAM,)),
    **dict.fromkeys(("return", "approve", "terminate"), (REGION, OTHER_REGION)),
    "opinion": (STATE,),
    "revoke-end": (REGION, OTHER_REGION, COMPANY),
}
"""Transition → callers that usually may make it; the others are made by parties."""
RARE: Final = ("cancel", "return", "terminate", "denounce")
"""Transitions that bring a history to its end, or back to its beginning."""
ON_ONE_PARTY: Final = frozenset({"already-signed", "party-not-fitting", "party-needed", "party-not-declined"})
"""Refusals that depend on the party that the act names."""
FIELDS: Final = {"title": "/title", "skills": "/themes/skills"}

ATTEMPTS: Final = st.tuples(
    st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 5), st.sampled_from(SIGNED_ON), st.integers(0, 5)
)
"""Drawn numbers: transition, caller, whether any of them, day of a signature, party."""


class ContractLife(Machine):
    """A contract of a territory of its own."""

    @initialize(
        cut=st.integers(0, 5),
        # 6: everybody in the group, and so an optional party too.
        quorum=st.sampled_from([None, 6, 1, 2, 3]),
        optional=st.sampled_from([True, True, False]),
        order=st.permutations(["elu", "industriel", "again"]),
        chance=st.randoms(use_true_random=False),
        ahead=st.sampled_from([5, 4, 5, 4, 3, 2, 1, 0]),
    )
    def open(
        self, cut: int, quorum: int | None, optional: bool, order: list[str], chance: random.Random, ahead: int
    ) -> None:
        self.chance = chance
        self.place = new_place()
        self.driver.arrive(self.place.designated())
        self.waiting: list[Message] = []
        self.known: set[str] = set()
        pair = self.place.appointed()
        # The second event says all that the first one says: it may come before it, and come again.
        self.waiting += [pair[{"elu": 0, "industriel": 1, "again": 1}[each]] for each in order]
        parties = [
            {**party, "required": not (optional and party["organisation"] == CAISSE_DES_DEPOTS)}
            for party in CONTRACT["parties"]
        ]
        sheet = self.driver.sheet(self.place.key)
        self.id: UUID = self.driver.draft(
            territory=self.place.key, plan=[{"action_id": sheet}], parties=parties, **LATER
        )
        present = [party["organisation"] for party in parties]
        if cut:
            groups = [group(*present[:cut]), group(*present[cut:])]
            groups[-1]["quorum"] = min(quorum, len(present) - cut) if quorum else None
            self.driver.put_circuit(self.id, groups)
        self.status = "draft"
        self.decisions: dict[str, str] = {}
        self.frozen: tuple[bytes, str | None, int] | None = None
        self.kept: dict[int, bytes] = {}
        self.comments: list[UUID] = []
        self.last_day: date | None = None
        self.past = {day: self.progress(day) for day in PAST}
        self.delivered = 0
        self.seen = self.driver.look(self.id)
        self.go_ahead(ahead)

    def go_ahead(self, stages: int) -> None:
        """Begin later in its life: under review, approved, in signing, nearly signed, or signed."""
        if stages >= 1:
            self.all_events_arrive()
            self.make("submit", TEAM, today())
        if stages >= 2:
            self.all_events_arrive()
            for by in REGIONS:
                self.make("approve", by, today())
        if stages >= 3:
            self.make("request-signatures", TEAM, today())
        if stages >= 4:
            required = [party.organisation for party in self.seen.row.parties if party.required]
            # In the order of the circuit; the last one is left out if it shall only be nearly signed.
            for siren in required[: len(required) - (stages == 4)]:
                [by] = [each for each in self.unsigned if each.endswith(siren)]
                self.make("sign", by, SIGNED_ON[1])

    def make(self, name: str, by: str, day: date) -> None:
        """Make a transition that nothing hinders, the same in many histories, without reading what is declared."""
        before = self.status
        refusal = self.driver.act(name, by, self.id, self.body(name, by, day, 0))
        assert refusal is None, (name, by, refusal)
        self.seen = self.driver.look(self.id)
        self.follow(name, by, day, before)

    def all_events_arrive(self) -> None:
        """Everything that is on its way arrives at once."""
        if self.waiting:
            self.driver.arrive(*self.waiting)
            self.waiting.clear()

    # Events arrive.

    @precondition(lambda self: self.waiting)
    @rule(place=st.integers(0, 9), keep=st.booleans())
    def arrive(self, place: int, keep: bool) -> None:
        """Any event arrives; it may arrive again later."""
        index = place % len(self.waiting)
        event = self.waiting[index] if keep and place > 6 else self.waiting.pop(index)
        self.known.add(event.event_id)
        self.driver.arrive(event)

    @rule(count=st.integers(1, 6))
    def own_events_arrive(self, count: int) -> None:
        """The next own events arrive in any order, with some that came before."""
        events = self.driver.published(self.id)
        batch = events[max(0, self.delivered - 1) : self.delivered + count]
        self.chance.shuffle(batch)
        self.delivered = min(len(events), self.delivered + count)
        for each in batch:
            self.driver.arrive(each)

    # People act.

    @rule(attempts=st.lists(ATTEMPTS, min_size=1, max_size=4))
    def act(self, attempts: list[tuple[int, int, int, date, int]]) -> None:
        """Callers try transitions. Each succeeds exactly if the declared transitions say so."""
        for pick, who, is_wild, day, party in attempts:
            possible = self.possible(pick)
            name = list(ACTS)[pick % len(ACTS)] if is_wild == 0 or not possible else possible[pick % len(possible)]
            callers = CALLERS if is_wild == 1 else self.callers_of(name)
            self.attempt(name, callers[who % len(callers)], day, party)

    def attempt(self, name: str, by: str, day: date, party: int) -> None:
        """Try one transition."""
        declared = self.declared(by)
        if declared is None and not self.is_public:
            return
        before = self.status
        refusal = self.driver.act(name, by, self.id, self.body(name, by, day, party))
        self.seen = self.driver.look(self.id)
        # Several attempts may make one step.
        self.what_was_frozen_or_kept_never_changes()
        self.compare(name, by, declared, refusal)
        if refusal is None:
            self.follow(name, by, day, before)

    def possible(self, pick: int) -> list[str]:
        """Return the transitions from here; those that bring it to its end less often."""
        table = transitions.CONTRACT[self.status]  # type: ignore[index]
        names = [name for name in table if name != "enter-signed" and name in ACTS]
        return [name for name in names if name not in RARE or pick % 5 == 0] or names

    def callers_of(self, name: str) -> tuple[str, ...]:
        """Return the callers that usually may make a transition."""
        return USUAL.get(name, EVERYONE)

    def declared(self, by: str) -> Mapping[str, Any] | None:
        """Return the transitions from here as the caller reads them; None if it may not."""
        caller = self.driver.caller(by, permissions.READ_CONTRACT_DETAILS)
        try:
            found = self.driver.read(lambda session: queries.read_transitions(session, self.id, by=caller))
        except (NotFound, Forbidden):  # a party that was taken out of a contract which is public since
            return None
        assert found["status"] == self.status
        return {each.name: each for each in found["transitions"]}

    def compare(self, name: str, by: str, declared: Mapping[str, Any] | None, refusal: Refusal | None) -> None:
        """Hold what happened against what was declared."""
        code = code_of(refusal)
        if declared is None:
            assert code is not None
        elif name not in declared:
            assert refusal is not None
            if code == "forbidden":
                return
            assert (code, refusal.status) == ("transition-refused", 409), (name, by, code)
            assert refusal.members["allowed_transitions"] == sorted(declared)
        elif not declared[name].allowed:
            # The party that the act names may be refused before what is refused for all parties.
            is_named = name in OF_PARTY and code in ON_ONE_PARTY
            assert is_named or code == declared[name].code, (name, by, code, declared[name].reason)
        elif name == "approve" and any(
            self.decisions[by] in each.body for each in self.waiting if each.event_id not in self.known
        ):
            assert code == "decision-not-known"
        elif name in OF_PARTY:
            assert code is None or code in ON_ONE_PARTY, (name, by, code)
        else:
            assert code is None, (name, by, code, refusal and refusal.detail)

    def body(self, name: str, by: str, day: date, party: int) -> Any:
        """Return a sound body of a transition."""
        body = CALLS[name][1]
        match name:
            case "approve":
                return {"decision_id": self.decisions.get(by, str(uuid7()))}
            case "sign":
                return {**SIGNATURE, "signed_on": day.isoformat()}
            case "terminate" | "denounce":
                offset = 30 if day == today() else 0
                return {**body, "effective_on": (today() + timedelta(offset)).isoformat()}
            case "ask-again" | "replace" | "take-out":
                return {**(body or {}), "party": self.party(party)}
        return body

    def party(self, place: int) -> UUID:
        """Return the id of one of the parties."""
        parties = self.seen.row.parties
        return parties[place % len(parties)].id

    def follow(self, name: str, by: str, day: date, before: str) -> None:
        """Follow a transition that was made."""
        row = self.seen.row
        if name == "submit":
            self.decide()
        if name in ("sign", "withdraw-signature", "take-out"):
            # A signature of a past day, or its withdrawal, is a fact of that day.
            self.forget_past()
        target = transitions.CONTRACT[before][name]  # type: ignore[index]
        may_wait = name in ("approve", "sign", "take-out", "terminate", "denounce")
        assert row.status == target or (may_wait and row.status == before), (name, row.status)
        if name == "withdraw-signature" or name in ("decline", "replace", "ask-again"):
            assert row.status == before
        self.status = row.status

    def decide(self) -> None:
        """The committees of both Regions decide on the text; the news are on their way."""
        for region in REGIONS:
            self.decisions[region], event = self.place.decided(self.id, by=region)
            self.waiting.append(event)

    @precondition(lambda self: self.status in ("draft", "under_review"))
    @rule(by=st.sampled_from([REGION, STATE]), field=st.sampled_from(sorted(FIELDS)))
    def comment(self, by: str, field: str) -> None:
        async def command(session: WriteSession, caller: Caller) -> None:
            made = await commands.comment_on_contract(session, self.id, pointer=FIELDS[field], text="Essai.", by=caller)
            self.comments.append(made.id)

        refusal = self.driver.attempt(by, permissions.COMMENT_ON_CONTRACTS, command)
        assert code_of(refusal) == (None if self.status == "under_review" else "not-under-review")

    @precondition(lambda self: self.comments)
    @rule(place=st.integers(0, 9), is_answer=st.booleans())
    def close_comment(self, place: int, is_answer: bool) -> None:
        comment_id = self.comments[place % len(self.comments)]
        if is_answer:
            team = self.driver.caller(TEAM, permissions.ANSWER_COMMENTS)
            self.driver.write(team, lambda session: commands.answer_comment(session, comment_id, text="Fait.", by=team))
        else:
            region = self.driver.caller(REGION, permissions.COMMENT_ON_CONTRACTS)
            self.driver.write(region, lambda session: commands.resolve_comment(session, comment_id, by=region))
            self.comments.remove(comment_id)

    @rule(field=st.sampled_from(sorted(FIELDS)), number=st.integers(0, 2))
    def write(self, field: str, number: int) -> None:
        """The territory writes in the text; only in a draft, and where the return left it open."""
        text = f"Texte {number}"
        row = self.seen.row
        present = row.title if field == "title" else row.themes["skills"]
        is_locked = row.unlocked is not None and FIELDS[field] not in row.unlocked and present != text
        refusal = self.driver.change(self.id, {"title": text} if field == "title" else {"themes": {"skills": text}})
        self.seen = self.driver.look(self.id)
        expected = "not-editable" if self.status != "draft" else "field-locked" if is_locked else None
        assert code_of(refusal) == expected

    @rule(days=st.sampled_from([0, DUE_DAYS, DUE_DAYS + 1]))
    def the_clock_follows_the_signatures(self, days: int) -> None:
        self.driver.clock(commands.follow_signatures, today() + timedelta(days))
        self.seen = self.driver.look(self.id)
        if self.status == "signing" and days > DUE_DAYS and self.seen.row.status == "signatures_expired":
            self.status = "signatures_expired"

    @precondition(lambda self: self.status == "signed" and self.last_day is not None)
    @rule(offset=st.integers(0, 1))
    def the_clock_ends_it(self, offset: int) -> None:
        assert self.last_day
        self.driver.clock(commands.end_due_contracts, self.last_day + timedelta(offset))
        self.seen = self.driver.look(self.id)
        self.status = "ended" if offset else "signed"

    @precondition(lambda self: self.status == "signing")
    @rule(order=st.permutations(EVERYONE), day=st.sampled_from(SIGNED_ON), left=st.integers(0, 3))
    def parties_sign(self, order: list[str], day: date, left: int) -> None:
        """Parties try to sign, in any order; some do not."""
        for by in order[left:]:
            self.attempt("sign", by, day, 0)

    @precondition(lambda self: self.status == "signed" and BANK in self.unsigned)
    @rule(day=st.sampled_from(SIGNED_ON))
    def the_optional_party_signs_late(self, day: date) -> None:
        self.attempt("sign", BANK, day, 0)

    @precondition(lambda self: self.status == "signed" and not self.seen.row.ends_early_on)
    @rule(is_terminated=st.booleans(), day=st.sampled_from(SIGNED_ON))
    def its_end_is_declared(self, is_terminated: bool, day: date) -> None:
        """It ends in thirty days or today."""
        self.attempt(*(("terminate", REGION) if is_terminated else ("denounce", COMPANY)), day, 0)

    # It holds at all times.

    @invariant()
    def it_is_signed_if_and_only_if_its_circuit_is_complete(self) -> None:
        row = self.seen.row
        assert row.status == self.status
        self.last_day = row.ends_early_on - timedelta(1) if row.ends_early_on else None
        if self.status in ("signed", "ended"):
            assert is_complete(row)
        elif self.status in ("signing", "signatures_expired"):
            assert not is_complete(row)
        assert bool(row.content_sha256) == (self.status in ("signed", "ended"))

    @invariant()
    def what_was_frozen_or_kept_never_changes(self) -> None:
        row, texts = self.seen.row, self.seen.texts
        # A party that is replaced or leaves during the signatures changes the text that is being signed, and no other.
        open_text = row.text_version if row.status in ("signing", "signed") and self.frozen is None else None
        if self.seen.frozen is not None:
            frozen = self.seen.frozen, row.content_sha256, row.text_version
            self.frozen = self.frozen or frozen
            assert frozen == self.frozen
            assert hashlib.sha256(self.seen.frozen).hexdigest() == row.content_sha256
        assert self.kept.keys() <= texts.keys()
        for version, body in self.kept.items():
            assert texts[version] == body or version == open_text, version
        self.kept = dict(texts)

    def teardown(self) -> None:
        if not hasattr(self, "delivered"):
            return
        events = self.driver.published(self.id)
        # All the rest arrives, in any order; then all once more.
        rest = [*self.waiting, *events[self.delivered :]]
        self.chance.shuffle(rest)
        for each in rest:
            self.driver.arrive(each)
        self.driver.arrive(*events)
        assert self.driver.arrived()
        names = [each.type.split(".")[-2] for each in events]
        assert names.count("ContractSigned") == (self.status in ("signed", "ended"))
        for day, known in self.past.items():
            assert self.progress(day) == known, day
        assert self.driver.read(self.last_state) == self.status
        self.driven.ends[self.status] += 1
        super().teardown()

    async def last_state(self, session: Any) -> str | None:
        """Return the state in which the contract is counted."""
        statement = select(TimelineEntry.state).where(TimelineEntry.subject == f"contract/{self.id}")
        found: str | None = await session.scalar(statement.order_by(TimelineEntry.sequence.desc()).limit(1))
        return found

    @property
    def unsigned(self) -> list[str]:
        """Return the callers of the parties that have not signed."""
        return [by for by in EVERYONE if not by.endswith(tuple(self.seen.signed))]

    @property
    def is_public(self) -> bool:
        """True if everybody may read the contract."""
        return self.status in ("signed", "ended")

    def progress(self, day: date) -> Any:
        """Return the progress of a day, as everybody reads it."""
        return self.driver.read(lambda session: queries.read_progress(session, as_of=day, region=None, phase="2018"))

    def forget_past(self) -> None:
        """Facts of a past day were recorded: only the days before are as they were."""
        self.past = {day: known for day, known in self.past.items() if day < SIGNED_ON[1]}


def code_of(refusal: Refusal | None) -> str | None:
    """Return the code of a refusal, if there is one."""
    return refusal.code if refusal else None


def is_complete(row: Contract) -> bool:
    """Return True if each mandatory group has its required signatures and its quorum, counted from the rows."""
    signed = {str(party.id) for party in row.parties if party.signed_on}
    required = {str(party.id) for party in row.parties if party.required}
    everyone = [str(party.id) for party in row.parties]
    groups = row.circuit or [{"label": None, "quorum": None, "parties": everyone}]
    waits_for = [each for each in groups if each["quorum"] or required & set(each["parties"])]
    return bool(waits_for) and all(
        required & set(each["parties"]) <= signed and len(signed & set(each["parties"])) >= (each["quorum"] or 0)
        for each in waits_for
    )


def test_a_contract_makes_the_transitions_that_are_declared_and_no_others(
    settings: Settings, history_length: HistoryLength, record_property: Callable[[str, Any], None]
) -> None:
    record_property("driven", drive(ContractLife, settings, history_length, histories=4, acts=15).line)
