"""Tables of the territory service."""

from services.territory.models.base import Base, ReferenceVersion, Searchable, Shipped
from services.territory.models.calendar import Attendance, CalendarEvent, PhaseStage
from services.territory.models.contacts import RoleMailbox, WebLink
from services.territory.models.documents import Guide, Source
from services.territory.models.envelopes import Envelope
from services.territory.models.geography import (
    Commune,
    CommunePart,
    Departement,
    EmploymentZone,
    Epci,
    Ept,
    Outline,
    Region,
)
from services.territory.models.governance import Committee, CommitteeSeat, Decision, QuorumFrom, decision_territories
from services.territory.models.indicators import (
    Baseline,
    Indicator,
    IndicatorImport,
    IndicatorImportRow,
    IndicatorValue,
)
from services.territory.models.mandates import Pilot, StateReferent
from services.territory.models.meetings import Meeting
from services.territory.models.organisations import Alias, FormerName, Organisation
from services.territory.models.programme import Axis, Figure, Phase
from services.territory.models.requests import PerimeterRequest, RegionDecision
from services.territory.models.schemes import Scheme, SchemePerimeter
from services.territory.models.signatures import ContractState, FirstSignature
from services.territory.models.territories import (
    EMPTY_GEOGRAPHY,
    DatedWave,
    MemberGeography,
    Membership,
    TakenOver,
    Territory,
    TerritoryDepartement,
    TerritoryRegion,
)

__all__ = [
    "EMPTY_GEOGRAPHY",
    "Alias",
    "Attendance",
    "Axis",
    "Base",
    "Baseline",
    "CalendarEvent",
    "Committee",
    "CommitteeSeat",
    "Commune",
    "CommunePart",
    "ContractState",
    "DatedWave",
    "Decision",
    "Departement",
    "EmploymentZone",
    "Envelope",
    "Epci",
    "Ept",
    "Figure",
    "FirstSignature",
    "FormerName",
    "Guide",
    "Indicator",
    "IndicatorImport",
    "IndicatorImportRow",
    "IndicatorValue",
    "Meeting",
    "MemberGeography",
    "Membership",
    "Organisation",
    "Outline",
    "PerimeterRequest",
    "Phase",
    "PhaseStage",
    "Pilot",
    "QuorumFrom",
    "ReferenceVersion",
    "Region",
    "RegionDecision",
    "RoleMailbox",
    "Scheme",
    "SchemePerimeter",
    "Searchable",
    "Shipped",
    "Source",
    "StateReferent",
    "TakenOver",
    "Territory",
    "TerritoryDepartement",
    "TerritoryRegion",
    "WebLink",
    "decision_territories",
]
