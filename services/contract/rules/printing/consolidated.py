"""The consolidated text of a contract, printed: what is in force on a day."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from services.contract.models import Contract
from services.contract.rules.printing.articles import articles
from services.contract.rules.printing.blocks import Block, PrintedDocument, day, heading, new_page, table
from services.contract.rules.printing.earlier import completed
from services.contract.rules.printing.sheets import sheet_blocks


def consolidated_document(contract: Contract, text: Mapping[str, Any], body: bytes, *, as_of: date) -> PrintedDocument:
    """Return the consolidated text at the end of a day as a document. It has no legal force of its own."""
    text = {**text, "text": completed(text["text"])}
    return PrintedDocument(
        title=text["text"]["title"],
        running_title=f"Texte consolidé de {contract.number} au {day(as_of)}",
        reference=f"{contract.territory} · {contract.number}",
        description=f"Texte consolidé du contrat {contract.number} du territoire {contract.territory}",
        keywords=["texte consolidé", contract.number, contract.territory],
        cover=[f"Texte consolidé au {day(as_of)}", f"Contrat n° {contract.number}, territoire {contract.territory}"],
        state=None,
        watermark=None,
        notices=["Le texte consolidé aide à la lecture. Seuls le contrat et ses avenants signés font foi."],
        blocks=list(_blocks(text)),
        attachment=body,
        attachment_name="consolidated.json",
        attachment_description="Le texte consolidé, en JSON canonique (RFC 8785)",
        dated=as_of,
    )


def _blocks(consolidated: Mapping[str, Any]) -> Iterator[Block]:
    yield heading(1, "Documents en vigueur")
    yield table(
        "Le contrat et ses avenants",
        ["PrintedDocument", "Signé le", "En vigueur depuis le", "Empreinte SHA-256 du contenu"],
        [
            (each["number"], day(each["signed_on"]), day(each["in_force_from"]), each["content_sha256"])
            for each in consolidated["documents"]
        ],
        widths=[1, 1.2, 1.4, 3],
    )
    yield from articles("contract", consolidated["text"])
    yield new_page()
    yield heading(1, "Annexe – Fiches actions")
    for sheet in consolidated["text"]["actions"]:
        yield from sheet_blocks(sheet, level=2)
