"""A signing circuit through the API on the database, with a model of sets beside it, tried by Hypothesis."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import chain, combinations, count, pairwise
from typing import Any, Final, TypeVar

from hypothesis import Phase
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from services.contract import commands
from services.contract.jobs.clock import CLOCK
from services.contract.rules.signing import DUE_DAYS
from shared.clock import today
from shared.settings import Settings
from tests.services.contract.conftest import House, at_work
from tests.services.contract.places import (
    ATELIERS,
    BPIFRANCE,
    CAISSE_DES_DEPOTS,
    FORGES,
    LACQ_ORTHEZ,
    NOUVELLE_AQUITAINE,
    OCCITANIE,
    PAU,
    PREFECTURE,
    PREFECTURE_OCCITANIE,
    TARBES,
)
from tests.services.contract.stories import CONTRACT, SIGNATURE, approved, drafted_contract, group, put_circuit
from tests.services.contract.test_circuits_api import WHY, published_of
from tests.support.harness import ON_SQLITE

Result = TypeVar("Result")

KINDS: Final = {
    PAU: "territory", LACQ_ORTHEZ: "territory", TARBES: "territory",
    NOUVELLE_AQUITAINE: "region", OCCITANIE: "region",
    PREFECTURE: "state", PREFECTURE_OCCITANIE: "state",
    CAISSE_DES_DEPOTS: "operator", BPIFRANCE: "operator",
    ATELIERS: "party", FORGES: "party",
}  # fmt: skip
"""Organisation → role of its callers, one for each kind of party."""
EVERYONE: Final = (PAU, NOUVELLE_AQUITAINE, OCCITANIE, PREFECTURE, CAISSE_DES_DEPOTS, ATELIERS, FORGES)
NEEDED: Final = ("territory", "party", "state")
COMPANY_PARTY: Final = next(party for party in CONTRACT["parties"] if party["organisation"] == ATELIERS)
HOW: Final = how(max_examples=12, stateful_step_count=25, deadline=None, phases=[Phase.generate], database=None)
_days: Final = count(0, 2)


@contextmanager
def served(settings: Settings) -> Iterator[tuple[House, Any]]:
    """Serve the contract service on a loop of its own; yield it with a function that runs work there."""
    loop, ready, done = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    found: list[House] = []

    async def serve() -> None:
        async with at_work(settings) as house:
            found.append(house)
            ready.set()
            await done.wait()

    def run(work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        ready.wait()
        yield found[0], run
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


class Circuit(RuleBasedStateMachine):
    """A contract whose parties do anything in any order."""

    house: House
    run: Any

    @initialize(
        order=st.permutations(EVERYONE),
        cuts=st.sets(st.integers(1, 6), max_size=3),
        required=st.sets(st.sampled_from(EVERYONE)),
        quorums=st.lists(st.none() | st.integers(1, 4), min_size=4, max_size=4),
    )
    def open(self, order: list[str], cuts: set[int], required: set[str], quorums: list[int | None]) -> None:
        bounds = [0, *sorted(cuts), len(order)]
        self.groups = [list(order[first:last]) for first, last in pairwise(bounds)]
        self.quorums = [
            min(quorum, len(each)) if quorum else None for each, quorum in zip(self.groups, quorums, strict=False)
        ]
        self.required = required | (set() if required or any(self.quorums) else {PAU})
        for siren in (PAU, PREFECTURE, ATELIERS, NOUVELLE_AQUITAINE, OCCITANIE):
            if self.is_avoidable(siren):
                self.required |= {siren}
        self.signed: set[str] = set()
        self.declined: set[str] = set()
        self.delegates: dict[str, str | None] = {}
        self.status = "signing"
        self.carriers = [PAU]
        self.sha256: str | None = None
        self.run(self.request_first())

    async def request_first(self) -> None:
        starts_on = date(2019, 7, 15) + timedelta(next(_days))
        companies = [{**COMPANY_PARTY, "organisation": FORGES}]
        parties = [
            {**party, "required": party["organisation"] in self.required}
            for party in [*CONTRACT["parties"], *companies]
        ]
        contract = await drafted_contract(
            self.house,
            parties=parties,
            commitments=[{"organisation": siren, "kind": "human", "text": "Synthétique."} for siren in EVERYONE],
            starts_on=f"{starts_on}",
            ends_on=f"{starts_on + timedelta(1)}",
        )
        self.path = f"/v1/contracts/{contract['id']}"
        groups = [group(*each, quorum=quorum) for each, quorum in zip(self.groups, self.quorums, strict=True)]
        await put_circuit(self.house, contract, *groups)
        await approved(self.house, await self.house.post(f"{self.path}/submit"))
        self.contract = await self.house.post(f"{self.path}/request-signatures")

    @property
    def mandatory(self) -> list[int]:
        """Positions of the groups that the contract waits for."""
        return [index for index, each in enumerate(self.groups) if self.quorums[index] or self.required & set(each)]

    def is_complete(self, index: int, signed: set[str]) -> bool:
        members = set(self.groups[index])
        return self.required & members <= signed and len(members & signed) >= (self.quorums[index] or 0)

    def is_signed_by(self, signed: set[str]) -> bool:
        return bool(self.mandatory) and all(self.is_complete(index, signed) for index in self.mandatory)

    def is_turn(self, siren: str) -> bool:
        own = next(index for index, each in enumerate(self.groups) if siren in each)
        return all(self.is_complete(index, self.signed) for index in self.mandatory if index < own)

    def is_avoidable(self, siren: str) -> bool:
        """May the contract be signed without the kind of a party? A Region is a kind of its own."""
        present = list(chain.from_iterable(self.groups))
        kind = {each for each in present if KINDS[each] == KINDS[siren]} if KINDS[siren] != "region" else {siren}
        signers = chain.from_iterable(combinations(present, size) for size in range(len(present) + 1))
        return any(self.is_signed_by(set(each)) and not kind & set(each) for each in signers)

    def party(self, place: int) -> str:
        """One of the present parties."""
        present = list(chain.from_iterable(self.groups))
        return present[place % len(present)]

    def act(self, name: str, by: str, body: Any, expected: str | None) -> Any:
        """Call the API; it answers as the model says."""
        answer = self.run(self.house.send("POST", f"{self.path}/{name}", by, json=body))
        problem = answer.json()
        assert (None if answer.is_success else problem["code"]) == expected, (name, by, answer.text)
        return problem

    def caller(self, siren: str) -> str:
        return f"{KINDS[siren]}:{siren}"

    def id_of(self, siren: str) -> str:
        parties = self.run(self.house.get(self.path))["parties"]
        return str(next(party["id"] for party in parties if party["organisation"] == siren))

    def refused(self, siren: str, *states: str) -> str | None:
        """The refusal of an act on an unsigned party in some states."""
        if self.status not in states:
            return "transition-refused"
        return "already-signed" if siren in self.signed else None

    def go_on(self) -> None:
        if self.status == "signing" and self.is_signed_by(self.signed):
            self.status = "signed"

    @rule(place=st.integers(0, 6), by_delegate=st.booleans())
    def sign(self, place: int, by_delegate: bool) -> None:
        siren = self.party(place)
        delegate = self.delegates.get(siren)
        by = delegate if by_delegate and delegate else siren
        expected = self.refused(siren, "signing", "signed")
        if expected is None and not self.is_turn(siren):
            expected = "not-your-turn"
        self.act("sign", self.caller(by), {**SIGNATURE, "party_id": self.id_of(siren)}, expected)
        if expected is None:
            self.signed.add(siren)
            self.declined.discard(siren)
            self.go_on()

    @rule(place=st.integers(0, 6))
    def decline(self, place: int) -> None:
        siren = self.party(place)
        expected = self.refused(siren, "signing")
        self.act("decline", self.caller(siren), WHY, expected)
        if expected is None:
            self.declined.add(siren)

    @rule(place=st.integers(0, 6))
    def withdraw(self, place: int) -> None:
        siren = self.party(place)
        expected = "transition-refused" if self.status != "signing" else None if siren in self.signed else "not-signed"
        body = {**WHY, "party_id": self.id_of(siren)}
        self.act("withdraw-signature", self.caller(siren), body, expected)
        if expected is None:
            self.signed.remove(siren)

    @rule(place=st.integers(0, 6), new=st.sampled_from(sorted(KINDS)))
    def replace(self, place: int, new: str) -> None:
        siren = self.party(place)
        expected = self.refused(siren, "signing")
        if expected is None and (new in chain.from_iterable(self.groups) or KINDS[new] != KINDS[siren]):
            expected = "party-not-fitting"
        body = {"organisation": new, "capacity": "Office", **WHY}
        self.act(f"parties/{self.id_of(siren)}/replace", self.caller(NOUVELLE_AQUITAINE), body, expected)
        if expected is None:
            self.groups = [[new if each == siren else each for each in members] for members in self.groups]
            self.required = {new if each == siren else each for each in self.required}
            self.carriers = [new if each == siren else each for each in self.carriers]
            self.declined.discard(siren)
            self.delegates.pop(siren, None)

    @rule(place=st.integers(0, 6))
    def take_out(self, place: int) -> None:
        siren = self.party(place)
        expected = self.refused(siren, "signing")
        before = self.groups, self.quorums, self.required
        if expected is None:
            left = [[each for each in members if each != siren] for members in self.groups]
            is_short = any((quorum or 0) > len(each) for each, quorum in zip(left, self.quorums, strict=True))
            self.groups, self.required = left, self.required - {siren}
            lost = any(kind not in map(KINDS.get, chain(*left)) for kind in NEEDED) or any(
                self.is_avoidable(each) for each in chain(*left) if KINDS[each] in (*NEEDED, "region")
            )
            regions = {NOUVELLE_AQUITAINE, OCCITANIE} <= set(chain(*left))
            if is_short or not self.mandatory or lost or not regions or self.carriers == [siren]:
                expected = "party-needed"
        if expected is not None:
            self.groups, self.quorums, self.required = before
        self.act(f"parties/{self.id_of(siren)}/take-out", self.caller(NOUVELLE_AQUITAINE), WHY, expected)
        if expected is None:
            self.declined.discard(siren)
            self.delegates.pop(siren, None)
            kept = [index for index, members in enumerate(self.groups) if members]
            self.groups = [self.groups[index] for index in kept]
            self.quorums = [self.quorums[index] for index in kept]
            self.go_on()

    @rule(place=st.integers(0, 6))
    def ask_again(self, place: int) -> None:
        siren = self.party(place)
        expected = self.refused(siren, "signing")
        if expected is None and siren not in self.declined:
            expected = "party-not-declined"
        self.act(f"parties/{self.id_of(siren)}/ask-again", self.caller(NOUVELLE_AQUITAINE), {}, expected)
        if expected is None:
            self.declined.remove(siren)

    @rule(place=st.integers(0, 6), to=st.none() | st.sampled_from([BPIFRANCE, PREFECTURE_OCCITANIE]))
    def delegate(self, place: int, to: str | None) -> None:
        siren = self.party(place)
        expected = self.refused(siren, "signing", "signed")
        body = {"organisation": to, "office": "Office", "reference": "A-1", "date": "2019-07-01"}
        self.act("delegate", self.caller(siren), body, expected)
        if expected is None:
            self.delegates[siren] = to if to != siren else None

    @rule(place=st.integers(0, 6))
    def revoke(self, place: int) -> None:
        siren = self.party(place)
        expected = self.refused(siren, "signing", "signed")
        if expected is None and siren not in self.delegates:
            expected = "delegation-missing"
        self.act("revoke-delegation", self.caller(siren), WHY, expected)
        if expected is None:
            del self.delegates[siren]

    @rule()
    def expire(self) -> None:
        self.run(self.scan())
        if self.status == "signing":
            self.status = "signatures_expired"

    async def scan(self) -> None:
        async with self.house.database.writing(by=CLOCK, reason="test") as session:
            await commands.follow_signatures(session, today() + timedelta(DUE_DAYS + 1))

    @rule()
    def request(self) -> None:
        expected = None if self.status == "signatures_expired" else "transition-refused"
        self.act("request-signatures", self.caller(NOUVELLE_AQUITAINE), None, expected)
        if expected is None:
            self.status = "signing"
            self.declined.clear()

    @invariant()
    def the_contract_is_as_the_model(self) -> None:
        if not hasattr(self, "path"):
            return
        found = self.run(self.house.get(self.path))
        circuit = self.run(self.house.get(f"{self.path}/circuit"))
        assert found["status"] == self.status
        assert (found["status"] == "signed") == self.is_signed_by(self.signed) == bool(found["content_sha256"])
        self.sha256 = self.sha256 or found["content_sha256"]
        assert found["content_sha256"] == self.sha256
        states = {party["organisation"]: party["state"] for each in circuit["groups"] for party in each["parties"]}
        assert states == {siren: self.state_of(siren) for siren in chain(*self.groups)}
        assert [each["is_mandatory"] for each in circuit["groups"]] == [
            index in self.mandatory for index in range(len(self.groups))
        ]

    def state_of(self, siren: str) -> str:
        if siren in self.signed:
            return "signed"
        if siren in self.declined:
            return "declined"
        if self.status == "signatures_expired":
            return "expired"
        return "asked" if self.is_turn(siren) else "awaited"

    def teardown(self) -> None:
        if hasattr(self, "path"):
            concluded = self.run(published_of(self.house, self.contract, "ContractSigned"))
            assert len(concluded) == (self.status == "signed")


@ON_SQLITE
def test_a_contract_is_signed_if_and_only_if_its_circuit_is_complete(settings: Settings) -> None:
    with served(settings) as (house, run):
        Circuit.house, Circuit.run = house, staticmethod(run)
        run_state_machine_as_test(Circuit, settings=HOW)
