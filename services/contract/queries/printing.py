"""Contracts, action sheets and consolidated texts, as they are printed."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services import OUTLINES
from services.contract.models import Contract, DocumentSeal, FrozenContent
from services.contract.queries.actions import get_action
from services.contract.queries.amendments import base_text, consolidated_text
from services.contract.queries.contracts import attached_actions, get_contract
from services.contract.rules import consolidation
from services.contract.rules.content import canonical, content, sheet_content
from services.contract.rules.printing import (
    PrintedDocument,
    consolidated_document,
    contract_document,
    sheet_document,
    territory_map,
)
from shared.clock import day_of, today
from shared.security.access import Caller


async def printed_contract(session: AsyncSession, contract: Contract, *, is_local: bool) -> PrintedDocument:
    """Return a contract, protocol or amendment as a document: its signed content, or the text of today."""
    frozen = await session.get(FrozenContent, contract.id)
    if frozen:
        body, found = frozen.body, read(frozen.body)
    else:
        found = content(contract, await attached_actions(session, contract))
        body = canonical(found)
    differences = []
    if contract.kind == "amendment":
        base = await session.get_one(FrozenContent, (await base_text(session, contract)).id)
        differences = consolidation.text_differences(read(base.body), found)
    outlines = published_outlines([contract.territory, *(f"region-{each}" for each in contract.regions)])
    return contract_document(
        contract,
        found,
        body,
        dated=contract.signed_on or day_of(contract.updated_at),
        is_local=is_local,
        differences=differences,
        map_=territory_map(contract.territory, contract.regions, outlines),
    )


async def contract_to_print(
    session: AsyncSession, contract_id: UUID, *, by: Caller
) -> tuple[Contract, DocumentSeal | None]:
    """Return a contract that the caller may read, with its seal if its document has one."""
    contract = await get_contract(session, contract_id, by=by)
    return contract, await session.get(DocumentSeal, contract.id)


async def printed_sheet(session: AsyncSession, action_id: UUID, *, by: Caller) -> PrintedDocument:
    """Return an action sheet as a document, without what the caller may not read."""
    action = await get_action(session, action_id, by=by)
    return sheet_document(action, sheet_content(action, withheld=action.withheld), dated=day_of(action.updated_at))


async def printed_text(session: AsyncSession, contract_id: UUID, *, as_of: date | None, by: Caller) -> PrintedDocument:
    """Return the consolidated text of a contract as a document."""
    found = await get_contract(session, contract_id, by=by)
    contract = await session.get_one(Contract, found.amends) if found.amends else found
    text = await consolidated_text(session, contract_id, as_of=as_of, by=by)
    return consolidated_document(contract, read(text.body), text.body, as_of=as_of or today())


def published_outlines(keys: Sequence[str]) -> Mapping[str, str]:
    """Return the outlines of these keys that are published."""
    found = {}
    with OUTLINES.open("rb") as file:
        for key in keys:
            if key in _lines():
                file.seek(_lines()[key])
                found[key] = file.readline().decode().partition(" ")[2].strip()
    return found


@cache
def _lines() -> Mapping[str, int]:
    """Return where the line of each outline begins in the published file."""
    found, position = {}, 0
    for line in OUTLINES.read_bytes().splitlines(keepends=True):
        found[line.partition(b" ")[0].decode()] = position
        position += len(line)
    return found


def read(body: bytes) -> Mapping[str, Any]:
    """Return a canonical JSON as it was before its encoding."""
    found: dict[str, Any] = json.loads(body)
    return found
