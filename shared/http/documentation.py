"""The documentation: a folder that `python -m services docs` has built, served as it is by every process.

Its manifest says what stands at each address and with which headers; what it does not list is not served, so no
address leads out of the folder.
"""

import json
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles

from shared.app_state import SETTINGS, AppKey
from shared.problem import NotFound, Unavailable

MANIFEST: Final = "manifest.json"
PATHS: Final = (
    "/",
    "/docs",
    "/docs/{page}",
    "/docs-files/{file:path}",
    "/redoc",
    "/openapi.json",
    "/asyncapi.json",
    "/schemas",
    "/schemas/{name}",
    "/problems",
    "/problems.json",
    "/problems/{code}",
)
"""Paths of the documentation: the same in every process, and at the gateway."""

SENDING_ADDRESSES: Final = "/docs/sending-addresses.json"
"""Addresses from which this platform sends webhooks. They are settings, so they are in no built page."""

router = APIRouter()


class DocumentationNotBuilt(Unavailable):
    """This process has no documentation to show: whoever runs it builds the folder by `python -m services docs`."""


class Documentation:
    """The folder, read when it is asked for: it may be built while the process runs, or built anew."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = StaticFiles(directory=folder, check_dir=False)
        self._read_at = 0
        self._listed: dict[str, dict[str, Any]] = {}

    def answer(self, request: Request) -> Response:
        """The file at an address; without its body, if the caller holds it already."""
        try:
            listed = self._list().get(request.url.path)
            if listed is None:
                raise NotFound("There is nothing at this address: / leads to all of the documentation.")
            file = self._folder / listed["file"]
            response = FileResponse(file, headers=listed["headers"], stat_result=file.stat())
        except FileNotFoundError:
            raise DocumentationNotBuilt(
                f"There is no documentation in {self._folder}: run `python -m services docs`.",
                headers={"Retry-After": "10"},
            ) from None
        is_known = self._files.is_not_modified(response.headers, request.headers)
        # Weak, because it names the compressed document too.
        response.headers["ETag"] = f"W/{response.headers['ETag']}"
        if is_known:
            # With the headers of the response that it stands for, which may have been compressed.
            response.headers["Vary"] = "Accept-Encoding"
            return NotModifiedResponse(response.headers)
        return response

    def _list(self) -> dict[str, dict[str, Any]]:
        manifest = self._folder / MANIFEST
        if (written_at := manifest.stat().st_mtime_ns) != self._read_at:
            self._listed = json.loads(manifest.read_text())["addresses"]
            self._read_at = written_at
        return self._listed


DOCUMENTATION: Final = AppKey[Documentation]("documentation")


async def read_documentation(request: Request) -> Response:
    """A page, a document or a file of the documentation."""
    return DOCUMENTATION.of(request).answer(request)


@router.get(SENDING_ADDRESSES, include_in_schema=False)
async def read_sending_addresses(request: Request) -> Response:
    """The networks from which webhooks come, for the firewalls of receivers; none if the platform does not say."""
    networks = [str(each) for each in SETTINGS.of(request).webhook_addresses]
    return JSONResponse({"addresses": networks}, headers={"Cache-Control": "no-cache"})


for _path in PATHS:
    router.add_api_route(_path, read_documentation, methods=["GET"], include_in_schema=False)
