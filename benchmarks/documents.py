"""Documents: typeset, sealed and verified in processes of their own, and reads while many are sealed."""

import asyncio
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import typst

from app.demo.life import ContractLife
from benchmarks.table import Measurement
from services.contract import commands
from services.contract.models import Contract
from services.contract.rules import typesetting
from services.contract.rules.content import canonical
from services.contract.rules.printing import PrintedDocument, contract_document, task_of
from services.contract.settings import seal_key_of
from shared.clock import now
from shared.settings import Settings
from tests.support import platforms
from tests.support.processes import Client, Form

SHEETS: Final = 30
SIGNED: Final = 14
"""Stage of the journey at whose end the contract is signed."""
CEREMONY: Final = 50
"""Contracts that are signed at once."""
READS: Final = 400
COPIES: Final = """
    WITH copies AS (
        INSERT INTO contracts
        SELECT (jsonb_populate_record(signed, jsonb_build_object('id', gen_random_uuid(), 'number', 'C-9' || n))).*
        FROM contracts AS signed, generate_series(1, $2::int) AS n WHERE signed.id = $1
        RETURNING id
    ), contents AS (
        INSERT INTO frozen_contents
        SELECT copies.id, sha256, body FROM copies, frozen_contents WHERE contract_id = $1
    )
    INSERT INTO seals (contract_id, state, tries, next_try_at) SELECT id, 'pending', 0, now() FROM copies
"""
"""Copies of a signed contract, each to be sealed."""


async def rows(templates: platforms.Templates, folder: Path, rounds: int) -> list[Measurement]:
    """Each beside its library in this process, which is imported already."""
    document = _document()
    key = seal_key_of(Settings(data_dir=folder), is_sqlite=True)
    if key is None:
        raise RuntimeError("The local key of the seal was not made.")
    pdf = await commands.typeset(document)
    sealed = (await commands.seal_pdf(pdf, fields=[("Cachet", "Cachet")], key=key, timestamp_url="")).body

    async def verify() -> None:
        with tempfile.TemporaryFile() as file:
            file.write(sealed)
            await commands.validate_pdf(file, roots=key.roots)

    async def seal() -> None:
        await commands.seal_pdf(pdf, fields=[("Cachet", "Cachet")], key=key, timestamp_url="")

    async def typeset() -> None:
        await commands.typeset(document)

    # Once: it remembers what it has laid out.
    raw = [await _seconds(_typst(document))] * rounds
    made = [
        _row(f"PDF of a contract with {SHEETS} sheets", raw, [await _seconds(typeset) for _ in range(rounds)]),
        _row("seal of it (PAdES B-B)", raw, [await _seconds(seal) for _ in range(rounds)]),
        _row("verification of it, if its hash is unknown", raw, [await _seconds(verify) for _ in range(rounds)]),
    ]
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    made.append(
        Measurement("memory of the largest of these processes", "512 MB", [memory / 512], "< 1", f"{memory:.0f} MB")
    )
    return [*made, await _reads(templates, folder / "ceremony")]


def _row(measured: str, raw: list[float], ours: list[float]) -> Measurement:
    pairs = list(zip(ours, raw, strict=True))
    here = f"{statistics.median(ours):.2f} s, {statistics.median(raw):.2f} s"
    return Measurement(measured, "Typst alone makes the PDF", [mine / its for mine, its in pairs], "", here)


async def _seconds(work: Callable[[], Awaitable[None]]) -> float:
    begun = time.perf_counter()
    await work()
    return time.perf_counter() - begun


def _typst(document: PrintedDocument) -> Callable[[], Awaitable[None]]:
    task = json.loads(task_of(document))
    data = typesetting.printable(task["document"], typesetting.characters_of(typesetting.FONT.read_bytes()))
    inputs = {"document": json.dumps(data), "attachment": task["attachment"]}

    async def work() -> None:
        typst.compile(
            typesetting.REFERENCE / "templates" / "document.typ",
            font_paths=[typesetting.REFERENCE / "fonts"],
            ignore_system_fonts=True,
            sys_inputs=inputs,
            pdf_standards=["a-3a", "ua-1"],
            timestamp=task["timestamp"],
        )

    return work


def _document() -> PrintedDocument:
    """Return a synthetic contract."""
    sheet: dict[str, Any] = {
        "title": "Fiche synthétique", "context": "Contexte. " * 40, "objective": "Objectif. " * 20,
        "description": "Description. " * 80, "axes": ["recruter"], "main_axis": "recruter", "cost_cents": 125_000_000,
        "territories": ["2018-ti-7505"], "carriers": [{"siren": "000000117", "name": "Porteur (synthétique)"}],
    }  # fmt: skip
    content = {
        "title": "Contrat synthétique", "phase": "2018", "territory": "2018-ti-7505", "starts_on": "2019-07-15",
        "ends_on": "2022-12-31", "parties": [],
        "actions": [{"action_id": f"{number}", "number": f"A-{number:04}", **sheet} for number in range(SHEETS)],
    }  # fmt: skip
    contract = Contract(
        id=UUID(int=1), kind="contract", number="C-0001", territory="2018-ti-7505", status="signed", origin="platform",
        signed_on=date(2019, 7, 15), content_sha256="0" * 64, parties=[], created_at=now(),
    )  # fmt: skip
    return contract_document(contract, content, canonical(content), dated=date(2019, 7, 15), is_local=True)


async def _reads(templates: platforms.Templates, folder: Path) -> Measurement:
    """Reads of a contract while a ceremony's documents are sealed, and without."""
    await asyncio.to_thread(folder.mkdir)
    async with platforms.distributed(templates, folder, TERRITORIES_DANGEROUS_LOCAL_SEAL="true") as form:
        async with ContractLife(form.client) as journey:
            await journey.walk(SIGNED)
            contract = str(journey.contract)
        async with form.client(None) as client:
            await _until_sealed(form)
            alone = await _p99(client, contract)
            database = await asyncpg.connect(form.database_url.format(service="contract").replace("+asyncpg", ""))
            try:
                await database.execute("SET session_replication_role = replica")
                await database.execute(COPIES.replace("$1", f"'{contract}'").replace("$2", f"{CEREMONY}"))
            finally:
                await database.close()
            # The task looks again after at most half a minute.
            await _until_sealed(form, at_least=2)
            beside = await _p99(client, contract)
            await _until_sealed(form, at_least=CEREMONY)
    here = f"{beside * 1000:.1f} ms, {alone * 1000:.1f} ms"
    return Measurement(f"reads while {CEREMONY} documents are sealed, p99", "without", [beside / alone], "≤ 2", here)


async def _p99(client: Client, contract: str) -> float:
    took = []
    for _ in range(READS):
        begun = time.perf_counter()
        answer = await client.get(f"/v1/contracts/{contract}")
        took.append(time.perf_counter() - begun)
        if answer.status_code != 200:
            raise RuntimeError(f"answered {answer.status_code}: {answer.text}")
    return sorted(took)[int(0.99 * READS)]


async def _until_sealed(form: Form, *, at_least: int = 1) -> None:
    """Wait until so many documents are sealed. RuntimeError after ten minutes."""
    database = await asyncpg.connect(form.database_url.format(service="contract").replace("+asyncpg", ""))
    try:
        for _ in range(600):
            if await database.fetchval("SELECT count(*) FROM seals WHERE state = 'sealed'") >= at_least:
                return
            await asyncio.sleep(1)
    finally:
        await database.close()
    raise RuntimeError(f"Not {at_least} documents were sealed in ten minutes.")
