"""Official geography, by its codes."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import astuple
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, Text, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from services.territory.errors import CodeNotKnown, PlaceNotFound
from services.territory.models import (
    Base,
    Committee,
    Commune,
    CommunePart,
    Departement,
    EmploymentZone,
    Epci,
    Ept,
    MemberGeography,
    Organisation,
    Region,
    TakenOver,
    Territory,
)
from services.territory.queries.successions import takeovers
from services.territory.rules.place_search import named_area, sought_place
from services.territory.rules.places import Area, geography_of
from services.territory.rules.search import organisation_text
from services.territory.rules.successions import taken_over_by
from shared.events.codes import former_region, overseas
from shared.http.pagination import PageRequest, Slice, page_with_first
from shared.problem import FieldError
from shared.references import is_bare, key_among
from shared.storage.search import Sought

PlaceModel = TypeVar("PlaceModel", Region, Departement, Epci, Ept, EmploymentZone, Commune, CommunePart)

NOUNS: Final[dict[type[Base], str]] = {
    Region: "région",
    Departement: "département",
    Epci: "intercommunality",
    Ept: "établissement public territorial",
    EmploymentZone: "zone d'emploi",
    Commune: "commune",
    Committee: "committee",
}
"""Model → word of a refusal."""
KEYS: dict[type[Base], Any] = {
    Region: Region.code,
    Departement: Departement.code,
    Epci: Epci.siren,
    Ept: Ept.siren,
    EmploymentZone: EmploymentZone.code,
    Commune: Commune.code,
    CommunePart: CommunePart.code,
}


async def list_places(
    session: AsyncSession,
    model: type[PlaceModel],
    pagination: PageRequest,
    *conditions: ColumnElement[bool],
    **filters: Any,
) -> Slice[PlaceModel]:
    """One page of a kind of place."""
    sought = await seek_place(session, filters.pop("q", None), model)
    statement = (await _chosen(session, model, sought, filters)).where(*conditions)
    first = sought.ranks(model.search) if sought else ()
    return await page_with_first(session, statement, pagination, order=(KEYS[model],), first=first)


async def all_places(
    session: AsyncSession, model: type[PlaceModel], *conditions: ColumnElement[bool], **filters: Any
) -> Sequence[PlaceModel]:
    """Every place of a kind."""
    sought = await seek_place(session, filters.pop("q", None), model)
    statement = (await _chosen(session, model, sought, filters)).where(*conditions)
    first = sought.order(model.search) if sought else []
    return (await session.scalars(statement.order_by(*first, KEYS[model]))).all()


async def seek_place(session: AsyncSession, q: str | None, model: type[Base]) -> Sought | None:
    """Return a query on a kind of place as it is written; None if nothing is."""
    area = Sought.of(named_area(q))
    if area is None:
        return sought_place(q, model.__tablename__)
    for column, place in ((Departement.code, Departement), (Departement.region_code, Region)):
        named = select(place.code).where(area.is_whole_in(place.search))
        if codes := (await session.scalars(select(Departement.code).where(column.in_(named)))).all():
            return sought_place(q, model.__tablename__, area=sorted(codes))
    return sought_place(q, model.__tablename__)


async def get_place(session: AsyncSession, model: type[PlaceModel], code: str) -> PlaceModel:
    """A place by its official code."""
    place = await session.get(model, code)
    if place is None:
        former = await words_about(session, model, code)
        raise PlaceNotFound(f"{former or f'{code} is none of the codes that GET {path_of(model)} lists'}.")
    return place


async def get_commune(session: AsyncSession, code: str) -> Commune | CommunePart:
    """A commune of today by its code, or else the former, delegated or associated one or the arrondissement."""
    found: Commune | CommunePart | None = await session.get(Commune, code) or await session.get(CommunePart, code)
    if found is None:
        if elsewhere := overseas(code):
            raise PlaceNotFound(f"{elsewhere}.")
        raise PlaceNotFound(
            f"No commune has or had the code {code}: GET /v1/communes finds communes of today by their name with `q`, "
            "and with `kind` former, delegated and associated communes and arrondissements."
        )
    return found


async def require_known(
    session: AsyncSession,
    model: type[Base],
    code: str | UUID,
    *,
    parameter: str | None = None,
    pointer: str | None = None,
) -> None:
    """A code that names nothing is a mistake, not an empty list."""
    if await session.get(model, code) is None:
        former = await words_about(session, model, str(code))
        where = FieldError(parameter=parameter, pointer=pointer, detail=former or f"{code} is not known")
        wrong = former or f"There is no {NOUNS.get(model, 'object')} {code}"
        raise CodeNotKnown(f"{wrong}: GET {path_of(model)} lists the codes.", errors=[where])


async def key_of(session: AsyncSession, name: str) -> str:
    """Return the key of the territory that a filter names by its key or by its code; refuse any other name."""
    column = Territory.code if is_bare(name) else Territory.key
    found = (await session.scalars(select(Territory.key).where(column == name))).all()
    return key_among(name, found, has_phase=False)


async def words_about(session: AsyncSession, model: type[Base], code: str) -> str | None:
    """Return the words about a code of former days, with its successor; None for one that is not known either."""
    if model is Region:
        return former_region(code)
    if model is Departement and code == CORSE:
        return f"{code} was Corse until 1975, and since 1976 it is 2A and 2B"
    if model in (Departement, Commune) and (elsewhere := overseas(code)):
        return elsewhere
    if model is Commune and (part := await session.get(CommunePart, code)):
        return f"{code} ({part.name}) is no commune of today and lies in {part.commune_code}"
    ended = await session.get(Organisation, code) if model in (Epci, Ept) else None
    if ended is not None and ended.successor_siren:
        return f"{code} ({ended.name}) was taken over by {ended.successor_siren}"
    return None


CORSE: Final = "20"
"""Code of the département that became 2A and 2B (INSEE)."""


def path_of(model: type[Base]) -> str:
    """Return the address of the list of a collection."""
    return f"/v1/{model.__tablename__.replace('_', '-')}"


async def official(session: AsyncSession, siren: str) -> Organisation | None:
    """The EPCI, EPT or commune of this SIREN, as the organisation that it is; not stored."""
    for model, kind in ((Epci, "epci"), (Ept, "ept"), (Commune, "commune")):
        place: Any = await session.scalar(select(model).where(model.siren == siren))
        if place is not None:
            organisation = Organisation(
                siren=siren,
                name=place.name,
                kind=kind,
                aliases=[],
                names=[],
                distinct_from=[],
                departement_codes=[],
                region_code=place.region_code,
                source="INSEE, DGCL (BANATIC), géographie 2026",
                synthetic=False,
                # That of the register, once somebody names it: an ETag holds until it is changed.
                version=1,
            )
            organisation.search = organisation_text(organisation)
            return organisation
    return None


async def bodies_of_commune(session: AsyncSession, code: str) -> set[str]:
    """The SIRENs by which a commune may be in a territory: its EPCI's, its EPT's, its own."""
    column = Commune.siren if len(code) == 9 else Commune.code
    commune = await session.scalar(select(Commune).where(column == code))
    if commune is None and (part := await session.get(CommunePart, code)) is not None:
        # It lies in its commune of today.
        commune = await session.get(Commune, part.commune_code)
    return {siren for siren in (commune.siren, commune.epci_siren, commune.ept_siren) if siren} if commune else set()


async def member_geography(session: AsyncSession, sirens: Collection[str]) -> dict[str, MemberGeography]:
    """Return the official geography of EPCIs, EPTs and communes: their parts by département, and what contains them.

    Beside it stands that of the bodies that they have taken over.
    """
    known = await takeovers(session)
    former = {siren: taken_over_by(siren, known) for siren in sirens}
    bodies = {*sirens, *(each.siren for found in former.values() for each in found)}
    areas = await _areas_of(session, bodies)
    within = await _containers_of(session, bodies)
    return {
        siren: geography_of(
            areas[siren],
            within[siren],
            [
                TakenOver(
                    siren=each.siren,
                    name=each.name,
                    kind=each.kind,
                    since=each.since.isoformat(),
                    within=sorted(within[each.siren]),
                    areas=[list(astuple(area)) for area in areas[each.siren]],
                )
                for each in former[siren]
                # A later geography counts its communes under the successor.
                if areas[each.siren]
            ],
        )
        for siren in sirens
    }


DEGREE: Final = 1_000_000
"""Parts of a degree in which coordinates are summed up."""


async def _areas_of(session: AsyncSession, sirens: Collection[str]) -> dict[str, list[Area]]:
    """Return the part of each EPCI, EPT or commune in each département."""
    found = defaultdict(list)
    located = case((Commune.lon.is_not(None), Commune.population), else_=0)
    for belongs_to in (Commune.epci_siren, Commune.ept_siren, Commune.siren):
        statement = (
            select(
                belongs_to,
                Commune.departement_code,
                Commune.region_code,
                func.count(),
                func.coalesce(func.sum(Commune.population), 0),
                func.coalesce(func.sum(located), 0),
                func.coalesce(func.sum(_weighted(Commune.lon)), 0),
                func.coalesce(func.sum(_weighted(Commune.lat)), 0),
            )
            .where(belongs_to.in_(sirens))
            .group_by(belongs_to, Commune.departement_code, Commune.region_code)
            .order_by(belongs_to, Commune.departement_code)
        )
        for siren, *values in await session.execute(statement):
            centre = [int(total) / DEGREE for total in values[-2:]]
            found[siren].append(Area(*values[:-2], *centre))
    return found


def _weighted(axis: InstrumentedAttribute[float | None]) -> ColumnElement[Any]:
    """Return a coordinate multiplied by the population, as a whole number."""
    # A sum of floats depends on the order in which the database reads the rows.
    return Commune.population * cast(func.round(axis * DEGREE), BigInteger)


async def _containers_of(session: AsyncSession, sirens: Collection[str]) -> dict[str, set[str]]:
    """Return the EPCI and EPT of each commune, and the métropole of each EPT."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    inside = select(Commune.siren, Commune.epci_siren, Commune.ept_siren).where(Commune.siren.in_(sirens))
    for siren, *bodies in await session.execute(inside):
        found[siren].update(body for body in bodies if body)
    statement = select(Commune.ept_siren, Commune.epci_siren).where(Commune.ept_siren.in_(sirens)).distinct()
    for siren, metropole in await session.execute(statement):
        if siren and metropole:
            found[siren].add(metropole)
    return found


