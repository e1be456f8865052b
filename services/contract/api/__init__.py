"""The HTTP door."""

from services.contract.api import actions, ceremonies, contracts, progress, reports, targets
from shared.http.routing import Router

router = Router().include(
    actions.router, ceremonies.router, contracts.router, progress.router, reports.router, targets.router
)
