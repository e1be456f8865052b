"""Last chapter: the dossier of the contract, verified by its own verifier, without the platform."""

import asyncio
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Final

from app.demo.checks import expect, ok, until
from app.demo.journey import Journey
from app.demo.partners import equal

PDF: Final = {"Content-Type": "application/pdf"}


async def verify_offline(journey: Journey) -> None:
    """Anybody takes the dossier of the contract, verifies it offline, and asks the platform about one file of it."""
    path = f"/v1/contracts/{journey.contract}"
    seal = await until(lambda: _seal(journey, path))
    of_whom = "a local key, which says so" if seal["is_local"] else seal["subject"]
    journey.line(f"the document bears the seal of the platform: PAdES {seal['level']}, by {of_whom}")
    document = await _bytes(journey, f"{path}/document")
    verdict = ok(await journey.clients[None].post("/v1/verifications", content=document, headers=PDF))
    equal(verdict, verdict="genuine")
    journey.line(f"anybody asks about the PDF: « {verdict['sentence']} »")
    changed = document[:-100] + bytes([document[-100] ^ 1]) + document[-99:]
    verdict = ok(await journey.clients[None].post("/v1/verifications", content=changed, headers=PDF))
    equal(verdict, verdict="altered")
    journey.line("one bit of it is changed: the platform answers « altered »")
    with tempfile.TemporaryDirectory(prefix="territoires-dossier-") as folder:
        await _verify(journey, Path(folder), await _bytes(journey, f"{path}/dossier"))


async def _verify(journey: Journey, folder: Path, archive: bytes) -> None:
    (folder / "dossier.zip").write_bytes(archive)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        (folder / "verifier.py").write_bytes(opened.read("verifier.py"))
        names = opened.namelist()
    journey.line(f"its dossier of {len(names)} files is downloaded: {', '.join(names[:4])}…")
    # Isolated: it sees neither the platform nor this project.
    command = [sys.executable, "-I", "verifier.py", "dossier.zip"]
    ended = await asyncio.to_thread(subprocess.run, command, cwd=folder, capture_output=True, text=True, check=False)
    expect(ended.returncode == 0, f"the verifier refused the dossier: {ended.stdout} {ended.stderr}")
    for line in ended.stdout.splitlines():
        journey.line(f"$ {line}")


async def _seal(journey: Journey, path: str) -> Any:
    answer = await journey.clients[None].get(f"{path}/seal")
    return answer.json() if answer.is_success else None


async def _bytes(journey: Journey, path: str) -> bytes:
    answer = await journey.clients[None].get(path)
    expect(answer.is_success, f"{path}: {answer.status_code} {answer.text[:300]}")
    content: bytes = answer.content
    return content
