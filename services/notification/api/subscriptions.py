"""Webhooks of one's own: `/v1/subscriptions`."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from services.notification import commands, errors, permissions, queries
from services.notification.api.dependencies import (
    WITH_RIGHTS,
    Reading,
    ReadingRow,
    Sealing,
    UrlCheck,
    Writing,
)
from services.notification.api.filters import SubscriptionParameters
from services.notification.models import Subscription, SubscriptionStatus
from services.notification.rules.subscriptions import allowed_transitions
from services.notification.schemas import (
    Confirmation,
    Rotation,
    SecretRotated,
    SubscriptionChange,
    SubscriptionDraft,
    SubscriptionMade,
    SubscriptionOut,
)
from shared.http import exception_handlers
from shared.http.changes import Changes, HistoryLine
from shared.http.idempotency import SecretResponse
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import WITH_ETAG, IfMatch, Router, Tag, etag, showing
from shared.http.schemas import Page
from shared.problem import FieldError, Forbidden, NotFound, PreconditionRequired, TransitionRefused, documented
from shared.references import OrganisationDuplicate, OrganisationNotKnown, OrganisationSucceeded, TerritoryNotKnown
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.history import VersionStale

router = Router(tags=[Tag("Subscriptions", "Webhooks: which events are delivered where.")], dependencies=WITH_RIGHTS)

Reader = Annotated[Caller, Depends(allowed(permissions.READ_SUBSCRIPTIONS))]
Owner = Annotated[Caller, Depends(allowed(permissions.MANAGE_SUBSCRIPTIONS))]
OwnerOrPlatform = Annotated[Caller, Depends(allowed(permissions.DISABLE_SUBSCRIPTIONS))]

NAMED = (
    errors.AddressRefused,
    errors.EventTypeNotKnown,
    errors.HeaderRefused,
    TerritoryNotKnown,
    OrganisationNotKnown,
    OrganisationDuplicate,
    OrganisationSucceeded,
)
"""Refusals of the objects that a subscription names."""


def _as(status: SubscriptionStatus, **more: Any) -> dict[str, Any]:
    """An example of the answer: the subscription in a state, and what may be asked of it then."""
    return showing(status=status, allowed_transitions=allowed_transitions(status), **more)


@router.get("/v1/subscriptions", response_model=Page[SubscriptionOut])
async def list_subscriptions(
    session: Reading, filters: Annotated[SubscriptionParameters, Depends()], pagination: Pagination, by: Reader
) -> Slice[Subscription]:
    """Your client's and your organisation's subscriptions, oldest first."""
    return await queries.list_subscriptions(session, filters, pagination, by=by)


@router.get("/v1/subscriptions/changes", response_model=Changes[SubscriptionOut])
async def list_subscription_changes(session: Reading, pagination: ChangesPagination, by: Reader) -> dict[str, Any]:
    """Changes of the subscriptions that you may see, oldest first, deletions included."""
    return await queries.subscription_changes(session, pagination, by=by)


@router.post(
    "/v1/subscriptions",
    status_code=201,
    response_model=SubscriptionMade,
    responses={201: WITH_ETAG, **documented(*NAMED, errors.PositionNotReached, errors.TooManySubscriptions)},
    openapi_extra=_as(SubscriptionStatus.PENDING, version=1, verified_at=None),
)
async def create_subscription(
    body: SubscriptionDraft,
    session: Writing,
    check_url: UrlCheck,
    seal: Sealing,
    response: SecretResponse,
    by: Owner,
) -> dict[str, Any]:
    """Have events sent to an address of yours; deliveries begin once it has consented.

    The answer alone shows the secret. Sent again under its `Idempotency-Key`, this makes nothing: the refusal names the
    subscription that was made, and `rotate-secret` gives it another secret.
    """
    made, secret = await commands.create_subscription(session, **body.sent(), by=by, seal=seal, check_url=check_url)
    response.headers.update({"Location": f"/v1/subscriptions/{made.id}", "ETag": etag(made.version)})
    return {**SubscriptionOut.model_validate(made).model_dump(), "secret": secret}


@router.get("/v1/subscriptions/{subscription_id}", response_model=SubscriptionOut, responses=documented(NotFound))
async def read_subscription(subscription_id: UUID, session: ReadingRow, by: Reader) -> Subscription:
    """One subscription."""
    return await queries.get_subscription(session, subscription_id, by=by)


@router.patch(
    "/v1/subscriptions/{subscription_id}",
    response_model=SubscriptionOut,
    responses=documented(NotFound, Forbidden, *NAMED, VersionStale, PreconditionRequired),
    openapi_extra=_as(SubscriptionStatus.PENDING, verified_at=None),
)
async def change_subscription(
    subscription_id: UUID,
    body: SubscriptionChange,
    expected: IfMatch,
    session: Writing,
    check_url: UrlCheck,
    seal: Sealing,
    by: Owner,
) -> Subscription:
    """Change where it goes or what it asks for. Another address must consent first, and loses the headers."""
    return await commands.change_subscription(
        session,
        subscription_id,
        **body.sent(),
        expected=expected,
        by=by,
        seal=seal,
        check_url=check_url,
    )


@router.delete(
    "/v1/subscriptions/{subscription_id}",
    status_code=204,
    responses=documented(NotFound, Forbidden, VersionStale, PreconditionRequired),
)
async def delete_subscription(subscription_id: UUID, expected: IfMatch, session: Writing, by: Owner) -> None:
    """Take it away, with its deliveries; its history and a tombstone stay."""
    await commands.delete_subscription(session, subscription_id, expected=expected, by=by)


@router.post(
    "/v1/subscriptions/{subscription_id}/enable",
    response_model=SubscriptionOut,
    responses=documented(NotFound, Forbidden, TransitionRefused),
)
async def enable_subscription(subscription_id: UUID, session: Writing, by: Owner) -> Subscription:
    """Switch it on again. It goes on where it stood: what happened meanwhile is delivered."""
    return await commands.enable_subscription(session, subscription_id, by=by)


@router.post(
    "/v1/subscriptions/{subscription_id}/disable",
    response_model=SubscriptionOut,
    responses=documented(NotFound, Forbidden, TransitionRefused),
    openapi_extra=_as(SubscriptionStatus.DISABLED, disabled_reason="owner"),
)
async def disable_subscription(subscription_id: UUID, session: Writing, by: OwnerOrPlatform) -> Subscription:
    """Switch it off. The journal keeps what happens meanwhile."""
    return await commands.disable_subscription(session, subscription_id, by=by)


@router.post(
    "/v1/subscriptions/{subscription_id}/verify",
    response_model=SubscriptionOut,
    responses=documented(NotFound, Forbidden, TransitionRefused),
    openapi_extra=_as(SubscriptionStatus.PENDING, verified_at=None),
)
async def verify_subscription(subscription_id: UUID, session: Writing, by: Owner) -> Subscription:
    """Have your receiver asked again whether it consents, or sent another challenge."""
    return await commands.verify_subscription(session, subscription_id, by=by)


@router.post(
    "/v1/subscriptions/{subscription_id}/confirm",
    response_model=SubscriptionOut,
    responses=documented(NotFound, Forbidden, TransitionRefused, errors.ChallengeRefused),
)
async def confirm_subscription(
    subscription_id: UUID, body: Confirmation, request: Request, session: Writing, by: Owner
) -> Subscription | Response:
    """Confirm the challenge that your receiver got, if it cannot repeat it in its answer. Deliveries begin."""
    found = await commands.confirm_subscription(session, subscription_id, challenge=body.challenge, by=by)
    if found.status == SubscriptionStatus.PENDING:
        # Answered, not raised: the transaction counts the try.
        return exception_handlers.answer(
            request,
            errors.ChallengeRefused(
                "Give `data.challenge` of the last POST to your receiver, or ask for another one with `verify`.",
                errors=[FieldError(pointer="/challenge", detail="not the last challenge, or no longer valid")],
            ),
        )
    return found


@router.post(
    "/v1/subscriptions/{subscription_id}/rotate-secret",
    response_model=SecretRotated,
    responses=documented(NotFound, Forbidden),
)
async def rotate_secret(
    subscription_id: UUID, body: Rotation, session: Writing, seal: Sealing, response: SecretResponse, by: Owner
) -> dict[str, Any]:
    """Make a new secret. For a while the ones before it sign every delivery too, so that none is refused."""
    rotated, secret, former = await commands.rotate_secret(
        session, subscription_id, overlap=timedelta(seconds=body.overlap_seconds), by=by, seal=seal
    )
    response.headers["Location"] = f"/v1/subscriptions/{rotated.id}"
    return {"secret": secret, "former": former}


@router.get(
    "/v1/subscriptions/{subscription_id}/history", response_model=Page[HistoryLine], responses=documented(NotFound)
)
async def read_subscription_history(
    subscription_id: UUID, session: Reading, pagination: Pagination, by: Reader
) -> Slice[dict[str, Any]]:
    """History of a subscription: author, time, reason and changed fields."""
    return await queries.subscription_history(session, subscription_id, pagination, by=by)
