"""Inspect a PDF in a child process: a hostile file takes neither the event loop nor the memory of the service.

`rules/pdf_inspection.py` is the program of the child.
"""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from services.contract import rules
from services.contract.commands import turns
from services.contract.errors import (
    FileMissing,
    NotAPdf,
    PdfActive,
    PdfBroken,
    PdfEncrypted,
    PdfTooComplex,
    PdfWithoutPages,
)
from shared.problem import Unprocessable
from shared.telemetry.log import log

PROGRAM: Final = Path(rules.__file__).with_name("pdf_inspection.py")
PATIENCE: Final = 18
"""Maximum time of an inspection, in seconds. With the wait it is less than the patience of the gateway."""

REFUSALS: Final[dict[str, tuple[type[Unprocessable], str]]] = {
    refusal.code: (refusal, advice)
    for refusal, advice in (
        (NotAPdf, "This file is no PDF, {}: scan the paper to a PDF, and send that."),
        (PdfEncrypted, "This PDF is encrypted, {}: save it without encryption, and send that."),
        (PdfActive, "This PDF is not only paper, {}: print it to a plain PDF, and send that."),
        (PdfBroken, "This PDF is truncated or damaged, {}: save it again, and send that."),
        (PdfWithoutPages, "This PDF is empty, {}: send the scan of the paper."),
        (PdfTooComplex, "This PDF is too large inside, {}: scan it at a lower resolution, and send that."),
    )
}


@dataclass(frozen=True)
class Inspection:
    """Result of the inspection of a PDF."""

    pages: int
    is_signed: bool


async def inspect_pdf(content: IO[bytes]) -> Inspection:
    """Inspect a PDF in a file on disk. Refuse what is no plain PDF."""
    if not content.seek(0, 2):
        raise FileMissing("The body is empty: send the PDF.")
    content.seek(0)
    async with turns.turn("files"):
        return await _inspected(content)


async def _inspected(content: IO[bytes]) -> Inspection:
    # Isolated, and without the environment: it holds the secrets of the service.
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(PROGRAM), stdin=content.fileno(), stdout=PIPE, stderr=DEVNULL, env={}
    )
    try:
        async with asyncio.timeout(PATIENCE):
            printed, _ = await process.communicate()
    except TimeoutError:
        printed = b""
    finally:
        await _end(process)
    if process.returncode != 0:
        log.info("inspection of a PDF did not end", status=process.returncode)
        raise PdfTooComplex(
            "This PDF takes too much time or memory to be read: scan it at a lower resolution, or print it to a plain "
            "PDF, and send that."
        )
    found = json.loads(printed)
    if "refused" in found:
        refusal, sentence = REFUSALS[found["refused"]]
        raise refusal(sentence.format(found["detail"]))
    return Inspection(found["pages"], found["is_signed"])


async def _end(process: Process) -> None:
    """Kill the child if it is still there, also if the request was cancelled."""
    if process.returncode is None:
        process.kill()
        await process.wait()
