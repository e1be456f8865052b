"""Commands: each loads, decides, stores and publishes, in the transaction of its caller."""

from services.territory.commands.baselines import (
    freeze_baseline,
)
from services.territory.commands.calendar import correct_calendar_event, record_calendar_event
from services.territory.commands.committees import (
    change_chair,
    dissolve_committee,
    end_seat,
    establish_committee,
    give_seat,
)
from services.territory.commands.contacts import correct_link, correct_mailbox, publish_link, register_mailbox
from services.territory.commands.decisions import record_decision
from services.territory.commands.documents import correct_guide, correct_source, publish_guide, register_source
from services.territory.commands.duplicates import decide_duplicate, revoke_duplicate
from services.territory.commands.envelopes import announce_envelope, correct_envelope
from services.territory.commands.imports import (
    import_values,
    revert_import,
)
from services.territory.commands.indicators import correct_indicator, define_indicator
from services.territory.commands.load import lacks as lacks_reference
from services.territory.commands.load import load as load_reference
from services.territory.commands.mandates import (
    appoint_pilot,
    cancel_mandate,
    cancel_state_referent,
    correct_mandate,
    end_mandate,
    end_state_referent,
    name_state_referent,
    replace_pilot,
)
from services.territory.commands.meetings import cancel_meeting, hold_meeting, plan_meeting, set_quorum
from services.territory.commands.organisations import change_organisation, close_organisation, register_organisation
from services.territory.commands.perimeters import (
    change_perimeter,
    correct_perimeter,
    request_perimeter,
    withdraw_perimeter_request,
)
from services.territory.commands.programme import declare_figure
from services.territory.commands.signatures import follow_signature, know_contract_state
from services.territory.commands.territories import (
    close_territory,
    correct_territory,
    designate_territory,
    set_wave,
)

__all__ = [
    "announce_envelope",
    "appoint_pilot",
    "cancel_mandate",
    "cancel_meeting",
    "cancel_state_referent",
    "change_chair",
    "change_organisation",
    "change_perimeter",
    "close_organisation",
    "close_territory",
    "correct_calendar_event",
    "correct_envelope",
    "correct_guide",
    "correct_indicator",
    "correct_link",
    "correct_mailbox",
    "correct_mandate",
    "correct_perimeter",
    "correct_source",
    "correct_territory",
    "decide_duplicate",
    "declare_figure",
    "define_indicator",
    "designate_territory",
    "dissolve_committee",
    "end_mandate",
    "end_seat",
    "end_state_referent",
    "establish_committee",
    "follow_signature",
    "freeze_baseline",
    "give_seat",
    "hold_meeting",
    "import_values",
    "know_contract_state",
    "lacks_reference",
    "load_reference",
    "name_state_referent",
    "plan_meeting",
    "publish_guide",
    "publish_link",
    "record_calendar_event",
    "record_decision",
    "register_mailbox",
    "register_organisation",
    "register_source",
    "replace_pilot",
    "request_perimeter",
    "revert_import",
    "revoke_duplicate",
    "set_quorum",
    "set_wave",
    "withdraw_perimeter_request",
]
