"""Commands: each loads, decides, stores and publishes, in the transaction of its caller."""

from services.notification.commands.deliveries import Outcome, give_up, hopeless, record, shake_hands
from services.notification.commands.journal import record_events
from services.notification.commands.planning import plan
from services.notification.commands.replays import Counted, replay, replay_delivery, send_test_event
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
    "Counted",
    "Outcome",
    "change_subscription",
    "create_subscription",
    "delete_subscription",
    "disable_subscription",
    "enable_subscription",
    "give_up",
    "hopeless",
    "plan",
    "record",
    "record_events",
    "replay",
    "replay_delivery",
    "rotate_secret",
    "send_test_event",
    "shake_hands",
    "switch_off",
    "verify_subscription",
]
