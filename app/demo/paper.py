"""Scans of the signed paper, for the demo: a PDF with one empty page."""

from datetime import date
from typing import Any
from uuid import uuid4

from app.demo.checks import expect, ok
from app.demo.journey import Journey
from app.demo.partners import equal


def blank_pdf(title: str) -> bytes:
    """Return a PDF of one empty page. Another title makes other bytes."""
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>",
        f"<< /Title ({title}) >>",
    )
    body, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(f"{len(body):010} 00000 n \n")
        body += f"{number} 0 obj\n{content}\nendobj\n"
    size = len(objects) + 1
    table = f"xref\n0 {size}\n0000000000 65535 f \n{''.join(places)}"
    end = f"trailer << /Size {size} /Root 1 0 R /Info 4 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return f"{body}{table}{end}".encode("ascii")


async def deposit_copies(journey: Journey) -> None:
    """Two parties deposit a scan; one takes a wrong scan back. No scan is a signature, none is public."""
    path = f"/v1/contracts/{journey.contract}/paper-copies"
    refused = await _deposit(journey, "territory", b"not a PDF")
    equal(refused.json(), code="not-a-pdf")
    journey.line(f"  × refused to territory (not-a-pdf): {refused.json()['detail']}")
    copy = ok(await _deposit(journey, "region", blank_pdf("Exemplaire signe (synthetique)")))
    equal(copy, pages=1, party="200053759")
    journey.line(f"region deposits a scan of the paper: {copy['pages']} page, SHA-256 {copy['sha256'][:12]}…")
    wrong = ok(await _deposit(journey, "territory", blank_pdf("Autre document (synthetique)")))
    withdrawn = await journey.post(
        "territory", f"/v1/paper-copies/{wrong['id']}/withdraw", {"reason": "Autre document."}
    )
    expect(withdrawn["withdrawn_at"], "the scan was not withdrawn")
    journey.line("territory deposits the wrong scan and withdraws it: its line stays, its bytes are deleted")
    listed = (await journey.get("company", path))["items"]
    expect([one["id"] for one in listed] == [copy["id"], wrong["id"]], f"other scans are listed: {listed}")
    stranger = await journey.clients["partner"].get(path)
    expect(stranger.status_code in (403, 404), f"a stranger reads the scans: {stranger.text}")


async def _deposit(journey: Journey, client: str, file: bytes) -> Any:
    declared = date.fromisoformat(journey.day).isoformat()
    return await journey.clients[client].post(
        f"/v1/contracts/{journey.contract}/paper-copies?declared_on={declared}",
        content=file,
        headers={"Content-Type": "application/pdf", "Idempotency-Key": str(uuid4())},
    )
