"""Bodies and answers."""

from services.territory.schemas.geography import CommuneOut, DepartementOut, EpciOut, EptOut, RegionOut
from services.territory.schemas.governance import (
    DECISION_KIND,
    LEVEL,
    CommitteeIn,
    CommitteeOut,
    DecisionIn,
    DecisionOut,
)
from services.territory.schemas.mandates import MandateEndIn, PilotIn, PilotOut, PilotsOut, ReplacementIn
from services.territory.schemas.organisations import KIND, OrganisationIn, OrganisationOut
from services.territory.schemas.programme import AxisOut, FigureIn, FigureOut, Metric, PhaseOut
from services.territory.schemas.territories import (
    MemberOut,
    MembersOut,
    PerimeterChangeIn,
    TerritoryDetail,
    TerritoryOut,
)

__all__ = [
    "DECISION_KIND",
    "KIND",
    "LEVEL",
    "AxisOut",
    "CommitteeIn",
    "CommitteeOut",
    "CommuneOut",
    "DecisionIn",
    "DecisionOut",
    "DepartementOut",
    "EpciOut",
    "EptOut",
    "FigureIn",
    "FigureOut",
    "MandateEndIn",
    "MemberOut",
    "MembersOut",
    "Metric",
    "OrganisationIn",
    "OrganisationOut",
    "PerimeterChangeIn",
    "PhaseOut",
    "PilotIn",
    "PilotOut",
    "PilotsOut",
    "RegionOut",
    "ReplacementIn",
    "TerritoryDetail",
    "TerritoryOut",
]
