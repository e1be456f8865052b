"""Territories and organisations that a request names: refusals of those that are not known."""

from collections.abc import Sequence
from typing import Final

from shared.problem import FieldError, Unprocessable, example_members


class BareCodeAmbiguous(Unprocessable):
    """A bare code names a territory of each phase, because the numbering restarted: send the key, or `phase` beside."""

    shown = example_members("territory")


class TerritoryNotKnown(Unprocessable):
    """No territory of this key was designated: look it up at /v1/territories."""

    shown = example_members("/territory")


class OrganisationNotKnown(Unprocessable):
    """No organisation of this SIREN is registered: ask the délégation to register it, at /v1/organisations."""

    shown = example_members("/carriers/0")


class OrganisationSucceeded(Unprocessable):
    """Another organisation has taken over this one: name that one."""

    shown = example_members("/carriers/0")


class OrganisationDuplicate(Unprocessable):
    """The organisation is a duplicate of another one: name that one."""

    shown = example_members("/organisation")


LOOK_UP: Final = (
    "GET /v1/organisations finds registered ones by name with `q`, GET /v1/communes, /v1/epcis and /v1/epts the "
    "communes and intercommunalities"
)
"""Advice to a caller with an unknown SIREN."""


def is_bare(code: str) -> bool:
    """Return True for the code of a territory without its phase."""
    return code.startswith("ti-")


def key_among(code: str, keys: Sequence[str], *, phase: str | None = None, has_phase: bool = True) -> str:
    """Return the key that a filter by a territory means, among those of its code; a refusal if there is not one.

    `has_phase`: the list takes a `phase` beside the code.
    """
    found = sorted(key for key in keys if not is_bare(code) or phase in (None, key.partition("-")[0]))
    if len(found) > 1:
        or_phase = ", or `phase` beside the code" if has_phase else ""
        raise BareCodeAmbiguous(
            f"{code} names {' and '.join(found)}: send one of these{or_phase}.",
            errors=[FieldError(parameter="territory", detail="the numbering restarts in each phase")],
        )
    if not found:
        raise TerritoryNotKnown(
            f"No territory {code} was designated{f' in phase {phase}' if is_bare(code) and phase else ''}: look it up "
            "at /v1/territories.",
            errors=[FieldError(parameter="territory", detail=f"{code} is unknown")],
        )
    if phase not in (None, its_phase := found[0].partition("-")[0]):
        raise TerritoryNotKnown(
            f"{code} is a territory of phase {its_phase}, not of phase {phase}: correct `phase`, or leave it out.",
            errors=[FieldError(parameter="phase", detail=f"{code} is of phase {its_phase}")],
        )
    return found[0]


def unknown_organisation(siren: str, *, parameter: str) -> OrganisationNotKnown:
    """Return the refusal of a filter by an organisation that is neither registered nor an official body."""
    return OrganisationNotKnown(
        f"{siren} names no organisation: {LOOK_UP}.",
        errors=[FieldError(parameter=parameter, detail=f"{siren} is unknown")],
    )
