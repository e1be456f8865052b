"""Signing circuits, read: groups and turns, transitions of a caller, contracts that the clock follows."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.models import Contract, Party
from services.contract.queries.contracts import get_concerning, surroundings
from services.contract.queries.projections import get_territory, named_scope_of
from services.contract.rules import circuits, transitions
from services.contract.rules.permitted import NEED_READINESS, Situation, permitted
from services.contract.rules.readiness import blockers
from shared.clock import today
from shared.security.access import Caller


async def read_circuit(session: AsyncSession, contract_id: UUID, *, by: Caller) -> dict[str, Any]:
    """Return the circuit of a contract to those whom it concerns."""
    return describe_circuit(await get_concerning(session, contract_id, by, await named_scope_of(session, by)))


def describe_circuit(found: Contract) -> dict[str, Any]:
    """Return the groups of a contract, the state of each party, and whose turn it is."""
    circuit = circuits.groups(found)
    turn = circuits.in_turn(found) if found.status in circuits.OPEN else []
    placed = {party.id for group in circuit for party in group.parties}
    awaited = circuits.awaited_group(circuit)
    return {
        "contract_id": found.id,
        "version": found.version,
        "status": found.status,
        "due_on": found.due_on,
        "is_default": not found.circuit,
        "is_complete": circuits.is_complete(found),
        "awaited_group": None if awaited is None else awaited + 1,
        "turn": [party.organisation for party in turn],
        "groups": [
            {
                "label": group.label,
                "quorum": group.quorum,
                "is_mandatory": group.is_mandatory,
                "is_complete": group.is_complete,
                "needed": group.needed,
                "parties": [_party(party, found, turn) for party in group.parties],
            }
            for group in circuit
        ],
        "outside": [party.organisation for party in found.parties if party.id not in placed],
    }


def _party(party: Party, found: Contract, turn: Sequence[Party]) -> dict[str, Any]:
    return {
        "party_id": party.id,
        "organisation": party.organisation,
        "name": party.name,
        "required": party.required,
        "state": circuits.state_of(party, found, turn),
        "asked_on": party.asked_on,
        "reminded_on": party.reminded_on,
        "signed_on": party.signed_on,
        "delegation": party.delegation,
    }


async def read_transitions(session: AsyncSession, contract_id: UUID, *, by: Caller) -> dict[str, Any]:
    """Return the transitions from the present state, and those that the caller may make."""
    access_scope = await named_scope_of(session, by)
    found = await get_concerning(session, contract_id, by, access_scope)
    is_checked = any(name in NEED_READINESS for name in transitions.allowed(found))
    situation = Situation(
        contract=found,
        by=by,
        access_scope=access_scope,
        territory=await get_territory(session, found.territory, pointer="/territory"),
        blockers=blockers(found, await surroundings(session, found)) if is_checked else (),
        today=today(),
    )
    return {"contract_id": found.id, "status": found.status, "transitions": list(permitted(situation))}


async def contracts_to_watch(session: AsyncSession, day: date, *, at_most: int) -> Sequence[Contract]:
    """Return contracts with a reminder or an expiry whose day has come; locked."""
    statement = (
        select(Contract)
        .where(Contract.watch_from <= day)
        .order_by(Contract.watch_from, Contract.id)
        .limit(at_most)
        .with_for_update()
    )
    return (await session.scalars(statement)).unique().all()
