"""Read records of published facts, and their counts by a day."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import ColumnElement, String, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.errors import DaysReversed, RecordNotFound
from services.contract.models import ContractRecord
from services.contract.queries.filters import RecordFilters
from services.contract.queries.projections import access_scope_of, key_of
from services.contract.rules import records as rules
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice
from shared.problem import FieldError
from shared.storage.search import Sought


def _missing(record_id: UUID) -> RecordNotFound:
    return RecordNotFound(f"There is no record {record_id}: GET /v1/contract-records lists them.")


_records: Final = PublicCollection(
    ContractRecord, "record", access_scope_of, order=(ContractRecord.first_day, ContractRecord.id), missing=_missing
)
get_record: Final = _records.get
record_changes: Final = _records.changes
record_history: Final = _records.history


async def list_records(session: AsyncSession, filters: RecordFilters, pagination: PageRequest) -> Slice[ContractRecord]:
    """Return a page of the records, by the first day on which their fact may have happened."""
    statement = select(ContractRecord).where(*_days(filters))
    if territory := await key_of(session, filters.territory, filters.phase):
        statement = statement.where(ContractRecord.territory == territory)
    if filters.phase:
        statement = statement.where(ContractRecord.phase == filters.phase)
    if filters.region:
        statement = statement.where(_in_region(filters.region))
    if filters.kind:
        statement = statement.where(ContractRecord.kind.in_(filters.kind))
    if filters.in_force:
        statement = statement.where(ContractRecord.withdrawn_at.is_(None))
    first: list[ColumnElement[bool]] = []
    if sought := Sought.of(filters.q):
        statement = statement.where(sought.condition(ContractRecord.search))
        first = [sought.is_whole_in(ContractRecord.search)]
    return await _records.page(session, statement, pagination, first=first)


async def records_of(session: AsyncSession, ids: Collection[UUID]) -> Sequence[ContractRecord]:
    """Return the records of these ids, as far as there are any."""
    return (await session.scalars(select(ContractRecord).where(ContractRecord.id.in_(ids)))).all()


async def count_recorded(
    session: AsyncSession, as_of: date, *, region: str | None, phases: Collection[str]
) -> dict[str, dict[str, Any]]:
    """Return the number of recorded signatures by a day, by phase, and where their records are listed."""
    signatures = select(
        ContractRecord.phase,
        ContractRecord.territory,
        ContractRecord.kind,
        ContractRecord.first_day,
        ContractRecord.day,
    ).where(
        ContractRecord.phase.in_(phases),
        ContractRecord.kind.in_(rules.SIGNATURES),
        ContractRecord.first_day <= as_of,
        ContractRecord.withdrawn_at.is_(None),
    )
    if region:
        signatures = signatures.where(_in_region(region))
    by_phase: dict[str, list[rules.RecordedSignature]] = defaultdict(list)
    for phase, *said in await session.execute(signatures.distinct()):
        by_phase[phase].append(rules.RecordedSignature(*said))
    return {phase: _shown(by_phase[phase], as_of=as_of, region=region, phase=phase) for phase in phases}


def _shown(
    signatures: Sequence[rules.RecordedSignature], *, as_of: date, region: str | None, phase: str
) -> dict[str, Any]:
    bounds = rules.count(signatures, as_of=as_of)
    asked = [("phase", phase), *([("region", region)] if region else []), ("until", str(as_of)), ("in_force", "true")]
    query = urlencode([*asked, *(("kind", kind) for kind in rules.SIGNATURES)])
    return {
        "protocols": bounds["protocol"],
        "contracts": bounds["contract"],
        "protocols_or_contracts": bounds["protocol_or_contract"],
        "records": f"/v1/contract-records?{query}",
    }


def _days(filters: RecordFilters) -> list[ColumnElement[bool]]:
    """Return the conditions for the records whose fact may have happened, or surely has, between two days."""
    start, end, record = filters.from_day, filters.until, ContractRecord
    if start and end and end < start:
        raise DaysReversed(
            f"`until` is before {start}: give a later day, or leave one of them out.",
            errors=[FieldError(parameter="until", detail=f"before {start}")],
        )
    if filters.certain:
        return [
            record.day.is_not(None),
            *([record.first_day >= start] if start else []),
            *([record.day <= end] if end else []),
        ]
    return [
        *([or_(record.day.is_(None), record.day >= start)] if start else []),
        *([record.first_day <= end] if end else []),
    ]


def _in_region(code: str) -> ColumnElement[bool]:
    return cast(ContractRecord.regions, String).contains(f'"{code}"', autoescape=True)
