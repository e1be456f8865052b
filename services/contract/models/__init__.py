"""Tables of the contract service: action sheets, contracts, projections, counters."""

from services.contract.models.actions import (
    Action,
    ActionTag,
    Carrier,
    Issue,
    Milestone,
    Opinion,
    Partner,
    RegionalDecision,
)
from services.contract.models.base import Base, Plan, TagKind
from services.contract.models.contracts import Approval, Contract, ContractTag, FrozenContent, Party, SchemeLink
from services.contract.models.progress import ProgressCounter, TimelineEntry
from services.contract.models.projections import (
    DeclaredFigure,
    KnownCommittee,
    KnownDecision,
    KnownMember,
    KnownOrganisation,
    KnownPilot,
    KnownRequest,
    KnownSource,
    KnownTerritory,
    projections,
)
from services.contract.models.targets import Target

__all__ = [
    "Action",
    "ActionTag",
    "Approval",
    "Base",
    "Carrier",
    "Contract",
    "ContractTag",
    "DeclaredFigure",
    "FrozenContent",
    "Issue",
    "KnownCommittee",
    "KnownDecision",
    "KnownMember",
    "KnownOrganisation",
    "KnownPilot",
    "KnownRequest",
    "KnownSource",
    "KnownTerritory",
    "Milestone",
    "Opinion",
    "Partner",
    "Party",
    "Plan",
    "ProgressCounter",
    "RegionalDecision",
    "SchemeLink",
    "TagKind",
    "Target",
    "TimelineEntry",
    "projections",
]
