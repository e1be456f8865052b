"""Commands: each loads, decides, stores and publishes, in the transaction of its caller."""

from services.catalog.commands.load import lacks as lacks_reference
from services.catalog.commands.load import load as load_reference
from services.catalog.commands.matchings import follow_action, know_action, match_services
from services.catalog.commands.projections import follow_organisations, follow_perimeter
from services.catalog.commands.referents import change_contact, erase_contact, name_referent
from services.catalog.commands.requests import (
    accept_request,
    acknowledge_request,
    conclude_request,
    decline_request,
    publish_overdue,
    redirect_request,
    request_service,
)
from services.catalog.commands.services import change_service, promise_delays, publish_service, withdraw_service

__all__ = [
    "accept_request",
    "acknowledge_request",
    "change_contact",
    "change_service",
    "conclude_request",
    "decline_request",
    "erase_contact",
    "follow_action",
    "follow_organisations",
    "follow_perimeter",
    "know_action",
    "lacks_reference",
    "load_reference",
    "match_services",
    "name_referent",
    "promise_delays",
    "publish_overdue",
    "publish_service",
    "redirect_request",
    "request_service",
    "withdraw_service",
]
