"""Synthetic texts of the contract of the demo."""

from collections.abc import Iterable
from typing import Any, Final

TEXT: Final = "Texte synthétique."


def texts(parties: Iterable[str]) -> dict[str, Any]:
    """Return the project, the answers to the five themes, and a commitment of each party."""
    return {
        "project": {
            "diagnosis": TEXT,
            "ambitions": TEXT,
            "issues": [{"title": "Des métiers en tension", "text": TEXT}],
        },
        "themes": {
            "ambitions": TEXT,
            "attractiveness": {"people": TEXT, "businesses": TEXT},
            "skills": TEXT,
            "animation": {
                "text": TEXT,
                "schemes": ["Club des entreprises (exemple synthétique)"],
                "facilitator": {"office": "Direction du développement économique"},
            },
            "simplification": TEXT,
        },
        "commitments": [{"organisation": party, "kind": "human", "text": TEXT} for party in parties],
    }
