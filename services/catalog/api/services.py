"""The catalogue: `/v1/services`."""

from typing import Annotated, Any

from fastapi import Depends, Path, Query

from services.catalog import commands, errors, permissions, queries
from services.catalog.api.dependencies import Reading, Writing
from services.catalog.api.filters import ServiceParameters
from services.catalog.models import OfferedService, ServiceVersion
from services.catalog.schemas import FacetsOut, ServiceChange, ServiceIn, ServiceOut, Withdrawal
from shared.events.catalog import ServiceCode
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import IfMatch, Router, Tag, showing
from shared.http.schemas import Day, Page
from shared.problem import Forbidden, NotFound, PreconditionRequired, documented
from shared.references import OrganisationDuplicate, OrganisationSucceeded
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.history import VersionStale

router = Router(
    tags=[Tag("Catalogue", "The services that operators and the State offer (panier de services), in versions.")]
)

Anyone = Annotated[Caller, Depends(allowed(permissions.READ_SERVICES))]
Publisher = Annotated[Caller, Depends(allowed(permissions.PUBLISH_SERVICES))]
ServiceCodeInPath = Annotated[ServiceCode, Path(description="Code of a service.", examples=["BDT-05"])]
ServiceQuery = Annotated[ServiceParameters, Depends()]
NEW = {
    "code": "BDT-16",
    "name": "Diagnostic de décarbonation des sites industriels (démonstration)",
    "kind": "engineering",
    "beneficiaries": "Intercommunalités, entreprises industrielles",
    "description": "Un bureau d'études visite le site et chiffre les travaux.",
    "key_figures": "jusqu'à 50 % du coût",
    "basket": "ajout",
    "source": "https://www.example.org/offre",
    "starts_on": "2026-01-01",
    "valid_from": "2026-01-05",
}
"""Example of a published service."""


@router.get("/v1/services", response_model=Page[ServiceOut], responses=documented(errors.OperatorNotListed))
async def list_services(
    session: Reading, filters: ServiceQuery, pagination: Pagination, _: Anyone
) -> Slice[OfferedService] | Slice[ServiceVersion]:
    """The services of the catalogue, by code. With `on`, those that were on offer that day, as they then were."""
    return await queries.list_services(session, filters, pagination)


@router.get("/v1/services/facets", response_model=FacetsOut, responses=documented(errors.OperatorNotListed))
async def count_services(session: Reading, filters: ServiceQuery, _: Anyone) -> dict[str, Any]:
    """Number of services by axis, kind, operator, openness and basket. Takes the filters of the list."""
    return await queries.count_services(session, filters)


@router.get("/v1/services/changes", response_model=Changes[ServiceOut])
async def list_service_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Changes of the catalogue, oldest first. Keep `next` to continue later."""
    return await queries.service_changes(session, pagination, by=by)


@router.post(
    "/v1/services",
    status_code=201,
    response_model=ServiceOut,
    responses=documented(
        errors.OperatorNotKnown,
        errors.PeriodReversed,
        errors.DayNotPlausible,
        errors.ThresholdReversed,
        OrganisationSucceeded,
        OrganisationDuplicate,
    ),
    openapi_extra=showing(**NEW),
)
async def publish_service(body: ServiceIn, session: Writing, by: Publisher) -> OfferedService:
    """Offer a new service of your organisation."""
    return await commands.publish_service(session, **body.content(), by=by)


@router.get("/v1/services/{code}", response_model=ServiceOut, responses=documented(NotFound, errors.VersionNotFound))
async def read_service(
    code: ServiceCodeInPath,
    session: Reading,
    _: Anyone,
    on: Annotated[Day | None, Query(description="As it was on that day.", examples=["2020-06-15"])] = None,
) -> OfferedService | ServiceVersion:
    """One service, as it now is, or in the version of a day."""
    return await (queries.get_service(session, code) if on is None else queries.get_service_on(session, code, on))


@router.patch(
    "/v1/services/{code}",
    response_model=ServiceOut,
    responses=documented(
        NotFound,
        Forbidden,
        errors.ServiceAlreadyWithdrawn,
        errors.PeriodReversed,
        errors.DayNotPlausible,
        errors.ThresholdReversed,
        VersionStale,
        PreconditionRequired,
    ),
    openapi_extra=showing(version=2, service_version=2, name="Cofinancement d'études pré-opérationnelles"),
)
async def change_service(
    code: ServiceCodeInPath, body: ServiceChange, expected: IfMatch, session: Writing, by: Publisher
) -> OfferedService:
    """Offer a service in a new version from today on; the former ones stay readable."""
    return await commands.change_service(session, code, **body.content(), expected=expected, by=by)


@router.post(
    "/v1/services/{code}/withdraw",
    response_model=ServiceOut,
    responses=documented(NotFound, Forbidden, errors.ServiceAlreadyWithdrawn),
    openapi_extra=showing(
        version=2, withdrawn_on="2026-06-30", withdrawal_reason="L'enveloppe est épuisée.", on_offer_today=False
    ),
)
async def withdraw_service(
    code: ServiceCodeInPath, body: Withdrawal, session: Writing, by: Publisher
) -> OfferedService:
    """Offer a service no longer from today on; requests that were made of it go on."""
    return await commands.withdraw_service(session, code, reason=body.reason, by=by)


@router.get("/v1/services/{code}/versions", response_model=Page[ServiceOut], responses=documented(NotFound))
async def list_service_versions(
    code: ServiceCodeInPath, session: Reading, pagination: Pagination, _: Anyone
) -> Slice[ServiceVersion]:
    """Every version of a service, the first first, with the days on which it spoke."""
    return await queries.list_versions(session, code, pagination)


@router.get(
    "/v1/services/{code}/versions/{number}",
    response_model=ServiceOut,
    responses=documented(NotFound, errors.VersionNotFound),
)
async def read_service_version(
    code: ServiceCodeInPath, number: Annotated[int, Path(ge=1, le=10**6)], session: Reading, _: Anyone
) -> ServiceVersion:
    """One version of a service."""
    return await queries.get_version(session, code, number)


@router.get("/v1/services/{code}/history", response_model=Page[HistoryLine], responses=documented(NotFound))
async def read_service_history(
    code: ServiceCodeInPath, session: Reading, pagination: Pagination, _: Anyone
) -> Slice[dict[str, Any]]:
    """History of a service: author, time, reason and changed fields."""
    return await queries.service_history(session, code, pagination)
