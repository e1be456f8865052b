"""The banner of the start: it says that the platform is ready once it is, and what it lacks until then."""

import pytest

from shared.runtime import health, server
from shared.runtime.platform import Platform
from shared.settings import Settings
from tests.kit.conftest import app_of
from tests.support.serving import at_work, listening
from tests.support.waiting import until


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Lines at the terminal."""
    lines: list[str] = []
    monkeypatch.setattr(server, "say", lines.append)
    monkeypatch.setattr(server, "POLL_INTERVAL", 0.001)
    monkeypatch.setattr(server, "PROGRESS_INTERVAL", 0)
    return lines


async def test_the_banner_comes_once_nothing_is_lacking(
    on_sqlite: Settings, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([["a: 3 events"], ["a: 3 events"], ["a: 2 events", "b: 1 event"], []])

    async def lacking(_: Platform) -> list[str]:
        return next(answers)

    async def has_banner() -> bool:
        return "ready: here" in said

    monkeypatch.setattr(health, "lacking_of", lacking)
    async with at_work(app_of(on_sqlite), listening(), banner="ready: here"):
        await until(has_banner)

    assert said == ["Not ready yet: a: 3 events.", "Not ready yet: a: 2 events; b: 1 event.", "ready: here"]


async def test_a_platform_that_is_never_ready_stops_without_a_banner(
    on_sqlite: Settings, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lacking(_: Platform) -> list[str]:
        return ["a: no process leads"]

    async def has_line() -> bool:
        return bool(said)

    monkeypatch.setattr(health, "lacking_of", lacking)
    async with at_work(app_of(on_sqlite), listening(), banner="ready: here"):
        await until(has_line)

    assert said == ["Not ready yet: a: no process leads."]
