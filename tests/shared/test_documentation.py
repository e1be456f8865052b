"""The documentation page comes with its own files: a visitor's browser asks nobody else."""

import re

import httpx


async def test_the_documentation_page_asks_no_third_party(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    answers = [await client.get(file) for file in files]

    assert "openapi.json" in page.text
    assert len(files) >= 3
    assert all(file.startswith("/") and not file.startswith("//") for file in files)
    assert {answer.status_code for answer in answers} == {200}
