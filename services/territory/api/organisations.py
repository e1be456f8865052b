"""Organisations, by their SIREN or by a name."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response

from services.territory import permissions
from services.territory.api import csv, parameters
from services.territory.api.forms import BY_ACCEPT, also
from services.territory.api.parameters import Anyone, Reading, SirenInPath, Writing
from services.territory.commands import organisations as commands
from services.territory.errors import (
    CodeNotKnown,
    OrganisationAlreadyRegistered,
    OrganisationOfficial,
    RegionMissing,
    SyntheticMark,
    UnknownOrganisation,
)
from services.territory.models import Organisation
from services.territory.queries import organisations as queries
from services.territory.queries.territories import access_scope_of
from services.territory.schemas.organisations import KIND, OrganisationIn, OrganisationOut
from shared.events.territory import OrganisationKind
from shared.http.changes import Changes, HistoryLine, changes, history_of
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import Router, Tag, showing, wants
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


@dataclass
class OrganisationFilters:
    """Which organisations."""

    q: parameters.Search = None
    kind: Annotated[OrganisationKind | None, Query(description=KIND)] = None
    region: parameters.RegionFilter = None

    def wanted(self) -> queries.Wanted:
        """The same, for the query."""
        return queries.Wanted(**vars(self))


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
    filters: Annotated[OrganisationFilters, Depends()],
    _: Anyone,
) -> Slice[Organisation] | Response:
    """Members of territories, Regions, operators, companies…; also as CSV. `q` searches names and aliases."""
    if wants(request, csv.MEDIA_TYPE):
        return csv.stream(request, await queries.chosen(session, filters.wanted()), OrganisationOut)
    return await queries.list_organisations(session, pagination, filters.wanted())


@router.get("/v1/organisations/changes", response_model=Changes[OrganisationOut])
async def list_organisation_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> Any:
    """Every change of an organisation, in order; keep `next` to go on later."""
    access_scope = await access_scope_of(session, by)
    return await changes(
        session, "organisations", pagination, sees=access_scope.sees, load=queries.organisations_by_siren
    )


@router.get("/v1/organisations/{siren}", response_model=OrganisationOut, responses=documented(UnknownOrganisation))
async def read_organisation(siren: SirenInPath, session: Reading, _: Anyone) -> Organisation:
    """One organisation, by its SIREN; `successor` names the body that took over."""
    return await queries.get_organisation(session, siren)


@router.get(
    "/v1/organisations/{siren}/history", response_model=Page[HistoryLine], responses=documented(UnknownOrganisation)
)
async def read_organisation_history(siren: SirenInPath, session: Reading, pagination: Pagination, _: Anyone) -> Any:
    """History of an organisation: author, time, reason and changed fields."""
    organisation = await queries.get_organisation(session, siren)
    return await history_of(session, "organisations", organisation.siren, pagination)


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
