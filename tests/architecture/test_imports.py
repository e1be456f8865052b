"""The import rules hold, and each of them is seen to fail when it is broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

BREACHES = {
    "islands": ("services/contract/queries", "import services.territory.errors"),
    "floors": ("services/contract/queries", "import app.docsite.build"),
    "kit": ("shared/clock", "import shared.storage.tables"),
    "circles": ("shared/storage/tables", "import shared.storage.database"),
    "rooms": ("services/contract/models", "import services.contract.queries"),
    "pure-rules": ("services/contract/rules", "import shared.clock"),
    "one-broker-client": ("shared/messaging/relay", "import aio_pika"),
    "one-database-driver": ("services/notification/queries", "import asyncpg"),
    "pdf-in-a-child": ("services/contract/commands", "from services.contract.rules import pdf_inspection"),
    "one-collector-client": ("shared/telemetry/traces", "import opentelemetry.sdk.trace"),
}


def lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the import linter on a copy of the sources."""
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [linter, "--no-cache", *options], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of the sources that may be broken."""
    for package in ("app", "services", "shared"):
        ignored = shutil.ignore_patterns("__pycache__", "reference")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_an_import_for_types_alone_counts(sources: Path) -> None:
    file = sources / "shared" / "clock.py"
    breach = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from shared.storage.tables import outbox\n"
    file.write_text(f"{file.read_text()}\n{breach}")

    assert lint(sources, "--contract", "kit").returncode == 1


def test_every_import_rule_holds() -> None:
    result = lint(ROOT)

    assert result.returncode == 0, result.stdout
    assert f"{len(BREACHES)} kept, 0 broken" in result.stdout


@pytest.mark.parametrize("rule", BREACHES)
def test_a_breach_is_seen(sources: Path, rule: str) -> None:
    module, breach = BREACHES[rule]
    room = sources / module
    file = room / "__init__.py" if room.is_dir() else room.with_suffix(".py")
    file.write_text(f"{file.read_text()}\n{breach}\n")

    result = lint(sources, "--contract", rule)

    assert result.returncode == 1, result.stdout
    assert "0 kept, 1 broken" in result.stdout
