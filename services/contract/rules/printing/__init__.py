"""Documents for people, in French: what the data say, in the outline of real contracts.

Each function returns a `PrintedDocument`; `commands.typeset` makes the PDF. The same data give the same document.
"""

from services.contract.rules.printing.blocks import PrintedDocument, task_of
from services.contract.rules.printing.consolidated import consolidated_document
from services.contract.rules.printing.contracts import contract_document
from services.contract.rules.printing.maps import territory_map
from services.contract.rules.printing.sheets import sheet_document

__all__ = [
    "PrintedDocument",
    "consolidated_document",
    "contract_document",
    "sheet_document",
    "task_of",
    "territory_map",
]
