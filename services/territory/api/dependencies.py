"""Database sessions, callers, parameters and refusals that several addresses share."""

from typing import Annotated, Final

from fastapi import Depends, Path, Query
from pydantic import Field, StringConstraints

from services.territory import permissions
from services.territory.errors import (
    DayNotPlausible,
    TerritoryAmbiguous,
    TerritoryNotFound,
    TerritoryNotYetDesignated,
)
from shared.events.codes import DepartementInput, EmploymentZoneCode, PhaseCode, RegionCode, SirenInput, TerritoryName
from shared.http.routing import Tag
from shared.http.schemas import SEARCH, SEARCH_OF_PLACES, Day, Search
from shared.http.sessions import RowReading, reading, writing
from shared.patterns import pattern_of
from shared.problem import documented
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.known import MomentNotSettled
from shared.storage.row_session import RowSession
from shared.storage.unit_of_work import ReadSession, WriteSession

Reading = Annotated[ReadSession, Depends(reading("territory"), scope="function")]
ReadingRow = Annotated[RowSession, RowReading("territory")]
"""A session for a read of one object that is one row."""
Writing = Annotated[WriteSession, Depends(writing("territory"), scope="function")]
Anyone = Annotated[Caller, Depends(allowed(permissions.READ_TERRITORIES))]

PhaseFilter = Annotated[PhaseCode | None, Query(description="2018 (phase 1) or 2023 (phase 2).")]
SearchFilter = Annotated[
    Search | None,
    Query(description=SEARCH),
]
PlaceSearchFilter = Annotated[
    Search | None,
    Query(description=SEARCH_OF_PLACES),
]
RegionFilter = Annotated[RegionCode | None, Query(description="INSEE code of a région.")]
EpciFilter = Annotated[
    SirenInput | None, Query(description="SIREN or SIRET of the intercommunality.", examples=["200067254"])
]
EmploymentZoneFilter = Annotated[EmploymentZoneCode | None, Query(description="Code of a zone d'emploi of 2020.")]
DepartementFilter = Annotated[DepartementInput | None, Query(description="INSEE code of a département.")]
AsOf = Annotated[
    Day | None,
    Query(description="A calendar day in Paris, read at its end; not in the future.", examples=["2019-03-05"]),
]
TerritoryInPath = Annotated[
    TerritoryName,
    Path(
        description="Territory key such as 2018-ti-7505; a bare code such as ti-7505 if `phase` says which one is "
        "meant, or if only one phase has it.",
        examples=["2018-ti-7505"],
    ),
]
PHASE: Final = pattern_of(r"^[0-9]{4}$", "a phase is named by the year of its first call, such as 2018")
PhaseInPath = Annotated[
    str,
    StringConstraints(pattern=PHASE),
    Field(json_schema_extra={"maxLength": 4}),
    Path(description="2018 (phase 1) or 2023 (phase 2).", examples=["2018"]),
]
EmploymentZoneInPath = Annotated[EmploymentZoneCode, Path()]
SirenInPath = Annotated[
    SirenInput, Path(description="SIREN (INSEE), or SIRET, with or without blanks.", examples=["200067254"])
]

TERRITORIES = Tag("Territories", "Territoires d'industrie of both phases: members, pilots, perimeter.")
NAMING = documented(TerritoryNotFound, TerritoryAmbiguous)
READING_A_DAY = (TerritoryNotFound, TerritoryNotYetDesignated, TerritoryAmbiguous, DayNotPlausible, MomentNotSettled)
"""Refusals of a read of a territory on a day."""
ON_A_DAY = documented(*READING_A_DAY)
