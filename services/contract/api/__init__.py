"""The HTTP door."""

from services.contract.api import (
    actions,
    amendments,
    ceremonies,
    comments,
    contract_texts,
    contracts,
    ends,
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
    amendments.router,
    ceremonies.router,
    comments.router,
    contract_texts.router,
    contracts.router,
    ends.router,
    paper_contracts.router,
    papers.router,
    progress.router,
    records.router,
    reports.router,
    signatures.router,
    targets.router,
)
