"""Follow organisations that were renamed, taken over, or turned out to be duplicates."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select

from services.contract import queries
from services.contract.commands.plans import tag
from services.contract.models import Action, ActionTag, Contract, ContractTag, KnownOrganisation, TagKind
from services.contract.rules import actions as action_rules
from services.contract.rules import contracts as contract_rules
from services.contract.rules import succession as rules
from services.contract.rules import texts
from shared.clock import now
from shared.events.territory import OrganisationRegistered
from shared.storage import outbox
from shared.storage.history import set_reason
from shared.storage.succession import predecessors_of
from shared.storage.unit_of_work import WriteSession

Bodies = Mapping[str, OrganisationRegistered]
NOBODY: Final[Bodies] = {}
REASON: Final = "an organisation that it names was renamed or taken over, or is a duplicate"


async def follow_organisations(session: WriteSession, events: Sequence[OrganisationRegistered]) -> None:
    """Name the present organisations in the drafts that name renamed or former ones."""
    registered = {event.siren: event for event in events}
    former = await predecessors_of(
        session,
        *registered,
        key=KnownOrganisation.siren,
        successor=KnownOrganisation.successor,
        duplicate_of=KnownOrganisation.duplicate_of,
    )
    named = registered.keys() | former
    sheets = select(Action).where(Action.id.in_(_tagged(ActionTag, named)), Action.status.in_(action_rules.EDITABLE))
    for sheet in (await session.scalars(sheets.with_for_update())).all():
        before = action_rules.event_data(sheet)
        if await follow_in_sheet(session, sheet, registered):
            if event := action_rules.changed(sheet, since=before, at=now()):
                outbox.add(session, event)
            await tag(session, sheet)
    contracts = select(Contract).where(Contract.id.in_(_tagged(ContractTag, named)), Contract.status == "draft")
    for contract in (await session.scalars(contracts.with_for_update())).all():
        since = contract_rules.event_data(contract)
        if await follow_in_contract(session, contract, registered):
            if changed := contract_rules.changed(contract, since=since, at=now()):
                outbox.add(session, changed)
            await tag(session, contract)


async def follow_in_sheet(session: WriteSession, sheet: Action, registered: Bodies = NOBODY) -> bool:
    """Name the present organisations in a sheet that may be edited. Return True if it has changed.

    `registered` holds what is newer than the projection.
    """
    bodies = await _bodies(session, [*sheet.carried_by, *sheet.helped_by], registered)
    before = texts.sheet_text(sheet)
    if is_changed := rules.follow_in_sheet(sheet, bodies):
        texts.begin_version(sheet, before, texts.sheet_text(sheet))
        set_reason(session, sheet, REASON)
    return is_changed


async def follow_in_contract(session: WriteSession, contract: Contract, registered: Bodies = NOBODY) -> bool:
    """Name the present organisations in the draft of a contract. Return True if it has changed."""
    named = [*(party.organisation for party in contract.parties), *rules.named_in_text(contract)]
    bodies = await _bodies(session, named, registered)
    before = texts.written(contract)
    if is_changed := rules.follow_in_contract(contract, bodies):
        texts.begin_version(contract, before, texts.written(contract))
        set_reason(session, contract, REASON)
    return is_changed


async def followed(session: WriteSession, text: Mapping[str, Any]) -> dict[str, Any]:
    """Return the text of a contract with the organisations of today."""
    return texts.followed(text, await _bodies(session, texts.named(text), NOBODY))


async def _bodies(session: WriteSession, sirens: Collection[str], registered: Bodies) -> dict[str, rules.KnownBody]:
    """Return what is known of organisations, and of all that stand in for them."""
    found: dict[str, rules.KnownBody] = {}
    wanted = set(sirens)
    while wanted:
        known = await queries.what_is_known(session, organisations=wanted)
        new: dict[str, rules.KnownBody] = dict(known.organisations.items())
        new |= {siren: registered[siren] for siren in wanted & registered.keys()}
        found |= new
        wanted = {body.replaced_by for body in new.values() if body.replaced_by} - found.keys()
    return found


def _tagged(tags: type[ActionTag | ContractTag], sirens: Collection[str]) -> Select[tuple[UUID]]:
    return select(tags.object_id).where(tags.kind == TagKind.ORGANISATION, tags.code.in_(sirens))
