"""Contracts, protocols and amendments, printed (outline of `domain.md`, 5.1 and 5.2)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from services.contract.models import Contract
from services.contract.rules.differences import TextDifference
from services.contract.rules.printing import words
from services.contract.rules.printing.articles import articles
from services.contract.rules.printing.blocks import (
    NOTHING,
    Block,
    PrintedDocument,
    day,
    heading,
    new_page,
    siren,
    table,
    text,
)
from services.contract.rules.printing.changes import change_rows
from services.contract.rules.printing.earlier import completed
from services.contract.rules.printing.sheets import sheet_blocks

UNSIGNED: Final = ("draft", "under_review", "approved", "signing", "cancelled")
PAPER: Final = (
    "Ce document a été signé sur papier, hors de la plateforme, puis saisi avec ses dates réelles. L’exemplaire papier "
    "fait foi. Source : {source}"
)
LOCAL: Final = (
    "Le cachet électronique de ce document est fait avec une clé locale, propre à cette installation : il est sans "
    "valeur probante hors de celle-ci."
)
SEALED: Final = (
    "Les parties ont signé le contenu joint à ce document (content.json), dont l’empreinte SHA-256 est {sha256}. Le "
    "cachet électronique de la plateforme en garantit l’intégrité."
)


def contract_document(
    contract: Contract,
    content: Mapping[str, Any],
    body: bytes,
    *,
    dated: date,
    is_local: bool,
    differences: Sequence[TextDifference] = (),
    map_: Block | None = None,
) -> PrintedDocument:
    """Return a contract, protocol or amendment as a document. `content` is that of `body`, the attached JSON.

    `differences` are those of an amendment. `is_local` is True if its seal is made by a key of this platform alone.
    """
    content = completed(content)
    kind = words.KINDS[contract.kind]
    is_draft = contract.status in UNSIGNED or contract.content_sha256 is None
    return PrintedDocument(
        title=content["title"],
        running_title=f"{kind} {contract.number} – {content['title']}"[:140],
        reference=f"{contract.territory} · {contract.number}",
        description=f"{kind} {contract.number} du territoire {contract.territory}",
        keywords=[kind.lower(), contract.number, contract.territory],
        cover=[
            f"{kind} n° {contract.number}",
            f"Territoire {contract.territory}",
            f"Du {day(content['starts_on'])} au {day(content['ends_on'])}",
            *([f"Signé le {day(contract.signed_on)}"] if contract.signed_on else []),
        ],
        state=words.STATES[contract.status],
        watermark=("ABANDONNÉ" if contract.status == "cancelled" else "PROJET") if is_draft else None,
        notices=list(_notices(contract, is_draft=is_draft, is_local=is_local)),
        blocks=list(_blocks(contract, content, differences, map_)),
        attachment=body,
        attachment_name="content.json",
        attachment_description="Le contenu sur lequel les parties s’engagent, en JSON canonique (RFC 8785)",
        dated=dated,
    )


def _notices(contract: Contract, *, is_draft: bool, is_local: bool) -> Iterator[str]:
    if contract.origin == "paper":
        yield PAPER.format(source=contract.entered_source)
    if not is_draft:
        yield SEALED.format(sha256=contract.content_sha256)
        if is_local:
            yield LOCAL


def _blocks(
    contract: Contract, content: Mapping[str, Any], differences: Sequence[TextDifference], map_: Block | None
) -> Iterator[Block]:
    yield heading(1, "Les parties")
    yield from _parties(content["parties"])
    yield from _recitals(contract, content)
    yield heading(1, "Préambule")
    yield text(words.PREAMBLES.get(content["phase"]))
    if differences:
        yield from _changes(contract, differences)
    yield from articles(contract.kind, content)
    yield from _signatures(contract)
    yield new_page()
    yield heading(1, "Annexes")
    if map_:
        yield heading(2, "Carte du territoire")
        yield map_
        yield new_page()
    yield heading(2, "Fiches actions")
    if not content["actions"]:
        yield text("Aucune fiche action n’est annexée.")
    for index, sheet in enumerate(content["actions"]):
        if index:
            yield new_page()
        yield from sheet_blocks(sheet, level=3)


def _parties(parties: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    for block, (before, title, after) in words.BLOCKS.items():
        rows = [
            (
                party["name"],
                siren(party["organisation"]),
                party["label"] or words.PARTY_KINDS[party["kind"]],
                words.ROLES[party["role"]],
                party["capacity"],
            )
            for party in parties
            if party["block"] == block
        ]
        if rows:
            yield text(before)
            yield table(
                title,
                ["Partie", "SIREN", "Nature", "Rôle", "Représentée par"],
                rows,
                widths=[3, 1.3, 1.6, 1.1, 2],
            )
            if after:
                yield text(after)
    yield text("il est convenu ce qui suit.")


def _recitals(contract: Contract, content: Mapping[str, Any]) -> Iterator[Block]:
    """Yield the acts on which the text rests: decisions of the Regions, deliberations of the parties."""
    names = {party["organisation"]: party["name"] for party in content["parties"]}
    lines = [
        f"Vu la décision du comité de pilotage régional du {day(approval['decided_on'])} ({approval['reference']}), "
        f"{names.get(approval['organisation'], siren(approval['organisation']))}"
        for approval in content.get("approvals", {}).values()
    ]
    lines += [
        f"Vu la délibération du {day(party.deliberation_on)} ({party.deliberation_reference}), {party.name}"
        for party in contract.parties
        if party.deliberation_reference
    ]
    if lines:
        yield heading(1, "Visas")
        yield from (text(f"{line} ;") for line in lines)


def _changes(contract: Contract, differences: Sequence[TextDifference]) -> Iterator[Block]:
    yield heading(1, "Objet de l’avenant et modifications")
    subjects = ", ".join(words.SUBJECTS[each] for each in contract.subjects or ())
    yield text(f"Le présent avenant modifie : {subjects}.")
    yield text(contract.amendment_reason)
    yield table(
        "Modifications, champ par champ",
        ["Champ", "Avant", "Après"],
        change_rows(differences),
        widths=[1.6, 2, 2],
    )


def _signatures(contract: Contract) -> Iterator[Block]:
    yield new_page()
    yield heading(1, "Signatures")
    if contract.signed_on:
        yield text(f"Fait le {day(contract.signed_on)}.")
    rows = []
    for party in contract.parties:
        act = NOTHING
        if party.deliberation_reference:
            act = f"{party.deliberation_reference}, du {day(party.deliberation_on)}"
        who = party.signed_as or party.capacity
        if party.signed_by:
            who += f" (pour la partie, SIREN {siren(party.signed_by)})"
        unsigned = "Non signé" if contract.content_sha256 else ""
        signed = f"Signé le {day(party.signed_on)}" if party.signed_on else unsigned
        rows.append((party.name, who, act, signed))
    yield table(
        "Signature de chaque partie",
        ["Partie", "Qualité du signataire", "Délibération", "Signature"],
        rows,
        widths=[2.6, 2, 2, 1.6],
        # Room for signatures by hand.
        height=0 if contract.content_sha256 else 16,
    )
