"""Print what the platform answers about the service that `test_a_fifth_service` adds to a copy of the sources."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import httpx

from app.embedded import create_app
from shared.settings import Settings


async def answered(folder: Path) -> dict[str, Any]:
    """Call the service as a client that may and as one that may not."""
    app = create_app(Settings(data_dir=folder, load_reference_data=False), say=lambda line: None)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://platform") as http,
    ):
        secrets = dict(line.split("=", 1) for line in (folder / "clients.env").read_text().splitlines())

        async def token(client: str) -> dict[str, Any]:
            secret = secrets[f"{client.upper()}_SECRET"]
            asked = await http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=(client, secret))
            found: dict[str, Any] = asked.json()
            return found

        team, company = await token("territory"), await token("company")
        as_team, as_company = ({"Authorization": f"Bearer {each['access_token']}"} for each in (team, company))
        suggested = await http.post("/v1/ideas", json={"title": "Une navette"}, headers=as_team)
        listed = await http.get("/v1/ideas", headers=as_team)
        refused = await http.get("/v1/ideas", headers=as_company)
        return {
            "scopes": [each["scope"].split() for each in (team, company)],
            "suggested": suggested.status_code,
            "listed": [idea["title"] for idea in listed.json()["items"]],
            "refused": refused.status_code,
            "document": app.openapi()["paths"]["/v1/ideas"]["post"]["description"],
        }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(answered(Path(sys.argv[1])))))
