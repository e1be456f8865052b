"""Overlaps of contracts: `/v1/contracts/{contract_id}/overlaps`."""

from uuid import UUID

from services.contract import queries
from services.contract.api.contracts import CONTRACTS, Reader
from services.contract.api.dependencies import Reading
from services.contract.rules.overlaps import Overlaps
from services.contract.schemas import ContractOverlapsOut
from shared.http.routing import Router
from shared.problem import NotFound, documented

router = Router(tags=[CONTRACTS])


@router.get("/v1/contracts/{contract_id}/overlaps", response_model=ContractOverlapsOut, responses=documented(NotFound))
async def read_contract_overlaps(contract_id: UUID, session: Reading, by: Reader) -> Overlaps:
    """Other schemes that cover the territory of a contract, and sheets whose money could be counted twice.

    For those who read the contract. Of a signed one its text in force counts, with its amendments. A sheet stands in
    two places if a link of the contract names it, or if it is in the plan of another contract or protocol that has not
    ended.
    """
    return await queries.contract_overlaps(session, contract_id, by=by)
