"""Commands of action sheets."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.contract import queries
from services.contract.commands.plans import next_number, tag
from services.contract.commands.succession import follow_in_sheet
from services.contract.models import Action
from services.contract.rules import actions as rules
from services.contract.rules.territories import require_open
from shared.clock import now, today
from shared.ids import uuid7
from shared.projections import Known
from shared.security.access import AccessScope, Caller, Stakeholders, require_owner
from shared.storage import outbox
from shared.storage.history import require_version, set_reason
from shared.storage.unit_of_work import WriteSession


async def draft_action(
    session: WriteSession, *, title: str, territories: Sequence[str], by: Caller, **content: Any
) -> Action:
    """Create a sheet in the plan of its lead territory."""
    lead = await queries.get_territory(session, territories[0], pointer="/territories/0", lock=True)
    access_scope = await queries.access_scope_of(session, by)
    require_owner(by, access_scope, Stakeholders.of(territories=[lead.key], public=True), f"plan of {lead.key}")
    # The lead is locked and read already.
    others = await _known(session, {"territories": territories[1:], **content})
    known = replace(others, territories={**others.territories, lead.key: lead})
    for territory in known.territories.values():
        require_open(territory, on=today())
    number = await next_number(session, lead.key, "action")
    action = rules.open_sheet(uuid7(), number, title=title, territories=territories, known=known, at=now())
    rules.change(action, content, known=known)
    action.is_shown_whole = True
    session.add(action)
    await tag(session, action)
    return action


async def change_action(
    session: WriteSession, action_id: UUID, *, expected: int, by: Caller, reason: str | None = None, **content: Any
) -> Action:
    """Change a sheet that is a draft or was returned."""
    action = await _editable(session, action_id, by)
    require_version(action, expected)
    await _require_lead_open(session, action)
    before = rules.event_data(action)
    known = await _known(session, content)
    for key in known.territories.keys() - set(action.territories):
        require_open(known.territories[key], on=today())
    holders = await queries.contracts_with_sheet(session, action, rules.SIGNED_AS_IT_IS)
    rules.change(action, content, known=known)
    rules.require_unattached(action, holders)
    if event := rules.changed(action, since=before, at=now()):
        outbox.add(session, event)
    if reason:
        set_reason(session, action, reason)
    await tag(session, action)
    return action


async def delete_action(session: WriteSession, action_id: UUID, *, expected: int, by: Caller) -> None:
    """Delete a draft."""
    action = await _editable(session, action_id, by)
    require_version(action, expected)
    rules.require_draft(action)
    rules.require_unattached(action, await queries.contracts_with_sheet(session, action, rules.NEEDED))
    await session.delete(action)


async def submit_action(session: WriteSession, action_id: UUID, *, by: Caller) -> Action:
    """Submit a sheet to the Region."""
    action = await _editable(session, action_id, by)
    await _require_lead_open(session, action)
    outbox.add(session, rules.submit(action, at=now()))
    return action


async def name_asked_operator(session: WriteSession, action_id: UUID, operator: str) -> None:
    """Give a sheet to an operator that was asked for help with it, and publish it to that operator."""
    action = await session.scalar(select(Action).where(Action.id == action_id).with_for_update())
    if action is None:
        return
    if event := rules.ask_operator(action, operator, at=now()):
        outbox.add(session, event)
    set_reason(session, action, "an operator was asked for help")
    await tag(session, action)


async def return_action(session: WriteSession, action_id: UUID, *, reason: str, by: Caller) -> Action:
    """Return a sheet to its territory."""
    action, access_scope = await _decidable(session, action_id, by)
    # It will be written in again, and names the organisations of today.
    await follow_in_sheet(session, action)
    outbox.add(session, rules.send_back(action, reason=reason, access_scope=access_scope, by=by, at=now()))
    set_reason(session, action, reason)
    await tag(session, action)
    return action


async def validate_action(session: WriteSession, action_id: UUID, *, by: Caller) -> Action:
    """Validate a sheet for the caller's Region."""
    action, access_scope = await _decidable(session, action_id, by)
    await _require_lead_open(session, action)
    if validated := rules.validate(action, access_scope=access_scope, by=by, at=now()):
        outbox.add(session, validated)
    return action


async def reject_action(session: WriteSession, action_id: UUID, *, reason: str, by: Caller) -> Action:
    """Reject a sheet."""
    action, access_scope = await _decidable(session, action_id, by)
    outbox.add(session, rules.reject(action, reason=reason, access_scope=access_scope, by=by, at=now()))
    set_reason(session, action, reason)
    return action


async def give_opinion(session: WriteSession, action_id: UUID, *, verdict: str, text: str, by: Caller) -> Action:
    """Record the State's opinion of a sheet."""
    action, _ = await _decidable(session, action_id, by)
    rules.give_opinion(action, organisation=by.org or "", verdict=verdict, text=text, at=now())
    return action


async def _editable(session: WriteSession, action_id: UUID, by: Caller) -> Action:
    access_scope = await queries.access_scope_of(session, by)
    action = await queries.get_action(session, action_id, by=by, access_scope=access_scope, lock=True)
    rules.require_editor(action, by=by, access_scope=access_scope)
    return action


async def _decidable(session: WriteSession, action_id: UUID, by: Caller) -> tuple[Action, AccessScope]:
    access_scope = await queries.access_scope_of(session, by)
    action = await queries.get_action(session, action_id, by=by, access_scope=access_scope, lock=True)
    rules.require_decider(action, access_scope=access_scope)
    return action, access_scope


async def _require_lead_open(session: WriteSession, action: Action) -> None:
    """Refuse to take a sheet further in the plan of a closed territory. It can still be returned or rejected."""
    lead = await queries.get_territory(session, action.lead_territory, pointer="/territories/0")
    require_open(lead, on=today())


async def _known(session: WriteSession, content: Mapping[str, Any]) -> Known:
    """Load the projections of the territories and organisations that a sheet names."""
    return await queries.what_is_known(
        session,
        territories=content.get("territories", ()),
        organisations=[*content.get("carriers", ()), *(partner["siren"] for partner in content.get("partners", ()))],
    )
