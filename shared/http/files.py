"""Files as request bodies: received on disk, counted and hashed, never whole in memory."""

import hashlib
import tempfile
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import IO, Any, Final

from fastapi import Request

from shared.app_state import SETTINGS, AppKey
from shared.http.body_limits import BodyLimits
from shared.patterns import ANY_TEXT
from shared.problem import Unavailable, UnsupportedMediaType
from shared.security.request_state import state_of

BYTES: Final = "application/octet-stream"
"""The media type of the documentation: generated clients have a function for a file of this type, and for no other."""
AT_ONCE: Final = 8
"""Maximum files that one process receives at a time. They lie in the data folder, in a container in its memory."""


class TooManyFiles(Unavailable):
    """This process receives as many files as it may: try again after `Retry-After` seconds."""


@dataclass(frozen=True)
class ReceivedFile:
    """A file that a request has brought. It is gone when the request is over."""

    content: IO[bytes]
    size: int
    sha256: str


@dataclass
class _Count:
    receiving: int = 0


_COUNT: Final = AppKey[_Count]("received_files")


@dataclass(frozen=True)
class FileBody:
    """Dependency that receives the body of a request as a file, with limits of its own.

    Let what decides on the caller come before it: nobody without rights shall make us receive a file.
    """

    limits: BodyLimits
    media_type: str
    """Taken beside `application/octet-stream`."""

    async def __call__(self, request: Request) -> AsyncIterator[ReceivedFile]:
        """Yield the file at its start."""
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in self.media_types:
            raise UnsupportedMediaType(f"Send the file as `Content-Type: {' or '.join(self.media_types)}`.")
        count = _COUNT.get(request, _Count())
        _COUNT.set(request.app, count)
        if count.receiving >= AT_ONCE:
            raise TooManyFiles(
                "Too many files are being received: try again in a moment.", headers={"Retry-After": "5"}
            )
        count.receiving += 1
        try:
            # Of the data folder alone it is known that the process may write into it.
            with tempfile.TemporaryFile(dir=SETTINGS.of(request).make_data_dir()) as content:
                yield await _received(request, content)
        finally:
            count.receiving -= 1

    @property
    def media_types(self) -> Collection[str]:
        """Media types that are taken."""
        return (BYTES, self.media_type)

    def documented(self, description: str, *, example: str) -> dict[str, Any]:
        """Return the `openapi_extra=` of an operation that takes the file. The example is a whole file of this type."""
        schema = {
            "type": "string",
            "format": "binary",
            "minLength": 1,
            "pattern": ANY_TEXT,
            "maxLength": self.limits.max_bytes,
        }
        content = {"schema": schema, "example": example}
        text = f"{description} `Content-Type: {self.media_type}` is understood too."
        return {"requestBody": {"required": True, "description": text, "content": {BYTES: content}}}


async def _received(request: Request, content: IO[bytes]) -> ReceivedFile:
    digest, size = hashlib.sha256(), 0
    async for part in request.stream():
        content.write(part)
        digest.update(part)
        size += len(part)
    content.seek(0)
    state_of(request).file_sha256 = digest.hexdigest()
    return ReceivedFile(content, size, digest.hexdigest())
