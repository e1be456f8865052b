"""Parts of the text of a contract, as its JSON columns keep them."""

from collections.abc import Mapping
from typing import Any, Final, Literal, NotRequired, TypedDict

PlanState = Literal["proposed", "retained", "refused"]
MeansKind = Literal["financial", "administrative", "technical", "human"]


class ProjectIssue(TypedDict):
    """Enjeu of a territory."""

    title: str
    text: str


class TerritoryProject(TypedDict):
    """Projet de territoire: the first part of the text."""

    diagnosis: str | None
    ambitions: str | None
    issues: list[ProjectIssue]


class Attractiveness(TypedDict):
    """Answer to the theme attractiveness: of the place for people, and for businesses."""

    people: str | None
    businesses: str | None


class Facilitator(TypedDict):
    """Office that facilitates the economic animation; never a person."""

    organisation: str | None
    office: str


class Animation(TypedDict):
    """Answer to the theme economic animation: its schemes and its facilitator."""

    text: str | None
    schemes: list[str]
    facilitator: Facilitator | None


class Themes(TypedDict):
    """Answers to the five themes of the State. Null: not answered."""

    ambitions: str | None
    attractiveness: Attractiveness
    skills: str | None
    animation: Animation
    simplification: str | None


class Priority(TypedDict):
    """Strategic priority, with the parties that carry it and the sheets that serve it."""

    title: str
    carriers: list[str]
    actions: list[str]


class PartyCommitment(TypedDict):
    """Commitment of a party, by the kind of means that it brings."""

    organisation: str
    kind: MeansKind
    text: str


class PlanEntry(TypedDict):
    """Action sheet in the plan of a contract."""

    action_id: str
    state: PlanState
    reason: str | None


class SchemeLink(TypedDict):
    """Other scheme that the contract is linked to: CTE, CRTE, ACV…"""

    kind: str
    name: str
    scheme: NotRequired[str | None]
    """Code in the registry of schemes."""
    perimeter: NotRequired[str | None]
    """Code of one of its perimeters."""
    actions: NotRequired[list[str]]
    """Ids of the sheets that are also part of the other scheme."""
    covers: NotRequired[str | None]
    """Other things that both cover, in words."""


def empty_project() -> TerritoryProject:
    """Return a projet de territoire without answers."""
    return {"diagnosis": None, "ambitions": None, "issues": []}


def empty_themes() -> Themes:
    """Return the five themes without answers."""
    return {
        "ambitions": None,
        "attractiveness": {"people": None, "businesses": None},
        "skills": None,
        "animation": {"text": None, "schemes": [], "facilitator": None},
        "simplification": None,
    }


NESTED: Final = ("attractiveness", "animation")
"""Themes with several answers."""


def merged(stored: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return a part of a text with the fields that were sent. Those not sent stay; lists are replaced."""
    return {**stored, **{name: merged(stored[name], each) if name in NESTED else each for name, each in sent.items()}}
