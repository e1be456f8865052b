"""Organisations, by their SIREN or by a name."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from services.territory import commands, permissions, queries
from services.territory.api import csv
from services.territory.api.dependencies import Anyone, Reading, ReadingRow, SirenInPath, Writing
from services.territory.api.filters import OrganisationParameters
from services.territory.api.media_types import BY_ACCEPT, also
from services.territory.errors import (
    CodeNotKnown,
    OrganisationAlreadyRegistered,
    OrganisationNotFound,
    OrganisationOfficial,
    RegionMissing,
    SyntheticMark,
)
from services.territory.models import Organisation
from services.territory.schemas import OrganisationIn, OrganisationOut
from shared.http.accept import chosen
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[Tag("Organisations", "Bodies that act in the programme, by their SIREN.")])

Registrar = Annotated[Caller, Depends(allowed(permissions.REGISTER_ORGANISATIONS))]


REGISTERED = {
    "siren": "000000018",
    "name": "Préfecture de la région Nouvelle-Aquitaine (synthétique)",
    "kind": "state",
    "aliases": [{"name": "Préfecture de Bordeaux (synthétique)", "note": None}],
    "region": "75",
    "source": None,
    "synthetic": True,
}
"""Example of a registered organisation."""


@router.get(
    "/v1/organisations",
    response_model=Page[OrganisationOut],
    dependencies=BY_ACCEPT,
    responses=also(csv.MEDIA_TYPE) | documented(CodeNotKnown),
)
async def list_organisations(
    request: Request,
    session: Reading,
    pagination: Pagination,
    filters: Annotated[OrganisationParameters, Depends()],
    _: Anyone,
) -> Slice[Organisation] | Response:
    """Members of territories, Regions, operators, companies…; also as CSV. `q` searches names and aliases."""
    if chosen(request, csv.MEDIA_TYPE) == csv.MEDIA_TYPE:
        return csv.stream(request, await queries.chosen_organisations(session, filters), OrganisationOut)
    return await queries.list_organisations(session, filters, pagination)


@router.get("/v1/organisations/changes", response_model=Changes[OrganisationOut])
async def list_organisation_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Every change of an organisation, in order; keep `next` to go on later."""
    return await queries.organisation_changes(session, pagination, by=by)


@router.get("/v1/organisations/{siren}", response_model=OrganisationOut, responses=documented(OrganisationNotFound))
async def read_organisation(siren: SirenInPath, session: ReadingRow, _: Anyone) -> Organisation:
    """One organisation, by its SIREN; `successor` names the body that took over."""
    return await queries.get_organisation(session, siren)


@router.get(
    "/v1/organisations/{siren}/history", response_model=Page[HistoryLine], responses=documented(OrganisationNotFound)
)
async def read_organisation_history(
    siren: SirenInPath, session: Reading, pagination: Pagination, _: Anyone
) -> Slice[dict[str, Any]]:
    """History of an organisation: author, time, reason and changed fields."""
    return await queries.organisation_history(session, siren, pagination)


@router.post(
    "/v1/organisations",
    status_code=201,
    response_model=OrganisationOut,
    responses=documented(
        OrganisationAlreadyRegistered, OrganisationOfficial, SyntheticMark, RegionMissing, CodeNotKnown
    ),
    openapi_extra=showing(**REGISTERED),
)
async def register_organisation(body: OrganisationIn, session: Writing, _: Registrar) -> Organisation:
    """Make an organisation known to the programme: a company, a State service, an association…"""
    return await commands.register_organisation(session, **body.sent())
