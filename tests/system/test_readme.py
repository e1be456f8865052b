"""The shell blocks of the README and of the tutorials are pasted into a shell and do what the page says."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from deploy.processes import ROOT
from deploy.servers import free_port
from tests.support import platforms
from tests.support.processes import Form
from tests.system.crashes import audit

TUTORIALS = ROOT / "docs" / "tutorials"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
AS_MAKE_RUN = {"TERRITORIES_DANGEROUS_LOOPBACK_WEBHOOKS": "true"}


def blocks(page: Path) -> str:
    """Return the shell blocks of a page, in their order."""
    return "\n".join(re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL))


def documents(printed: str) -> list[Any]:
    """Read the JSON documents that stand one after the other."""
    found = []
    while printed := printed.strip():
        value, end = json.JSONDecoder().raw_decode(printed)
        found.append(value)
        printed = printed[end:]
    return found


def paste(text: str, form: Form, **environment: str) -> tuple[str, str]:
    """Paste a text into a plain shell and return what it printed. The text must end what it starts."""
    environment |= {
        "PATH": os.environ["PATH"],
        "PORT": str(form.processes["embedded"].port),
        "DATA_DIR": str(form.data_dir),
    }
    with subprocess.Popen(
        ["bash"],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    ) as shell:  # fmt: skip
        try:
            printed = shell.communicate(text, timeout=300)
            with pytest.raises(ProcessLookupError):
                os.killpg(shell.pid, 0)
            return printed
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)


async def test_the_blocks_of_the_readme_answer_without_and_with_a_token(
    loaded: Callable[[Path], None], tmp_path: Path
) -> None:
    await asyncio.to_thread(loaded, tmp_path)
    async with platforms.embedded(tmp_path) as form:
        printed, errors = await asyncio.to_thread(paste, blocks(ROOT / "README.md"), form)

    territories, events = documents(printed)
    assert errors == ""
    assert [each["key"] for each in territories["items"]] == ["2018-ti-7505", "2023-ti-7510"]
    assert len(events["items"]) == 1


async def test_the_first_event_is_received_verified_and_pulled(loaded: Callable[[Path], None], tmp_path: Path) -> None:
    await asyncio.to_thread(loaded, tmp_path)
    (left := tmp_path / "left").mkdir()
    async with platforms.embedded(tmp_path, **AS_MAKE_RUN) as form:
        port = free_port()
        text = blocks(TUTORIALS / "first-event.md")
        first, errors = await asyncio.to_thread(paste, text, form, HOOK=str(port), TMPDIR=str(left))
        again, _ = await asyncio.to_thread(paste, text, form, HOOK=str(port), TMPDIR=str(left))
        async with form.client("banque-des-territoires") as client:
            subscriptions = (await client.get("/v1/subscriptions")).json()["items"]

    assert first.splitlines() == [
        "Received fr.territoires-industrie.territory.FigureDeclared.v1: its signature verifies.",
        "Pulled from the feed: the same event, to the byte.",
    ], first + errors
    assert errors == ""
    assert again == first
    assert [each["status"] for each in subscriptions] == ["disabled", "disabled"]
    assert not list(left.iterdir())
    with socket.socket() as receiver:
        assert receiver.connect_ex(("127.0.0.1", port)) != 0


CONTRACT_STORY = [
    *("P-0001", "signing", "signed", "['2018-ti-7505']"),
    *("submitted", "submitted", "validated"),
    *("125000000", "False", "True", "under_review"),
    *("field-locked", "2", "resolved", "/themes/skills"),
    *("under_review", "approved"),
    *("False", "signing", "not-your-turn", "signing", "signing", "signing", "signed"),
    *("C-0001-1", "/ends_on", "under_review", "under_review", "approved", "signing", "2030-12-31"),
    *("C-0001 2029-12-31", "C-0001 C-0001-1 2030-12-31"),
    *("submitted", "checked"),
    *("2028-12-31", "2030-12-31"),
    *("B-B", "genuine"),
]
"""Lines that the tutorial prints, in its order: of differences, their pointer."""


async def test_the_contract_story_goes_from_a_protocol_to_an_amendment_and_a_report(
    loaded: Callable[[Path], None], tmp_path: Path
) -> None:
    await asyncio.to_thread(loaded, tmp_path)
    async with platforms.embedded(tmp_path) as form:
        said, errors = await asyncio.to_thread(paste, blocks(TUTORIALS / "contract.md"), form)
        books = await audit.settled(form)

    lines = [found[1] if (found := re.search("'pointer': '(.*?)'", line)) else line for line in said.splitlines()]
    signed = [row for row in books.outbox if row["type"].endswith(("ContractSigned.v1", "ContractAmended.v1"))]
    applied = [row for row in books.inbox if row["type"].endswith("ContractSigned.v1")]

    assert errors == ""
    first = lines.index("P-0001")
    assert lines[first : first + len(CONTRACT_STORY)] == CONTRACT_STORY, said
    assert [line.split()[:2] for line in lines[-2:]] == [
        ["protocols_signed", "7"],
        ["protocols_or_contracts_signed", "29"],
    ]
    assert len(signed) == 2
    assert {row["state"] for row in applied} == {"applied"}
    assert books.violations() == []


async def test_the_catalogue_is_read_as_of_a_day(loaded: Callable[[Path], None], tmp_path: Path) -> None:
    await asyncio.to_thread(loaded, tmp_path)
    async with platforms.embedded(tmp_path) as form:
        printed, errors = await asyncio.to_thread(paste, blocks(TUTORIALS / "services.md"), form)

    services, performance = documents(printed)
    assert errors == ""
    assert len(services["items"]) == 2
    assert performance["operator"] == "320252489"


FOLLOWED = [ROOT / "README.md", ROOT / "app/docsite/guide/start.md", *sorted(TUTORIALS.glob("*.md"))]
WITH_TOKENS = [page for page in FOLLOWED if "token()" in page.read_text()]


def functions(page: Path) -> str:
    """Return the blocks of a page up to its functions, without what it then does with them."""
    before, name, after = blocks(page).partition("\ntoken()")
    return f"{before}{name}{after.partition(chr(10))[0]}\n"


async def test_a_token_that_is_refused_is_explained_by_the_platform(
    loaded: Callable[[Path], None], tmp_path: Path
) -> None:
    await asyncio.to_thread(loaded, tmp_path)
    async with platforms.embedded(tmp_path) as form:
        said = [await asyncio.to_thread(paste, f"{functions(page)}token nobody wrong", form) for page in WITH_TOKENS]

    assert len(WITH_TOKENS) == 4
    for _, errors in said:
        assert "client" in errors
        assert "Traceback" not in errors
        assert len(errors.splitlines()) == 1


async def test_a_platform_that_is_not_there_is_named(loaded: Callable[[Path], None], tmp_path: Path) -> None:
    await asyncio.to_thread(loaded, tmp_path)
    async with platforms.embedded(tmp_path) as form:
        away = f"API=http://127.0.0.1:{free_port()}"
        said = [await asyncio.to_thread(paste, f"{functions(page)}{away}\ntoken a b", form) for page in WITH_TOKENS]

    for _, errors in said:
        assert "Failed to connect" in errors
        assert "Traceback" not in errors


@pytest.mark.parametrize("page", FOLLOWED, ids=lambda page: page.stem)
def test_what_the_second_terminal_must_know_is_said(page: Path) -> None:
    used = set(re.findall(r"\$\{(PORT|DATA_DIR):-", blocks(page)))
    exported = set(re.findall(r"(PORT|DATA_DIR)=", re.search(r"`export (.*?)`", page.read_text())[1]))  # type: ignore[index]

    assert used == exported != set()


def test_each_tutorial_is_executed_here() -> None:
    executed = set(re.findall(r'TUTORIALS / "([\w-]+\.md)"', Path(__file__).read_text()))

    assert {path.name for path in TUTORIALS.glob("*.md") if "```sh" in path.read_text()} == executed


def test_every_make_target_that_is_named_exists() -> None:
    code = "\n".join(re.findall(r"```sh\n.*?```|`[^`\n]+`", "".join(map(Path.read_text, PAGES)), re.DOTALL))
    named = set(re.findall(r"^[ \t`]*(?:\w+=\S+ )*make ([\w-]+)", code, re.MULTILINE))
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert named >= {"run", "demo", "test"}
    assert named <= targets
