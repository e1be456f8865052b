"""Conditions of the text of a contract: what must be written before a Region reviews it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.contract.models import Contract

THEMES: Final = {
    "ambitions": "ambitions of industrial development or redevelopment",
    "attractiveness/people": "attractiveness of industrial jobs and of the place for people",
    "attractiveness/businesses": "attractiveness of the place for businesses",
    "skills": "skills, employment and training offer",
    "animation/text": "economic animation",
    "animation/facilitator": "facilitator of the economic animation",
    "simplification": "wishes for experimentation and simplification of rules",
}
"""The five themes that the State asks every contract to answer, by their place in `themes`."""


@dataclass(frozen=True)
class Blocker:
    """One reason why a contract cannot go on, with its JSON pointer in the contract."""

    code: str
    sentence: str
    pointer: str | None = None
    comment_id: UUID | None = None
    """Comment that waits for an answer."""


def project_missing(contract: Contract) -> Iterator[Blocker]:
    """Require the projet de territoire: diagnosis, ambitions, at least one issue."""
    for name, value in (("diagnosis", contract.project["diagnosis"]), ("ambitions", contract.project["ambitions"])):
        if not value:
            yield Blocker(
                f"project-{name}-missing",
                f"The {name} of the projet de territoire are not written: write them in `project`."
                if name == "ambitions"
                else "The diagnosis of the projet de territoire is not written: write it in `project`.",
                f"/project/{name}",
            )
    if not contract.project["issues"]:
        yield Blocker(
            "project-issues-missing",
            "The projet de territoire names no issue (enjeu): name at least one in `project`.",
            "/project/issues",
        )


def themes_unanswered(contract: Contract) -> Iterator[Blocker]:
    """Require an answer to each theme."""
    for path, name in THEMES.items():
        theme, _, part = path.partition("/")
        answer = contract.themes[theme]  # type: ignore[literal-required]
        if not (answer[part] if part else answer):
            yield Blocker("theme-unanswered", f"The theme « {name} » is not answered: answer it.", f"/themes/{path}")


def priorities_missing(contract: Contract) -> Iterator[Blocker]:
    """Require at least one priority; parties carry each, and retained sheets serve it."""
    if not contract.priorities:
        yield Blocker("priority-missing", "No priority is stated: state at least one.", "/priorities")
    parties = {party.organisation for party in contract.parties}
    planned = set(contract.actions)
    for index, priority in enumerate(contract.priorities):
        pointer = f"/priorities/{index}"
        if not priority["carriers"]:
            yield Blocker(
                "priority-carrier-missing",
                f"Nobody carries the priority « {priority['title']} »: name a party in `carriers`.",
                f"{pointer}/carriers",
            )
        yield from _outside("party", priority["carriers"], parties, f"{pointer}/carriers")
        yield from _outside("action", priority["actions"], planned, f"{pointer}/actions")


def commitments_missing(contract: Contract) -> Iterator[Blocker]:
    """Require a commitment of each party that must sign; only parties commit."""
    committed = [commitment["organisation"] for commitment in contract.commitments]
    for party in contract.parties:
        if party.required and party.organisation not in committed:
            yield Blocker(
                "commitment-missing",
                f"{party.name} commits itself to nothing: write at least one of its commitments.",
                "/commitments",
            )
    parties = {party.organisation for party in contract.parties}
    for index, organisation in enumerate(committed):
        if organisation not in parties:
            yield _stranger(organisation, f"/commitments/{index}/organisation")


def links_unanswered(contract: Contract) -> Iterator[Blocker]:
    """Require the list of other schemes; sheets in it are those of the plan. An empty list is an answer."""
    if contract.links is None:
        yield Blocker(
            "links-unanswered", "`links` is not answered: list other schemes, or send an empty list.", "/links"
        )
    planned = set(contract.actions)
    for index, link in enumerate(contract.links or ()):
        yield from _outside("action", link.get("actions", []), planned, f"/links/{index}/actions")


def _outside(kind: str, named: Sequence[str], known: set[str], pointer: str) -> Iterator[Blocker]:
    for index, code in enumerate(named):
        if code not in known and kind == "party":
            yield _stranger(code, f"{pointer}/{index}")
        elif code not in known:
            yield Blocker(
                "action-not-in-plan",
                f"The action sheet {code} is not in `plan`, or is refused there: retain it, or leave it out.",
                f"{pointer}/{index}",
            )


def _stranger(organisation: str, pointer: str) -> Blocker:
    return Blocker("not-a-party", f"{organisation} is not among `parties`: add it, or name a party.", pointer)