async def _chosen(
    session: AsyncSession, model: type[PlaceModel], sought: Sought | None, filters: dict[str, Any]
) -> Select[tuple[PlaceModel]]:
    statement = select(model)
    if sought:
        named = sought.condition(model.search)
        # Few are renamed: without any, the search stays one condition, which an index serves.
        if renamed := await _renamed_to(session, model, sought):
            named = or_(named, KEYS[model].in_(renamed))
        statement = statement.where(named)
    for name, (known, column, several) in _CODES.items():
        if (code := filters.pop(name, None)) is not None:
            await require_known(session, known, code, parameter=name)
            lies = getattr(model, several, None) if several else None
            if lies is not None:
                # A place over a border lies on both sides. JSON quotes each code of the list.
                here = cast(lies, Text).like(f'%"{code}"%')
            elif hasattr(model, column):
                here = getattr(model, column) == code
            else:
                # An EPCI and a zone d'emploi share communes.
                here = KEYS[model].in_(select(_COLUMNS[model]).where(getattr(Commune, column) == code))
            statement = statement.where(here)
    return statement.filter_by(**{name: value for name, value in filters.items() if value is not None})


async def _renamed_to(session: AsyncSession, model: type[PlaceModel], sought: Sought) -> Sequence[str]:
    """Return the codes of places that the register finds under another name than that of the official geography."""
    siren = getattr(model, "siren", None)
    if model is CommunePart or siren is None:
        return []
    statement = select(KEYS[model]).join(Organisation, Organisation.siren == siren)
    renamed = statement.where(Organisation.name != model.name, sought.condition(Organisation.search))
    return (await session.scalars(renamed)).all()


_CODES: dict[str, tuple[Any, str, str]] = {
    "region": (Region, "region_code", "region_codes"),
    "departement": (Departement, "departement_code", "departement_codes"),
    "epci": (Epci, "epci_siren", ""),
    "ept": (Ept, "ept_siren", ""),
    "commune": (Commune, "commune_code", ""),
    "employment_zone": (EmploymentZone, "employment_zone", ""),
}
"""Filter → model of the code, column with one code, column with several."""
_COLUMNS: dict[type[Base], Any] = {Epci: Commune.epci_siren, EmploymentZone: Commune.employment_zone}
"""Model → column of communes with its key."""
