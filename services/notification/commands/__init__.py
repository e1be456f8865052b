"""Commands: each loads, decides, stores and publishes, in the transaction of its caller."""

from services.notification.commands.audit import record_audit
from services.notification.commands.challenges import Challenge, begin_challenge, confirm_subscription
from services.notification.commands.deliveries import (
    AttemptResult,
    bring_forward,
    failing_too_long,
    give_up,
    record,
    record_handshake,
)
from services.notification.commands.journal import record_events
from services.notification.commands.planning import PlannedDelivery, PlannedEvents, plan
from services.notification.commands.proofs import close_day, hash_journal, keep_time_stamp
from services.notification.commands.replays import Counted, replay, replay_delivery, send_test_event
from services.notification.commands.rights import follow_rights
from services.notification.commands.subscriptions import (
    change_subscription,
    create_subscription,
    delete_subscription,
    disable_subscription,
    enable_subscription,
    rotate_secret,
    switch_off,
    verify_subscription,
)

__all__ = [
    "AttemptResult",
    "Challenge",
    "Counted",
    "PlannedDelivery",
    "PlannedEvents",
    "begin_challenge",
    "bring_forward",
    "change_subscription",
    "close_day",
    "confirm_subscription",
    "create_subscription",
    "delete_subscription",
    "disable_subscription",
    "enable_subscription",
    "failing_too_long",
    "follow_rights",
    "give_up",
    "hash_journal",
    "keep_time_stamp",
    "plan",
    "record",
    "record_audit",
    "record_events",
    "record_handshake",
    "replay",
    "replay_delivery",
    "rotate_secret",
    "send_test_event",
    "switch_off",
    "verify_subscription",
]
