"""The HTTP door."""

from services.contract.api import actions, ceremonies, contracts, papers, progress, records, reports, targets
from shared.http.routing import Router

router = Router().include(
    actions.router,
    ceremonies.router,
    contracts.router,
    papers.router,
    progress.router,
    records.router,
    reports.router,
    targets.router,
)
