"""The HTTP door."""

from services.contract.api import (
    actions,
    amendments,
    ceremonies,
    comments,
    contract_texts,
    contracts,
    documents,
    dossiers,
    ends,
    paper_contracts,
    papers,
    progress,
    records,
    reports,
    seals,
    signatures,
    targets,
    verifications,
)
from shared.http.routing import Router

router = Router().include(
    actions.router,
    amendments.router,
    ceremonies.router,
    comments.router,
    contract_texts.router,
    contracts.router,
    documents.router,
    dossiers.router,
    ends.router,
    paper_contracts.router,
    papers.router,
    progress.router,
    records.router,
    reports.router,
    seals.router,
    signatures.router,
    targets.router,
    verifications.router,
)
