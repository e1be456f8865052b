"""The declared end of a contract: `/v1/contracts/{id}/terminate`, `denounce` and `revoke-end`."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from services.contract import commands, errors, permissions
from services.contract.api.contracts import CONTRACTS
from services.contract.api.dependencies import Writing
from services.contract.models import Contract
from services.contract.schemas import ContractOut, DenunciationIn, Explanation, TerminationIn
from shared.http.routing import Router, showing
from shared.problem import Forbidden, NotFound, TransitionRefused, documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[CONTRACTS])

Terminator = Annotated[Caller, Depends(allowed(permissions.TERMINATE_CONTRACTS))]
Signatory = Annotated[Caller, Depends(allowed(permissions.SIGN_CONTRACTS))]

ENDED = {"status": "ended", "allowed_transitions": [], "ended_on": "2021-01-01", "in_force_until": "2020-12-31"}
WHY = "L'entreprise cesse son activité dans le bassin (texte synthétique)."


@router.post(
    "/v1/contracts/{contract_id}/terminate",
    response_model=ContractOut,
    responses=documented(NotFound, Forbidden, errors.EndNotFitting, TransitionRefused),
    openapi_extra=showing(**ENDED, end_outcome="terminated", end_reason=WHY, ended_by="200067254"),
)
async def terminate_contract(contract_id: UUID, body: TerminationIn, session: Writing, by: Terminator) -> Contract:
    """Terminate a contract (résiliation) for its territory, or for a Region of it. A day to come can be taken back."""
    abandons = body.actions == "abandoned"
    return await commands.terminate_contract(
        session, contract_id, declaration=body.declaration(), abandons_actions=abandons, by=by
    )


@router.post(
    "/v1/contracts/{contract_id}/denounce",
    response_model=ContractOut,
    responses=documented(NotFound, errors.NotASignatory, errors.EndNotFitting, TransitionRefused),
    openapi_extra=showing(**ENDED, end_outcome="denounced", end_reason=WHY, ended_by="000000117"),
)
async def denounce_contract(contract_id: UUID, body: DenunciationIn, session: Writing, by: Signatory) -> Contract:
    """Denounce a contract (dénonciation) for your organisation, if it had to sign. It ends for every party."""
    return await commands.denounce_contract(session, contract_id, declaration=body.declaration(), by=by)


@router.post(
    "/v1/contracts/{contract_id}/revoke-end",
    response_model=ContractOut,
    responses=documented(NotFound, errors.NotTheEnder, TransitionRefused),
)
async def revoke_end(contract_id: UUID, body: Explanation, session: Writing, by: Signatory) -> Contract:
    """Take back an end to come that your organisation has declared."""
    return await commands.revoke_end(session, contract_id, reason=body.reason, by=by)
