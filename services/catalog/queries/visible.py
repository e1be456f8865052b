"""Lists: what a caller may see, as conditions on the columns that say whom an object concerns."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, ColumnElement, String, and_, cast, false, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from shared.security.access import AccessScope

Columns = Collection[InstrumentedAttribute[Any]]


@dataclass(frozen=True)
class Concerned:
    """The columns that hold the stakeholders of an object."""

    territories: Columns
    regions: Columns
    organisations: Columns
    operators: bool = False
    """True if each of the objects concerns every operator of the programme."""

    def visible(self, access_scope: AccessScope) -> ColumnElement[bool]:
        """Return the objects that concern the caller: `AccessScope.is_concerned`, in SQL."""
        return and_(self._touched(access_scope), *self._within(access_scope))

    def _touched(self, access_scope: AccessScope) -> ColumnElement[bool]:
        if access_scope.covers_everything or (self.operators and access_scope.is_operator):
            return true()
        touched = [
            naming(column, codes)
            for columns, codes in (
                (self.territories, access_scope.territories),
                (self.regions, access_scope.regions),
                (self.organisations, access_scope.organisations),
            )
            for column in columns
            if codes
        ]
        return or_(*touched) if touched else false()

    def _within(self, access_scope: AccessScope) -> list[ColumnElement[bool]]:
        return [
            or_(false(), *(naming(column, codes) for column in columns))
            for columns, codes in (
                (self.territories, access_scope.only_territories),
                (self.regions, access_scope.only_regions),
            )
            if codes is not None
        ]


def naming(column: InstrumentedAttribute[Any], codes: Collection[str]) -> ColumnElement[bool]:
    """The rows whose column is one of these codes, or whose list holds one of them."""
    if not isinstance(column.type, JSON):
        return column.in_(codes)
    # A list of codes is stored as text: its words stand between quotation marks, and a code holds none.
    return or_(false(), *(cast(column, String).contains(f'"{code}"', autoescape=True) for code in sorted(codes)))
