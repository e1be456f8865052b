"""Overlaps of contracts: `/v1/contracts/{contract_id}/overlaps`."""

from uuid import UUID

from services.contract import queries
from services.contract.api.contracts import CONTRACTS, Insider
from services.contract.api.dependencies import Reading
from services.contract.rules.overlaps import Overlaps
from services.contract.schemas import ContractOverlapsOut
from shared.http.routing import Router
from shared.problem import Forbidden, NotFound, documented

router = Router(tags=[CONTRACTS])


@router.get(
    "/v1/contracts/{contract_id}/overlaps",
    response_model=ContractOverlapsOut,
    responses=documented(NotFound, Forbidden),
)
async def read_contract_overlaps(contract_id: UUID, session: Reading, by: Insider) -> Overlaps:
    """Other schemes that cover the territory of a contract, and sheets whose money could be counted twice.

    For those whom the contract concerns. A sheet stands in two places if a link of the contract names it, or if it is
    in the plan of another contract.
    """
    return await queries.contract_overlaps(session, contract_id, by=by)
