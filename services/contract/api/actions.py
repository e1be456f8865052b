"""Action sheets: `/v1/actions`."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response

from services.contract import commands, errors, permissions, queries
from services.contract.api.dependencies import Reading, Writing
from services.contract.api.documents import ALSO_PDF, ActionPdf
from services.contract.api.filters import ActionParameters
from services.contract.errors.seals import DocumentNotMade
from services.contract.models import Action
from services.contract.rules import transitions
from services.contract.schemas import ActionChange, ActionDraft, ActionOut, Explanation, StateOpinion
from shared.events.contract import ActionStatus
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

router = Router(tags=[Tag("Action sheets", "Fiches action: drafted by territories, decided by Regions.")])

Reader = Annotated[Caller, Depends(allowed(permissions.READ_ACTIONS))]
Drafter = Annotated[Caller, Depends(allowed(permissions.DRAFT_ACTIONS))]
Editor = Annotated[Caller, Depends(allowed(permissions.EDIT_ACTIONS))]
Decider = Annotated[Caller, Depends(allowed(permissions.DECIDE_ACTIONS))]
Adviser = Annotated[Caller, Depends(allowed(permissions.ADVISE_ON_ACTIONS))]

NAMED = (
    TerritoryNotKnown,
    errors.TerritoryClosed,
    errors.TerritoriesNotFitting,
    errors.AxisNotOfPhase,
    OrganisationNotKnown,
    OrganisationDuplicate,
    OrganisationSucceeded,
    errors.CalendarReversed,
    errors.DayNotPlausible,
)
"""Refusals of the objects that a sheet names."""


REASON = "Le plan de financement ne dit pas la part de l'agglomération (texte synthétique)."
UNDECIDED: dict[str, Any] = {
    "opinions": [], "decisions": {}, "decided_at": None, "service_requests": [],
}  # fmt: skip
AWAITED: dict[str, Any] = {"decisions": {}, "awaited_regions": ["75", "76"], "decided_at": None, "service_requests": []}


def _decision(outcome: str) -> dict[str, Any]:
    return {"75": {"outcome": outcome, "organisation": "200053759", "decided_at": "2019-09-17T16:20:00Z"}}


def _as(status: ActionStatus, **more: Any) -> dict[str, Any]:
    """An example of the answer: the sheet in a state, and what may happen to it then."""
    return showing(status=status, allowed_transitions=sorted(transitions.ACTION[status]), **more)


@router.get(
    "/v1/actions",
    response_model=Page[ActionOut],
    responses=documented(BareCodeAmbiguous, TerritoryNotKnown, errors.AxisNotOfPhase, OrganisationNotKnown),
)
async def list_actions(
    session: Reading, filters: Annotated[ActionParameters, Depends()], pagination: Pagination, by: Reader
) -> Slice[Action]:
    """The action sheets that concern you, by lead territory and number."""
    return await queries.list_actions(session, filters, pagination, by=by)


@router.get("/v1/actions/changes", response_model=Changes[ActionOut])
async def list_action_changes(session: Reading, pagination: ChangesPagination, by: Reader) -> dict[str, Any]:
    """Changes of the action sheets that concern you, oldest first, deletions included."""
    return await queries.action_changes(session, pagination, by=by)


@router.post(
    "/v1/actions",
    status_code=201,
    response_model=ActionOut,
    responses=documented(Forbidden, *NAMED),
    openapi_extra=_as("draft", version=1, submitted_at=None, **UNDECIDED),
)
async def draft_action(body: ActionDraft, session: Writing, by: Drafter) -> Action:
    """Begin an action sheet in the plan of your territory."""
    return await commands.draft_action(session, **body.content(), by=by)


@router.get(
    "/v1/actions/{action_id}",
    response_model=ActionOut,
    dependencies=ALSO_PDF,
    responses=documented(NotFound, DocumentNotMade),
)
async def read_action(action_id: UUID, pdf: ActionPdf, session: Reading, by: Reader) -> Action | Response:
    """One action sheet. Also as PDF, see `/document`."""
    return pdf or await queries.get_action(session, action_id, by=by)


@router.patch(
    "/v1/actions/{action_id}",
    response_model=ActionOut,
    responses=documented(
        NotFound,
        errors.NotTheEditor,
        errors.NotEditable,
        errors.ActionAttached,
        *NAMED,
        VersionStale,
        PreconditionRequired,
    ),
    openapi_extra=_as("draft", submitted_at=None, **UNDECIDED),
)
async def change_action(action_id: UUID, body: ActionChange, expected: IfMatch, session: Writing, by: Editor) -> Action:
    """Write in a sheet that is a draft or was returned."""
    return await commands.change_action(session, action_id, **body.content(), expected=expected, by=by)


@router.delete(
    "/v1/actions/{action_id}",
    status_code=204,
    responses=documented(
        NotFound, errors.NotTheEditor, errors.ActionNotDraft, errors.ActionAttached, VersionStale, PreconditionRequired
    ),
)
async def delete_action(action_id: UUID, expected: IfMatch, session: Writing, by: Drafter) -> None:
    """Take a draft away; its history and a tombstone stay."""
    await commands.delete_action(session, action_id, expected=expected, by=by)


@router.post(
    "/v1/actions/{action_id}/submit",
    response_model=ActionOut,
    responses=documented(
        NotFound, errors.NotTheEditor, errors.ActionIncomplete, errors.TerritoryClosed, TransitionRefused
    ),
    openapi_extra=_as("submitted", **{**UNDECIDED, **AWAITED}),
)
async def submit_action(action_id: UUID, session: Writing, by: Drafter) -> Action:
    """Send a complete sheet to the Region; it can be sent again once it was returned."""
    return await commands.submit_action(session, action_id, by=by)


@router.post(
    "/v1/actions/{action_id}/return",
    response_model=ActionOut,
    responses=documented(NotFound, errors.NotTheDecider, errors.AlreadyDecided, TransitionRefused),
    openapi_extra=_as("returned", decision_reason=REASON, decisions=_decision("returned"), service_requests=[]),
)
async def return_action(action_id: UUID, body: Explanation, session: Writing, by: Decider) -> Action:
    """Send a sheet back to its territory to be completed. One Region decides this for all."""
    return await commands.return_action(session, action_id, reason=body.reason, by=by)


@router.post(
    "/v1/actions/{action_id}/validate",
    response_model=ActionOut,
    responses=documented(
        NotFound, errors.NotTheDecider, errors.AlreadyDecided, errors.TerritoryClosed, TransitionRefused
    ),
)
async def validate_action(action_id: UUID, session: Writing, by: Decider) -> Action:
    """Retain a sheet for your Region; the last Region's decision validates it, and it may enter a contract."""
    return await commands.validate_action(session, action_id, by=by)


