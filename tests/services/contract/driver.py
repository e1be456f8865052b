"""Commands on a database without HTTP: state machines drive thousands of histories through them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import count
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import select

from services.contract import commands, permissions
from services.contract.commands.contracts import owned
from services.contract.consumers import consumer
from services.contract.jobs.clock import CLOCK
from services.contract.models import Contract, ContractText, FrozenContent
from services.contract.rules.permitted import CHECKS
from services.contract.schemas import (
    ActionDraft,
    ContractDraft,
    DelegationIn,
    DenunciationIn,
    PartyExplanation,
    PartyReplacementIn,
    SignatureIn,
    TerminationIn,
)
from shared.bus import Message
from shared.clock import today
from shared.messaging.dispatcher import Dispatcher, parked_rows, unapplied
from shared.messaging.receiver import Receiver
from shared.problem import Forbidden, Refusal
from shared.security.access import Caller
from shared.security.roles import Permission
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.tables import outbox
from shared.storage.unit_of_work import WriteSession
from tests.services.contract.conftest import (
    CALLERS,
    EVERYONE,
    OTHER_REGION,
    REGION,
    decided,
    designated,
    mandate,
    mandated,
    member,
)
from tests.services.contract.places import LACQ, LACQ_ORTHEZ, PAU, TARBES
from tests.services.contract.stories import CONTRACT, SHEET, SIGNATURE
from tests.support.harness import TEAM, message

Result = TypeVar("Result")
Act = Callable[[WriteSession, UUID, Any, Caller], Awaitable[Any]]

REGIONS: Final = {REGION: "75", OTHER_REGION: "76"}
"""Callers of the two Regions."""
_codes: Final = count(1000)


def _by_reason(command: Callable[..., Awaitable[Any]]) -> Act:
    return lambda session, contract_id, body, by: command(session, contract_id, reason=body["reason"], by=by)


def _bare(command: Callable[..., Awaitable[Any]]) -> Act:
    return lambda session, contract_id, _body, by: command(session, contract_id, by=by)


def _of_party(command: Callable[..., Awaitable[Any]]) -> Act:
    def act(session: WriteSession, contract_id: UUID, body: Any, by: Caller) -> Awaitable[Any]:
        sent = PartyExplanation.model_validate(body)
        return command(session, contract_id, reason=sent.reason, party_id=sent.party_id, by=by)

    return act


async def _sign(session: WriteSession, contract_id: UUID, body: Any, by: Caller) -> Any:
    signature = SignatureIn.model_validate(body).declared()
    return await commands.sign_contract(session, contract_id, signature=signature, by=by)


async def _delegate(session: WriteSession, contract_id: UUID, body: Any, by: Caller) -> Any:
    act = DelegationIn.model_validate(body).model_dump()
    return await commands.delegate_signature(session, contract_id, **act, by=by)


async def _approve(session: WriteSession, contract_id: UUID, body: Any, by: Caller) -> Any:
    return await commands.approve_contract(session, contract_id, decision_id=UUID(body["decision_id"]), by=by)


async def _advise(session: WriteSession, contract_id: UUID, body: Any, by: Caller) -> Any:
    return await commands.give_opinion_on_contract(session, contract_id, **body, by=by)


async def _ask_again(session: WriteSession, contract_id: UUID, body: Any, by: Caller) -> Any:
    return await commands.ask_again(session, contract_id, body["party"], by=by)


async def _replace(session: WriteSession, contract_id: UUID, body: Any, by: Caller) -> Any:
    sent = {name: value for name, value in body.items() if name != "party"}
    act = PartyReplacementIn.model_validate(sent).model_dump()
    return await commands.replace_party(session, contract_id, body["party"], **act, by=by)


async def _take_out(session: WriteSession, contract_id: UUID, body: Any, by: Caller) -> Any:
    return await commands.take_out_party(session, contract_id, body["party"], reason=body["reason"], by=by)


async def _terminate(session: WriteSession, contract_id: UUID, body: Any, by: Caller) -> Any:
    act = TerminationIn.model_validate(body)
    abandons = act.actions == "abandoned"
    return await commands.terminate_contract(
        session, contract_id, declaration=act.declaration(), abandons_actions=abandons, by=by
    )


async def _denounce(session: WriteSession, contract_id: UUID, body: Any, by: Caller) -> Any:
    declaration = DenunciationIn.model_validate(body).declaration()
    return await commands.denounce_contract(session, contract_id, declaration=declaration, by=by)


ACTS: Final[Mapping[str, Act]] = {
    "submit": _bare(commands.submit_contract),
    "return": _by_reason(commands.return_contract),
    "approve": _approve,
    "opinion": _advise,
    "cancel": _by_reason(commands.cancel_contract),
    "request-signatures": _bare(commands.request_signatures),
    "sign": _sign,
    "decline": _of_party(commands.decline_contract),
    "withdraw-signature": _of_party(commands.withdraw_signature),
    "delegate": _delegate,
    "revoke-delegation": _of_party(commands.revoke_delegation),
    "ask-again": _ask_again,
    "replace": _replace,
    "take-out": _take_out,
    "terminate": _terminate,
    "denounce": _denounce,
    "revoke-end": _by_reason(commands.revoke_end),
}
"""Transition → its command, with the body that the API takes. Acts on one party name it in `party`."""


@dataclass(frozen=True)
class Seen:
    """A contract at one moment."""

    row: Contract
    frozen: bytes | None
    texts: Mapping[int, bytes]

    @property
    def signed(self) -> set[str]:
        """Return the parties that have signed."""
        return {party.organisation for party in self.row.parties if party.signed_on}

    def id_of(self, siren: str) -> UUID:
        """Return the id of a party."""
        return next(party.id for party in self.row.parties if party.organisation == siren)


@dataclass(frozen=True)
class Place:
    """A territory that no other history uses."""

    code: str

    @property
    def key(self) -> str:
        """Key of the territory."""
        return f"2018-{self.code}"

    def designated(self) -> Message:
        """Return its designation."""
        return self._designated(PAU, LACQ_ORTHEZ, TARBES)

    def left(self) -> Message:
        """Return the news that it has no members any more: the scopes of their callers stay small."""
        return self._designated()

    def appointed(self) -> list[Message]:
        """Return the appointments of its pair, today, in their order. The second one names both."""
        mandates = [mandate(capacity, today()) for capacity in ("elu", "industriel")]
        here = {"territory": self.key, "territories": [self.key]}
        return [message(mandated(*mandates[:number]).model_copy(update=here)) for number in (1, 2)]

    def decided(self, contract_id: UUID, *, by: str) -> tuple[str, Message]:
        """Return a favourable decision of a Region's committee on a contract: its id and its event."""
        event = decided(REGIONS[by], on=str(contract_id), territories=[self.key])
        return str(event.decision_id), message(event)

    def _designated(self, *sirens: str) -> Message:
        [event] = [each for each in designated() if each.subject == f"territory/{LACQ}"]
        facts = {"territory": self.key, "code": self.code, "name": f"{self.code} (synthétique)"}
        members = [member(siren) for siren in sirens]
        return message(event.model_copy(update={**facts, "members": members, "territories": [self.key]}))


