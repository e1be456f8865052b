"""Bodies and answers."""

from services.contract.schemas.actions import ActionChange, ActionDraft, ActionOut
from services.contract.schemas.amendments import AmendmentDifferencesOut, AmendmentIn
from services.contract.schemas.ceremonies import (
    CeremonyChange,
    CeremonyIn,
    CeremonyNamed,
    CeremonyOut,
    CeremonyReportOut,
)
from services.contract.schemas.comments import AnswerIn, CommentIn, CommentOut, DifferencesOut, TextOut
from services.contract.schemas.contract_texts import PartyIn
from services.contract.schemas.contracts import (
    ApprovalIn,
    ContractChange,
    ContractDraft,
    ContractOut,
    ReadinessOut,
)
from services.contract.schemas.ends import DenunciationIn, TerminationIn
from services.contract.schemas.opinions import StateOpinion
from services.contract.schemas.overlaps import ContractOverlapsOut
from services.contract.schemas.paper_contracts import PaperContractIn
from services.contract.schemas.papers import PaperCopyOut
from services.contract.schemas.progress import ProgressOut
from services.contract.schemas.records import RecordChange, RecordIn, RecordOut
from services.contract.schemas.reports import ReportBegun, ReportChange, ReportOut
from services.contract.schemas.seals import SealOut
from services.contract.schemas.signatures import (
    CircuitIn,
    CircuitOut,
    DelegationIn,
    NewRequestIn,
    PartyExplanation,
    PartyReplacementIn,
    SignatureIn,
    SignatureRequestIn,
    TransitionsOut,
)
from services.contract.schemas.targets import LateTerritoryOut, TargetChange, TargetIn, TargetOut, TargetProgressOut
from services.contract.schemas.texts import Explanation
from services.contract.schemas.verifications import VerificationOut

__all__ = [
    "ActionChange",
    "ActionDraft",
    "ActionOut",
    "AmendmentDifferencesOut",
    "AmendmentIn",
    "AnswerIn",
    "ApprovalIn",
    "CeremonyChange",
    "CeremonyIn",
    "CeremonyNamed",
    "CeremonyOut",
    "CeremonyReportOut",
    "CircuitIn",
    "CircuitOut",
    "CommentIn",
    "CommentOut",
    "ContractChange",
    "ContractDraft",
    "ContractOut",
    "ContractOverlapsOut",
    "DelegationIn",
    "DenunciationIn",
    "DifferencesOut",
    "Explanation",
    "LateTerritoryOut",
    "NewRequestIn",
    "PaperContractIn",
    "PaperCopyOut",
    "PartyExplanation",
    "PartyIn",
    "PartyReplacementIn",
    "ProgressOut",
    "ReadinessOut",
    "RecordChange",
    "RecordIn",
    "RecordOut",
    "ReportBegun",
    "ReportChange",
    "ReportOut",
    "SealOut",
    "SignatureIn",
    "SignatureRequestIn",
    "StateOpinion",
    "TargetChange",
    "TargetIn",
    "TargetOut",
    "TargetProgressOut",
    "TerminationIn",
    "TextOut",
    "TransitionsOut",
    "VerificationOut",
]