@router.post(
    "/v1/actions/{action_id}/reject",
    response_model=ActionOut,
    responses=documented(NotFound, errors.NotTheDecider, errors.AlreadyDecided, TransitionRefused),
    openapi_extra=_as("rejected", decision_reason=REASON, decisions=_decision("rejected"), service_requests=[]),
)
async def reject_action(action_id: UUID, body: Explanation, session: Writing, by: Decider) -> Action:
    """Do not retain a sheet. One Region decides this for all."""
    return await commands.reject_action(session, action_id, reason=body.reason, by=by)


@router.post(
    "/v1/actions/{action_id}/opinion",
    response_model=ActionOut,
    responses=documented(NotFound, errors.NotTheDecider, TransitionRefused),
    openapi_extra=_as("submitted", **AWAITED),
)
async def give_opinion(action_id: UUID, body: StateOpinion, session: Writing, by: Adviser) -> Action:
    """Record the State's opinion of a submitted sheet; the Region decides."""
    return await commands.give_opinion(session, action_id, verdict=body.verdict, text=body.text, by=by)


@router.get("/v1/actions/{action_id}/history", response_model=Page[HistoryLine], responses=documented(NotFound))
async def read_action_history(
    action_id: UUID, session: Reading, pagination: Pagination, by: Reader
) -> Slice[dict[str, Any]]:
    """History of an action sheet: author, time, reason and changed fields."""
    return await queries.action_history(session, action_id, pagination, by=by)
