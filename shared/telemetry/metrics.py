"""Prometheus metrics. `/metrics` serves them; the gateway never routes it."""

import time
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

BUCKETS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

requests: Final = Histogram(
    "ti_request_seconds",
    "Time to answer a request",
    ["service", "operation", "method", "status"],
    buckets=BUCKETS,
)
handled: Final = Histogram(
    "ti_handler_seconds",
    "Time of an event's handler, its transaction included",
    ["service", "handler", "outcome"],
    buckets=BUCKETS,
)
lag: Final = Histogram(
    "ti_event_lag_seconds",
    "From the time of an event to the commit of its effect",
    ["service", "handler"],
    buckets=BUCKETS,
)
published: Final = Counter("ti_events_published", "Events confirmed by the bus", ["service"])
publish_failures: Final = Counter(
    "ti_events_publish_failures", "Events that the bus did not accept", ["service", "reason"]
)
outbox_age: Final = Gauge("ti_outbox_age_seconds", "Age of the oldest event that is not published", ["service"])
inbox_lag: Final = Gauge("ti_inbox_lag_seconds", "Age of the oldest event received and not applied", ["service"])
spans: Final = Counter("ti_spans", "Spans exported, of these accepted by the collector, and lost", ["state"])
log_lines_dropped: Final = Counter("ti_log_lines_dropped", "Log lines that could not be written for too long")
parked: Final = Gauge(
    "ti_inbox_parked", "Events whose handler failed on its last attempt; an operator must replay them", ["service"]
)


class Throttle:
    """Limit a measurement that queries the database to one per second."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def due(self) -> bool:
        """Return True at most once per second."""
        at = time.monotonic()
        if at < self._last + 1:
            return False
        self._last = at
        return True
