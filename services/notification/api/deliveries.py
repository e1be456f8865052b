"""Deliveries of a subscription: list, read, replay, test."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path

from services.notification import commands, errors, permissions, queries
from services.notification.api.dependencies import WITH_RIGHTS, PlatformSettings, Reading, Writing
from services.notification.api.filters import DeliveryParameters
from services.notification.models import Delivery, Replay
from services.notification.rules.catalogue import TEST
from services.notification.schemas import (
    DeliveryDetail,
    DeliveryOut,
    ReplayAnswer,
    ReplayOut,
    ReplayRequest,
    TestRequest,
)
from shared.http.pagination import Pagination, Slice
from shared.http.routing import Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import Forbidden, NotFound, TransitionRefused, documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(
    tags=[Tag("Deliveries", "What was delivered to a webhook, what came back, and having it delivered again.")],
    dependencies=WITH_RIGHTS,
)

Reader = Annotated[Caller, Depends(allowed(permissions.READ_DELIVERIES))]
Owner = Annotated[Caller, Depends(allowed(permissions.MANAGE_SUBSCRIPTIONS))]
TESTED = {
    "id": 4713,
    "position": None,
    "round": 2,
    "type": TEST,
    "subject": "subscription/0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e08",
    "state": "waiting",
    "attempts": 0,
    "closed_at": None,
}
"""Example of the delivery of a test event."""
DeliveryId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get(
    "/v1/subscriptions/{subscription_id}/deliveries",
    response_model=Page[DeliveryOut],
    responses=documented(NotFound, Forbidden, errors.EventTypeNotKnown),
)
async def list_deliveries(
    subscription_id: UUID,
    session: Reading,
    filters: Annotated[DeliveryParameters, Depends()],
    pagination: Pagination,
    by: Reader,
) -> Slice[Delivery]:
    """Deliveries of your subscription, sent or waiting, newest first."""
    return await queries.list_deliveries(session, subscription_id, filters, pagination, by=by)


@router.get(
    "/v1/subscriptions/{subscription_id}/deliveries/{delivery_id}",
    response_model=DeliveryDetail,
    responses=documented(NotFound, Forbidden),
)
async def read_delivery(subscription_id: UUID, delivery_id: DeliveryId, session: Reading, by: Reader) -> dict[str, Any]:
    """One delivery, with every try and what came back."""
    found, tries = await queries.read_delivery(session, subscription_id, delivery_id, by=by)
    return {**DeliveryOut.model_validate(found).model_dump(), "tries": tries}


@router.post(
    "/v1/subscriptions/{subscription_id}/deliveries/{delivery_id}/replay",
    status_code=202,
    response_model=DeliveryOut,
    responses=documented(
        NotFound, Forbidden, TransitionRefused, errors.DeliveryStillWaiting, errors.TooManyDeliveriesWaiting
    ),
    openapi_extra=showing(id=4712, round=1, state="waiting", attempts=0, closed_at=None),
)
async def replay_delivery(subscription_id: UUID, delivery_id: DeliveryId, session: Writing, by: Owner) -> Delivery:
    """Have one event delivered again, under the same id."""
    return await commands.replay_delivery(session, subscription_id, delivery_id, by=by)


@router.post(
    "/v1/subscriptions/{subscription_id}/test",
    status_code=202,
    response_model=DeliveryOut,
    responses=documented(
        NotFound,
        Forbidden,
        TransitionRefused,
        errors.EventTypeNotKnown,
        errors.EventTypeNotSubscribed,
        errors.TooManyDeliveriesWaiting,
    ),
    openapi_extra=showing(**TESTED),
)
async def send_test_event(
    subscription_id: UUID, session: Writing, settings: PlatformSettings, by: Owner, body: TestRequest | None = None
) -> Delivery:
    """Deliver a test event to this subscription only: an example of a type that it gets, or a type of its own."""
    sent = body.sent() if body else {}
    return await commands.send_test_event(session, subscription_id, **sent, platform=settings.platform, by=by)


@router.post(
    "/v1/subscriptions/{subscription_id}/replay",
    status_code=202,
    response_model=ReplayAnswer,
    responses=documented(
        NotFound,
        Forbidden,
        TransitionRefused,
        errors.EventTypeNotKnown,
        errors.PositionNotReached,
        errors.ReplayUnderWay,
        errors.TooManyDeliveriesWaiting,
    ),
)
async def replay_events(subscription_id: UUID, body: ReplayRequest, session: Writing, by: Owner) -> commands.Counted:
    """Have everything since a moment or a position delivered again, under the same ids; or only count it."""
    return await commands.replay(
        session, subscription_id, since=body.since, types=body.types, dry_run=body.dry_run, by=by
    )


@router.get(
    "/v1/subscriptions/{subscription_id}/replays",
    response_model=Page[ReplayOut],
    responses=documented(NotFound, Forbidden),
)
async def list_replays(subscription_id: UUID, session: Reading, pagination: Pagination, by: Reader) -> Slice[Replay]:
    """The replays of your subscription, and how far each is planned."""
    return await queries.list_replays(session, subscription_id, pagination, by=by)
