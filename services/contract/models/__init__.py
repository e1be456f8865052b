"""Tables of the contract service: action sheets, contracts, reports, projections, counters."""

from services.contract.models.actions import (
    Action,
    ActionTag,
    Carrier,
    Issue,
    Milestone,
    Partner,
    RegionalDecision,
)
from services.contract.models.base import Base, Plan, Shipped, TagKind
from services.contract.models.ceremonies import Ceremony
from services.contract.models.circuits import Delegation, SigningGroup
from services.contract.models.comments import Comment, CommentAnswer
from services.contract.models.contracts import Approval, Contract, ContractTag, ContractText, FrozenContent, Party
from services.contract.models.dossiers import PublishedEvent
from services.contract.models.opinions import Opinion, Verdict
from services.contract.models.papers import DocumentPart, PaperCopy, StoredDocument
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
from services.contract.models.records import ContractRecord
from services.contract.models.reports import Report, SheetProgress, SheetReport
from services.contract.models.seals import SEALS_PENDING, DocumentSeal, SealedFile, SealLevel, SealState
from services.contract.models.targets import Target
from services.contract.models.texts import (
    Facilitator,
    MeansKind,
    PartyCommitment,
    PlanEntry,
    PlanState,
    Priority,
    SchemeLink,
    TerritoryProject,
    Themes,
    empty_project,
    empty_themes,
    merged,
)

__all__ = [
    "SEALS_PENDING",
    "Action",
    "ActionTag",
    "Approval",
    "Base",
    "Carrier",
    "Ceremony",
    "Comment",
    "CommentAnswer",
    "Contract",
    "ContractRecord",
    "ContractTag",
    "ContractText",
    "DeclaredFigure",
    "Delegation",
    "DocumentPart",
    "DocumentSeal",
    "Facilitator",
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
    "MeansKind",
    "Milestone",
    "Opinion",
    "PaperCopy",
    "Partner",
    "Party",
    "PartyCommitment",
    "Plan",
    "PlanEntry",
    "PlanState",
    "Priority",
    "ProgressCounter",
    "PublishedEvent",
    "RegionalDecision",
    "Report",
    "SchemeLink",
    "SealLevel",
    "SealState",
    "SealedFile",
    "SheetProgress",
    "SheetReport",
    "Shipped",
    "SigningGroup",
    "StoredDocument",
    "TagKind",
    "Target",
    "TerritoryProject",
    "Themes",
    "TimelineEntry",
    "Verdict",
    "empty_project",
    "empty_themes",
    "merged",
    "projections",
]
