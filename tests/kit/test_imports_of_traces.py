"""A process without a collector does not import what only spans need."""

import asyncio
import subprocess
import sys

import pytest

from deploy.processes import ROOT
from shared.settings import Settings

IMPORTED = """
import asyncio, sys
from pathlib import Path
from tests.kit.acts import deposit, open_account
from tests.kit.conftest import app_of, started
from tests.support.harness import settings_in

async def main():
    async with started(app_of(settings_in(Path(sys.argv[1]), otlp_url=sys.argv[2]))) as client:
        await deposit(client, (await open_account(client))["id"], 1)

asyncio.run(main())
print(any(name.startswith(("opentelemetry.sdk", "opentelemetry.exporter", "requests")) for name in sys.modules))
"""


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:9"])
async def test_nothing_of_the_sdk_is_imported_unless_there_is_a_collector(on_sqlite: Settings, url: str) -> None:
    folder = str(on_sqlite.data_dir)
    command = [sys.executable, "-c", IMPORTED, folder, url]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.splitlines()[-1] == str(bool(url))
