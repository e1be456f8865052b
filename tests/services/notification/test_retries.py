"""The meaning of each response of a receiver."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notification.rules import retries
from services.notification.rules.retries import MAX_CONCURRENCY, DeliveryDecision, ReceiverResponse
from shared.settings import Settings

NOON = datetime(2026, 7, 25, 12, tzinfo=UTC)
DELAYS = Settings().webhook_delays


def judged(answer: ReceiverResponse, number: int = 1, chance: float = 0.5) -> DeliveryDecision:
    return retries.judge(answer, number=number, delays=DELAYS, at=NOON, chance=chance)


def wait_after(answer: ReceiverResponse, number: int = 1, chance: float = 0.5) -> float:
    verdict = judged(answer, number, chance)
    assert verdict.state == "waiting"
    assert verdict.next_try_at is not None
    return (verdict.next_try_at - NOON).total_seconds()


@pytest.mark.parametrize(
    ("delays", "pause"), [(DELAYS, 4), ((3600,), 4), ((1, 2), 0.8), ((0.01,), 0.1), ((0,), 0.1), ((), 4)]
)
def test_the_pause_between_handshakes_is_short_and_no_longer_than_a_delay(
    delays: tuple[float, ...], pause: float
) -> None:
    assert retries.pause_between_handshakes(delays).total_seconds() == pytest.approx(pause)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 226, 299])
def test_every_2xx_is_a_delivery(status: int) -> None:
    assert judged(ReceiverResponse(status)) == DeliveryDecision("delivered")


@pytest.mark.parametrize(
    ("version", "status", "is_valid"),
    [
        ((1, 1), 200, True),
        ((1, 0), 204, True),
        ((1, 1), 100, True),
        ((1, 1), 999, True),
        ((1, 1), 99, False),
        ((2, 0), 200, False),
        ((0, 9), 200, False),
        ((0, 0), 200, False),
    ],
)
def test_a_status_line_is_one_of_http_1(version: tuple[int, int], status: int, is_valid: bool) -> None:
    assert retries.is_http(version, status) is is_valid


@pytest.mark.parametrize(
    ("waited", "in_a_row", "pause"),
    [(15, 1, 15), (15, 2, 30), (15, 3, 60), (15, 4, 60), (0, 1, 0.1), (0.001, 2, 0.2), (0, 100_000, 60), (90, 1, 60)],
)
def test_a_receiver_that_does_not_answer_is_paused_for_as_long_as_it_made_us_wait(
    waited: float, in_a_row: int, pause: float
) -> None:
    assert retries.pause_after(timedelta(seconds=waited), in_a_row) == timedelta(seconds=pause)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_a_redirect_is_a_failure_that_says_what_to_do(status: int) -> None:
    verdict = judged(ReceiverResponse(status))

    assert verdict.state == "waiting"
    assert "redirects are not followed" in (verdict.error or "")


@pytest.mark.parametrize(
    "status", [100, 199, 400, 401, 403, 404, 405, 409, 413, 418, 422, 429, 500, 502, 503, 504, 599]
)
def test_every_other_status_is_tried_again(status: int) -> None:
    assert wait_after(ReceiverResponse(status)) == DELAYS[0]


def test_no_answer_is_tried_again_and_says_why() -> None:
    verdict = judged(ReceiverResponse(None, "no connection: Connection refused"))

    assert verdict.state == "waiting"
    assert verdict.error == "no connection: Connection refused"


@pytest.mark.parametrize("number", range(1, len(DELAYS) + 1))
def test_tries_follow_the_schedule_give_or_take_a_fifth(number: int) -> None:
    delay = DELAYS[number - 1]

    assert wait_after(ReceiverResponse(500), number, 0.0) == pytest.approx(delay * 0.8)
    assert wait_after(ReceiverResponse(500), number, 0.5) == pytest.approx(delay)
    assert wait_after(ReceiverResponse(500), number, 1.0) == pytest.approx(delay * 1.2)


def test_the_schedule_is_that_of_standard_webhooks() -> None:
    assert len(DELAYS) + 1 == 10
    assert sum(DELAYS) == pytest.approx(75.6 * 3600, rel=0.001)


def test_after_the_last_try_it_is_given_up() -> None:
    assert judged(ReceiverResponse(500), len(DELAYS) + 1) == DeliveryDecision("failed", error="status 500")


def test_gone_disables_and_keeps_the_delivery() -> None:
    verdict = judged(ReceiverResponse(410))

    assert verdict.gone
    assert verdict.state == "waiting"


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 0),
        ("86400", 86_400),
        ("86401", 86_400),
        ("9" * 5000, 86_400),
        ("Sat, 25 Jul 2026 12:10:00 GMT", 600),
        ("Saturday, 25-Jul-26 12:10:00 GMT", 600),
        ("Sat Jul 25 12:10:00 2026", 600),
        ("Sat, 25 Jul 2026 14:10:00 +0200", 600),
        ("Sat, 25 Jul 2026 11:00:00 GMT", 0),
        ("Fri, 25 Jul 2036 12:00:00 GMT", 86_400),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 86_400),
        ("Sat, 45 Jul 2026 12:10:00 GMT", 0),
        ("soon", 0),
        ("-5", 0),
        ("1.5", 0),
        ("١٢٠", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_how_long_a_receiver_asks_to_be_left_alone(retry_after: str | None, seconds: int) -> None:
    assert retries.retry_after_wait(retry_after, at=NOON) == timedelta(seconds=seconds)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_retry_after_puts_the_next_try_off(status: int) -> None:
    assert wait_after(ReceiverResponse(status, retry_after="3600")) == 3600
    assert wait_after(ReceiverResponse(status, retry_after="Sat, 25 Jul 2026 12:10:00 GMT")) == 600


def test_retry_after_never_hurries() -> None:
    assert wait_after(ReceiverResponse(503, retry_after="1"), number=3) == DELAYS[2]


def test_retry_after_makes_no_try_beyond_the_last() -> None:
    assert judged(ReceiverResponse(503, retry_after="60"), len(DELAYS) + 1).state == "failed"


@pytest.mark.parametrize(
    "answer",
    [
        ReceiverResponse(429),
        ReceiverResponse(502),
        ReceiverResponse(503),
        ReceiverResponse(504),
        ReceiverResponse(None, "no response"),
    ],
)
def test_who_is_overloaded_gets_half_at_a_time_down_to_one(answer: ReceiverResponse) -> None:
    assert retries.next_concurrency(MAX_CONCURRENCY, answer) == MAX_CONCURRENCY // 2
    assert retries.next_concurrency(1, answer) == 1


def test_who_answers_again_gets_one_more_at_a_time_up_to_the_bound() -> None:
    assert retries.next_concurrency(3, ReceiverResponse(200)) == 4
    assert retries.next_concurrency(MAX_CONCURRENCY, ReceiverResponse(200)) == MAX_CONCURRENCY


@pytest.mark.parametrize("status", [302, 400, 404, 500])
def test_who_refuses_is_asked_no_less(status: int) -> None:
    assert retries.next_concurrency(5, ReceiverResponse(status)) == 5


@pytest.mark.parametrize(
    ("answer", "lacks"),
    [
        (ReceiverResponse(200, allowed_origin="territoires-industrie.fr"), None),
        (ReceiverResponse(204, allowed_origin="*"), None),
        (ReceiverResponse(200, allowed_origin=" Territoires-Industrie.FR "), None),
        (ReceiverResponse(200), "no WebHook-Allowed-Origin"),
        (ReceiverResponse(200, allowed_origin=""), "no WebHook-Allowed-Origin"),
        (ReceiverResponse(200, allowed_origin="example.org"), "neither"),
        (ReceiverResponse(200, allowed_origin="territoires-industrie.fr.example.org"), "neither"),
        (ReceiverResponse(200, allowed_origin="*.fr"), "neither"),
        (ReceiverResponse(405, allowed_origin="*"), "status 405"),
        (ReceiverResponse(302, allowed_origin="*"), "redirects are not followed"),
        (ReceiverResponse(None, "no response within 15 s"), "no response within 15 s"),
    ],
)
def test_deliveries_begin_when_the_receiver_agrees(answer: ReceiverResponse, lacks: str | None) -> None:
    said = retries.handshake_error(answer, origin="territoires-industrie.fr")

    assert said is None if lacks is None else lacks in (said or "")
