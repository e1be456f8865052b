"""Filters of the lists."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Query

from shared.events.codes import AxisCode, RegionCode, Siren, TerritoryName
from shared.events.contract import ActionStatus, ContractStatus
from shared.http.schemas import Search

Phase = Literal["2018", "2023"]


@dataclass
class Filters:
    """Filters that all lists of documents have."""

    territory: Annotated[
        TerritoryName | None,
        Query(description="Key of a territory, or its bare code beside `phase`.", examples=["2018-ti-7505"]),
    ] = None
    phase: Annotated[Phase | None, Query(description="Phase of the programme.", examples=["2018"])] = None
    region: Annotated[RegionCode | None, Query(description="INSEE code of a région of it.", examples=["75"])] = None
    q: Annotated[Search | None, Query(description="Words of the title, without regard to accents or case.")] = None


@dataclass
class ActionFilters(Filters):
    """Filters of action sheets."""

    axis: Annotated[AxisCode | None, Query(description="One of its axes.", examples=["recruter"])] = None
    carrier: Annotated[Siren | None, Query(description="SIREN of a carrier.", examples=["200067254"])] = None
    status: Annotated[ActionStatus | None, Query(description="Its state.", examples=["validated"])] = None


@dataclass
class ContractFilters(Filters):
    """Filters of contracts."""

    party: Annotated[Siren | None, Query(description="SIREN of a party.", examples=["200053759"])] = None
    status: Annotated[ContractStatus | None, Query(description="Its state.", examples=["signed"])] = None
