"""Fixtures for all tests: the private servers, started for the first test that asks, in each worker of its own."""

import gc
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from deploy import servers

pytest_plugins = ["tests.support.fixtures"]


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    """A PostgreSQL of this run's own; create a database for each test."""
    with servers.Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[servers.RabbitMQ]:
    """A RabbitMQ of this run's own; load a virtual host for each test."""
    with servers.RabbitMQ() as server:
        yield server


def pytest_collection_finish() -> None:
    """What stands now stays: the garbage collector need not look through all of it again and again."""
    gc.collect()
    gc.freeze()


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
        selection.keyword or selection.markexpr or selection.lf or selection.deselect or selection.collectonly
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
