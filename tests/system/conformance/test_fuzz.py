"""Schemathesis finds nothing: whatever is sent, each service answers what its document says."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from app.demo.journey import SUBSCRIBERS, Journey
from app.demo.receiver import WebhookReceiver
from app.demo_clients import CLIENTS
from services import NAMES
from tests.support import platforms
from tests.support.processes import Form
from tests.system.conformance.conftest import FEW, SEED
from tests.system.conformance.fuzzing import FuzzResult, fuzz


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def form(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Form]:
    """The platform after the whole journey: there is something of everything to be found."""
    folder = tmp_path_factory.mktemp("conformance")
    await asyncio.to_thread(request.getfixturevalue("loaded"), folder)
    async with platforms.embedded(folder, TERRITORIES_DANGEROUS_LOOPBACK_WEBHOOKS="true") as form:
        async with WebhookReceiver(SUBSCRIBERS).listening() as receiver, Journey(form.client, receiver) as story:
            await story.walk(10)
        yield form


@pytest_asyncio.fixture(loop_scope="module")
async def tokens(form: Form) -> Mapping[str, str]:
    """The header of each demo client. A token lives for one hour, which is enough for one service."""
    found = {}
    for each in CLIENTS:
        async with form.client(each.client_id) as client:
            found[each.client_id] = client.http.headers["Authorization"]
    return found


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("service", NAMES)
async def test_schemathesis_finds_nothing(
    form: Form, tokens: Mapping[str, str], service: str, request: pytest.FixtureRequest, outcomes: list[FuzzResult]
) -> None:
    cases = request.config.getoption("cases", FEW)
    seed = request.config.getoption("fuzz_seed", SEED)
    # A drawn case takes six times the time of one that covers, and of these an operation has up to some hundreds.
    much = {"examples": cases // 50} if cases > FEW else {"examples": 3, "one_in": 5}
    outcome = await asyncio.to_thread(fuzz, form, service, tokens=tokens, seed=seed, **much)
    outcomes.append(outcome)

    assert not outcome.failures, outcome.said
    assert not outcome.untried
    assert outcome.cases >= cases
    assert outcome.accepted >= cases // 20
