"""Facts told by every service: who changed which object, and the head of the hash chain of its history."""

from datetime import datetime
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from shared.events import Audience, Event, State
from shared.events.codes import Siren

AT_ONCE: Final = 15
"""Lines in one event: the largest ones fit."""


class HistoryEntry(State):
    """A line of history without the object itself: who changed what, and when."""

    position: int
    collection: str = Field(pattern="^[a-z_-]+$", max_length=50)
    object_id: str = Field(max_length=100)
    version: int
    operation: Literal["created", "updated", "deleted"]
    at: datetime
    client_id: str = Field(max_length=100)
    sub: str = Field(max_length=200, description="an opaque id of the issuer")
    org: Siren | None


class HistoryRecorded(Event, audience=Audience.PLATFORM):
    """Lines of history that were written since the last such event, and the hash that covers all lines before.

    Lines that load reference data are counted by the positions and not listed.
    """

    of_publisher: ClassVar[dict[str, "type[HistoryRecorded]"]] = {}
    """The event of each service."""

    first_position: int = Field(description="first line that the event tells of")
    last_position: int = Field(description="last line that the event tells of")
    chain_hash: str = Field(pattern="^[0-9a-f]{64}$", max_length=64, description="hash of the last line")
    entries: list[HistoryEntry] = Field(max_length=AT_ONCE)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        HistoryRecorded.of_publisher[cls.publisher] = cls

    @property
    def subject(self) -> str:
        return f"history/{self.publisher}"


class TerritoryHistoryRecorded(HistoryRecorded, name="TerritoryHistoryRecorded", publisher="territory"):
    """Objects of the territory service have changed."""


class ContractHistoryRecorded(HistoryRecorded, name="ContractHistoryRecorded", publisher="contract"):
    """Objects of the contract service have changed."""


class CatalogHistoryRecorded(HistoryRecorded, name="CatalogHistoryRecorded", publisher="catalog"):
    """Objects of the catalog service have changed."""


class NotificationHistoryRecorded(HistoryRecorded, name="NotificationHistoryRecorded", publisher="notification"):
    """Objects of the notification service have changed."""
