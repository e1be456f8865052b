"""Report what the server passes to a service about the caller and its own address."""

from typing import Any

from fastapi import FastAPI, Request

from shared.runtime import server
from shared.settings import Settings

app = FastAPI()


@app.get("/health/ready")
async def connection(request: Request) -> dict[str, Any]:
    """The connection, as the server sees it."""
    scope = request.scope
    return {"client": scope["client"][0], "scheme": scope["scheme"], "root_path": scope["root_path"]}


if __name__ == "__main__":
    server.serve(app, Settings())
