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
from services.contract.commands.pdf_inspection import REFUSALS
from services.contract.errors import PdfTooComplex
from services.contract.rules.verifications import FoundSignature
from shared.telemetry.log import log

PROGRAM: Final = Path(rules.__file__).with_name("pdf_validation.py")
PATIENCE: Final = 18
"""Maximum time of a validation, in seconds."""
LINE: Final = 2**20


async def validate_signatures(content: IO[bytes], *, roots: bytes) -> list[FoundSignature]:
    """Return the signatures of a PDF that was inspected. Refuse a file whose signatures cannot be read."""
    async with turns.turn("files"):
        return await _validated(content, roots)


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
        raise PdfTooComplex("The signatures of this PDF take too much time or memory to be read: send the file itself.")
    found: dict[str, Any] = json.loads(printed)
    if "refused" in found:
        refusal, sentence = REFUSALS[found["refused"]]
        raise refusal(sentence.format(found["detail"]))
    return [FoundSignature.read(each) for each in found["signatures"]]
