"""A process ends itself at each named step of an event's path: nothing is lost, nothing is done twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from app.demo.checks import until
from app.demo.journey import TERRITORY
from deploy.processes import Process
from services import NAMES
from shared.failpoints import DELIVERY_FAILPOINTS, FAILPOINTS
from tests.support import platforms
from tests.support.platforms import Templates
from tests.support.processes import Form
from tests.system.crashes import audit, subscribers, writers
from tests.system.crashes.subscribers import Partners

ACT = {
    # One territory may have any number of protocols over the same days.
    "kind": "protocol",
    "title": "Essai d'arrêt (synthétique)",
    "territory": TERRITORY,
    "starts_on": "2019-07-15",
    "ends_on": "2022-12-31",
}


INTO_THE_JOURNAL = ("before-inbox", "after-inbox", "in-handler", "after-handler")
ONE_BY_ONE = [
    *(("contract", step) for step in FAILPOINTS),
    *(("notification", step) for step in INTO_THE_JOURNAL + DELIVERY_FAILPOINTS),
]
"""Which process ends, and where: contract tells and listens, notification tells the subscribers."""


@dataclass
class Scene:
    """A platform at work, its partners, and the folder with the file that arms a failpoint of each process."""

    form: Form
    partners: Partners
    folder: Path
    has_pair: bool = False

    def arm(self, process: str, step: str) -> None:
        """Let a running process end itself where it reaches this step; an empty one disarms it."""
        (self.folder / process).write_text(step)


def unarmed(folder: Path) -> tuple[Path, str]:
    """Make the folder; return it and the setting that points each process to its file there."""
    (place := folder / "armed").mkdir()
    for name in ("embedded", *NAMES):
        (place / name).touch()
    return place, f"file:{place}/{{process}}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def embedded(loaded: Callable[[Path], None], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """All in one process."""
    folder = tmp_path_factory.mktemp("exits")
    await asyncio.to_thread(loaded, folder)
    quick: dict[str, Any] = {"TERRITORIES_RETRY_DELAYS": platforms.QUICK_RETRIES, **subscribers.DELIVERING}
    armed, exit_at = unarmed(folder)
    async with (
        platforms.embedded(
            folder, TERRITORIES_LOAD_REFERENCE_DATA="false", TERRITORIES_EXIT_AT=exit_at, **quick
        ) as form,
        subscribers.partners(form, folder) as partners,
    ):
        yield Scene(form, partners, armed)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def distributed(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A process for each service."""
    folder = tmp_path_factory.mktemp("exits")
    armed, exit_at = unarmed(folder)
    async with (
        platforms.distributed(templates, folder, TERRITORIES_EXIT_AT=exit_at, **subscribers.DELIVERING) as form,
        subscribers.partners(form, folder) as partners,
    ):
        yield Scene(form, partners, armed)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("step", FAILPOINTS + DELIVERY_FAILPOINTS)
async def test_an_exit_of_everything_loses_nothing_and_doubles_nothing(embedded: Scene, step: str) -> None:
    await exit_and_begin_again(embedded, "embedded", step)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("name", "step"), ONE_BY_ONE)
async def test_an_exit_of_one_service_loses_nothing_and_doubles_nothing(
    distributed: Scene, name: str, step: str
) -> None:
    await exit_and_begin_again(distributed, name, step)


async def exit_and_begin_again(scene: Scene, name: str, step: str) -> None:
    """Armed, it ends in the middle of a write; begun again, nothing is missing and nothing is there twice."""
    form, partners, process = scene.form, scene.partners, scene.form.processes[name]
    headers = {"Idempotency-Key": str(uuid4())}

    async with form.client("territory") as client:
        before: httpx.Response | None = None
        scene.arm(name, step)
        try:
            before = await client.post("/v1/contracts", json=ACT, headers=headers)
        except httpx.TransportError:
            # On a busy machine the relay may publish, and end the process, before the answer is out.
            assert step != "before-commit"
        assert before is None or before.status_code == 201, before.text
        await until(lambda: _ended(process))
        assert process.status == -9

        scene.arm(name, "")
        process.start()
        await process.ready()
        after = await client.post("/v1/contracts", json=ACT, headers=headers)
    books = await audit.settled(form)
    await partners.complete(books)

    assert after.status_code == 201, after.text
    assert before is None or before.content == after.content
    assert books.violations() == []
    assert partners.violations(books) == []
    contracts = {f"contract/{row['id']}" for row in await audit.query(form, "contract", "SELECT id FROM contracts")}
    opened = [row for row in books.outbox if row["type"].endswith("ContractOpened.v1")]
    assert f"contract/{after.json()['id']}" in {row["subject"] for row in opened}
    assert len(opened) == len(contracts)
    assert {one for one, _ in partners.arrived("region")} >= {row["event_id"] for row in opened}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("step", ["after-commit", "after-publish"])
async def test_an_exit_during_the_last_signature_concludes_a_protocol_once(embedded: Scene, step: str) -> None:
    form, process = embedded.form, embedded.form.processes["embedded"]
    if not embedded.has_pair:
        await writers.appoint_pair(form)
        embedded.has_pair = True
    protocol = await writers.protocol_to_conclude(form, last="company")
    path, headers = f"/v1/contracts/{protocol}/sign", {"Idempotency-Key": str(uuid4())}

    async with form.client("company") as client:
        embedded.arm("embedded", step)
        with suppress(httpx.TransportError):
            await client.post(path, json=writers.SIGNATURE, headers=headers)
        await until(lambda: _ended(process))
        embedded.arm("embedded", "")
        process.start()
        await process.ready()
        signed = await client.post(path, json=writers.SIGNATURE, headers=headers)
    books = await audit.settled(form)
    await embedded.partners.complete(books)

    assert (signed.status_code, signed.json()["status"]) == (200, "signed")
    assert books.violations() == []
    assert embedded.partners.violations(books) == []
    assert books.once_signed([protocol], [siren for siren, _, _ in writers.SIGNATORIES.values()])


async def _ended(process: Process) -> bool:
    return process.ended
