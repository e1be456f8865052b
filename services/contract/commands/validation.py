"""Validate the signatures of a PDF in a child process, once it was inspected: the file may be hostile.

`rules/pdf_validation.py` is the program of the child.
"""

import asyncio
import base64
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import IO, Any, Final

from services.contract import rules
from services.contract.commands import turns
from services.contract.commands.pdf_inspection import REFUSALS, Inspection, inspect_pdf
from services.contract.errors import PdfTooComplex
from services.contract.rules.verifications import FoundSignature
from shared.telemetry.log import log

PROGRAM: Final = Path(rules.__file__).with_name("pdf_validation.py")
PATIENCE: Final = 18
"""Maximum time of a validation, in seconds."""
LINE: Final = 2**20
TOO_LONG: Final = "This PDF takes too much time or memory to be validated: save it again, and send that."


async def validate_pdf(content: IO[bytes], *, roots: bytes) -> tuple[Inspection, list[FoundSignature]]:
    """Inspect a PDF in a file on disk, and validate its signatures. Refuse what is no plain PDF."""
    try:
        # Both together are within the patience of the gateway.
        async with asyncio.timeout(turns.WAIT + PATIENCE):
            inspected = await inspect_pdf(content)
            if not inspected.is_signed:
                return inspected, []
            async with turns.turn("files"):
                return inspected, await _validated(content, roots)
    except TimeoutError:
        raise PdfTooComplex(TOO_LONG) from None


async def _validated(content: IO[bytes], roots: bytes) -> list[FoundSignature]:
    content.seek(0)
    task = {"pdf": base64.b64encode(content.read()).decode(), "roots": roots.decode()}
    # Isolated, and without the environment: it holds the secrets of the service.
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(PROGRAM), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}, limit=LINE
    )
    try:
        async with asyncio.timeout(PATIENCE):
            printed, _ = await child.communicate(json.dumps(task).encode() + b"\n")
    except TimeoutError:
        printed = b""
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        log.info("validation of a PDF did not end", status=child.returncode)
        raise PdfTooComplex(TOO_LONG)
    found: dict[str, Any] = json.loads(printed)
    if "refused" in found:
        refusal, sentence = REFUSALS[found["refused"]]
        raise refusal(sentence.format(found["detail"]))
    return [FoundSignature.read(each) for each in found["signatures"]]
