"""Texts of a contract as they were submitted: `/v1/contracts/{contract_id}/texts`."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Response

from services.contract import permissions, queries
from services.contract.api.dependencies import Reading
from services.contract.api.digests import canonical_json, with_digests
from services.contract.errors import TextNotFound
from services.contract.models import ContractText
from services.contract.schemas import DifferencesOut, TextOut
from shared.http.pagination import Pagination, Slice
from shared.http.routing import Router, Tag
from shared.http.schemas import Page
from shared.problem import NotFound, documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[Tag("Texts of contracts", "Each text of a contract as it was submitted, and what has changed.")])

Reader = Annotated[Caller, Depends(allowed(permissions.READ_CONTRACTS))]
MOST = 2**31 - 1
TextVersion = Annotated[int, Path(ge=1, le=MOST, description="Number of the text.", examples=[2])]

TEXT = {
    "format": "territoires-industrie/contract-text/1",
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
    "plan": [],
    "actions": [],
}
"""An example of what is kept, without its lists."""


@router.get("/v1/contracts/{contract_id}/texts", response_model=Page[TextOut], responses=documented(NotFound))
async def list_texts(contract_id: UUID, session: Reading, pagination: Pagination, by: Reader) -> Slice[ContractText]:
    """Texts of a contract as they were submitted. Only those concerned read texts that were never signed."""
    return await queries.list_texts(session, contract_id, pagination, by=by)


@router.get(
    "/v1/contracts/{contract_id}/texts/{version}",
    response_class=Response,
    responses={200: canonical_json(TEXT), **documented(NotFound, TextNotFound)},
)
async def read_text(contract_id: UUID, version: TextVersion, session: Reading, by: Reader) -> Response:
    """One text as it was submitted, with its digest."""
    found = await queries.get_text(session, contract_id, version, by=by)
    return with_digests(found.body, found.sha256)


@router.get(
    "/v1/contracts/{contract_id}/texts/{version}/differences",
    response_model=DifferencesOut,
    responses=documented(NotFound, TextNotFound),
)
async def read_text_differences(
    contract_id: UUID,
    version: TextVersion,
    session: Reading,
    since: Annotated[int, Query(ge=1, le=MOST, description="Number of the earlier text.", examples=[1])],
    by: Reader,
) -> queries.TextDifferences:
    """Differences between two texts, field by field; items of lists are matched by their key."""
    return await queries.text_differences(session, contract_id, version, since=since, by=by)
