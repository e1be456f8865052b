"""Organisations, by their SIREN or by a name."""

from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from services.territory import commands, permissions, queries
from services.territory.api import csv
from services.territory.api.dependencies import Anyone, AsOf, Reading, ReadingRow, SirenInPath, Writing
from services.territory.api.filters import OrganisationParameters
from services.territory.api.media_types import also, chosen_form
from services.territory.errors import (
    CodeNotKnown,
    DayNotPlausible,
    NothingChanges,
    OrganisationAlreadyRegistered,
    OrganisationClosed,
    OrganisationExhausted,
    OrganisationNotFound,
    OrganisationNotRegistered,
    OrganisationOfficial,
    OrganisationStillActive,
    ParameterNotFitting,
    RegionMissing,
    SyntheticMark,
)
from services.territory.models import Organisation
from services.territory.schemas import (
    OrganisationChange,
    OrganisationEndIn,
    OrganisationIn,
    OrganisationOut,
)
from shared.http.accept import BY_ACCEPT
from shared.http.changes import Changes, HistoryLine
from shared.http.known_at import KnownAt
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import IfMatch, Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import documented
from shared.references import OrganisationDuplicate
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.known import MomentNotSettled

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
    responses=also(csv.MEDIA_TYPE) | documented(CodeNotKnown, DayNotPlausible, MomentNotSettled, ParameterNotFitting),
)
async def list_organisations(
    request: Request,
    session: Reading,
    pagination: Pagination,
    filters: Annotated[OrganisationParameters, Depends()],
    dialect: csv.CsvDialect,
    _: Anyone,
) -> Slice[Organisation] | Slice[OrganisationOut] | Response:
    """Members of territories, Regions, operators, companies…; also as CSV. `q` searches names and aliases.

    Communes and intercommunalities that nobody has registered are at `/v1/communes`, `/v1/epcis` and `/v1/epts`.

    With `as_of` those that lived on a day, as far as is documented, under their names of that day; `known_at` answers
    from what was recorded by a moment, on that day.
    """
    day = queries.day_asked(filters.as_of, filters.known_at)
    of = partial(OrganisationOut.on, day=day) if day else OrganisationOut.model_validate
    if chosen_form(request, csv.MEDIA_TYPE) != csv.MEDIA_TYPE:
        page = await queries.list_organisations(session, filters, pagination)
        return Slice([of(each) for each in page.items], page.next) if day else page
    if filters.known_at is None:
        statement = await queries.chosen_organisations(session, filters)
        return csv.stream(request, statement, OrganisationOut, name="organisations", dialect=dialect, day=day, of=of)
    rows = map(of, await queries.known_organisations(session, filters, filters.known_at))
    return csv.table(rows, OrganisationOut, name="organisations", day=day, dialect=dialect)


@router.get("/v1/organisations/changes", response_model=Changes[OrganisationOut])
async def list_organisation_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Every change of an organisation, in order; keep `next` to go on later."""
    return await queries.organisation_changes(session, pagination, by=by)


@router.get(
    "/v1/organisations/{siren}",
    response_model=OrganisationOut,
    responses=documented(OrganisationNotFound, DayNotPlausible, MomentNotSettled),
)
async def read_organisation(
    siren: SirenInPath, session: ReadingRow, _: Anyone, as_of: AsOf = None, known_at: KnownAt = None
) -> Organisation | OrganisationOut:
    """One organisation, by its SIREN; `successor` names the body that took over.

    An EPCI, EPT or commune that nobody has registered is answered from the official geography.

    `as_of`: under its name of a day; `known_at`: as it was recorded by a moment.
    """
    found = await queries.get_organisation_on(session, siren, as_of=as_of, known_at=known_at)
    day = queries.day_asked(as_of, known_at)
    return OrganisationOut.on(found, day) if day else found


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
        OrganisationAlreadyRegistered,
        OrganisationOfficial,
        SyntheticMark,
        RegionMissing,
        CodeNotKnown,
        DayNotPlausible,
    ),
    openapi_extra=showing(**REGISTERED),
)
async def register_organisation(body: OrganisationIn, session: Writing, _: Registrar) -> Organisation:
    """Make an organisation known to the programme: a company, a State service, an association…"""
    return await commands.register_organisation(session, **body.sent())


@router.patch(
    "/v1/organisations/{siren}",
    response_model=OrganisationOut,
    responses=documented(
        OrganisationNotFound,
        OrganisationClosed,
        OrganisationStillActive,
        OrganisationOfficial,
        OrganisationExhausted,
        OrganisationNotRegistered,
        OrganisationDuplicate,
        NothingChanges,
        SyntheticMark,
        RegionMissing,
        CodeNotKnown,
        DayNotPlausible,
    ),
)
async def change_organisation(
    siren: SirenInPath, body: OrganisationChange, session: Writing, expected: IfMatch, _: Registrar
) -> Organisation:
    """Rename an organisation from a day on, or correct its names, kind, aliases, région or end.

    A mandate in office that the new kind or région does not allow is ended or replaced first.
    """
    return await commands.change_organisation(session, siren, expected=expected, **body.sent())


@router.post(
    "/v1/organisations/{siren}/close",
    response_model=OrganisationOut,
    responses=documented(
        OrganisationNotFound,
        OrganisationClosed,
        OrganisationStillActive,
        OrganisationNotRegistered,
        OrganisationDuplicate,
        DayNotPlausible,
    ),
    openapi_extra=showing(valid_to="2020-12-31", successor="200094332"),
)
async def close_organisation(
    siren: SirenInPath, body: OrganisationEndIn, session: Writing, _: Registrar
) -> Organisation:
    """Record the last day of an organisation, and the one that took over: merged, succeeded or dissolved.

    Its memberships, mandates and seats end first, by the day after. PATCH corrects a wrong end.
    """
    return await commands.close_organisation(session, siren, **body.sent())
