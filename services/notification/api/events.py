"""The journal as its readers get it: `/v1/events`, `/v1/event-types`, `/v1/journal`."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Response

from services.notification import errors, permissions, queries
from services.notification.api.dependencies import (
    WITH_RIGHTS,
    FeedPagination,
    JournalPagination,
    Reading,
    Store,
    WaitingRequest,
)
from services.notification.api.filters import EventParameters
from services.notification.rules.catalogue import type_named
from services.notification.schemas import (
    EventItem,
    EventPage,
    EventTypeDetail,
    EventTypes,
    TypeName,
    event_type,
    event_types,
    spliced,
    spliced_item,
)
from shared.http.pagination import CursorNotValid, PageRequest
from shared.http.routing import Router, Tag
from shared.problem import NotFound, documented
from shared.references import BareCodeAmbiguous, OrganisationNotKnown, TerritoryNotKnown
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.listener import TooManyWaiting

router = Router(
    tags=[Tag("Events", "The journal of all that happened, and the types of events.")], dependencies=WITH_RIGHTS
)

Reader = Annotated[Caller, Depends(allowed(permissions.READ_EVENTS))]
Anybody = Annotated[Caller, Depends(allowed(permissions.READ_EVENT_TYPES))]
Machine = Annotated[Caller, Depends(allowed(permissions.READ_JOURNAL))]


@router.get(
    "/v1/events",
    response_model=EventPage,
    responses=documented(
        errors.EventTypeNotKnown,
        BareCodeAmbiguous,
        TerritoryNotKnown,
        OrganisationNotKnown,
        CursorNotValid,
        TooManyWaiting,
    ),
)
async def read_events(
    store: Store,
    filters: Annotated[EventParameters, Depends()],
    pagination: FeedPagination,
    by: Reader,
    waiter: WaitingRequest,
) -> Response:
    """The events that you may be told, in one order that never changes.

    Keep `next`, and pass it as `after`. Read on at once while `has_more` is true: a page may be short, even empty, if
    few of very many events pass your filters.
    """
    return _response(await queries.read_feed(store, filters, pagination, by=by, waiter=waiter), pagination)


@router.get("/v1/events/{event_id}", response_model=EventItem, responses=documented(NotFound))
async def read_event(event_id: UUID, session: Reading, by: Reader) -> Response:
    """One event, as it was told."""
    return Response(
        spliced_item(await queries.read_event(session, str(event_id), by=by)), media_type="application/json"
    )


@router.get("/v1/event-types", response_model=EventTypes)
async def list_event_types(_by: Anybody) -> dict[str, Any]:
    """Every type of event: what it says, and to whom."""
    return event_types()


@router.get(
    "/v1/event-types/{event_type}", response_model=EventTypeDetail, responses=documented(errors.EventTypeNotKnown)
)
async def read_event_type(
    name: Annotated[
        TypeName,
        Path(alias="event_type", examples=["contract.ContractSigned.v1"]),
    ],
    _by: Anybody,
) -> dict[str, Any]:
    """One type of event, with the JSON Schema of its data."""
    return event_type(type_named(name))


@router.get("/v1/journal", response_model=EventPage, responses=documented(CursorNotValid))
async def read_journal(session: Reading, pagination: JournalPagination, by: Machine) -> Response:
    """Every event there is, whomever it concerns: what a service rebuilds its copies from."""
    return _response(await queries.read_journal(session, pagination), pagination)


def _response(page: queries.FeedPage, pagination: PageRequest) -> Response:
    body = spliced(page.items, pagination.cursor([page.read_to]), has_more=page.has_more)
    link = {"Link": pagination.response.headers["Link"]}
    return Response(body, media_type="application/json", headers=link)
