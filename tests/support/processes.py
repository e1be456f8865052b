"""The platform as real processes: all in one, a process per service, or a cluster with the edge in front.

The form decides nothing but the environment: the same client plays the same journey on both.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from app.artifacts import gateway_map
from app.embedded import SERVICES
from deploy.cluster import Cluster
from deploy.processes import Process


@dataclass
class Form:
    """The platform at work: its processes, by name."""

    name: str
    data_dir: Path
    processes: dict[str, Process]
    database_url: str
    vhost: str = ""
    cluster: Cluster | None = None

    def url_of(self, path: str) -> str:
        """The process that answers a path, or the edge that knows it."""
        if self.cluster:
            return self.cluster.edge.url
        if "embedded" in self.processes:
            return self.processes["embedded"].url
        if path.startswith("/v1/"):
            return self.processes[gateway_map.segments(SERVICES)[path.split("/")[2].partition("?")[0]]].url
        return self.processes["issuer"].url

    def secrets(self) -> dict[str, str]:
        """Read the ids and secrets that the issuer wrote for its demo clients."""
        lines = (self.data_dir / "clients.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    @asynccontextmanager
    async def client(self, name: str | None = None) -> AsyncIterator["Client"]:
        """A client with the token of a demo client, or without one."""
        async with httpx.AsyncClient(timeout=30) as http:
            client = Client(self, http)
            if name:
                secrets = self.secrets()
                prefix = name.upper().replace("-", "_")
                answer = await http.post(
                    self.url_of("/oauth/token") + "/oauth/token",
                    data={"grant_type": "client_credentials"},
                    auth=(secrets[f"{prefix}_ID"], secrets[f"{prefix}_SECRET"]),
                )
                assert answer.status_code == 200, answer.text
                http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client


@dataclass
class Client:
    """Sends each request to the service that its path belongs to."""

    form: Form
    http: httpx.AsyncClient

    async def request(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """One request."""
        return await self.http.request(method, self.form.url_of(path) + path, **kwargs)

    async def get(self, path: str, **kwargs: Any) -> httpx.Response:
        """Read."""
        return await self.request("GET", path, **kwargs)

    async def post(self, path: str, **kwargs: Any) -> httpx.Response:
        """Act."""
        return await self.request("POST", path, **kwargs)

    async def patch(self, path: str, **kwargs: Any) -> httpx.Response:
        """Change."""
        return await self.request("PATCH", path, **kwargs)

    async def delete(self, path: str, **kwargs: Any) -> httpx.Response:
        """Delete."""
        return await self.request("DELETE", path, **kwargs)
