"""Stages of a territory: how far it has come on the way to a signed contract. Two services show them."""

from collections.abc import Collection, Mapping
from typing import Final, Literal

Stage = Literal["designated", "governance_installed", "drafting", "under_review", "approved", "signing", "signed"]

STAGES: Final[tuple[Stage, ...]] = (
    "designated",
    "governance_installed",
    "drafting",
    "under_review",
    "approved",
    "signing",
    "signed",
)
"""The stages, in order."""
STAGE_LABELS: Final[Mapping[Stage, str]] = {
    "designated": "Labellisé",
    "governance_installed": "Gouvernance installée",
    "drafting": "Contrat en rédaction",
    "under_review": "Contrat à l’examen de la Région",
    "approved": "Contrat approuvé",
    "signing": "Contrat en signature",
    "signed": "Contrat signé",
}
STAGE_OF_CONTRACT: Final[Mapping[str, Stage]] = {
    "draft": "drafting",
    "under_review": "under_review",
    "approved": "approved",
    "signing": "signing",
    # Its text is approved; its signatures must be requested again.
    "signatures_expired": "approved",
    "signed": "signed",
    # An ended contract was signed. A cancelled one is absent: it does not count for the stage of its territory.
    "ended": "signed",
}


def stage(*, installed: bool, contracts: Collection[str]) -> Stage:
    """Return the stage of a territory: of its most advanced contract, else of its governance."""
    first: Stage = "governance_installed" if installed else "designated"
    stages = [STAGE_OF_CONTRACT[state] for state in contracts if state in STAGE_OF_CONTRACT]
    return max([*stages, first], key=STAGES.index)
