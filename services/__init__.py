"""The four services, each a small house with the same rooms."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shared.security.roles import Permission
from shared.storage.official_bodies import OfficialBodies

if TYPE_CHECKING:
    from shared.runtime.platform import Service

NAMES: Final = ("territory", "contract", "catalog", "notification")
"""The one list of them all; each is a package of its name."""
OFFICIAL_BODIES: Final = OfficialBodies(Path(__file__).parent / "published" / "official_bodies.csv")
"""The EPCIs, EPTs and communes that territory publishes: every other service knows them without an event."""

OUTLINES: Final = Path(__file__).parent / "published" / "outlines.txt"
"""Outlines of territories and régions that territory publishes: other services draw maps by them."""
SCHEME_PERIMETERS: Final = Path(__file__).parent / "published" / "scheme_perimeters.csv"
"""Perimeters of other schemes of the State that territory publishes: other services know them without an event."""
SCHEME_PERIMETER_COLUMNS: Final = ("scheme", "perimeter", "name")
SCHEME_COMMUNES: Final = Path(__file__).parent / "published" / "scheme_communes.csv"
"""Communes with the perimeters that cover them, as territory publishes them."""
SCHEME_COMMUNE_COLUMNS: Final = ("siren", "epci", "ept", "population", "perimeters")
IN_A_LIST: Final = "|"
"""Stands between the perimeters of a commune; each is a scheme, a stroke and its code, such as acv/acv-154."""


def permissions_of(name: str) -> "tuple[Permission, ...]":
    """The permissions that a service declares, read without importing the rest of it."""
    declared = vars(import_module(f"services.{name}.permissions")).values()
    return tuple(each for each in declared if isinstance(each, Permission))


def named(name: str) -> "Service":
    """One service. The others are not imported: a process of one service holds that one alone."""
    service: Service = import_module(f"services.{name}.app").service
    return service
