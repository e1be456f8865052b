"""Codes in filters: one that names nothing is refused, so that a typing error is no empty list."""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.errors import ActionNotSubmitted, OperatorNotListed, ServiceNotKnown
from services.catalog.models import KnownAction, OfferedService, Operator
from shared.problem import FieldError


async def require_operator(session: AsyncSession, siren: str | None) -> None:
    """Refuse a filter by an organisation that is no operator of the catalogue."""
    if siren and not await session.scalar(select(exists().where(Operator.siren == siren))):
        raise OperatorNotListed(
            f"{siren} is no operator of the catalogue: choose one from /v1/operators.",
            errors=[FieldError(parameter="operator", detail=f"{siren} is unknown")],
        )


async def require_service(session: AsyncSession, code: str | None) -> None:
    """Refuse a filter by a service that is not in the catalogue."""
    if code and not await session.scalar(select(exists().where(OfferedService.code == code))):
        raise ServiceNotKnown(
            f"There is no service {code} in the catalogue: choose one from /v1/services.",
            errors=[FieldError(parameter="service", detail=f"{code} is unknown")],
        )


async def require_action(session: AsyncSession, action_id: UUID | None) -> None:
    """Refuse a filter by an action sheet that was never submitted: no request can be for it."""
    if action_id and not await session.scalar(select(exists().where(KnownAction.action_id == action_id))):
        raise ActionNotSubmitted(
            f"No submitted action sheet {action_id} is known here: correct the id, or try again in a moment.",
            errors=[FieldError(parameter="action", detail=f"{action_id} is unknown")],
        )
