"""The HTTP door."""

from services.contract.api import (
    actions,
    ceremonies,
    comments,
    contract_texts,
    contracts,
    paper_contracts,
    papers,
    progress,
    records,
    reports,
    signatures,
    targets,
)
from shared.http.routing import Router

router = Router().include(
    actions.router,
    ceremonies.router,
    comments.router,
    contract_texts.router,
    contracts.router,
    paper_contracts.router,
    papers.router,
    progress.router,
    records.router,
    reports.router,
    signatures.router,
    targets.router,
)
