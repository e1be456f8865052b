"""The audit log, as it is answered."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from shared.events.codes import Siren
from shared.http.schemas import Answer, BigCount, Line, Version, Word, shown

Operation = Literal["created", "updated", "deleted"]


class AuditEntryOut(Answer):
    """A change of an object: who made it, and when. The history of the object says what changed, and why."""

    model_config = Answer.model_config | shown(
        {
            "service": "contract",
            "position": 1501,
            "collection": "contracts",
            "object_id": "0198f3c2-7a51-7c1e-9d0c-5c1f0e0a2b11",
            "version": 4,
            "operation": "updated",
            "at": "2026-03-05T09:30:00Z",
            "client_id": "regional-tool",
            "sub": "8d1f6c1e-agent",
            "org": "200053759",
        }
    )

    service: Word
    position: BigCount = Field(description="Of the line in the history of the service.")
    collection: Word = Field(description="Collection of the object: it is at `/v1/<collection>/<object_id>`.")
    object_id: Line
    version: Version = Field(description="Of the object after the change.")
    operation: Operation
    at: datetime
    client_id: Line = Field(description="Client that sent the request; `clock` for what falls due by itself.")
    sub: Line = Field(description="Subject of the token: an opaque id that the issuer gave.")
    org: Annotated[Siren, Field(description="Organisation in whose name.")] | None
