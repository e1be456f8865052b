"""The page on which a developer starts is followed literally; the embedded form has it at its start, the others too."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from app.docsite.build import build
from app.docsite.refresh import NotBuilt, keep_up_to_date
from app.docsite.stamp import built_by, stamp
from deploy.processes import Process
from deploy.servers import free_port
from services.notification.rules.signatures import key_of, signed
from shared.http.documentation import MANIFEST
from tests.support import platforms

RECEIVER: Final = "https://exemple.fr/recevoir"
SECRET: Final = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def examples(page: str, kind: str) -> list[str]:
    """The examples of a kind on a page."""
    return [
        unescape(text) for text in re.findall(rf'<pre class="{kind}" tabindex="0"><code>(.*?)</code>', page, re.DOTALL)
    ]


def paste(text: str, folder: Path, **environment: str) -> str:
    """Paste it into a plain shell in this folder; what that printed."""
    done = subprocess.run(
        ["bash"], cwd=folder, env={"PATH": os.environ["PATH"], **environment}, input=text,
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


def answers(said: str) -> Iterator[Any]:
    """The JSON documents that stand one after the other."""
    while said := said.strip():
        value, end = json.JSONDecoder().raw_decode(said)
        said = said[end:]
        yield value


async def test_the_examples_of_the_first_page_do_what_it_says(loaded: Callable[[Path], None], tmp_path: Path) -> None:
    await asyncio.to_thread(loaded, data := tmp_path / "data")
    async with platforms.embedded(data, TERRITORIES_DANGEROUS_LOOPBACK_WEBHOOKS="true") as form:
        url = form.url_of("/")
        async with httpx.AsyncClient(base_url=url) as client:
            page = (await client.get("/")).text
        text = "\n".join(examples(page, "sh"))
        # Nothing beyond this machine: nobody listens there.
        text = text.replace(RECEIVER, f"http://127.0.0.1:{free_port()}/")
        said = await asyncio.to_thread(paste, text, tmp_path, PORT=url.rpartition(":")[2].strip("/"))

    found, actions, events, subscription, refusal, made, again, communes, changes = answers(said)
    shown = json.loads(examples(page, "json")[0])

    assert RECEIVER in page
    assert [each["key"] for each in found["items"]] == ["2018-ti-7505", "2023-ti-7510"]
    assert "items" in actions
    assert len(events["items"]) == len(changes["items"]) == 1
    assert subscription["secret"].startswith("whsec_")
    assert subscription["regions"] == ["75"]
    assert refusal == shown | {"instance": refusal["instance"]}
    assert made == again
    assert len(communes["items"]) == 2


async def test_the_receiver_of_the_first_page_verifies_and_applies_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [code] = examples((folder / "pages/index.html").read_text(), "python")
    names: dict[str, Any] = {}
    exec(compile(code, "start.md", "exec"), names)
    body = b'{"id": "1", "type": "contract.ContractSigned.v1", "subject": "contract/1"}'
    headers = signed([key_of(SECRET)], event_id="1", timestamp=int(time.time()), body=body)

    verdicts = [names["receive"](SECRET, headers, sent) for sent in (body, body, body + b" ")]

    assert verdicts == [204, 204, 401]
    assert capsys.readouterr().out == "contract.ContractSigned.v1 contract/1\n"


async def test_the_folder_is_built_anew_when_the_code_has_changed_and_only_then(tmp_path: Path) -> None:
    said: list[str] = []
    folder = tmp_path / "docs"

    await keep_up_to_date(folder, said.append)()
    first = (folder / MANIFEST).stat().st_mtime_ns
    await keep_up_to_date(folder, said.append)()
    second = (folder / MANIFEST).stat().st_mtime_ns
    (folder / MANIFEST).write_text((folder / MANIFEST).read_text().replace(stamp(), "of older code"))
    await keep_up_to_date(folder, said.append)()

    assert first == second
    assert len(said) == 2
    assert built_by(folder) == stamp()
    assert os.listdir(tmp_path) == ["docs"]


async def test_a_documentation_that_cannot_be_built_ends_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Path) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("app.docsite.build.build", fail)
    said: list[str] = []

    with pytest.raises(NotBuilt, match="could not be built"):
        await keep_up_to_date(tmp_path / "docs", said.append)()

    assert said == []
    assert "OSError: no space left" in capfd.readouterr().err


def test_the_process_that_builds_ends_with_the_platform(tmp_path: Path) -> None:
    code = """
import os, sys, time
from pathlib import Path
from app.docsite import build, refresh

build.build = lambda folder: time.sleep(20)
refresh.keep_up_to_date(Path(sys.argv[1]), print)
os._exit(0)
"""
    # It ends once nobody can write to its output any more.
    subprocess.run([sys.executable, "-c", code, tmp_path / "docs"], capture_output=True, timeout=15, check=True)


def test_the_same_code_builds_the_same_files(folder: Path, tmp_path: Path) -> None:
    platforms.run("docs", environment={"TERRITORIES_DOCS_DIR": str(tmp_path / "docs"), "PYTHONHASHSEED": "7"})

    one, other = ({path.relative_to(each): path.read_bytes() for path in each.rglob("*") if path.is_file()}
                  for each in (folder, tmp_path / "docs"))  # fmt: skip
    assert one == other


async def test_a_process_that_is_not_the_platform_serves_the_folder_and_imports_no_service(
    folder: Path, tmp_path: Path
) -> None:
    process = Process(
        ("issuer",), {"TERRITORIES_DATA_DIR": str(tmp_path), "TERRITORIES_DOCS_DIR": str(folder)}, tmp_path / "out.txt"
    )
    process.start()
    try:
        await process.ready("/.well-known/jwks.json")
        async with httpx.AsyncClient(base_url=process.url) as client:
            statuses = {
                address: (await client.get(address)).status_code
                for address in ("/", "/docs", "/openapi.json", "/asyncapi.json", "/problems/action-incomplete")
            }
            document = (await client.get("/openapi.json")).json()
    finally:
        process.stop()

    assert set(statuses.values()) == {200}
    assert "/v1/territories" in document["paths"]


def test_what_serves_the_documentation_does_not_import_what_builds_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, services.territory.app, shared.runtime.app; print(*sys.modules)"],
        capture_output=True, text=True, check=True, env={**os.environ},
    )  # fmt: skip
    names = done.stdout.split()

    assert "shared.http.documentation" in names
    assert not [name for name in names if name.startswith(("app", "services.contract", "markdown_it"))]


def test_building_over_a_folder_leaves_nothing_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "left.html").write_text("old")

    build(folder)

    assert not (folder / "left.html").exists()
    assert (folder / "openapi.json").exists()
