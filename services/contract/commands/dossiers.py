"""Build the dossier of a contract in a file on disk, one at a time in each process."""

import asyncio
from collections.abc import AsyncIterable
from typing import IO, Any, Final
from weakref import WeakKeyDictionary

from services.contract.models import Contract
from services.contract.rules import dossiers as rules
from services.contract.rules.dossiers import DossierFile
from services.contract.rules.seals import SealKey
from shared.clock import now
from shared.problem import Unavailable

WAIT: Final = 8
"""Maximum wait for the turn of a dossier, in seconds."""
_turns: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]] = WeakKeyDictionary()
"""One dossier at a time in each process: each takes memory and disk."""


async def build_dossier(
    archive: IO[bytes], contract: Contract, files: AsyncIterable[DossierFile], key: SealKey
) -> None:
    """Write the archive of a dossier, with its manifest and the signature of that."""
    turn = _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock())
    try:
        async with asyncio.timeout(WAIT):
            await turn.acquire()
    except TimeoutError:
        raise Unavailable(
            "Other dossiers are being made: try again in a moment.", headers={"Retry-After": "5"}
        ) from None
    try:
        found = [file async for file in files]
        await asyncio.to_thread(_write, archive, contract, found, key)
    finally:
        turn.release()


def _write(archive: IO[bytes], contract: Contract, files: list[DossierFile], key: SealKey) -> None:
    listed: list[dict[str, Any]] = [rules.listed(file) for file in files]
    manifest = rules.manifest(contract, listed, at=now())
    signature = rules.sign(key, manifest)
    rules.write(archive, [DossierFile("manifest.json", manifest), DossierFile("manifest.sig", signature), *files])
