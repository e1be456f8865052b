"""Fixtures for all tests: the private servers, started for the first test that asks, in each worker of its own."""

import gc
import os
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from hypothesis import settings

from deploy import servers
from tests.support.forked import own_cpu

# Until everything is imported, the garbage collector would look through it again and again, and free nothing.
gc.disable()

pytest_plugins = ["tests.support.fixtures"]
settings.register_profile("fast", max_examples=20)


ROOT: Final = Path(__file__).parent
SERVERS: Final = frozenset({"postgres", "rabbitmq", "templates", "loaded"})
"""Fixtures that start a server or a whole platform."""
ON_SERVERS: Final = ("postgresql", "rabbitmq")
"""Ids of parameters that ask for such a fixture."""
LONG: Final = frozenset({"system", "app", "sweeps"})
"""Folders that `make test-fast` leaves out: the whole platform, and hundreds of inputs or requests."""
PROCESSES: Final = frozenset(
    {
        "subprocess",
        "deploy.processes",
        "tests.support.cloudevents",
        "tests.support.forked",
        "tests.support.node",
        "tests.support.sources",
    }
)
"""A test module that imports one of these, or a class or function of one, starts processes."""
PORTS: Final = frozenset(
    {
        "tests.services.notification.engine",
        "tests.services.notification.receiver",
        "tests.support.serving",
        "tests.system.traces.collector",
    }
)
"""A test module that imports one of these, or a class or function of one, serves HTTP."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of `make test-fast`."""
    parser.addoption("--fast", action="store_true", help="only tests that need no server, no other process and no port")


def pytest_configure(config: pytest.Config) -> None:
    """With `--fast`, a property is tried with a fifth of the usual examples."""
    if config.getoption("fast"):
        settings.load_profile("fast")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With `--fast`, do not even import the long folders."""
    return True if config.getoption("fast") and collection_path.name in LONG else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the tests of whole platforms first. With `--fast`, deselect what needs a server or a port.

    That is known by fixtures and imports, never by marks.
    """
    # They take longest and share most. If they came last, both workers would want the same platform at once, where one
    # waits for the other to make it; and the last long test would run while the other worker has nothing to do.
    items.sort(key=lambda item: item.path.relative_to(ROOT).parts[0] != "system")
    if config.getoption("fast"):
        slow = [item for item in items if _needs_a_server(item) or _imports(item, PORTS)]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in set(slow)]


def _needs_a_server(item: pytest.Item) -> bool:
    assert isinstance(item, pytest.Function)
    return (
        item.path.relative_to(ROOT).parts[0] == "system"
        or not SERVERS.isdisjoint(item.fixturenames)
        or any(name in item.name for name in ON_SERVERS)
        or _imports(item, PROCESSES)
    )


def _imports(item: pytest.Item, modules: frozenset[str]) -> bool:
    assert isinstance(item, pytest.Function)
    return not modules.isdisjoint(_imported(item.module))


@cache
def _imported(module: ModuleType) -> frozenset[str]:
    """Return the modules that a test module imports, and those of the classes and functions that it imports."""
    values = vars(module).values()
    return frozenset(it.__name__ if isinstance(it, ModuleType) else str(getattr(it, "__module__", "")) for it in values)


def _refuse_in_a_fast_run(config: pytest.Config, server: str) -> None:
    if config.getoption("fast"):
        pytest.fail(f"This test needs {server}: the selection in tests/conftest.py must deselect it from fast runs.")


@pytest.fixture(autouse=True)
def on_one_cpu(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep a test without a server on one CPU: `own_cpu` says why."""
    if _needs_a_server(request.node):
        yield
        return
    former = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {own_cpu()})
    try:
        yield
    finally:
        os.sched_setaffinity(0, former)


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[servers.Postgres]:
    """A PostgreSQL of this run's own; create a database for each test."""
    _refuse_in_a_fast_run(pytestconfig, "PostgreSQL")
    with servers.Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq(pytestconfig: pytest.Config) -> Iterator[servers.RabbitMQ]:
    """A RabbitMQ of this run's own; load a virtual host for each test."""
    _refuse_in_a_fast_run(pytestconfig, "RabbitMQ")
    with servers.RabbitMQ() as server:
        yield server


def pytest_collection_finish() -> None:
    """Freeze the objects that stand now, and let the garbage collector look at the others."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """Say last which servers answered in this run: a full one that used none has not proved what it claims."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["servers"] = servers.used
        yield
        return
    yield
    selection = session.config.option
    full = session.config.args_source is pytest.Config.ArgsSource.TESTPATHS and not (
        selection.keyword
        or selection.markexpr
        or getattr(selection, "lf", False)
        or selection.deselect
        or selection.collectonly
        or selection.fast
    )
    terminal = session.config.get_terminal_writer()
    for name in ("PostgreSQL", "RabbitMQ", "HAProxy"):
        if version := servers.used.get(name):
            terminal.line(f"{name} {version} was really used: private, started and stopped by this run.")
        elif full:
            terminal.line(f"{name} was NOT used, and a full run must use it.", red=True)
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear from each worker which servers answered it."""
    servers.used.update(getattr(node, "workeroutput", {}).get("servers", {}))
