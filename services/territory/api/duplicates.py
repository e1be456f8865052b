"""Organisations that may be the same body, and the decisions on them."""

from typing import Annotated

from fastapi import Depends, Query

from services.territory import commands, permissions, queries
from services.territory.api.dependencies import Reading, SirenInPath, Writing
from services.territory.errors import (
    OrganisationExhausted,
    OrganisationNotFound,
    OrganisationNotRegistered,
    OrganisationStillActive,
)
from services.territory.errors.duplicates import DuplicateDecided, DuplicateNotDecided, DuplicateNotFitting
from services.territory.models import Organisation
from services.territory.rules.duplicates import Pair
from services.territory.schemas import (
    DECISION_ON_PAIR,
    DuplicateDecision,
    DuplicateDecisionIn,
    DuplicatePairOut,
    DuplicateRevocationIn,
    OrganisationOut,
)
from shared.http.pagination import Pagination, Slice
from shared.http.routing import Router, Tag
from shared.http.schemas import Page
from shared.problem import documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[Tag("Organisations", "Bodies that act in the programme, by their SIREN.")])

Registrar = Annotated[Caller, Depends(allowed(permissions.REGISTER_ORGANISATIONS))]


@router.get("/v1/organisations/duplicates", response_model=Page[DuplicatePairOut])
async def list_duplicates(
    session: Reading,
    pagination: Pagination,
    _: Registrar,
    decision: Annotated[
        DuplicateDecision | None,
        Query(description=f"Pairs with this decision: {DECISION_ON_PAIR}. Without: undecided."),
    ] = None,
) -> Slice[Pair]:
    """Pairs of registered organisations that may be the same body, each with why; a person decides.

    Two bodies of the official geography are never a pair, nor a body and the one that took it over.
    """
    return await queries.list_duplicates(session, decision, pagination)


@router.post(
    "/v1/organisations/{siren}/duplicate",
    response_model=OrganisationOut,
    responses=documented(
        OrganisationNotFound,
        OrganisationNotRegistered,
        OrganisationStillActive,
        OrganisationExhausted,
        DuplicateNotFitting,
        DuplicateDecided,
    ),
)
async def decide_duplicate(
    siren: SirenInPath, body: DuplicateDecisionIn, session: Writing, _: Registrar
) -> Organisation:
    """Decide that an organisation is a duplicate of the one in `of`, or a different one.

    From then on a duplicate is named nowhere anew: the refusal names the original. What names it stays, is found by its
    SIREN, and is read by the original too; drafts name the original. Its memberships, mandates and seats end first.
    """
    return await commands.decide_duplicate(session, siren, **body.sent())


@router.post(
    "/v1/organisations/{siren}/duplicate/revoke",
    response_model=OrganisationOut,
    responses=documented(OrganisationNotFound, OrganisationNotRegistered, DuplicateNotFitting, DuplicateNotDecided),
)
async def revoke_duplicate(
    siren: SirenInPath, body: DuplicateRevocationIn, session: Writing, _: Registrar
) -> Organisation:
    """Take back the decision on an organisation and the one in `of`, in either order.

    Drafts that name the original meanwhile keep it: their editors correct them.
    """
    return await commands.revoke_duplicate(session, siren, **body.sent())
