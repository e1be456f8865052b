"""Organisations of the programme, by SIREN."""

from collections.abc import Mapping
from typing import Any, Self, TypedDict

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.territory.models.base import Base, Searchable
from shared.security.access import Stakeholders
from shared.storage.history import Recorded


class Alias(TypedDict):
    """Other name of an organisation, with a note on its use."""

    name: str
    note: str | None


class FormerName(TypedDict):
    """Name that an organisation had, with its first and its last day. A null day is not known."""

    name: str
    valid_from: str | None
    valid_to: str


class Organisation(Searchable, Recorded, Base):
    """Public body, company or association. A renamed one keeps its row; a successor has its own."""

    __tablename__ = "organisations"
    collection = "organisations"

    siren: Mapped[str] = mapped_column(String(9), primary_key=True)
    name: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(20), index=True)
    aliases: Mapped[list[Alias]] = mapped_column(JSON, default=list)
    names: Mapped[list[FormerName]] = mapped_column(JSON, default=list, comment="former ones, the oldest first")
    region_code: Mapped[str | None] = mapped_column(String(3), index=True)
    departement_codes: Mapped[list[str]] = mapped_column(JSON, default=list, comment="of a département, if known")
    successor_siren: Mapped[str | None] = mapped_column(String(9), index=True)
    duplicate_of_siren: Mapped[str | None] = mapped_column(String(9), index=True)
    distinct_from: Mapped[list[str]] = mapped_column(
        JSON, default=list, comment="SIRENs of which a person said that they are other bodies"
    )
    valid_from: Mapped[str | None] = mapped_column(String(10), comment="YYYY, YYYY-MM or YYYY-MM-DD")
    valid_to: Mapped[str | None] = mapped_column(String(10), comment="YYYY, YYYY-MM or YYYY-MM-DD")
    source: Mapped[str | None] = mapped_column(Text)
    synthetic: Mapped[bool] = mapped_column(default=False)

    @property
    def stakeholders(self) -> Stakeholders:
        return Stakeholders.of(
            regions=[self.region_code] if self.region_code else [],
            organisations=[self.siren],
            public=True,
        )

    @classmethod
    def restored(cls, snapshot: Mapping[str, Any]) -> Self:
        # Lines from before names had days have no former ones; from before duplicates were named, no decisions.
        return super().restored({"names": [], "departement_codes": [], "distinct_from": [], **snapshot})
