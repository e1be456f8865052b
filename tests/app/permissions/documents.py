"""The cells of documents, seals, dossiers and verifications."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import update

from services.contract.models import DocumentSeal
from tests.app.permissions.callers import Who
from tests.app.permissions.cases import PARTIES_NAMED, Case, contract, sheet
from tests.app.permissions.ends import SIGNING
from tests.app.permissions.world import World
from tests.services.contract.pdfs import pdf


async def sealed_contract(world: World) -> str:
    """A signed contract whose document the platform has sealed."""
    signed = await world.signed_contract()
    [database] = [each.database for each in world.platform.running if each.service.name == "contract"]
    # What other tests have signed is left for later.
    async with database.writing() as session:
        await session.execute(
            update(DocumentSeal).where(DocumentSeal.contract_id != UUID(signed)).values(next_try_at=None)
        )
    await world.seal_documents()
    return signed


async def completed_contract(world: World) -> str:
    """A sealed contract whose document is taken for one with validation data: there is no authority here."""
    signed = await sealed_contract(world)
    [database] = [each.database for each in world.platform.running if each.service.name == "contract"]
    async with database.writing() as session:
        await session.execute(update(DocumentSeal).values(level="B-LT"))
    return signed


async def _file(_world: World, _who: Who) -> Any:
    return pdf()


CASES: Final[dict[str, Case]] = {
    "read_contract_document": contract(),
    "read_action_document": sheet(),
    "read_consolidated_document": Case(make=World.signed_contract),
    "read_seal": Case(make=sealed_contract),
    "complete_seal": Case(make=completed_contract, fresh=False, also=PARTIES_NAMED | SIGNING),
    "read_dossier": Case(make=sealed_contract),
    "verify_file": Case(body=_file),
    "verify_hash": Case(params={"sha256": "0" * 64}),
}
