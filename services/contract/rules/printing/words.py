"""French words of printed documents, for the codes of the API."""

from collections.abc import Mapping
from typing import Any, Final

KINDS: Final = {"contract": "Contrat", "protocol": "Protocole d’accord", "amendment": "Avenant"}
OF_KIND: Final = {"contract": "du contrat", "protocol": "du protocole", "amendment": "de l’avenant"}
THE_KIND: Final = {
    "contract": "le présent contrat",
    "protocol": "le présent protocole",
    "amendment": "le présent avenant",
}
BLOCKS: Final = {
    "territory": ("Entre", "Le territoire", "d’une part,"),
    "public": ("et", "L’État, les Régions et les autres partenaires publics", "d’autre part,"),
    "economic": ("ainsi que", "Les acteurs économiques", None),
}
"""Blocks of parties in their order: the words before, the title, the words after (C-ROC, C-PAL, C-LPT)."""
PARTY_KINDS: Final = {
    "intercommunality": "Intercommunalité",
    "region": "Région",
    "state": "État",
    "departement": "Département",
    "commune": "Commune",
    "operator": "Opérateur",
    "company": "Entreprise",
    "other": "Autre",
}
ROLES: Final = {"carrier": "Porteur", "partner": "Partenaire"}
MEANS: Final = {
    "financial": "Financier",
    "administrative": "Administratif",
    "technical": "Technique",
    "human": "Humain",
}
STATES: Final = {
    "draft": "Projet",
    "under_review": "Projet en cours d’examen",
    "approved": "Projet approuvé, à signer",
    "signing": "En cours de signature",
    "signatures_expired": "Délai de signature échu",
    "signed": None,
    "ended": "A pris fin",
    "cancelled": "Abandonné",
}
ACTION_STATES: Final = {
    "draft": "Projet",
    "submitted": "Remontée à la Région",
    "returned": "Renvoyée pour complément",
    "validated": "Validée",
    "rejected": "Rejetée",
    "in_progress": "En cours de déploiement",
    "completed": "Réalisée",
    "abandoned": "Abandonnée",
}
COMMITMENTS: Final = {"firm": "Ferme", "conditional": "Conditionnel"}
SUBJECTS: Final = {
    "period": "la durée",
    "parties": "les parties",
    "project": "le projet de territoire",
    "themes": "les thèmes",
    "priorities": "les priorités",
    "commitments": "les engagements",
    "plan": "le plan d’actions",
    "links": "l’articulation avec d’autres dispositifs",
    "title": "le titre",
}
PREAMBLES: Final = {
    "2018": (
        "L’initiative « Territoires d’industrie » a été annoncée le 22 novembre 2018 devant le Conseil national de "
        "l’industrie. L’État, les Régions, les intercommunalités, les industriels et les opérateurs nationaux y "
        "mobilisent leurs moyens autour de quatre besoins : attirer, recruter, innover, simplifier."
    ),
    "2023": (
        "La seconde phase du programme « Territoires d’industrie » a été ouverte le 9 novembre 2023, pour la période "
        "2023-2027. Elle retient quatre priorités : la transition écologique et énergétique, l’innovation, les "
        "compétences et le recrutement, le foncier industriel."
    ),
}
"""Facts of the programme: its announcement, and its second phase."""
AXES: Final = {
    "attirer": "Attirer",
    "recruter": "Recruter",
    "innover": "Innover",
    "simplifier": "Simplifier",
    "installer": "Installer",
    "transition": "Transition écologique et énergétique",
    "innovation": "Innovation",
    "competences": "Compétences et recrutement",
    "foncier": "Foncier industriel",
}


def axis(code: str | None) -> str:
    """Return the name of an axis."""
    return AXES.get(code or "", code or "—")


def names_of(organisations: list[Mapping[str, Any]]) -> str:
    """Return the names of organisations, separated by commas."""
    return ", ".join(each["name"] for each in organisations) or "—"
