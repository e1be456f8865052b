"""Typeset documents in a child process: a long one takes neither the event loop nor the memory of the service.

`rules/typesetting.py` is the program of the child.
"""

import asyncio
import base64
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import Final

from services.contract import rules
from services.contract.commands import turns
from services.contract.errors.seals import DocumentNotMade
from services.contract.rules.printing import PrintedDocument, task_of
from shared.telemetry.log import log

PROGRAM: Final = Path(rules.__file__).with_name("typesetting.py")
PATIENCE: Final = 18
"""Maximum time of a document, in seconds. With the wait it is less than the patience of the gateway."""
LINE: Final = 64 * 2**20
"""Maximum size of a PDF in base64, in bytes."""


async def typeset(document: PrintedDocument, *, patience: float = PATIENCE) -> bytes:
    """Return the PDF of a document (PDF/A-3a, PDF/UA-1). The same document gives the same bytes."""
    async with turns.turn("documents", wait=max(turns.WAIT, patience - PATIENCE)):
        return await _typeset(document, patience)


async def _typeset(document: PrintedDocument, patience: float) -> bytes:
    # Isolated, and without the environment: it holds the secrets of the service.
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(PROGRAM), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}, limit=LINE
    )
    try:
        async with asyncio.timeout(patience):
            printed, _ = await child.communicate(task_of(document))
    except TimeoutError:
        printed = b""
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    result = json.loads(printed) if printed else {"failed": f"the process ended with status {child.returncode}"}
    if "failed" in result:
        log.warning("document not made", reference=document.reference, error=result["failed"])
        raise DocumentNotMade(
            f"The document {document.reference} cannot be made now: read its JSON, and tell the operator of the "
            "platform.",
            headers={"Retry-After": "60"},
        )
    return base64.b64decode(result["pdf"])
