"""Seal a PDF, and validate the signatures of one, in child processes: they take memory and time, and import much.

`rules/pdf_sealing.py` and `rules/pdf_validation.py` are the programs of the children. The first one has no network: it
asks this process for time stamps and revocation lists.
"""

import asyncio
import base64
import hashlib
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import httpx

from services.contract import rules
from services.contract.rules.seals import NAME, REASON, SealedDocument, SealKey
from shared.telemetry.error_names import error_name
from shared.telemetry.log import log

PROGRAM: Final = Path(rules.__file__).with_name("pdf_sealing.py")
SEALING_PATIENCE: Final = 120
"""Maximum time of a task, in seconds."""
AUTHORITY_PATIENCE: Final = 10
"""Maximum time for an answer of the authority of time stamps, in seconds."""
MAX_ANSWER: Final = 10 * 2**20
"""Maximum size of a time stamp or a revocation list, in bytes."""
LINE: Final = 64 * 2**20
"""Maximum size of a line of a child, in bytes: a PDF of 20 MiB in base64, and room."""


class SealingFailed(Exception):
    """A document could not be sealed; the sentence is for the operator of the platform."""


async def seal_pdf(
    pdf: bytes, *, fields: Sequence[tuple[str, str]], key: SealKey, timestamp_url: str
) -> SealedDocument:
    """Return the sealed PDF: with a time stamp if the authority gives one. Raises SealingFailed."""
    task = {
        "task": "seal", "pdf": _encoded(pdf), "fields": fields, "reason": REASON, "name": NAME,
        "stamped": bool(timestamp_url),
        "key": {"pkcs12": _encoded(key.pkcs12), "passphrase": key.passphrase},
    }  # fmt: skip
    result = await _done(task, timestamp_url)
    return _document(
        result,
        unsealed_sha256=hashlib.sha256(pdf).hexdigest(),
        subject=result["subject"][:500],
        fingerprint=result["fingerprint"],
        is_local=key.is_local,
    )


async def stamp_pdf(pdf: bytes, *, timestamp_url: str) -> SealedDocument:
    """Return a sealed PDF with a time stamp over all of it. Raises SealingFailed."""
    return _document(await _done({"task": "time-stamp", "pdf": _encoded(pdf)}, timestamp_url))


async def add_validation_data(pdf: bytes, *, key: SealKey) -> SealedDocument:
    """Return a stamped PDF with the certificates and revocation lists that validate it later. Raises SealingFailed."""
    task = {
        "task": "validation-data", "pdf": _encoded(pdf), "roots": key.roots.decode(),
        "revocation_lists": [_encoded(each) for each in key.revocation_lists],
    }  # fmt: skip
    return _document(await _done(task, ""))


def _document(result: Mapping[str, Any], **more: Any) -> SealedDocument:
    body = base64.b64decode(result["pdf"])
    return SealedDocument(body, hashlib.sha256(body).hexdigest(), result["level"], **more)


async def _done(task: Mapping[str, Any], timestamp_url: str) -> dict[str, Any]:
    """Let a child do a task, and answer its questions."""
    # Isolated, and without the environment: it holds the secrets of the service.
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(PROGRAM), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}, limit=LINE
    )
    try:
        async with asyncio.timeout(SEALING_PATIENCE), httpx.AsyncClient(timeout=AUTHORITY_PATIENCE) as http:
            said = await _said(child, task)
            while "result" not in said:
                said = await _said(child, {"answer": await _answer(http, said, timestamp_url)})
    except TimeoutError:
        raise SealingFailed(f"it took more than {SEALING_PATIENCE} seconds") from None
    finally:
        await _end(child)
    result: dict[str, Any] = said["result"]
    if "failed" in result:
        raise SealingFailed(result["failed"])
    return result


async def _said(child: Process, line: Mapping[str, Any]) -> dict[str, Any]:
    """Write a line to the child, and return its next one."""
    if child.stdin is None or child.stdout is None:
        raise SealingFailed("the process has no pipes")
    try:
        child.stdin.write(json.dumps(line).encode() + b"\n")
        await child.stdin.drain()
        printed = await child.stdout.readline()
    except ConnectionError:
        printed = b""
    if not printed:
        raise SealingFailed(f"the process ended with status {await child.wait()}")
    said: dict[str, Any] = json.loads(printed)
    return said


async def _answer(http: httpx.AsyncClient, question: Mapping[str, str], timestamp_url: str) -> str | None:
    """Return the answer of the authority that a child asks for, in base64; None if it gives none."""
    try:
        if "time_stamp" in question:
            found = await http.post(
                timestamp_url,
                content=base64.b64decode(question["time_stamp"]),
                headers={"Content-Type": "application/timestamp-query"},
            )
        else:
            found = await http.get(question["revocation_list"])
        content = found.raise_for_status().content
    except httpx.HTTPError as error:
        log.warning("no answer for a seal", asked=next(iter(question)), error=error_name(error))
        return None
    return None if len(content) > MAX_ANSWER else _encoded(content)


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


async def _end(child: Process) -> None:
    """Kill the child if it is still there, also if the task was cancelled."""
    if child.returncode is None:
        child.kill()
        await child.wait()
