"""Rights of clients: they bound what their subscriptions receive."""

from sqlalchemy import JSON, BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from services.notification.models.base import Base
from shared.security.roles import Role
from shared.storage.personal_data import account


class ClientRights(Base):
    """The rights that a client with subscriptions has by its newest token. Only the issuer changes them."""

    __tablename__ = "client_rights"

    client_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    sub: Mapped[str] = mapped_column(String(200), primary_key=True, info=account("nobody"))
    role: Mapped[Role] = mapped_column(String(20))
    org: Mapped[str | None] = mapped_column(String(9))
    only_territories: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    only_regions: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    issued_at: Mapped[int | None] = mapped_column(BigInteger, comment="Unix time of the token; null: it says none")
