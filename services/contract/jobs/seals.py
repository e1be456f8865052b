"""Background task: makes and seals the documents of what was signed, one after the other."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Final

from services.contract import commands, queries
from services.contract.jobs.clock import CLOCK
from services.contract.models import SEALS_PENDING, Contract, DocumentSeal
from services.contract.rules.printing import task_of
from services.contract.rules.seals import SealedDocument, SealKey, fields
from services.contract.settings import seal_key_of
from shared.clock import now
from shared.problem import Refusal
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.wakeups import BackgroundTask, wait_for_wakeup
from shared.telemetry.error_names import error_name
from shared.telemetry.log import log

PAUSE: Final = 30.0
"""Seconds between two looks without a wake-up."""
NO_KEY: Final = "no key is set: TERRITORIES_SEAL_KEY"


def seal_documents(database: Database, settings: Settings) -> BackgroundTask:
    """Return the background task that seals documents after each signature. A wrong key stops the start."""
    seal_key_of(settings, is_sqlite=database.is_sqlite)

    async def watch(wake: asyncio.Event) -> None:
        while True:
            wake.clear()
            while await seal_next(database, settings, at=now()):
                pass
            await wait_for_wakeup(wake, PAUSE)

    return BackgroundTask(watch, on=frozenset([SEALS_PENDING]))


async def seal_next(database: Database, settings: Settings, *, at: datetime) -> bool:
    """Seal or complete the document that has waited longest; return False if none is due."""
    async with database.reading() as session:
        seal = await queries.seal_to_make(session, at)
    if seal is None:
        return False
    reason = "the document of what was signed is sealed"
    try:
        made = await _made(database, settings, seal)
    except (commands.SealingFailed, Refusal) as failure:
        await _postpone(database, seal, str(failure), reason=reason)
        return True
    except Exception as error:  # whatever it is, the other work of the leader goes on
        await _postpone(database, seal, error_name(error), reason=reason)
        return True
    async with database.writing(by=CLOCK, reason=reason) as session:
        await commands.keep_sealed(
            session, seal.contract_id, made, since=seal.sealed_sha256, is_stampable=bool(settings.timestamp_url)
        )
    return True


async def _postpone(database: Database, seal: DocumentSeal, error: str, *, reason: str) -> None:
    log.warning("document not sealed", contract=str(seal.contract_id), error=error)
    async with database.writing(by=CLOCK, reason=reason) as session:
        await commands.postpone_seal(session, seal.contract_id, error)


async def _made(database: Database, settings: Settings, seal: DocumentSeal) -> SealedDocument:
    if seal.sealed_sha256:
        body = await queries.document_of(database, seal.sealed_sha256)
        return await commands.stamp_pdf(body, timestamp_url=settings.timestamp_url)
    key: SealKey | None = seal_key_of(settings, is_sqlite=database.is_sqlite)
    if key is None:
        raise commands.SealingFailed(NO_KEY)
    async with database.reading() as session:
        contract = await session.get_one(Contract, seal.contract_id)
        printed = await queries.printed_contract(session, contract, is_local=key.is_local)
    pdf = await commands.typeset(printed, patience=commands.SEALING_PATIENCE)
    made = await commands.seal_pdf(pdf, fields=fields(contract), key=key, timestamp_url=settings.timestamp_url)
    return replace(made, printed=task_of(printed))
