"""The ten steps of the journey that every release must walk, in both platforms, with receivers that verify."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.demo.journey import SUBSCRIBERS, Journey
from app.demo.receiver import Receiver
from tests.support import platforms
from tests.support.platforms import Templates
from tests.support.processes import Form


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["embedded", "cluster"])
async def form(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Form]:
    """The platform at work, allowed to deliver to this machine."""
    folder = tmp_path_factory.mktemp("journey")
    if request.param == "embedded":
        await asyncio.to_thread(request.getfixturevalue("loaded"), folder)
        async with platforms.embedded(folder, TERRITORIES_DANGEROUS_LOOPBACK_WEBHOOKS="true") as form:
            yield form
    else:
        templates: Templates = request.getfixturevalue("templates")
        async with platforms.cluster(templates, folder, TERRITORIES_DANGEROUS_LOOPBACK_WEBHOOKS="true") as form:
            yield form


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(form: Form) -> AsyncIterator[Journey]:
    """One run of the journey, step by step."""
    async with (
        Receiver(SUBSCRIBERS).listening() as receiver,
        Journey(form.client, receiver) as story,
    ):
        yield story


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("step", range(1, 11))
async def test_a_step_of_the_journey(story: Journey, step: int) -> None:
    await story.walk(step)

    assert story.walked >= step
