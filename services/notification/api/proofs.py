"""Proofs that the journal was not changed: `/v1/journal-heads`, `/v1/events/{event_id}/proof`, `/v1/histories`."""

import base64
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Query

from services.notification import errors, permissions, queries
from services.notification.api.dependencies import WITH_RIGHTS, Reading
from services.notification.models import JournalHead
from services.notification.rules.heads import statement_of
from services.notification.schemas import ConsistencyOut, HeadOut, HistoryHeadOut, InclusionOut
from shared.http.pagination import Pagination, Slice
from shared.http.routing import Router, Tag
from shared.http.schemas import Day, Page, Word
from shared.problem import NotFound, documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(
    tags=[Tag("Proofs", "Proofs that no event was changed, deleted or inserted later.")], dependencies=WITH_RIGHTS
)

Anybody = Annotated[Caller, Depends(allowed(permissions.READ_HEADS))]
Machine = Annotated[Caller, Depends(allowed(permissions.READ_JOURNAL))]
Reader = Annotated[Caller, Depends(allowed(permissions.READ_EVENTS))]


@router.get("/v1/journal-heads", response_model=Page[HeadOut])
async def list_journal_heads(
    session: Reading,
    pagination: Pagination,
    _by: Anybody,
    since: Annotated[Day | None, Query(description="First day.", examples=["2026-03-04"])] = None,
) -> Slice[dict[str, Any]]:
    """The heads of the journal, one for each day with events, oldest first.

    Keep them elsewhere: `python -m services verify --heads` and a consistency proof compare the journal with them.
    """
    found = await queries.list_heads(session, pagination, since=since)
    return Slice([_head(each) for each in found.items], found.next)


@router.get("/v1/journal-heads/{day}", response_model=HeadOut, responses=documented(NotFound))
async def read_journal_head(day: Day, session: Reading, _by: Anybody) -> dict[str, Any]:
    """The head of one day."""
    return _head(await queries.get_head(session, day))


@router.get(
    "/v1/journal-heads/{day}/consistency",
    response_model=ConsistencyOut,
    responses=documented(NotFound, errors.HeadNotPublished),
)
async def prove_consistency(
    day: Day,
    session: Reading,
    _by: Anybody,
    since: Annotated[Day, Query(description="The earlier day, whose head you have.", examples=["2026-03-03"])],
) -> dict[str, Any]:
    """Prove that the journal of a day begins with that of an earlier day.

    `/docs/files/check_proof.py` checks the answer without us.
    """
    found = await queries.prove_consistency(session, day, since)
    return {"earlier": _head(found.earlier), "head": _head(found.head), "path": found.path}


@router.get(
    "/v1/events/{event_id}/proof",
    response_model=InclusionOut,
    responses=documented(NotFound, errors.NotYetInHead, errors.HeadNotPublished),
)
async def prove_inclusion(
    event_id: UUID,
    session: Reading,
    by: Reader,
    day: Annotated[
        Day | None, Query(description="Day of the head; without it, the first head that has the event.")
    ] = None,
) -> dict[str, Any]:
    """Prove that an event is in the journal.

    `/docs/files/check_proof.py` checks the answer without us.
    """
    found = await queries.prove_inclusion(session, str(event_id), day, by=by)
    return {
        "position": found.position,
        "event": found.body,
        "leaf_hash": found.leaf_hash,
        "head": _head(found.head),
        "path": found.path,
    }


@router.get("/v1/histories/{service}", response_model=HistoryHeadOut, responses=documented(NotFound))
async def read_history_head(
    service: Annotated[Word, Path(description="A service.", examples=["contract"])], session: Reading, _by: Machine
) -> dict[str, Any]:
    """The end of the history of a service, as its last event published it: its chain of hashes leads there."""
    found, at = await queries.history_head(session, service)
    return {
        "service": service,
        "position": found.last_position,
        "chain_hash": found.chain_hash,
        "published_at": at,
    }


def _head(head: JournalHead) -> dict[str, Any]:
    token = None if head.time_stamp is None else base64.b64encode(head.time_stamp).decode()
    return {
        "day": head.day,
        "size": head.size,
        "root": head.root,
        "statement": statement_of(head.day, head.size, head.root),
        "closed_at": head.closed_at,
        "time_stamp": token,
        "stamped_at": head.stamped_at,
    }