def new_place() -> Place:
    """Return the next territory."""
    return Place(f"ti-{next(_codes)}")


class Driver:
    """The contract service without HTTP: its commands and its event door, on one database."""

    def __init__(self, settings: Settings) -> None:
        self.runner = asyncio.Runner()
        self.database = Database("contract", settings)
        self.dispatcher = Dispatcher(self.database, consumer, delays=())
        # No other process consumes.
        self.dispatcher.leads = True
        self.receiver = Receiver(self.database, consumer, self.dispatcher)

    def close(self) -> None:
        """Give the database back."""
        self.run(self.database.close())
        self.runner.close()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run work to its end."""
        return self.runner.run(work)

    def caller(self, name: str, permission: Permission) -> Caller:
        """Return a caller with its grant of a permission, as the API does."""
        by: Caller = self.run(CALLERS.verify(name))
        grant = by.role.grant(permission)
        if grant is None:
            raise Forbidden(f"A token of role {by.role} may not do this.")
        return replace(by, grant=grant)

    def write(self, by: Caller, command: Callable[[WriteSession], Awaitable[Result]]) -> Result:
        """Run one command in one transaction."""

        async def work() -> Result:
            async with self.database.writing(by=by) as session:
                return await command(session)

        return self.run(work())

    def read(self, query: Callable[[Any], Awaitable[Result]]) -> Result:
        """Run one query in one snapshot."""

        async def work() -> Result:
            async with self.database.reading() as session:
                return await query(session)

        return self.run(work())

    def act(self, name: str, by: str, contract_id: UUID, body: Any = None) -> Refusal | None:
        """Make a transition of a contract; return its refusal, if it is refused."""
        return self.attempt(by, CHECKS[name][0], lambda session, caller: ACTS[name](session, contract_id, body, caller))

    def attempt(
        self, by: str, permission: Permission, command: Callable[[WriteSession, Caller], Awaitable[Any]]
    ) -> Refusal | None:
        """Run one command for a caller; return its refusal, if it is refused."""
        try:
            caller = self.caller(by, permission)
            self.write(caller, lambda session: command(session, caller))
        except Refusal as refusal:
            return refusal
        return None

    def clock(self, scan: Callable[[WriteSession, date], Awaitable[int]], day: date) -> None:
        """Let the clock look on a day, until it finds nothing more. It looks at other histories too."""
        while self.write(CLOCK, lambda session: scan(session, day)):
            pass

    def arrive(self, *messages: Message) -> None:
        """Receive messages, in this order, and apply what they let go on."""

        async def work() -> None:
            await self.receiver.receive(messages)
            await self.dispatcher.apply_all()

        self.run(work())

    def arrived(self) -> bool:
        """Is everything applied that was received, and nothing parked?"""

        async def query(session: Any) -> bool:
            return not await unapplied(session) and not await parked_rows(session)

        return self.read(query)

    def look(self, contract_id: UUID) -> "Seen":
        """Return a contract as it is stored, with what was frozen and kept of it."""

        async def query(session: Any) -> Seen:
            row = await session.get_one(Contract, contract_id)
            frozen = await session.get(FrozenContent, contract_id) if row.content_sha256 else None
            texts = await session.scalars(select(ContractText).where(ContractText.contract_id == contract_id))
            return Seen(row, frozen.body if frozen else None, {each.version: each.body for each in texts})

        return self.read(query)

    def published(self, contract_id: UUID) -> list[Message]:
        """Return the events of a contract in their order."""

        async def query(session: Any) -> list[Message]:
            columns = outbox.c.event_id, outbox.c.type, outbox.c.subject, outbox.c.body
            subject = f"contract/{contract_id}"
            rows = await session.execute(select(*columns).where(outbox.c.subject == subject).order_by(outbox.c.id))
            return [Message(*row) for row in rows.tuples()]

        return self.read(query)

    def sheet(self, territory: str) -> str:
        """Return the id of a sheet that both Regions retain."""
        body = ActionDraft.model_validate({**SHEET, "territories": [territory]}).content()
        team = self.caller(TEAM, permissions.DRAFT_ACTIONS)
        action_id = self.write(team, lambda session: commands.draft_action(session, **body, by=team)).id
        self.write(team, lambda session: commands.submit_action(session, action_id, by=team))
        for name in (REGION, OTHER_REGION):
            by = self.caller(name, permissions.DECIDE_ACTIONS)
            self.write(by, partial(commands.validate_action, action_id=action_id, by=by))
        return str(action_id)

    def draft(self, **content: Any) -> UUID:
        """Return the id of a draft that lacks nothing, unless its content does."""
        body = ContractDraft.model_validate({**CONTRACT, **content}).content()
        team = self.caller(TEAM, permissions.DRAFT_CONTRACTS)
        return self.write(team, lambda session: commands.open_contract(session, **body, by=team)).id

    def sign(self, place: Place, contract_id: UUID, *, signed_on: date) -> None:
        """Take a draft all the way to its signature on a day."""
        acts: list[tuple[str, str, Any]] = [("submit", TEAM, None)]
        for by in REGIONS:
            decision_id, event = place.decided(contract_id, by=by)
            self.arrive(event)
            acts.append(("approve", by, {"decision_id": decision_id}))
        acts.append(("request-signatures", TEAM, None))
        acts += [("sign", by, {**SIGNATURE, "signed_on": f"{signed_on}"}) for by in EVERYONE]
        for name, by, body in acts:
            assert (refusal := self.act(name, by, contract_id, body)) is None, refusal

    def change(self, contract_id: UUID, content: Mapping[str, Any]) -> Refusal | None:
        """Let the territory write in a draft."""

        async def command(session: WriteSession, team: Caller) -> Contract:
            version = (await owned(session, contract_id, team)).version
            return await commands.change_contract(session, contract_id, expected=version, by=team, **content)

        return self.attempt(TEAM, permissions.DRAFT_CONTRACTS, command)

    def put_circuit(self, contract_id: UUID, groups: list[dict[str, Any]]) -> None:
        """Write the circuit of a draft."""
        team = self.caller(TEAM, permissions.REQUEST_SIGNATURES)

        async def command(session: WriteSession) -> Contract:
            version = (await owned(session, contract_id, team)).version
            return await commands.change_circuit(session, contract_id, groups=groups, expected=version, by=team)

        self.write(team, command)
