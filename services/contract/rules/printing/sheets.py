"""Action sheets, printed: as documents of their own, and as annexes of a contract (outline of `domain.md`, 5.3)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from services.contract.models import Action
from services.contract.rules.content import canonical
from services.contract.rules.printing import words
from services.contract.rules.printing.blocks import (
    NOTHING,
    Block,
    PrintedDocument,
    day,
    euros,
    heading,
    items,
    siren,
    strong,
    table,
    text,
)

WITHHELD: Final = "Confidentiel : réservé aux organisations concernées."


def sheet_document(action: Action, content: Mapping[str, Any], *, dated: date) -> PrintedDocument:
    """Return an action sheet as a document. `content` is what its reader may read."""
    is_final = action.status in ("validated", "in_progress", "completed")
    return PrintedDocument(
        title=f"Fiche action {action.number} : {content['title']}",
        running_title=f"Fiche action {action.number}",
        reference=f"{action.lead_territory} · {action.number}",
        description=f"Fiche action {action.number} du territoire {action.lead_territory}",
        keywords=["fiche action", action.number, action.lead_territory],
        cover=[f"Territoire {action.lead_territory}", f"Version {action.text_version} du texte"],
        state=words.ACTION_STATES[action.status],
        watermark=None if is_final else "PROJET",
        notices=[],
        blocks=list(sheet_blocks(content, level=1)),
        attachment=canonical({"format": "territoires-industrie/action/1", **content}),
        attachment_name="content.json",
        attachment_description="Le contenu de la fiche, en JSON canonique (RFC 8785)",
        dated=dated,
        has_outline=False,
    )


def sheet_blocks(sheet: Mapping[str, Any], *, level: int) -> Iterator[Block]:
    """Yield the parts of a sheet."""
    withheld = set(sheet.get("withheld", ()))

    def said(name: str) -> str | None:
        return WITHHELD if name in withheld else sheet.get(name)

    yield heading(level, f"{sheet['number']} – {sheet['title']}")
    cost = "Confidentiel" if "cost_cents" in withheld else euros(sheet["cost_cents"])
    axes = ", ".join(words.axis(code) for code in sheet["axes"]) or NOTHING
    facts = [
        ("Axe principal", words.axis(sheet["main_axis"])),
        ("Axes", axes),
        ("Territoires", ", ".join(sheet["territories"])),
        ("Engagement", words.COMMITMENTS.get(sheet["commitment"] or "", NOTHING)),
        ("Coût total", cost),
        ("Début prévu", day(sheet["planned_start"])),
        ("Fin prévue", day(sheet["planned_end"])),
    ]
    yield table(f"La fiche {sheet['number']} en bref", ["Rubrique", "Contenu"], facts, widths=[1, 3])
    carriers = [(each["name"], siren(each["siren"]), "Porteur") for each in sheet["carriers"]]
    partners = [(each["name"], siren(each["siren"]), each["role"]) for each in sheet["partners"]]
    if carriers or partners:
        yield table(
            f"Porteurs et partenaires de {sheet['number']}",
            ["Organisation", "SIREN", "Rôle"],
            [*carriers, *partners],
            widths=[3, 1.2, 2],
        )
    for name, title in (("context", "Contexte"), ("objective", "Objectif"), ("description", "Description")):
        yield strong(title)
        yield text(said(name))
    if sheet["issues"]:
        yield strong("Enjeux")
        yield items(_issue(number, issue) for number, issue in enumerate(sheet["issues"], 1))
    if sheet["milestones"]:
        yield table(
            f"Calendrier de {sheet['number']}",
            ["Jalon", "Échéance"],
            [(each["title"], day(each["due_on"])) for each in sheet["milestones"]],
            widths=[3, 1.4],
        )


def _issue(number: int, issue: Mapping[str, Any]) -> str:
    axis = f" ({words.axis(issue['axis'])})" if issue["axis"] else ""
    diagnosis = f"\n{issue['diagnosis']}" if issue["diagnosis"] else ""
    return f"{number}. {issue['title']}{axis}{diagnosis}"
