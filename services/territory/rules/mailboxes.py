"""Rules of role mailboxes: an office and its address, never a person."""

import re
from typing import Final

from services.territory.errors import AddressNotOfOffice, RoleNotOfOffice
from services.territory.models import Organisation
from shared.problem import FieldError
from shared.storage.search import words

OFFICE: Final = frozenset(
    [
        "accompagnement", "accueil", "administration", "affaires", "agence", "amenagement", "animation",
        "antenne", "appui", "assistance", "attractivite", "bureau", "cabinet", "cellule", "centre", "charge",
        "chargee", "chef", "cheffe", "comite", "commission", "communication", "competences", "conseil",
        "contact", "contacts", "coordination", "correspondant", "correspondante", "courrier", "delegation",
        "delegue", "deleguee", "departement", "developpement", "direction", "directeur", "directrice",
        "division", "economie", "economique", "economiques", "emploi", "energie", "entreprise", "entreprises",
        "equipe", "etudes", "financement", "financements", "foncier", "fonds", "formation", "general",
        "generale", "generales", "gouvernance", "guichet", "industrie", "industriel", "industrielle",
        "industrielles", "industriels", "industries", "info", "information", "informations", "infos",
        "innovation", "instruction", "investissement", "juridique", "mairie", "mission", "mobilite",
        "numerique", "observatoire", "office", "partenariat", "partenariats", "permanence", "pilotage",
        "plateforme", "pole", "prefecture", "presidence", "president", "presidente", "presse", "programme",
        "programmes", "projet", "projets", "recrutement", "referent", "referente", "region", "regional",
        "regionale", "relations", "reseau", "responsable", "secretaire", "secretariat", "service", "services",
        "siege", "signalement", "standard", "strategie", "subventions", "support", "technique", "territoire",
        "territoires", "territorial", "territoriale", "territoriales", "territoriaux", "transition", "unite",
        "urbanisme", "veille",
    ]
)  # fmt: skip
"""Words that name an office or a function, without accents."""
NEUTRAL: Final = frozenset(
    [
        "a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "pour", "sur", "ti",
    ]
)  # fmt: skip
"""Words that may stand in any address: articles, and the initials of the programme."""
SIGNIFICANT: Final = 3
"""Minimum characters of a word that names a body, or of an acronym: articles and initials do not."""
ACRONYM: Final = re.compile(r"\b[A-Z]{3,8}\b")


def require_role(role: str) -> None:
    """Refuse a role without a word for an office or a function: it may be the name of a person."""
    if OFFICE.isdisjoint(words(role)):
        raise RoleNotOfOffice(
            f"`role` names no office or function, and « {role} » may be a person: give one, such as Direction du "
            "développement économique.",
            errors=[FieldError(pointer="/role", detail="names no office or function")],
        )


def require_office_address(address: str, role: str, body: Organisation) -> None:
    """Refuse an address that names no office or body, or names something else beside it.

    `marie.dupont@…` names a person, even if the role does too; `territoires-industrie@…` names an office, and so does
    an acronym of the role that stands alone: `dgitis@…` for « DGITIS, bureau de l'industrie ».
    """
    given = {word for text in words(address.partition("@")[0]) if (word := text.strip("0123456789"))}
    of_body = {*words(body.name), *(word for alias in body.aliases for word in words(alias["name"]))}
    naming = OFFICE | {word for word in of_body if len(word) >= SIGNIFICANT} - NEUTRAL
    acronyms = set() if role.isupper() else given & {*words(*ACRONYM.findall(role))}
    # A surname is often written in capitals: an acronym counts alone, and lets no other word of the role in.
    is_named = not naming.isdisjoint(given)
    others = {*words(role)} if is_named else acronyms
    if not (is_named or len(acronyms) == 1) or given - naming - of_body - NEUTRAL - others:
        raise AddressNotOfOffice(
            f"`address` names no office of {body.name}, or more than that, and may be a person's: give the address of "
            "the office, such as contact@… or territoires-industrie@….",
            errors=[FieldError(pointer="/address", detail="may be the address of a person")],
        )


def is_same_role(one: str, other: str) -> bool:
    """Return True if two roles differ in case, accents, blanks or punctuation alone."""
    return words(one) == words(other)
