"""What lists may be asked for."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Query
from pydantic import StringConstraints

from shared.events.codes import TERRITORY_NAME, RegionCode, Siren
from shared.events.contract import ActionStatus, ContractStatus

TerritoryCode = Annotated[str, StringConstraints(pattern=TERRITORY_NAME)]
Phase = Literal["2018", "2023"]


@dataclass
class Filters:
    """What lists of documents have in common."""

    territory: Annotated[
        TerritoryCode | None,
        Query(description="Key of a territory, or its bare code beside `phase`.", examples=["2018-ti-7505"]),
    ] = None
    phase: Annotated[Phase | None, Query(description="Phase of the programme.", examples=["2018"])] = None
    region: Annotated[RegionCode | None, Query(description="INSEE code of a région of it.", examples=["75"])] = None
    q: Annotated[
        str | None, Query(max_length=100, description="Words of the title, without regard to accents or case.")
    ] = None


@dataclass
class ActionFilters(Filters):
    """Of action sheets."""

    axis: Annotated[
        str | None, Query(pattern="^[a-z]{1,50}$", description="One of its axes.", examples=["recruter"])
    ] = None
    carrier: Annotated[Siren | None, Query(description="SIREN of a carrier.", examples=["200067254"])] = None
    status: Annotated[ActionStatus | None, Query(description="Its state.", examples=["validated"])] = None


@dataclass
class ContractFilters(Filters):
    """Of contracts."""

    party: Annotated[Siren | None, Query(description="SIREN of a party.", examples=["200053759"])] = None
    status: Annotated[ContractStatus | None, Query(description="Its state.", examples=["signed"])] = None
