"""A signing circuit on the database, with a model of sets beside it, tried by Hypothesis."""

from collections.abc import Callable
from datetime import timedelta
from itertools import chain, combinations, pairwise
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from services.contract import commands, queries
from services.contract.rules.signing import DUE_DAYS
from shared.clock import today
from shared.settings import Settings
from tests.services.contract.conftest import HistoryLength
from tests.services.contract.machines import Machine, drive
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
from tests.services.contract.stories import CONTRACT, SIGNATURE, group
from tests.services.contract.test_circuits_api import WHY
from tests.support.harness import TEAM

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


class Circuit(Machine):
    """A protocol whose parties do anything in any order. Nobody approves it: its circuit begins at once."""

    @initialize(
        order=st.permutations(EVERYONE),
        cuts=st.sets(st.integers(1, 6), max_size=3),
        required=st.sets(st.sampled_from(EVERYONE)),
        quorums=st.lists(st.none() | st.integers(1, 4), min_size=4, max_size=4),
        left=st.sampled_from([0, 1, 0, 7]),
    )
    def open(self, order: list[str], cuts: set[int], required: set[str], quorums: list[int | None], left: int) -> None:
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
        self.frozen: tuple[bytes, str] | None = None
        self.settle()
        self.request_first()
        # Most histories begin nearly signed or signed: the required parties sign, all or all except the last one.
        places = [place for place in range(len(order)) if self.party(place) in self.required]
        for place in places[: max(0, len(places) - left)]:
            self.sign_for(place, by_delegate=False)

    def request_first(self) -> None:
        companies = [{**COMPANY_PARTY, "organisation": FORGES}]
        self.id = self.driver.draft(
            kind="protocol",
            territory=self.place.key,
            parties=[
                {**party, "required": party["organisation"] in self.required}
                for party in [*CONTRACT["parties"], *companies]
            ],
            commitments=[{"organisation": siren, "kind": "human", "text": "Synthétique."} for siren in EVERYONE],
        )
        self.driver.put_circuit(
            self.id, [group(*each, quorum=quorum) for each, quorum in zip(self.groups, self.quorums, strict=True)]
        )
        assert self.driver.act("request-signatures", TEAM, self.id) is None
        self.seen = self.driver.look(self.id)

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

    def act(self, name: str, by: str, body: Any, expected: str | None) -> None:
        """Make a transition; it is made or refused as the model says."""
        refusal = self.driver.act(name, by, self.id, body)
        assert (refusal.code if refusal else None) == expected, (name, by, refusal)
        self.seen = self.driver.look(self.id)
        # Several acts may make one step.
        self.what_was_frozen_never_changes()

    def caller(self, siren: str) -> str:
        return f"{KINDS[siren]}:{siren}"

    def id_of(self, siren: str) -> str:
        return str(self.seen.id_of(siren))

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
        self.sign_for(place, by_delegate=by_delegate)

    def sign_for(self, place: int, *, by_delegate: bool) -> None:
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

    @rule(places=st.permutations(range(7)))
    def sign_in_some_order(self, places: list[int]) -> None:
        """Everybody tries to sign, in any order."""
        for place in places:
            self.sign_for(place, by_delegate=True)

    @precondition(lambda self: self.status == "signed")
    @rule(place=st.integers(0, 6))
    def sign_late(self, place: int) -> None:
        """A party whose signature was not needed signs a contract that is signed."""
        late = [place for place in range(sum(map(len, self.groups))) if self.party(place) not in self.signed]
        if late:
            self.sign_for(late[place % len(late)], by_delegate=False)

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
        body = {"party": self.seen.id_of(siren), "organisation": new, "capacity": "Office", **WHY}
        self.act("replace", self.caller(NOUVELLE_AQUITAINE), body, expected)
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
        self.act("take-out", self.caller(NOUVELLE_AQUITAINE), {"party": self.seen.id_of(siren), **WHY}, expected)
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
        self.act("ask-again", self.caller(NOUVELLE_AQUITAINE), {"party": self.seen.id_of(siren)}, expected)
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
        self.driver.clock(commands.follow_signatures, today() + timedelta(DUE_DAYS + 1))
        self.seen = self.driver.look(self.id)
        if self.status == "signing":
            self.status = "signatures_expired"

    @rule()
    def request(self) -> None:
        expected = None if self.status == "signatures_expired" else "transition-refused"
        self.act("request-signatures", self.caller(NOUVELLE_AQUITAINE), None, expected)
        if expected is None:
            self.status = "signing"
            self.declined.clear()

    @invariant()
    def the_circuit_is_as_the_model(self) -> None:
        found = self.seen.row
        circuit = queries.describe_circuit(found)
        assert found.status == self.status
        assert (found.status == "signed") == self.is_signed_by(self.signed) == bool(found.content_sha256)
        states = {party["organisation"]: party["state"] for each in circuit["groups"] for party in each["parties"]}
        assert states == {siren: self.state_of(siren) for siren in chain(*self.groups)}
        assert [each["is_mandatory"] for each in circuit["groups"]] == [
            index in self.mandatory for index in range(len(self.groups))
        ]

    def what_was_frozen_never_changes(self) -> None:
        if self.seen.frozen is not None and self.seen.row.content_sha256:
            self.frozen = self.frozen or (self.seen.frozen, self.seen.row.content_sha256)
            assert (self.seen.frozen, self.seen.row.content_sha256) == self.frozen

    def state_of(self, siren: str) -> str:
        if siren in self.signed:
            return "signed"
        if siren in self.declined:
            return "declined"
        if self.status == "signatures_expired":
            return "expired"
        return "asked" if self.is_turn(siren) else "awaited"

    def teardown(self) -> None:
        if hasattr(self, "seen"):
            names = [each.type.split(".")[-2] for each in self.driver.published(self.id)]
            assert names.count("ProtocolSigned") == (self.status == "signed")
            self.driven.ends[self.status] += 1
        super().teardown()


def test_a_circuit_is_signed_if_and_only_if_it_is_complete(
    settings: Settings, history_length: HistoryLength, record_property: Callable[[str, Any], None]
) -> None:
    record_property("driven", drive(Circuit, settings, history_length, histories=6, acts=12).line)
