"""Find the public file that has a hash."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.models import Contract, ContractText, DocumentSeal, FrozenContent, SealedFile
from services.contract.rules import verifications as rules
from services.contract.rules.verifications import FileKind, FoundSignature, KnownFile, Verification


async def known_file(session: AsyncSession, sha256: str) -> KnownFile | None:
    """Return the file of a signed contract that has this hash."""
    sealed = await session.get(SealedFile, sha256)
    if sealed:
        seal = await session.get_one(DocumentSeal, sealed.contract_id)
        contract = await session.get_one(Contract, sealed.contract_id)
        is_newest = seal.sealed_sha256 == sha256
        return KnownFile(
            sha256, "sealed-document", contract, sealed.level, is_newest, await _amended(session, contract)
        )
    for kind, contract_id in await _by_hash(session, sha256):
        contract = await session.get_one(Contract, contract_id)
        # A text that was never signed is no public file.
        if contract.content_sha256 and (kind != "text" or await _is_signed(session, contract, sha256)):
            amended = await _amended(session, contract)
            return KnownFile(sha256, kind, contract, None, is_newest=True, amended=amended)
    return None


async def verification_of(session: AsyncSession, sha256: str) -> Verification:
    """Return the result of a verification by hash."""
    return rules.by_hash(sha256, await known_file(session, sha256))


async def verification_of_signatures(
    session: AsyncSession, sha256: str, signatures: Sequence[FoundSignature]
) -> Verification:
    """Return the result for a file that is not known, from its signatures."""
    origins = [await known_file(session, each.revision_sha256) for each in signatures]
    return rules.by_file(sha256, signatures, next((each for each in origins if each), None))


async def _amended(session: AsyncSession, contract: Contract) -> Contract | None:
    return await session.get_one(Contract, contract.amends) if contract.amends else None


async def _by_hash(session: AsyncSession, sha256: str) -> list[tuple[FileKind, UUID]]:
    found: list[tuple[FileKind, UUID]] = []
    statements: list[tuple[FileKind, object]] = [
        ("document", select(DocumentSeal.contract_id).where(DocumentSeal.unsealed_sha256 == sha256)),
        ("content", select(FrozenContent.contract_id).where(FrozenContent.sha256 == sha256)),
        ("text", select(ContractText.contract_id).where(ContractText.sha256 == sha256)),
    ]
    for kind, statement in statements:
        found += [(kind, contract_id) for contract_id in await session.scalars(statement)]  # type: ignore[call-overload]
    return found


async def _is_signed(session: AsyncSession, contract: Contract, sha256: str) -> bool:
    text = await session.get(ContractText, (contract.id, contract.submitted_version))
    return text is not None and text.sha256 == sha256
