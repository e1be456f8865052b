"""`python -m services erase PERSON_ID`: erase a person in the databases of the services, and say what was done."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from shared.runtime import server
from shared.runtime.platform import Service
from shared.storage.database import Database
from shared.storage.erasure import ERASER, Erasure, erase, overwrite_deleted

REASON: Final = "contact erased: asked for by the person"


@dataclass
class ErasureCommand:
    """One run of the command, over one service or several."""

    person_id: UUID
    reason: str
    known_to: list[str] = field(default_factory=list)
    """Services that hold something of the person."""

    async def run(self, service: Service, database: Database) -> None:
        """Erase the person in one service."""
        async with database.writing(by=ERASER) as session:
            outcome = await erase(session, service.metadata, self.person_id, reason=self.reason)
        await overwrite_deleted(database)
        if outcome.is_unknown:
            return
        self.known_to.append(service.name)
        for line in sentences(outcome):
            server.say(f"{service.name}: {line}")

    @property
    def failure(self) -> str | None:
        """Message of a run that found nobody; None if it found the person."""
        if self.known_to:
            return None
        return (
            f"No person {self.person_id} is known: look up the `person_id` of the referent, "
            "GET /v1/referents, or of the mandate, GET /v1/territories/{key}/pilots."
        )


def sentences(outcome: Erasure) -> Iterator[str]:
    """Say what was erased and what stays."""
    for address, names in outcome.emptied.items():
        yield f"erased {', '.join(names)} of {address}"
    if not outcome.emptied:
        yield "nothing to erase"
    if outcome.answers:
        yield f"deleted stored answers: {outcome.answers}"
    for table, rows in outcome.kept.items():
        yield f"the opaque id stays in {table} (rows: {rows})"
