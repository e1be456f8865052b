"""Contracts that were signed on paper: `/v1/contracts/{contract_id}/enter-signed`."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from services.contract import commands, errors, permissions
from services.contract.api.contracts import CONTRACTS
from services.contract.api.dependencies import Writing
from services.contract.models import Contract
from services.contract.schemas import ContractOut, PaperContractIn
from shared.http.routing import Router, showing
from shared.problem import Forbidden, NotFound, TransitionRefused, documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[CONTRACTS])

Decider = Annotated[Caller, Depends(allowed(permissions.DECIDE_CONTRACTS))]


@router.post(
    "/v1/contracts/{contract_id}/enter-signed",
    response_model=ContractOut,
    responses=documented(
        NotFound,
        Forbidden,
        errors.ContractNotReady,
        errors.DayNotPlausible,
        errors.DeliberationMissing,
        errors.EnteredSignatureNotFitting,
        errors.SignedInTheFuture,
        errors.TerritoryClosed,
        TransitionRefused,
    ),
    openapi_extra=showing(
        origin="paper", entered_source="Recueil des actes de l'agglomération, 2019 (exemple synthétique)", approvals={}
    ),
)
async def enter_signed_contract(contract_id: UUID, body: PaperContractIn, session: Writing, by: Decider) -> Contract:
    """Enter a draft as signed on paper outside the platform, with its real days; it is marked so."""
    return await commands.enter_signed_contract(
        session,
        contract_id,
        signed_on=body.signed_on,
        source=body.source,
        signatures=[signature.entered() for signature in body.signatures],
        by=by,
    )
