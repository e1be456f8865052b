"""Amendments (avenants) of contracts, what they change, and the consolidated text."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Response

from services.contract import commands, errors, permissions, queries
from services.contract.api.dependencies import Reading, Writing
from services.contract.api.digests import canonical_json, with_digests
from services.contract.models import Contract
from services.contract.schemas import AmendmentDifferencesOut, AmendmentIn, ContractOut
from shared.http.routing import Router, Tag, showing
from shared.http.schemas import Day
from shared.problem import Forbidden, NotFound, documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[Tag("Amendments", "Amendments (avenants) of contracts, and the consolidated text of any day.")])

Reader = Annotated[Caller, Depends(allowed(permissions.READ_CONTRACTS))]
Drafter = Annotated[Caller, Depends(allowed(permissions.DRAFT_CONTRACTS))]

AMENDMENT = {
    "id": "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e09",
    "kind": "amendment",
    "number": "C-0001-1",
    "amends": "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e02",
    "amendment_number": 1,
    "amendment_reason": "Prolonger le contrat de deux ans (texte synthétique).",
    "subjects": ["period", "plan"],
    "amendments": [],
    "version": 1,
    "status": "draft",
    "allowed_transitions": ["cancel", "enter-signed", "submit"],
    "approvals": {},
    "in_force_until": None,
    "parties": dict.fromkeys(("signed_on", "signed_as", "deliberation_reference", "deliberation_on")),
    **dict.fromkeys(("submitted_at", "approved_on", "approved_at", "requested_at", "signed_on", "content_sha256")),
}
TEXT = {
    "format": "territoires-industrie/consolidated-text/1",
    "contract_id": "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e02",
    "number": "C-0001",
    "documents": [
        {
            "contract_id": "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e02",
            "number": "C-0001",
            "signed_on": "2019-07-15",
            "in_force_from": "2019-07-15",
            "content_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        }
    ],
    "text": {"title": "Contrat de Territoire d'industrie Lacq-Pau-Tarbes 2019-2022 (exemple synthétique)"},
}
"""An example of a consolidated text, with one of its parts."""


@router.post(
    "/v1/contracts/{contract_id}/amendments",
    status_code=201,
    response_model=ContractOut,
    responses=documented(
        NotFound,
        Forbidden,
        errors.NotAmendable,
        errors.AmendedContractEnded,
        errors.AmendmentUnderWay,
        errors.AmendmentsFull,
        errors.TerritoryClosed,
    ),
    openapi_extra=showing(**AMENDMENT),
)
async def open_amendment(contract_id: UUID, body: AmendmentIn, session: Writing, by: Drafter) -> Contract:
    """Begin an amendment of a signed contract: a clone of its text in force, of which some parts may change."""
    return await commands.open_amendment(session, contract_id, subjects=body.subjects, reason=body.reason, by=by)


@router.get(
    "/v1/contracts/{contract_id}/differences",
    response_model=AmendmentDifferencesOut,
    responses=documented(NotFound, errors.NotAmended),
)
async def read_amendment_differences(contract_id: UUID, session: Reading, by: Reader) -> dict[str, Any]:
    """Differences between an amendment and the text that it amends, field by field."""
    found = await queries.amendment_differences(session, contract_id, by=by)
    return {"contract_id": contract_id, "differences": found}


@router.get(
    "/v1/contracts/{contract_id}/text",
    response_class=Response,
    responses={200: canonical_json(TEXT), **documented(NotFound, errors.ContentNotFrozen, errors.DayNotPlausible)},
)
async def read_consolidated_text(
    contract_id: UUID,
    session: Reading,
    by: Reader,
    as_of: Annotated[
        Day | None, Query(description="Day in Paris, read at its end; today by default.", examples=["2021-06-30"])
    ] = None,
) -> Response:
    """Consolidated text of a contract, with the amendments signed by a day. The id may be that of an amendment."""
    text = await queries.consolidated_text(session, contract_id, as_of=as_of, by=by)
    return with_digests(text.body, text.sha256)
