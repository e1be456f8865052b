"""Web links and role mailboxes of the programme."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.territory.models.base import Base
from shared.security.access import PUBLIC, Stakeholders
from shared.storage.history import Recorded
from shared.storage.personal_data import FREE_TEXT, PersonalData, personal


class WebLink(Recorded, Base):
    """Web address of the programme or of a territory. The platform never fetches it."""

    __tablename__ = "links"
    collection = "links"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    territory_key: Mapped[str | None] = mapped_column(
        ForeignKey("territories.key"), index=True, comment="null: of the programme"
    )
    kind: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(300))
    url: Mapped[str] = mapped_column(String(2000))
    checked_on: Mapped[date | None] = mapped_column(comment="null: never checked")
    is_alive: Mapped[bool | None] = mapped_column(comment="result of the check; null: never checked")

    @property
    def stakeholders(self) -> Stakeholders:
        return Stakeholders.of(territories=[self.territory_key] if self.territory_key else [], public=True)


class RoleMailbox(Recorded, Base):
    """Office address of a role in a body; never the address of a person."""

    __tablename__ = "mailboxes"
    __table_args__ = (UniqueConstraint("address", "role"),)
    collection = "mailboxes"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    role: Mapped[str] = mapped_column(String(300))
    organisation_siren: Mapped[str] = mapped_column(ForeignKey("organisations.siren"), index=True)
    address: Mapped[str] = mapped_column(
        String(254),
        info=personal(
            PersonalData.ADDRESS,
            about="nobody: addresses of persons are refused",
            purpose="reach the office that has a role in the programme",
            readers="every token",
        ),
    )
    closed_on: Mapped[date | None] = mapped_column(comment="first day without it; null: in use")
    note: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)

    @property
    def stakeholders(self) -> Stakeholders:
        return PUBLIC
