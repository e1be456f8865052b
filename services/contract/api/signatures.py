"""Signing circuits: `/v1/contracts/{contract_id}/circuit`, signatures and the ways on after a refusal."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response

from services.contract import commands, errors, permissions, queries
from services.contract.api.contracts import DECLINED, MILESTONE_FIELDS, UNSIGNED, shown_as
from services.contract.api.dependencies import Reading, Writing
from services.contract.errors import signatures as refusals
from services.contract.models import Contract
from services.contract.schemas import (
    CircuitIn,
    CircuitOut,
    ContractOut,
    DelegationIn,
    Explanation,
    NewRequestIn,
    PartyExplanation,
    PartyReplacementIn,
    SignatureIn,
    SignatureRequestIn,
    TransitionsOut,
)
from shared.http.routing import WITH_ETAG, IfMatch, Router, Tag, etag
from shared.problem import Forbidden, NotFound, PreconditionRequired, TransitionRefused, documented
from shared.references import OrganisationDuplicate, OrganisationNotKnown, OrganisationSucceeded
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.history import VersionStale

router = Router(
    tags=[Tag("Signatures", "Signing circuits of contracts and protocols: groups, signatures, refusals, delegations.")]
)

Insider = Annotated[Caller, Depends(allowed(permissions.READ_CONTRACT_DETAILS))]
Opener = Annotated[Caller, Depends(allowed(permissions.REQUEST_SIGNATURES))]
Signatory = Annotated[Caller, Depends(allowed(permissions.SIGN_CONTRACTS))]

OF_PARTIES = (
    NotFound,
    Forbidden,
    refusals.PartyNotFound,
    errors.AlreadySigned,
    refusals.SignaturesExpired,
    errors.TerritoryClosed,
    errors.AmendedContractEnded,
    TransitionRefused,
)
"""Refusals of acts on one party."""
ORGANISATIONS = (OrganisationNotKnown, OrganisationDuplicate, OrganisationSucceeded)
IN_SIGNING = shown_as("signing", *MILESTONE_FIELDS[4:], parties=UNSIGNED)


@router.get(
    "/v1/contracts/{contract_id}/circuit",
    response_model=CircuitOut,
    responses={200: WITH_ETAG, **documented(NotFound)},
)
async def read_circuit(contract_id: UUID, session: Reading, response: Response, by: Insider) -> dict[str, Any]:
    """The signing circuit: its groups, the state of each party, and whose turn it is."""
    found = await queries.read_circuit(session, contract_id, by=by)
    response.headers["ETag"] = etag(found["version"])
    return found


@router.put(
    "/v1/contracts/{contract_id}/circuit",
    response_model=CircuitOut,
    responses={
        200: WITH_ETAG,
        **documented(
            NotFound,
            Forbidden,
            refusals.CircuitNotFitting,
            errors.NotEditable,
            errors.TerritoryClosed,
            errors.AmendedContractEnded,
            VersionStale,
            PreconditionRequired,
        ),
    },
)
async def change_circuit(
    contract_id: UUID, body: CircuitIn, expected: IfMatch, session: Writing, response: Response, by: Opener
) -> dict[str, Any]:
    """Write the circuit of a contract whose signatures are not requested yet."""
    contract = await commands.change_circuit(session, contract_id, groups=body.content(), expected=expected, by=by)
    await session.flush()
    response.headers["ETag"] = etag(contract.version)
    return queries.describe_circuit(contract)


@router.get("/v1/contracts/{contract_id}/transitions", response_model=TransitionsOut, responses=documented(NotFound))
async def read_transitions(contract_id: UUID, session: Reading, by: Insider) -> dict[str, Any]:
    """The transitions from the present state: which ones you may make, and why not the others."""
    return await queries.read_transitions(session, contract_id, by=by)


@router.post(
    "/v1/contracts/{contract_id}/request-signatures",
    response_model=ContractOut,
    responses=documented(
        NotFound,
        Forbidden,
        errors.ContractNotReady,
        refusals.DueDayNotFitting,
        errors.TerritoryClosed,
        errors.AmendedContractEnded,
        TransitionRefused,
    ),
    openapi_extra=IN_SIGNING,
)
async def request_signatures(
    contract_id: UUID, session: Writing, by: Opener, body: SignatureRequestIn | None = None
) -> Contract:
    """Ask the parties of the first group to sign, of an approved contract or a protocol."""
    return await commands.request_signatures(session, contract_id, due_on=body.due_on if body else None, by=by)


@router.post(
    "/v1/contracts/{contract_id}/sign",
    response_model=ContractOut,
    responses=documented(
        NotFound,
        errors.NotAParty,
        errors.AlreadySigned,
        refusals.NotYourTurn,
        refusals.SignaturesExpired,
        errors.DayNotPlausible,
        refusals.DelegationNotFitting,
        errors.DeliberationMissing,
        refusals.SignedAfterTheEnd,
        errors.SignedInTheFuture,
        refusals.SignedTooEarly,
        errors.TerritoryClosed,
        errors.AmendedContractEnded,
        TransitionRefused,
    ),
)
async def sign_contract(contract_id: UUID, body: SignatureIn, session: Writing, by: Signatory) -> Contract:
    """Sign for your organisation. The last needed signature makes the contract signed and freezes its content."""
    return await commands.sign_contract(session, contract_id, signature=body.declared(), by=by)


@router.post(
    "/v1/contracts/{contract_id}/decline",
    response_model=ContractOut,
    responses=documented(NotFound, errors.NotAParty, errors.AlreadySigned, TransitionRefused),
    openapi_extra=shown_as("signing", *MILESTONE_FIELDS[4:], parties=DECLINED),
)
async def decline_contract(contract_id: UUID, body: PartyExplanation, session: Writing, by: Signatory) -> Contract:
    """Say that your organisation will not sign, and why; it may still sign later."""
    return await commands.decline_contract(session, contract_id, reason=body.reason, party_id=body.party_id, by=by)


@router.post(
    "/v1/contracts/{contract_id}/withdraw-signature",
    response_model=ContractOut,
    responses=documented(NotFound, errors.NotAParty, refusals.NotSigned, TransitionRefused),
    openapi_extra=IN_SIGNING,
)
async def withdraw_signature(contract_id: UUID, body: PartyExplanation, session: Writing, by: Signatory) -> Contract:
    """Take back a signature that you entered by mistake, while the circuit is open."""
    return await commands.withdraw_signature(session, contract_id, reason=body.reason, party_id=body.party_id, by=by)


@router.post(
    "/v1/contracts/{contract_id}/delegate",
    response_model=ContractOut,
    responses=documented(
        NotFound,
        errors.NotAParty,
        errors.AlreadySigned,
        refusals.DelegationNotFitting,
        *ORGANISATIONS,
        TransitionRefused,
    ),
    openapi_extra=IN_SIGNING,
)
async def delegate_signature(contract_id: UUID, body: DelegationIn, session: Writing, by: Signatory) -> Contract:
    """Let another office sign for your organisation; the new delegation takes the place of the former one."""
    return await commands.delegate_signature(session, contract_id, **body.model_dump(), by=by)


@router.post(
    "/v1/contracts/{contract_id}/revoke-delegation",
    response_model=ContractOut,
    responses=documented(
        NotFound, errors.NotAParty, errors.AlreadySigned, refusals.DelegationMissing, TransitionRefused
    ),
    openapi_extra=IN_SIGNING,
)
async def revoke_delegation(contract_id: UUID, body: PartyExplanation, session: Writing, by: Signatory) -> Contract:
    """Let nobody else sign for your organisation any more."""
    return await commands.revoke_delegation(session, contract_id, reason=body.reason, party_id=body.party_id, by=by)


@router.post(
    "/v1/contracts/{contract_id}/parties/{party_id}/ask-again",
    response_model=ContractOut,
    responses=documented(*OF_PARTIES, refusals.PartyNotDeclined),
    openapi_extra=IN_SIGNING,
)
async def ask_again(
    contract_id: UUID, party_id: UUID, session: Writing, by: Opener, body: NewRequestIn | None = None
) -> Contract:
    """Clear the refusal of a party, and ask it again to sign."""
    return await commands.ask_again(session, contract_id, party_id, reason=body.reason if body else None, by=by)


@router.post(
    "/v1/contracts/{contract_id}/parties/{party_id}/replace",
    response_model=ContractOut,
    responses=documented(*OF_PARTIES, errors.PartyNotFitting, *ORGANISATIONS),
    openapi_extra=IN_SIGNING,
)
async def replace_party(
    contract_id: UUID, party_id: UUID, body: PartyReplacementIn, session: Writing, by: Opener
) -> Contract:
    """Put another organisation of the same kind in the place of a party that has not signed."""
    return await commands.replace_party(session, contract_id, party_id, **body.model_dump(), by=by)


@router.post(
    "/v1/contracts/{contract_id}/parties/{party_id}/take-out",
    response_model=ContractOut,
    responses=documented(*OF_PARTIES, refusals.PartyNeeded),
    openapi_extra=IN_SIGNING,
)
async def take_out_party(
    contract_id: UUID, party_id: UUID, body: Explanation, session: Writing, by: Opener
) -> Contract:
    """Take out a party that has not signed, if the contract can be signed without it."""
    return await commands.take_out_party(session, contract_id, party_id, reason=body.reason, by=by)
