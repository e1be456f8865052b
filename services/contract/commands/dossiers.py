"""Build the dossier of a contract in a file on disk, one at a time in each process."""

import asyncio
from collections.abc import AsyncIterable
from typing import IO, Any

from services.contract import queries
from services.contract.commands import turns
from services.contract.rules import dossiers as rules
from services.contract.rules.dossiers import DossierFile
from services.contract.rules.seals import SealKey
from shared.clock import now


async def build_dossier(
    archive: IO[bytes], dossier: queries.Dossier, files: AsyncIterable[DossierFile], key: SealKey
) -> None:
    """Write the archive of a dossier, with its manifest and the signature of that."""
    async with turns.turn("dossiers"):
        found = [file async for file in files]
        await asyncio.to_thread(_write, archive, dossier, found, key)


def _write(archive: IO[bytes], dossier: queries.Dossier, files: list[DossierFile], key: SealKey) -> None:
    listed: list[dict[str, Any]] = [rules.listed(file) for file in files]
    manifest = rules.manifest(dossier.contract, dossier.seal, listed, at=now())
    signature = rules.sign(key, manifest)
    rules.write(archive, [DossierFile("manifest.json", manifest), DossierFile("manifest.sig", signature), *files])
