"""Telemetry of the engine: one log line, metric and span per attempt, and its lag."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from prometheus_client import Gauge, Histogram
from sqlalchemy import Row

from services.notification import commands
from services.notification.jobs.subscription_queues import Due
from shared.events import routing_key
from shared.telemetry.log import log
from shared.telemetry.metrics import BUCKETS
from shared.telemetry.traces import AttributeValue, Span

attempts: Final = Histogram(
    "ti_webhook_seconds",
    "Duration of a delivery attempt, until the response",
    ["service", "outcome"],
    buckets=(*BUCKETS, 15, 30),
)
oldest: Final = Gauge(
    "ti_webhook_age_seconds",
    "Time since the longest waiting delivery was due, over active subscriptions",
    ["service"],
)


def record(service: str, subscription: str, delivery: Due, result: commands.AttemptResult) -> None:
    """Log and count one attempt, without the secret and without the body."""
    response, verdict = result.response, result.verdict
    became = verdict.state if verdict else "dropped"
    attempts.labels(service, became).observe(response.ms / 1000 if response else 0)
    write = log.info if became in ("delivered", "dropped") else log.warning
    write(
        "webhook",
        service=service,
        subscription=subscription,
        event_id=delivery.event_id,
        type=delivery.type,
        subject=delivery.subject,
        attempt=result.number,
        status=response.status if response else None,
        ms=response.ms if response else 0,
        outcome=became,
        **({"trace_id": result.trace.trace_id} if result.trace else {}),
        **({"error": verdict.error} if verdict and verdict.error else {}),
    )


def trace(service: str, span: Span, subscription: str, delivery: Due, result: commands.AttemptResult) -> None:
    """Export the span of one attempt."""
    # Without the URL: it may contain a secret of its owner.
    response, verdict = result.response, result.verdict
    status = response.status if response else None
    attributes: dict[str, AttributeValue] = {
        "http.request.method": "POST",
        "http.response.status_code": status,
        "ti.subscription_id": subscription,
        "ti.attempt": result.number,
        "ti.outcome": verdict.state if verdict else None,
    }
    failed = None if response and response.is_success else str(status or "no_answer")
    span.end(service, f"deliver {routing_key(delivery.type)}", "client", attributes, event=delivery, error=failed)


def measure(service: str, active: Sequence[Row[Any]], at: datetime) -> None:
    """Measure the lag of the engine."""
    waiting = [row.earliest for row in active if row.earliest]
    age = (at - min(waiting)).total_seconds() if waiting else 0
    oldest.labels(service).set(max(age, 0))
