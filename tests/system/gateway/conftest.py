"""The real HAProxy with the platform's own configuration, in front of services that remember."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import httpx
import pytest
import pytest_asyncio

from deploy.haproxy import HAProxy
from tests.system.gateway.stubs import Stubs, listening

BROKER_AWAY: Final = 10.0
"""Seconds, in the suite."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of `python -m tests.system.conformance`; a run of the whole suite loads it too late."""
    text = "for how many seconds the cluster does without its broker"
    parser.getgroup("gateway").addoption("--broker-away", type=float, default=BROKER_AWAY, help=text)


@pytest.fixture
def broker_away(request: pytest.FixtureRequest) -> float:
    """For how many seconds the cluster does without its broker."""
    seconds: float = request.config.getoption("broker_away", BROKER_AWAY)
    return seconds


QUICK = {"HEADERS_WITHIN": "1s", "BODY_WITHIN": "1s", "ANSWER_WITHIN": "2s"}


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def stubs() -> AsyncIterator[Stubs]:
    """The services."""
    async with listening() as stubs:
        yield stubs


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def edge(stubs: Stubs) -> AsyncIterator[HAProxy]:
    """The edge, in less patience than it has: what takes 30 s there takes 2 s here."""
    edge = HAProxy(stubs.addresses, {"RATE_LIMIT": "1000000"} | QUICK)
    await asyncio.to_thread(edge.start)
    try:
        yield edge
    finally:
        await asyncio.to_thread(edge.stop)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def http(edge: HAProxy) -> AsyncIterator[httpx.AsyncClient]:
    """A partner."""
    async with httpx.AsyncClient(base_url=edge.url, timeout=30, trust_env=False) as client:
        yield client
