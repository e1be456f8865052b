"""Operators, and the counters of their requests."""

from typing import TypedDict

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from services.catalog.models.base import Base
from shared.security.access import Stakeholders
from shared.storage.history import Recorded


class Brand(TypedDict):
    """A name that the catalogue gives to an operator: a brand, a former name, a body that it took over."""

    name: str
    initials: str
    note: str | None


class Delays(TypedDict):
    """The deadlines that an operator promises, in days from the day of the request."""

    acknowledge: int
    answer: int
    conclude: int


class Operator(Recorded, Base):
    """An organisation that offers services."""

    __tablename__ = "operators"
    collection = "operators"

    siren: Mapped[str] = mapped_column(String(9), primary_key=True)
    initials: Mapped[str] = mapped_column(String(6), unique=True, comment="of the references of its requests")
    name: Mapped[str] = mapped_column(String(300))
    brands: Mapped[list[Brand]] = mapped_column(JSON)
    delays: Mapped[Delays | None] = mapped_column(JSON(none_as_null=True), comment="null: those of the programme")

    @property
    def stakeholders(self) -> Stakeholders:
        return Stakeholders.of(organisations=[self.siren], public=True)


class RequestCounter(Base):
    """The last request number of an operator in a year. Lock the operator before taking the next one."""

    __tablename__ = "request_counters"

    operator: Mapped[str] = mapped_column(ForeignKey("operators.siren"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
