"""Copies of the sources that a test may change and run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("app", "deploy", "services", "shared")


def copied(folder: Path) -> Path:
    """Copy what `python -m services` needs."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "docker-compose.yml"):
        shutil.copy(ROOT / file, folder)
    return folder


def insert(file: Path, text: str, *, before: str) -> None:
    """Insert a text before the only place that has another."""
    old = file.read_text()
    assert old.count(before) == 1, f"{before!r} stands {old.count(before)} times in {file}"
    file.write_text(old.replace(before, text + before))


def python(folder: Path, *arguments: str) -> str:
    """Run Python on a copy, to its end; what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout
