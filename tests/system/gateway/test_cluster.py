"""The cluster at work: any part of it dies, restarts or goes away, and its partners do not notice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio

from app.demo.checks import ok
from deploy.cluster import Cluster
from deploy.servers import RabbitMQ
from tests.support import platforms
from tests.support.platforms import Templates
from tests.support.processes import Client, Form
from tests.support.waiting import until
from tests.system.crashes import audit
from tests.system.crashes.writers import Ledger, declare_figures, submit_actions
from tests.system.gateway.load import READS, Readers, reading
from tests.system.gateway.wire import talk

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def form(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Form]:
    """The platform behind its edge."""
    async with platforms.cluster(
        templates, tmp_path_factory.mktemp("cluster"), TERRITORIES_MAX_BODY_SECONDS="3"
    ) as form:
        yield form


@pytest.fixture
def cluster(form: Form) -> Cluster:
    """The cluster behind the platform."""
    assert form.cluster
    return form.cluster


@asynccontextmanager
async def writing(form: Form) -> AsyncIterator[Ledger]:
    """Two partners who write all the while, each act under a key."""
    ledger, stop = Ledger(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(declare_figures(form, ledger, stop, pause=0.1))
        group.create_task(submit_actions(form, ledger, stop, pause=0.2))
        try:
            yield ledger
        finally:
            stop.set()


async def more(readers: Readers, reads: int) -> None:
    """Wait until so many more have been answered."""
    wanted = readers.total + reads

    async def read() -> bool:
        return readers.total >= wanted

    await until(read)


async def took_effect_once(form: Form, ledger: Ledger) -> None:
    """Every act that was answered is there, once, and was told once to everybody who listens, in its order."""
    books = await audit.complete(form)
    assert books.violations() == []
    counts = Counter(
        (row["subject"], row["type"].rsplit(".", 2)[1]) for row in books.outbox if row["subject"].startswith("action/")
    )
    figures = [audit.data_of(row)["metric"] for row in books.outbox if row["type"].endswith("FigureDeclared.v1")]

    assert books.violations() == []
    for action in ledger.submitted:
        assert counts[f"action/{action}", "ActionSubmitted"] == 2
        assert counts[f"action/{action}", "ActionReturned"] == 1
    assert Counter(figures) >= Counter(ledger.figures)
    assert all(figures.count(name) == 1 for name in ledger.figures)
    (sheets,) = await audit.query(
        form, "contract", "SELECT count(*) AS number FROM actions WHERE title LIKE 'Essai de coupure%'"
    )
    assert sheets["number"] == len({row["subject"] for row in books.outbox if row["subject"].startswith("action/")})
    positions = await audit.query(form, "notification", "SELECT subject, sequence FROM journal ORDER BY position")
    last: dict[str, int] = {}
    for row in positions:
        assert row["sequence"] == last.get(row["subject"], 0) + 1, row
        last[row["subject"]] = row["sequence"]


@pytest.mark.parametrize("drops", [(b" ", 0.2) * 50, (20.0,)], ids=["drips", "stops"])
async def test_a_body_whose_rest_does_not_come_is_cut_by_the_service(
    cluster: Cluster, form: Form, drops: tuple[bytes | float, ...]
) -> None:
    async with form.client("territory") as client:
        # Without a token it would not be read at all.
        token = client.http.headers["Authorization"]
    head = (
        f"POST /v1/actions HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    )
    answer = await talk(cluster.edge, head.encode(), b" " * 9_000, *drops)

    assert answer.status == 408
    assert answer.json()["code"] == "request-too-slow"


async def test_either_process_of_contract_may_die(cluster: Cluster, form: Form) -> None:
    async with reading(form.url_of("/"), each_second=50) as readers, writing(form) as ledger:
        await more(readers, 50)
        for name in ("contract", "contract-2"):
            form.processes[name].kill()
            await more(readers, 200)
            form.processes[name].start()
            await form.processes[name].ready()
            await cluster.seen(name)
            await more(readers, 50)

    assert readers.failed == []
    assert ledger.submitted
    assert ledger.figures
    await took_effect_once(form, ledger)


async def test_every_process_and_the_gateway_can_be_restarted(cluster: Cluster, form: Form) -> None:
    before = {name: process.pid for name, process in cluster.processes.items()}
    async with reading(form.url_of("/"), each_second=100) as readers, writing(form) as ledger:
        await more(readers, 100)
        await cluster.restart_all()
        await more(readers, 300)

    assert readers.failed == []
    assert len(readers.answered) == len(READS)
    assert ledger.submitted
    assert not before.items() & {name: process.pid for name, process in cluster.processes.items()}.items()
    await took_effect_once(form, ledger)


async def test_who_waits_for_an_event_is_answered_at_a_restart(cluster: Cluster, form: Form) -> None:
    answers: list[httpx.Response] = []
    async with form.client("delegation") as client:
        end = await read_to_the_end(client)
        readers = [asyncio.create_task(wait_again_and_again(client, end, answers)) for _ in range(20)]
        # Each has asked, and the service has read what there is for it.
        await asyncio.sleep(2)
        await cluster.restart("notification")
        failed = [reader.exception() for reader in readers if reader.done()]
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)

    assert not failed
    assert len(answers) >= 20
    assert {(answer.status_code, answer.json().get("next")) for answer in answers} == {(200, end)}


async def read_to_the_end(client: Client) -> str:
    """Read the whole feed; return its last cursor."""
    cursor, following = "", ok(await client.get("/v1/events?limit=200"))["next"]
    while following != cursor:
        cursor = following
        following = ok(await client.get(f"/v1/events?limit=200&after={quote(cursor)}"))["next"]
    return cursor


async def wait_again_and_again(client: Client, end: str, answers: list[httpx.Response]) -> None:
    """Wait for an event, again and again."""
    while True:
        answers.append(await client.get(f"/v1/events?wait=20&after={quote(end)}"))


async def test_without_the_broker_everything_is_taken_and_published_later(
    form: Form, rabbitmq: RabbitMQ, broker_away: float
) -> None:
    async with reading(form.url_of("/"), each_second=10) as readers, writing(form) as ledger:
        await asyncio.to_thread(rabbitmq.kill)
        before = len(ledger.figures), len(ledger.submitted)
        try:
            await asyncio.sleep(broker_away)
            after = len(ledger.figures), len(ledger.submitted)
        finally:
            await asyncio.to_thread(rabbitmq.start)

    assert readers.failed == []
    assert after[0] > before[0] + broker_away
    assert after[1] > before[1]
    await took_effect_once(form, ledger)
