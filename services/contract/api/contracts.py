"""Contracts: `/v1/contracts`."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response

from services.contract import commands, errors, permissions, queries
from services.contract.api.dependencies import Reading, Writing
from services.contract.api.digests import canonical_json, with_digests
from services.contract.api.documents import ALSO_PDF, ContractPdf
from services.contract.api.filters import ContractParameters
from services.contract.errors.overlaps import SchemeNotKnown
from services.contract.errors.seals import DocumentNotMade
from services.contract.models import Contract
from services.contract.rules import transitions
from services.contract.rules.readiness import Readiness
from services.contract.schemas import (
    ApprovalIn,
    ContractChange,
    ContractDraft,
    ContractOut,
    Explanation,
    ReadinessOut,
    StateOpinion,
)
from shared.events.contract import ContractStatus
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import IfMatch, Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import Forbidden, NotFound, PreconditionRequired, TransitionRefused, documented
from shared.references import (
    BareCodeAmbiguous,
    OrganisationDuplicate,
    OrganisationNotKnown,
    OrganisationSucceeded,
    TerritoryNotKnown,
)
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.history import VersionStale

CONTRACTS = Tag("Contracts", "Protocols and contracts of territories: drafted, reviewed, approved, signed.")

router = Router(tags=[CONTRACTS])

Reader = Annotated[Caller, Depends(allowed(permissions.READ_CONTRACTS))]
Insider = Annotated[Caller, Depends(allowed(permissions.READ_CONTRACT_DETAILS))]
Drafter = Annotated[Caller, Depends(allowed(permissions.DRAFT_CONTRACTS))]
Decider = Annotated[Caller, Depends(allowed(permissions.DECIDE_CONTRACTS))]
Adviser = Annotated[Caller, Depends(allowed(permissions.ADVISE_ON_CONTRACTS))]

CONTENT = {
    "format": "territoires-industrie/contract/1",
    "contract_id": "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e02",
    "kind": "contract",
    "number": "C-0001",
    "title": "Contrat de Territoire d'industrie Lacq-Pau-Tarbes 2019-2022 (exemple synthétique)",
    "phase": "2018",
    "territory": "2018-ti-7505",
    "regions": ["75", "76"],
    "starts_on": "2019-07-15",
    "ends_on": "2022-12-31",
    "parties": [],
    "links": [],
    "approvals": {},
    "actions": [],
    "refused_actions": [],
}
"""An example of what is frozen, without its lists."""
NAMED = (
    SchemeNotKnown,
    errors.TerritoryClosed,
    OrganisationNotKnown,
    OrganisationDuplicate,
    OrganisationSucceeded,
    errors.PartyNotFitting,
    errors.ActionNotKnown,
    errors.CalendarReversed,
    errors.DayNotPlausible,
    errors.ContractOverlaps,
    errors.RefusalReasonMissing,
    errors.RelatedContractNotFitting,
)
"""Refusals of the objects that a contract names."""
AMENDED = (errors.NotAmended, errors.OutsideSubjects, errors.AmendedContractEnded)
"""Refusals of changes of an amendment."""


MILESTONE_FIELDS = (
    "submitted_at", "approved_on", "approved_at", "requested_at", "signed_on", "content_sha256", "due_on",
)  # fmt: skip
UNSIGNED = dict.fromkeys(("signed_on", "signed_as", "deliberation_reference", "deliberation_on"))
REASON = "Le plan de financement ne dit pas la part de l'agglomération (texte synthétique)."
OPINION = {
    "organisation": "000000018",
    "verdict": "reserved",
    "text": "Réservé : le calendrier reste à préciser (texte synthétique).",
    "given_at": "2019-06-25T08:30:00Z",
    "text_version": 1,
    "is_current": True,
}
DECLINED = {**UNSIGNED, "declined_at": "2019-07-10T09:00:00Z", "decline_reason": REASON}


def shown_as(status: ContractStatus, *to_come: str, **more: Any) -> dict[str, Any]:
    """An example of the answer: the contract in a state, what is still to come, and what may happen to it then."""
    possible = sorted(transitions.CONTRACT[status])
    unsigned = {"in_force_until": None}
    return showing(status=status, allowed_transitions=possible, **unsigned, **dict.fromkeys(to_come), **more)


@router.get(
    "/v1/contracts",
    response_model=Page[ContractOut],
    responses=documented(
        BareCodeAmbiguous, TerritoryNotKnown, OrganisationNotKnown, errors.ContractNotKnown, errors.CeremonyNotKnown
    ),
)
async def list_contracts(
    session: Reading, filters: Annotated[ContractParameters, Depends()], pagination: Pagination, by: Reader
) -> Slice[Contract]:
    """The signed contracts, and those in the making that concern you, by territory and number."""
    return await queries.list_contracts(session, filters, pagination, by=by)


@router.get("/v1/contracts/changes", response_model=Changes[ContractOut])
async def list_contract_changes(session: Reading, pagination: ChangesPagination, by: Reader) -> dict[str, Any]:
    """Changes of the contracts that you may read, oldest first."""
    return await queries.contract_changes(session, pagination, by=by)


@router.post(
    "/v1/contracts",
    status_code=201,
    response_model=ContractOut,
    responses=documented(Forbidden, TerritoryNotKnown, *NAMED),
    openapi_extra=shown_as("draft", *MILESTONE_FIELDS, "unlocked", version=1, approvals={}, parties=UNSIGNED),
)
async def open_contract(body: ContractDraft, session: Writing, by: Drafter) -> Contract:
    """Begin the drafting of your territory's contract, or of the protocol before it."""
    return await commands.open_contract(session, **body.content(), by=by)


