"""The README is followed literally: what it asks to paste is pasted into a shell, and ends as it says."""

import asyncio
import os
import re
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.processes import ROOT
from deploy.servers import free_port
from tests.support import platforms
from tests.support.processes import Form
from tests.system.crashes import audit

README = (ROOT / "README.md").read_text()
WORDS = "## In a second terminal"
FIRST_EVENT = "## The first verified event, in under five minutes"
CONTRACT = "## A contract, from token to signature"
AS_MAKE_RUN = {"TERRITORIES_DANGEROUS_LOOPBACK_WEBHOOKS": "true"}


def story(section: str) -> str:
    """The lines that a section asks to paste, after those with the words that it uses."""
    texts = [README.split(f"{title}\n")[1].split("\n## ")[0] for title in (WORDS, section)]
    return "\n".join(re.findall(r"```sh\n(.*?)```", "".join(texts), re.DOTALL))


def paste(text: str, form: Form, **environment: str) -> tuple[str, str]:
    """Paste it into a plain shell; what that printed. Whatever it starts, it must end itself."""
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
            printed = shell.communicate(text, timeout=120)
            with pytest.raises(ProcessLookupError):
                os.killpg(shell.pid, 0)
            return printed
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)


async def test_the_first_event_is_received_verified_and_pulled(loaded: Callable[[Path], None], tmp_path: Path) -> None:
    await asyncio.to_thread(loaded, tmp_path)
    (left := tmp_path / "left").mkdir()
    async with platforms.embedded(tmp_path, **AS_MAKE_RUN) as form:
        port = free_port()
        text = story(FIRST_EVENT)
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


async def test_the_contract_story_ends_in_signed(loaded: Callable[[Path], None], tmp_path: Path) -> None:
    await asyncio.to_thread(loaded, tmp_path)
    async with platforms.embedded(tmp_path) as form:
        said, errors = await asyncio.to_thread(paste, story(CONTRACT), form)
        books = await audit.settled(form)

    signed = [row for row in books.outbox if row["type"].endswith("ContractSigned.v1")]
    applied = [row for row in books.inbox if row["type"].endswith("ContractSigned.v1")]

    assert said.splitlines()[-1].endswith("signed"), said + errors
    assert errors == ""
    assert len(signed) == 1
    assert {row["state"] for row in applied} == {"applied"}
    assert books.faults() == []


def test_every_link_leads_to_a_file() -> None:
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", README) if "://" not in link]

    assert links
    assert not [link for link in links if not (ROOT / link.partition("#")[0]).exists()]


def test_every_make_that_is_named_can_be_made() -> None:
    code = "\n".join(re.findall(r"```sh\n.*?```|`[^`\n]+`", README, re.DOTALL))
    named = set(re.findall(r"^[ \t`]*(?:\w+=\S+ )*make ([\w-]+)", code, re.MULTILINE))
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert named >= {"run", "demo", "test"}
    assert named <= targets
