"""Commands: each loads, decides, stores and publishes, in the transaction of its caller."""

from services.territory.commands.governance import establish_committee, record_decision
from services.territory.commands.load import lacks as lacks_reference
from services.territory.commands.load import load as load_reference
from services.territory.commands.mandates import appoint_pilot, end_mandate, replace_pilot
from services.territory.commands.organisations import register_organisation
from services.territory.commands.programme import declare_figure
from services.territory.commands.territories import change_perimeter

__all__ = [
    "appoint_pilot",
    "change_perimeter",
    "declare_figure",
    "end_mandate",
    "establish_committee",
    "lacks_reference",
    "load_reference",
    "record_decision",
    "register_organisation",
    "replace_pilot",
]
