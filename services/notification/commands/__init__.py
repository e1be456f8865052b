"""Commands: load, decide, store, publish."""

from services.notification.commands.deliveries import give_up, hopeless, record, shake_hands
from services.notification.commands.journal import journal
from services.notification.commands.planning import plan, set_unrecorded
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
    "change_subscription",
    "create_subscription",
    "delete_subscription",
    "disable_subscription",
    "enable_subscription",
    "give_up",
    "hopeless",
    "journal",
    "plan",
    "record",
    "replay",
    "replay_delivery",
    "rotate_secret",
    "send_test_event",
    "set_unrecorded",
    "shake_hands",
    "switch_off",
    "verify_subscription",
]
