"""Print what the platform does with the role that `test_a_new_role` adds to a copy of the sources."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import insert

from app.artifacts import permission_tables
from app.embedded import SERVICES, create_app
from services.contract.models import KnownOrganisation
from services.contract.queries import access_scope_of
from shared.http.sessions import DATABASES
from shared.security.access import Caller, Stakeholders
from shared.security.roles import Role
from shared.settings import Settings
from shared.storage.database import Database

SIREN = "000000018"


async def observed(folder: Path) -> dict[str, Any]:
    """Ask the platform as a client of the new role."""
    settings = Settings(data_dir=folder, load_reference_data=False)
    app = create_app(settings, say=lambda line: None)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://platform") as http,
    ):
        secret = dict(line.split("=", 1) for line in (folder / "clients.env").read_text().splitlines())
        asked = {"grant_type": "client_credentials"}
        answer = await http.post("/oauth/token", data=asked, auth=("inspector", secret["INSPECTOR_SECRET"]))
        token = answer.json()
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        listed = await http.get("/v1/actions", headers=headers)
        drafted = await http.post("/v1/actions", headers=headers, json={})
        return {
            "scopes": token["scope"].split(),
            "listed": listed.status_code,
            "drafted": [drafted.status_code, drafted.json()["detail"]],
            "owns": await owned(DATABASES.of(app)["contract"]),
            "tables": permission_tables.tables(SERVICES),
            "documented": app.openapi()["paths"]["/v1/actions/{action_id}/opinion"]["post"]["description"],
        }


async def owned(database: Database) -> dict[str, bool]:
    """By région: does an organisation of the role own an object there?"""
    async with database.writing() as session:
        await session.execute(
            insert(KnownOrganisation).values(
                siren=SIREN, name="Préfecture (synthétique)", kind="state", region="75", synthetic=True
            )
        )
    async with database.reading() as session:
        caller = Caller(client_id="inspector", sub="inspector", role=Role("inspector"), org=SIREN)
        access_scope = await access_scope_of(session, caller)
    return {region: access_scope.owns(Stakeholders.of(regions=[region])) for region in ("75", "76")}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(observed(Path(sys.argv[1])))))
