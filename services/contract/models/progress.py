"""Timelines of progress, and the counters computed from them."""

from datetime import date

from sqlalchemy import JSON, BigInteger, Date, String
from sqlalchemy.orm import Mapped, mapped_column

from services.contract.models.base import Base


class TimelineEntry(Base):
    """Stored entry of a timeline. It holds from its day on, until a later entry of its subject."""

    __tablename__ = "story_lines"

    subject: Mapped[str] = mapped_column(String(200), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    kind: Mapped[str] = mapped_column(String(20), comment="action, contract, party, request, designation or governance")
    state: Mapped[str] = mapped_column(String(20))
    territory: Mapped[str] = mapped_column(String(20), index=True)
    phase: Mapped[str] = mapped_column(String(4))
    regions: Mapped[list[str]] = mapped_column(JSON)
    axis: Mapped[str] = mapped_column(String(50))
    about: Mapped[str | None] = mapped_column(String(50), index=True, comment="the action that a request was made for")
    operator: Mapped[str | None] = mapped_column(String(9), comment="whom a request was made of")
    amount_cents: Mapped[int | None] = mapped_column(BigInteger, comment="what the operator brings")
    labels: Mapped[list[str]] = mapped_column(JSON, comment="further measures of a territory")


class ProgressCounter(Base):
    """Change of a count in a year, a month or a day.

    Every change is added to three rows. The count on a day is the sum of three groups: the years before it, the months
    of its year before it, and the days of its month up to it. So the cost does not depend on the number of sheets.
    """

    __tablename__ = "tallies"

    grain: Mapped[str] = mapped_column(String(5), primary_key=True)
    start: Mapped[date] = mapped_column(Date, primary_key=True)
    measure: Mapped[str] = mapped_column(String(50), primary_key=True)
    phase: Mapped[str] = mapped_column(String(4), primary_key=True)
    region: Mapped[str] = mapped_column(String(2), primary_key=True, comment="empty for the nation")
    axis: Mapped[str] = mapped_column(String(50), primary_key=True, comment="empty where it has no meaning")
    count: Mapped[int] = mapped_column(BigInteger, comment="of things, or of euro cents")
