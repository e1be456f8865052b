"""Search of services by their words, and by every name of the operators that offer them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.models import KnownOrganisation, OfferedService, Operator, ServiceVersion
from shared.storage.search import Sought, searchable

Entity = type[OfferedService] | type[ServiceVersion]


@dataclass(frozen=True)
class ServiceSearch:
    """A query on services. A word may fit the service or its operator."""

    sought: Sought
    operators: Mapping[str, str]
    """SIREN of each operator → text of search of its names, present and former."""

    @classmethod
    async def of(cls, session: AsyncSession, q: str | None) -> Self | None:
        """Return a query as it is written; None if nothing is."""
        sought = Sought.of(q)
        return cls(sought, await _operators(session)) if sought else None

    def condition(self, entity: Entity) -> ColumnElement[bool]:
        """Return the condition of the services that have all the words."""
        terms = self.sought.terms
        conditions = [or_(term.condition(entity.search), self._offered(entity, term.fits)) for term in terms]
        return and_(*conditions) if terms else false()

    def first(self, entity: Entity) -> ColumnElement[bool]:
        """Return the condition of the services of which the query is a whole name, of theirs or of their operator."""
        return or_(self.sought.is_whole_in(entity.search), self._offered(entity, self.sought.is_whole))

    def _offered(self, entity: Entity, is_meant: Callable[[str], bool]) -> ColumnElement[bool]:
        sirens = [siren for siren, text in self.operators.items() if is_meant(text)]
        # Never null, so that it can be negated.
        return and_(entity.operator.is_not(None), entity.operator.in_(sirens)) if sirens else false()


async def _operators(session: AsyncSession) -> dict[str, str]:
    # They are few, and their names change with the register: no service keeps them.
    statement = (
        select(Operator.siren, Operator.name, Operator.brands, KnownOrganisation)
        .outerjoin(KnownOrganisation, KnownOrganisation.siren == Operator.siren)
        .order_by(Operator.siren)
    )
    texts = {}
    for siren, name, brands, registered in await session.execute(statement):
        names = [name, *(each for brand in brands for each in (brand["name"], brand["initials"]))]
        if registered is not None:
            names += [registered.name, *registered.aliases, *(former["name"] for former in registered.names)]
        texts[siren] = searchable(*names, sirens=[siren])
    return texts
