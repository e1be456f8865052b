"""Dossiers: `/v1/contracts/{contract_id}/dossier`."""

import tempfile
from collections.abc import AsyncIterator
from typing import IO
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from services.contract import commands, queries
from services.contract.api.contracts import Reader
from services.contract.api.seals import SEALS
from services.contract.errors.seals import SealNotMade
from services.contract.rules.dossiers import file_name
from services.contract.settings import seal_key_of
from shared.app_state import SETTINGS
from shared.http.files import BYTES
from shared.http.routing import Router
from shared.http.sessions import database_of
from shared.patterns import ANY_TEXT
from shared.problem import NotFound, documented

router = Router(tags=[SEALS])

PART = 256 * 1024
"""Bytes of a part of the response."""
EXAMPLE = "PK\u0003\u0004"
"""The first bytes of an archive."""


@router.get(
    "/v1/contracts/{contract_id}/dossier",
    response_class=Response,
    responses={
        200: {
            "description": "A ZIP archive with its own verifier: `python verifier.py` on it, without the platform.",
            "content": {
                BYTES: {
                    "schema": {"type": "string", "format": "binary", "pattern": ANY_TEXT, "maxLength": 128 * 2**20},
                    "example": EXAMPLE,
                }
            },
            "headers": {
                "Content-Disposition": {
                    "description": "A file to be saved.",
                    "schema": {"type": "string", "pattern": '^attachment; filename="[a-z0-9.-]+"$', "maxLength": 100},
                    "example": 'attachment; filename="dossier-2018-ti-7505-c-0001.zip"',
                }
            },
        },
        **documented(NotFound, SealNotMade),
    },
)
async def read_dossier(contract_id: UUID, request: Request, by: Reader) -> Response:
    """Dossier of a signed contract: content, sealed document, evidence of each signature, events, hashes.

    Those whom the contract concerns also get its history, its earlier texts and its paper copies.
    """
    database = database_of(request, "contract")
    settings = SETTINGS.of(request)
    async with database.reading() as session:
        dossier = await queries.get_dossier(session, contract_id, by=by)
    key = seal_key_of(settings, is_sqlite=database.is_sqlite)
    if key is None:
        raise SealNotMade("No key of the seal is set on this platform: its operator sets one.")
    # Deleted when it is closed, after the last part.
    archive = tempfile.TemporaryFile(dir=settings.make_data_dir())  # noqa: SIM115
    try:
        files = queries.dossier_files(database, dossier, key, by=by)
        await commands.build_dossier(archive, dossier, files, key)
    except BaseException:
        archive.close()
        raise
    headers = {
        "Content-Length": str(archive.seek(0, 2)),
        "Content-Disposition": f'attachment; filename="{file_name(dossier.contract)}"',
        "Cache-Control": "private, no-cache",
    }
    return StreamingResponse(_parts(archive), media_type=BYTES, headers=headers)


async def _parts(archive: IO[bytes]) -> AsyncIterator[bytes]:
    with archive:
        archive.seek(0)
        while part := archive.read(PART):
            yield part
