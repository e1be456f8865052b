"""The HTTP door."""

from services.contract.api import actions, contracts, progress, targets
from shared.http.routing import Router

router = Router().include(actions.router, contracts.router, progress.router, targets.router)
