"""Telemetry of the engine: log lines, a metric and a span per attempt, and its lag."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import Gauge, Histogram
from sqlalchemy import Row

from services.notification import commands
from services.notification.jobs.subscription_queues import Due
from shared.events import routing_key
from shared.telemetry.log import log
from shared.telemetry.metrics import BUCKETS
from shared.telemetry.traces import AttributeValue, Span

if TYPE_CHECKING:
    from services.notification.jobs.results import Ended

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


def record(service: str, batch: Sequence["Ended"]) -> None:
    """Count and log attempts, without secrets and bodies. The successes of a subscription share a line."""
    delivered: dict[str, list[Ended]] = {}
    for ended in batch:
        queue, delivery, result = ended
        response, verdict = result.response, result.verdict
        became = verdict.state if verdict else "dropped"
        _attempts(service, became).observe(response.ms / 1000 if response else 0)
        if became == "delivered":
            delivered.setdefault(queue.name, []).append(ended)
        else:
            _log_alone(service, queue.name, delivery, result, became)
    for subscription, members in delivered.items():
        log.info(
            "webhooks",
            service=service,
            subscription=subscription,
            outcome="delivered",
            count=len(members),
            event_ids=[each.delivery.event_id for each in members],
            trace_ids=[each.result.trace.trace_id for each in members if each.result.trace],
            ms=max(each.result.response.ms for each in members if each.result.response),
        )


def _log_alone(service: str, subscription: str, delivery: Due, result: commands.AttemptResult, became: str) -> None:
    response, verdict = result.response, result.verdict
    write = log.info if became == "dropped" else log.warning
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


@cache
def _attempts(service: str, outcome: str) -> Histogram:
    return attempts.labels(service, outcome)


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