@router.get(
    "/v1/contracts/{contract_id}",
    response_model=ContractOut,
    dependencies=ALSO_PDF,
    responses=documented(NotFound, DocumentNotMade),
)
async def read_contract(contract_id: UUID, pdf: ContractPdf, session: Reading, by: Reader) -> Contract | Response:
    """One contract: signed, it is public; before, those concerned read it. Also as PDF, see `/document`."""
    return pdf or await queries.get_contract(session, contract_id, by=by)


@router.patch(
    "/v1/contracts/{contract_id}",
    response_model=ContractOut,
    responses=documented(
        NotFound,
        Forbidden,
        errors.NotEditable,
        errors.FieldLocked,
        *AMENDED,
        *NAMED,
        VersionStale,
        PreconditionRequired,
    ),
    openapi_extra=shown_as("draft", *MILESTONE_FIELDS, "unlocked", approvals={}, parties=UNSIGNED),
)
async def change_contract(
    contract_id: UUID, body: ContractChange, expected: IfMatch, session: Writing, by: Drafter
) -> Contract:
    """Write in a draft; after a return, only in the fields that a comment is about."""
    return await commands.change_contract(session, contract_id, **body.content(), expected=expected, by=by)


@router.get("/v1/contracts/{contract_id}/readiness", response_model=ReadinessOut, responses=documented(NotFound))
async def read_readiness(contract_id: UUID, session: Reading, by: Insider) -> Readiness:
    """List what blocks the review of a contract, or the signatures of a protocol."""
    return await queries.readiness(session, contract_id, by=by)


@router.post(
    "/v1/contracts/{contract_id}/submit",
    response_model=ContractOut,
    responses=documented(
        NotFound,
        Forbidden,
        errors.ContractNotReady,
        errors.TerritoryClosed,
        errors.AmendedContractEnded,
        TransitionRefused,
    ),
    openapi_extra=shown_as("under_review", *MILESTONE_FIELDS[1:], approvals={}, parties=UNSIGNED),
)
async def submit_contract(contract_id: UUID, session: Writing, by: Drafter) -> Contract:
    """Send a contract that lacks nothing to its Region or Regions."""
    return await commands.submit_contract(session, contract_id, by=by)


@router.post(
    "/v1/contracts/{contract_id}/return",
    response_model=ContractOut,
    responses=documented(NotFound, Forbidden, TransitionRefused),
    openapi_extra=shown_as(
        "draft",
        *MILESTONE_FIELDS[1:],
        approvals={},
        parties=UNSIGNED,
        decision_reason=REASON,
        unlocked=["/themes/skills"],
    ),
)
async def return_contract(contract_id: UUID, body: Explanation, session: Writing, by: Decider) -> Contract:
    """Send a contract back for drafting: fields with comments are unlocked, without any the whole text."""
    return await commands.return_contract(session, contract_id, reason=body.reason, by=by)


@router.post(
    "/v1/contracts/{contract_id}/approve",
    response_model=ContractOut,
    responses=documented(
        NotFound,
        Forbidden,
        errors.DecisionNotKnown,
        errors.DecisionNotFitting,
        errors.AlreadyApproved,
        errors.TerritoryClosed,
        errors.AmendedContractEnded,
        TransitionRefused,
    ),
    openapi_extra=shown_as("approved", *MILESTONE_FIELDS[3:], parties=UNSIGNED),
)
async def approve_contract(contract_id: UUID, body: ApprovalIn, session: Writing, by: Decider) -> Contract:
    """Approve for your Region, naming its committee's decision; the last Region's approval approves the contract."""
    return await commands.approve_contract(session, contract_id, decision_id=body.decision_id, by=by)


@router.post(
    "/v1/contracts/{contract_id}/opinion",
    response_model=ContractOut,
    responses=documented(NotFound, Forbidden, TransitionRefused),
    openapi_extra=shown_as("under_review", *MILESTONE_FIELDS[1:], approvals={}, parties=UNSIGNED, opinions=[OPINION]),
)
async def give_opinion_on_contract(contract_id: UUID, body: StateOpinion, session: Writing, by: Adviser) -> Contract:
    """Record the State's opinion of a contract under review; the Regions decide."""
    return await commands.give_opinion_on_contract(session, contract_id, verdict=body.verdict, text=body.text, by=by)


@router.post(
    "/v1/contracts/{contract_id}/cancel",
    response_model=ContractOut,
    responses=documented(NotFound, Forbidden, TransitionRefused),
    openapi_extra=shown_as("cancelled", *MILESTONE_FIELDS, approvals={}, parties=UNSIGNED, decision_reason=REASON),
)
async def cancel_contract(contract_id: UUID, body: Explanation, session: Writing, by: Drafter) -> Contract:
    """Give a contract up before its signature."""
    return await commands.cancel_contract(session, contract_id, reason=body.reason, by=by)


@router.get(
    "/v1/contracts/{contract_id}/content",
    response_class=Response,
    responses={
        200: canonical_json(CONTENT),
        **documented(NotFound, errors.ContentNotFrozen),
    },
)
async def read_content(contract_id: UUID, session: Reading, by: Reader) -> Response:
    """Signed content, with its digest."""
    content = await queries.frozen_content(session, contract_id, by=by)
    return with_digests(content.body, content.sha256)


@router.get("/v1/contracts/{contract_id}/history", response_model=Page[HistoryLine], responses=documented(NotFound))
async def read_contract_history(
    contract_id: UUID, session: Reading, pagination: Pagination, by: Insider
) -> Slice[dict[str, Any]]:
    """History of a contract: author, time, reason and changed fields. Not public, even if the contract is."""
    return await queries.contract_history(session, contract_id, pagination, by=by)
