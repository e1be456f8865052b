"""Codes in filters: one that names nothing is refused, so that a typing error is no empty list."""

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.errors import OperatorNotListed, ServiceNotKnown
from services.catalog.models import OfferedService, Operator
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
