"""A contract of a real territory, from its pilots to its signature, in both forms."""

import hashlib

from app.demo.journey import Journey, ok, until
from tests.support.processes import Form


async def test_a_contract_is_signed_and_counted(form: Form) -> None:
    async with Journey(form.client) as story:
        before = await counted(form)
        await story.play()
        contract = await story.read_contract()
        content = await story.clients["company"].get(f"/v1/contracts/{story.contract}/content")

        async def counted_once_more() -> bool:
            return await counted(form) == before + 1

        await until(counted_once_more)

    assert contract["status"] == "signed"
    assert contract["allowed_transitions"] == []
    assert all(party["signed_on"] == story.day for party in contract["parties"])
    assert hashlib.sha256(content.content).hexdigest() == contract["content_sha256"]


async def counted(form: Form) -> int:
    """How many signed contracts the progress report counts."""
    async with form.client() as anybody:
        report = ok(await anybody.get("/v1/progress", params={"phase": "2018"}))
    signed: int = report["total"]["contracts"]["signed"]
    return signed
